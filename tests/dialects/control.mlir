// RUN: fluxion-opt %s | fluxion-opt | FileCheck %s
// RUN: fluxion-opt %s --mlir-print-op-generic | fluxion-opt | FileCheck %s

// CHECK-LABEL: func @scan
func.func @scan(%h0: tensor<4xf32>, %xs: tensor<10x4xf32>) -> (tensor<4xf32>, tensor<10xf32>) {
  // CHECK: %{{.*}}:2 = flx.scan init(%{{.*}}) over(%{{.*}}) length 10 : (tensor<4xf32>, tensor<10x4xf32>) -> (tensor<4xf32>, tensor<10xf32>) {
  // CHECK-NEXT: ^bb0(%{{.*}}: tensor<i32>, %{{.*}}: tensor<4xf32>, %{{.*}}: tensor<4xf32>):
  // CHECK: flx.yield %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<f32>
  %h, %ys = flx.scan init(%h0) over(%xs) length 10 : (tensor<4xf32>, tensor<10x4xf32>) -> (tensor<4xf32>, tensor<10xf32>) {
  ^bb0(%i: tensor<i32>, %before: tensor<4xf32>, %x: tensor<4xf32>):
    %after = flx.add %before, %x : tensor<4xf32>
    %y = flx.sum %after axes [0] : tensor<4xf32> -> tensor<f32>
    flx.yield %after, %y : tensor<4xf32>, tensor<f32>
  }
  return %h, %ys : tensor<4xf32>, tensor<10xf32>
}

// What is read from around the loop is no operand; nothing carried, nothing sliced.
// CHECK-LABEL: func @indices
func.func @indices(%a: tensor<i32>) -> tensor<5xi32> {
  // CHECK: flx.scan init() over() length 5 reverse : () -> tensor<5xi32> {
  %ys = flx.scan init() over() length 5 reverse : () -> tensor<5xi32> {
  ^bb0(%i: tensor<i32>):
    %y = flx.mul %i, %a : tensor<i32>
    flx.yield %y : tensor<i32>
  }
  return %ys : tensor<5xi32>
}

// CHECK-LABEL: func @while
func.func @while(%x0: tensor<f64>, %n0: tensor<i32>, %limit: tensor<f64>) -> (tensor<f64>, tensor<i32>) {
  // CHECK: flx.while init(%{{.*}}, %{{.*}}) : (tensor<f64>, tensor<i32>) -> (tensor<f64>, tensor<i32>) cond {
  // CHECK: flx.yield %{{.*}} : tensor<i1>
  // CHECK: } do {
  // CHECK: flx.yield %{{.*}}, %{{.*}} : tensor<f64>, tensor<i32>
  %r:2 = flx.while init(%x0, %n0) : (tensor<f64>, tensor<i32>) -> (tensor<f64>, tensor<i32>) cond {
  ^bb0(%x: tensor<f64>, %n: tensor<i32>):
    %more = flx.gt %x, %limit : tensor<f64>
    flx.yield %more : tensor<i1>
  } do {
  ^bb0(%x: tensor<f64>, %n: tensor<i32>):
    %c = flx.constant dense<0.5> : tensor<f64>
    %one = flx.constant dense<1> : tensor<i32>
    %half = flx.mul %x, %c : tensor<f64>
    %next = flx.add %n, %one : tensor<i32>
    flx.yield %half, %next : tensor<f64>, tensor<i32>
  }
  return %r#0, %r#1 : tensor<f64>, tensor<i32>
}

// CHECK-LABEL: func @if
func.func @if(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: flx.if %{{.*}} : (tensor<i1>) -> tensor<4xf32> {
  // CHECK-NEXT: flx.exp
  // CHECK-NEXT: flx.yield %{{.*}} : tensor<4xf32>
  // CHECK-NEXT: } else {
  // CHECK-NEXT: flx.yield %{{.*}} : tensor<4xf32>
  %y = flx.if %c : (tensor<i1>) -> tensor<4xf32> {
    %0 = flx.exp %x : tensor<4xf32>
    flx.yield %0 : tensor<4xf32>
  } else {
    flx.yield %x : tensor<4xf32>
  }
  return %y : tensor<4xf32>
}

// CHECK-LABEL: func @windows
func.func @windows(%x: tensor<2x9x3xf32>, %b: tensor<4x5xi1>) {
  // CHECK: flx.reverse %{{.*}} axes [0, 1] : tensor<4x5xi1>
  %0 = flx.reverse %b axes [0, 1] : tensor<4x5xi1>
  // CHECK: flx.window %{{.*}} axis 1 size 3 stride 2 dilation 1 : tensor<2x9x3xf32> -> tensor<2x4x3x3xf32>
  %1 = flx.window %x axis 1 size 3 stride 2 dilation 1 : tensor<2x9x3xf32> -> tensor<2x4x3x3xf32>
  // Too short for one window.
  // CHECK: flx.window %{{.*}} axis 1 size 3 stride 2 dilation 5 : tensor<2x9x3xf32> -> tensor<2x0x3x3xf32>
  %2 = flx.window %x axis 1 size 3 stride 2 dilation 5 : tensor<2x9x3xf32> -> tensor<2x0x3x3xf32>
  // CHECK: flx.overlap_add %{{.*}} axis 1 stride 2 dilation 1 : tensor<2x4x3x3xf32> -> tensor<2x9x3xf32>
  %3 = flx.overlap_add %1 axis 1 stride 2 dilation 1 : tensor<2x4x3x3xf32> -> tensor<2x9x3xf32>
  // CHECK: flx.cumsum %{{.*}} axis 0 : tensor<2x9x3xf32>
  %4 = flx.cumsum %x axis 0 : tensor<2x9x3xf32>
  // CHECK: flx.cumsum %{{.*}} axis 2 reverse exclusive : tensor<2x9x3xf32>
  %5 = flx.cumsum %x axis 2 reverse exclusive : tensor<2x9x3xf32>
  // CHECK: flx.sort %{{.*}} axis 1 : tensor<2x9x3xf32> -> tensor<2x9x3xi32>
  %6:2 = flx.sort %x axis 1 : tensor<2x9x3xf32> -> tensor<2x9x3xi32>
  // CHECK: flx.sort %{{.*}} axis 1 descending : tensor<2x9x3xf32> -> tensor<2x9x3xi32>
  %7:2 = flx.sort %x axis 1 descending : tensor<2x9x3xf32> -> tensor<2x9x3xi32>
  return
}
