// RUN: fluxion-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func @decided
// CHECK-SAME: (%[[X:.*]]: tensor<f32>)
// CHECK-NEXT: %[[Y:.*]] = flx.exp %[[X]]
// CHECK-NEXT: return %[[Y]]
func.func @decided(%x: tensor<f32>) -> tensor<f32> {
  %c = flx.constant dense<true> : tensor<i1>
  %y = flx.if %c : (tensor<i1>) -> tensor<f32> {
    %0 = flx.exp %x : tensor<f32>
    flx.yield %0 : tensor<f32>
  } else {
    flx.yield %x : tensor<f32>
  }
  return %y : tensor<f32>
}

// Both arms give x first; the third result is not read, nor is what it is made of.
// CHECK-LABEL: func @arms
// CHECK-SAME: (%[[C:.*]]: tensor<i1>, %[[X:.*]]: tensor<f32>)
// CHECK-NEXT: %[[Y:.*]] = flx.if %[[C]] : (tensor<i1>) -> tensor<f32> {
// CHECK-NEXT:   %[[E:.*]] = flx.exp %[[X]]
// CHECK-NEXT:   flx.yield %[[E]]
// CHECK-NEXT: } else {
// CHECK-NEXT:   flx.yield %[[X]]
// CHECK-NEXT: }
// CHECK-NEXT: return %[[X]], %[[Y]]
func.func @arms(%c: tensor<i1>, %x: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %y:3 = flx.if %c : (tensor<i1>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
    %0 = flx.exp %x : tensor<f32>
    flx.yield %x, %0, %x : tensor<f32>, tensor<f32>, tensor<f32>
  } else {
    %0 = flx.sin %x : tensor<f32>
    flx.yield %x, %x, %0 : tensor<f32>, tensor<f32>, tensor<f32>
  }
  return %y#0, %y#1 : tensor<f32>, tensor<f32>
}

// CHECK-LABEL: func @no_steps
// CHECK-SAME: (%[[H:.*]]: tensor<f32>, %{{.*}}: tensor<0x3xf32>)
// CHECK-NEXT: %[[NONE:.*]] = flx.constant dense<0.000000e+00> : tensor<0x3xf32>
// CHECK-NEXT: return %[[H]], %[[NONE]]
func.func @no_steps(%h: tensor<f32>, %xs: tensor<0x3xf32>) -> (tensor<f32>, tensor<0x3xf32>) {
  %r:2 = flx.scan init(%h) over(%xs) length 0 : (tensor<f32>, tensor<0x3xf32>) -> (tensor<f32>, tensor<0x3xf32>) {
  ^bb0(%i: tensor<i32>, %a: tensor<f32>, %x: tensor<3xf32>):
    %0 = flx.exp %a : tensor<f32>
    flx.yield %0, %x : tensor<f32>, tensor<3xf32>
  }
  return %r#0, %r#1 : tensor<f32>, tensor<0x3xf32>
}

// CHECK-LABEL: func @one_step
// CHECK-SAME: (%[[H:.*]]: tensor<3xf32>, %[[XS:.*]]: tensor<1x3xf32>)
// CHECK-NEXT: %[[X:.*]] = flx.reshape %[[XS]] : tensor<1x3xf32> -> tensor<3xf32>
// CHECK-NEXT: %[[Y:.*]] = flx.add %[[H]], %[[X]]
// CHECK-NEXT: %[[YS:.*]] = flx.reshape %[[Y]] : tensor<3xf32> -> tensor<1x3xf32>
// CHECK-NEXT: return %[[Y]], %[[YS]]
func.func @one_step(%h: tensor<3xf32>, %xs: tensor<1x3xf32>) -> (tensor<3xf32>, tensor<1x3xf32>) {
  %r:2 = flx.scan init(%h) over(%xs) length 1 reverse : (tensor<3xf32>, tensor<1x3xf32>) -> (tensor<3xf32>, tensor<1x3xf32>) {
  ^bb0(%i: tensor<i32>, %a: tensor<3xf32>, %x: tensor<3xf32>):
    %0 = flx.add %a, %x : tensor<3xf32>
    flx.yield %0, %0 : tensor<3xf32>, tensor<3xf32>
  }
  return %r#0, %r#1 : tensor<3xf32>, tensor<1x3xf32>
}

// Of five carries one is handed on as it is (%b), one only feeds itself (%c), one feeds it (%d); of three sequences one is
// not read and one is there twice; of four stacks one repeats a value, one is a sequence, one is not read.
// CHECK-LABEL: func @needless
// CHECK-SAME: (%[[A:.*]]: tensor<f32>, %[[B:.*]]: tensor<f32>, %[[XS:.*]]: tensor<4xf32>, %[[YS:.*]]: tensor<4xf32>)
// CHECK-DAG: %[[REPEATED:.*]] = flx.broadcast %[[B]] dims [] : tensor<f32> -> tensor<4xf32>
// CHECK: %[[LAST:.*]] = flx.scan init(%[[A]]) over(%[[XS]]) length 4 : (tensor<f32>, tensor<4xf32>) -> tensor<f32> {
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<i32>, %[[H:.*]]: tensor<f32>, %[[X:.*]]: tensor<f32>):
// CHECK-NEXT:   %[[P:.*]] = flx.mul %[[X]], %[[X]]
// CHECK-NEXT:   %[[Q:.*]] = flx.mul %[[P]], %[[B]]
// CHECK-NEXT:   %[[R:.*]] = flx.add %[[H]], %[[Q]]
// CHECK-NEXT:   flx.yield %[[R]] : tensor<f32>
// CHECK-NEXT: }
// CHECK-NEXT: return %[[LAST]], %[[B]], %[[REPEATED]], %[[XS]]
func.func @needless(%a: tensor<f32>, %b: tensor<f32>, %xs: tensor<4xf32>, %ys: tensor<4xf32>)
    -> (tensor<f32>, tensor<f32>, tensor<4xf32>, tensor<4xf32>) {
  %r:7 = flx.scan init(%a, %b, %a, %a) over(%xs, %xs, %ys) length 4
      : (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
     -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%i: tensor<i32>, %h: tensor<f32>, %k: tensor<f32>, %c: tensor<f32>, %d: tensor<f32>, %x: tensor<f32>, %x1: tensor<f32>, %y: tensor<f32>):
    %p = flx.mul %x, %x1 : tensor<f32>
    %q = flx.mul %p, %k : tensor<f32>
    %s = flx.add %h, %q : tensor<f32>
    %e = flx.mul %c, %d : tensor<f32>
    %f = flx.sin %d : tensor<f32>
    flx.yield %s, %k, %e, %f, %k, %x, %y : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
  }
  return %r#0, %r#1, %r#4, %r#5 : tensor<f32>, tensor<f32>, tensor<4xf32>, tensor<4xf32>
}

// A carry of which only the body of a nested loop reads stays.
// CHECK-LABEL: func @nested
// CHECK: flx.scan init(%{{.*}}, %{{.*}}) over() length 4
// CHECK: flx.while
func.func @nested(%a: tensor<f32>, %b: tensor<f32>) -> tensor<f32> {
  %r:2 = flx.scan init(%a, %b) over() length 4 : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%i: tensor<i32>, %h: tensor<f32>, %k: tensor<f32>):
    %w = flx.while init(%h) : (tensor<f32>) -> tensor<f32> cond {
    ^bb0(%u: tensor<f32>):
      %more = flx.lt %u, %b : tensor<f32>
      flx.yield %more : tensor<i1>
    } do {
    ^bb0(%u: tensor<f32>):
      %v = flx.add %u, %k : tensor<f32>
      flx.yield %v : tensor<f32>
    }
    %e = flx.exp %k : tensor<f32>
    flx.yield %w, %e : tensor<f32>, tensor<f32>
  }
  return %r#0 : tensor<f32>
}

// CHECK-LABEL: func @idle
// CHECK-SAME: (%[[X:.*]]: tensor<f32>)
// CHECK-NEXT: return %[[X]]
func.func @idle(%x: tensor<f32>) -> tensor<f32> {
  %y = flx.while init(%x) : (tensor<f32>) -> tensor<f32> cond {
  ^bb0(%a: tensor<f32>):
    %no = flx.constant dense<false> : tensor<i1>
    flx.yield %no : tensor<i1>
  } do {
  ^bb0(%a: tensor<f32>):
    %0 = flx.exp %a : tensor<f32>
    flx.yield %0 : tensor<f32>
  }
  return %y : tensor<f32>
}

// %step never changes, and nobody needs %count.
// CHECK-LABEL: func @slim_while
// CHECK-SAME: (%[[X:.*]]: tensor<f32>, %[[STEP:.*]]: tensor<f32>, %[[N:.*]]: tensor<i32>)
// CHECK-NEXT: %[[Y:.*]] = flx.while init(%[[X]]) : (tensor<f32>) -> tensor<f32> cond {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<f32>):
// CHECK-NEXT:   %[[MORE:.*]] = flx.lt %[[A]], %[[STEP]]
// CHECK-NEXT:   flx.yield %[[MORE]]
// CHECK-NEXT: } do {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<f32>):
// CHECK-NEXT:   %[[NEXT:.*]] = flx.add %[[A]], %[[STEP]]
// CHECK-NEXT:   flx.yield %[[NEXT]]
// CHECK-NEXT: }
// CHECK-NEXT: return %[[Y]], %[[STEP]]
func.func @slim_while(%x: tensor<f32>, %step: tensor<f32>, %n: tensor<i32>) -> (tensor<f32>, tensor<f32>) {
  %y:3 = flx.while init(%x, %step, %n) : (tensor<f32>, tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<f32>, tensor<i32>) cond {
  ^bb0(%a: tensor<f32>, %s: tensor<f32>, %count: tensor<i32>):
    %more = flx.lt %a, %s : tensor<f32>
    flx.yield %more : tensor<i1>
  } do {
  ^bb0(%a: tensor<f32>, %s: tensor<f32>, %count: tensor<i32>):
    %0 = flx.add %a, %s : tensor<f32>
    %1 = flx.add %count, %count : tensor<i32>
    flx.yield %0, %s, %1 : tensor<f32>, tensor<f32>, tensor<i32>
  }
  return %y#0, %y#1 : tensor<f32>, tensor<f32>
}

// Nothing changes, and nobody has shown that the loop ends: it runs.
// CHECK-LABEL: func @endless
// CHECK: %[[Y:.*]] = flx.while
// CHECK: return %[[Y]]
func.func @endless(%x: tensor<f32>, %zero: tensor<f32>) -> tensor<f32> {
  %y = flx.while init(%x) : (tensor<f32>) -> tensor<f32> cond {
  ^bb0(%a: tensor<f32>):
    %more = flx.gt %a, %zero : tensor<f32>
    flx.yield %more : tensor<i1>
  } do {
  ^bb0(%a: tensor<f32>):
    flx.yield %a : tensor<f32>
  }
  return %y : tensor<f32>
}

// A loop that nobody reads is gone, whether it ends or not.
// CHECK-LABEL: func @unread
// CHECK-NEXT: return
func.func @unread(%x: tensor<f32>) {
  %y = flx.while init(%x) : (tensor<f32>) -> tensor<f32> cond {
  ^bb0(%a: tensor<f32>):
    %yes = flx.constant dense<true> : tensor<i1>
    flx.yield %yes : tensor<i1>
  } do {
  ^bb0(%a: tensor<f32>):
    flx.yield %a : tensor<f32>
  }
  return
}

// CHECK-LABEL: func @reversed
// CHECK-SAME: (%[[X:.*]]: tensor<4x1x5xf32>)
// CHECK-NEXT: %[[Y:.*]] = flx.reverse %[[X]] axes [2]
// CHECK-NEXT: return %[[X]], %[[Y]], %[[X]]
func.func @reversed(%x: tensor<4x1x5xf32>) -> (tensor<4x1x5xf32>, tensor<4x1x5xf32>, tensor<4x1x5xf32>) {
  %0 = flx.reverse %x axes [0, 2] : tensor<4x1x5xf32>
  %1 = flx.reverse %0 axes [0, 2] : tensor<4x1x5xf32>
  %2 = flx.reverse %0 axes [0, 1] : tensor<4x1x5xf32>
  %3 = flx.reverse %x axes [1] : tensor<4x1x5xf32>
  return %1, %2, %3 : tensor<4x1x5xf32>, tensor<4x1x5xf32>, tensor<4x1x5xf32>
}

// Windows of one element, a single window, and windows side by side are slices; so are their adjoints pads.
// CHECK-LABEL: func @disjoint
// CHECK-SAME: (%[[X:.*]]: tensor<10xf32>)
// CHECK-NEXT: %[[A:.*]] = flx.slice %[[X]] offsets [0] strides [3] : tensor<10xf32> -> tensor<4xf32>
// CHECK-NEXT: %[[A1:.*]] = flx.reshape %[[A]] : tensor<4xf32> -> tensor<4x1xf32>
// CHECK-NEXT: %[[B:.*]] = flx.slice %[[X]] offsets [0] strides [4] : tensor<10xf32> -> tensor<3xf32>
// CHECK-NEXT: %[[B1:.*]] = flx.reshape %[[B]] : tensor<3xf32> -> tensor<1x3xf32>
// CHECK-NEXT: %[[C:.*]] = flx.slice %[[X]] offsets [0] strides [1] : tensor<10xf32> -> tensor<9xf32>
// CHECK-NEXT: %[[C1:.*]] = flx.reshape %[[C]] : tensor<9xf32> -> tensor<3x3xf32>
// CHECK-NEXT: return %[[A1]], %[[B1]], %[[C1]]
func.func @disjoint(%x: tensor<10xf32>) -> (tensor<4x1xf32>, tensor<1x3xf32>, tensor<3x3xf32>) {
  %0 = flx.window %x axis 0 size 1 stride 3 dilation 1 : tensor<10xf32> -> tensor<4x1xf32>
  %1 = flx.window %x axis 0 size 3 stride 2 dilation 4 : tensor<10xf32> -> tensor<1x3xf32>
  %2 = flx.window %x axis 0 size 3 stride 3 dilation 1 : tensor<10xf32> -> tensor<3x3xf32>
  return %0, %1, %2 : tensor<4x1xf32>, tensor<1x3xf32>, tensor<3x3xf32>
}

// CHECK-LABEL: func @no_window
// CHECK-NEXT: %[[NONE:.*]] = flx.constant dense<false> : tensor<0x3xi1>
// CHECK-NEXT: return %[[NONE]]
func.func @no_window(%x: tensor<2xi1>) -> tensor<0x3xi1> {
  %0 = flx.window %x axis 0 size 3 stride 1 dilation 1 : tensor<2xi1> -> tensor<0x3xi1>
  return %0 : tensor<0x3xi1>
}

// CHECK-LABEL: func @disjoint_adjoints
// CHECK: flx.pad %{{.*}} low [0] high [0] interior [2] : tensor<4xf32> -> tensor<10xf32>
// CHECK: flx.pad %{{.*}} low [0] high [1] interior [3] : tensor<3xf32> -> tensor<10xf32>
// CHECK: flx.pad %{{.*}} low [0] high [1] interior [0] : tensor<9xf32> -> tensor<10xf32>
func.func @disjoint_adjoints(%a: tensor<4x1xf32>, %b: tensor<1x3xf32>, %c: tensor<3x3xf32>) -> (tensor<10xf32>, tensor<10xf32>, tensor<10xf32>) {
  %0 = flx.overlap_add %a axis 0 stride 3 dilation 1 : tensor<4x1xf32> -> tensor<10xf32>
  %1 = flx.overlap_add %b axis 0 stride 2 dilation 4 : tensor<1x3xf32> -> tensor<10xf32>
  %2 = flx.overlap_add %c axis 0 stride 3 dilation 1 : tensor<3x3xf32> -> tensor<10xf32>
  return %0, %1, %2 : tensor<10xf32>, tensor<10xf32>, tensor<10xf32>
}

// CHECK-LABEL: func @of_little
// CHECK-SAME: (%[[X:.*]]: tensor<3x1xf32>, %{{.*}}: tensor<0x5xf32>)
// CHECK-DAG: %[[ZERO:.*]] = flx.constant dense<0.000000e+00> : tensor<3x1xf32>
// CHECK-DAG: %[[FIRST:.*]] = flx.constant dense<0> : tensor<3x1xi32>
// CHECK-DAG: %[[NOTHING:.*]] = flx.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT: return %[[X]], %[[ZERO]], %[[X]], %[[FIRST]], %[[NOTHING]]
func.func @of_little(%x: tensor<3x1xf32>, %e: tensor<0x5xf32>) -> (tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xi32>, tensor<4xf32>) {
  %0 = flx.cumsum %x axis 1 : tensor<3x1xf32>
  %1 = flx.cumsum %x axis 1 reverse exclusive : tensor<3x1xf32>
  %2:2 = flx.sort %x axis 1 : tensor<3x1xf32> -> tensor<3x1xi32>
  %3 = flx.overlap_add %e axis 0 stride 1 dilation 1 : tensor<0x5xf32> -> tensor<4xf32>
  return %0, %1, %2#0, %2#1, %3 : tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xi32>, tensor<4xf32>
}
