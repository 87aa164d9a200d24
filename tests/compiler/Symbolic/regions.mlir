// RUN: fluxion-opt %s --flx-simplify=fast-math --split-input-file | FileCheck %s
// Loops and branches: rules and sharing across regions, and what leaves a loop.

// Wx + b never changes; its broadcast is fused where it is read and stays; what reads the carry stays.
// CHECK-LABEL: func @invariant
// CHECK: %[[U:.*]] = flx.einsum "ij,j->i"
// CHECK: %[[S:.*]] = flx.tanh %[[U]]
// CHECK: flx.scan
// CHECK-NEXT: ^bb0
// CHECK-NEXT: %[[B:.*]] = flx.broadcast %[[S]] dims [1] : tensor<4xf64> -> tensor<8x4xf64>
// CHECK-NEXT: flx.mul
// CHECK-NEXT: flx.yield
func.func @invariant(%w: tensor<4x4xf64>, %x: tensor<4xf64>, %h0: tensor<8x4xf64>) -> tensor<8x4xf64> {
  %y = flx.scan init(%h0) over() length 5 : (tensor<8x4xf64>) -> tensor<8x4xf64> {
  ^bb0(%i: tensor<i32>, %h: tensor<8x4xf64>):
    %u = flx.einsum "ij,j->i"(%w, %x) : (tensor<4x4xf64>, tensor<4xf64>) -> tensor<4xf64>
    %s = flx.tanh %u : tensor<4xf64>
    %b = flx.broadcast %s dims [1] : tensor<4xf64> -> tensor<8x4xf64>
    %n = flx.mul %h, %b : tensor<8x4xf64>
    flx.yield %n : tensor<8x4xf64>
  }
  return %y : tensor<8x4xf64>
}

// -----
// Out of both loops, and a whole loop out of another.
// CHECK-LABEL: func @nested
// CHECK: flx.exp
// CHECK: %[[INNER:.*]] = flx.scan init(%{{.*}}) over() length 3
// CHECK: flx.scan init(%{{.*}}) over() length 5
// CHECK-NEXT: ^bb0
// CHECK-NEXT: flx.mul %{{.*}}, %[[INNER]]
// CHECK-NEXT: flx.yield
func.func @nested(%x: tensor<f64>, %h0: tensor<f64>) -> tensor<f64> {
  %y = flx.scan init(%h0) over() length 5 : (tensor<f64>) -> tensor<f64> {
  ^bb0(%i: tensor<i32>, %h: tensor<f64>):
    %k = flx.scan init(%x) over() length 3 : (tensor<f64>) -> tensor<f64> {
    ^bb0(%j: tensor<i32>, %g: tensor<f64>):
      %e = flx.exp %x : tensor<f64>
      %0 = flx.mul %g, %e : tensor<f64>
      %1 = flx.sin %0 : tensor<f64>
      flx.yield %1 : tensor<f64>
    }
    %n = flx.mul %h, %k : tensor<f64>
    flx.yield %n : tensor<f64>
  }
  return %y : tensor<f64>
}

// -----
// The body of a while may never run, an arm may not be taken: neither gives anything away. The condition surely runs.
// CHECK-LABEL: func @maybe
// CHECK-SAME: (%[[C:.*]]: tensor<i1>, %[[X:.*]]: tensor<f64>, %{{.*}}: tensor<f64>)
// CHECK-NEXT: %[[S:.*]] = flx.sin %[[X]]
// CHECK-NEXT: flx.while
// CHECK: flx.lt %{{.*}}, %[[S]]
// CHECK: } do {
// CHECK: flx.exp %[[X]]
// CHECK: flx.if
// CHECK-NEXT: flx.exp %[[X]]
func.func @maybe(%c: tensor<i1>, %x: tensor<f64>, %h0: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %y = flx.while init(%h0) : (tensor<f64>) -> tensor<f64> cond {
  ^bb0(%h: tensor<f64>):
    %s = flx.sin %x : tensor<f64>
    %more = flx.lt %h, %s : tensor<f64>
    flx.yield %more : tensor<i1>
  } do {
  ^bb0(%h: tensor<f64>):
    %e = flx.exp %x : tensor<f64>
    %n = flx.add %h, %e : tensor<f64>
    flx.yield %n : tensor<f64>
  }
  %z = flx.if %c : (tensor<i1>) -> tensor<f64> {
    %e = flx.exp %x : tensor<f64>
    flx.yield %e : tensor<f64>
  } else {
    flx.yield %x : tensor<f64>
  }
  return %y, %z : tensor<f64>, tensor<f64>
}

// -----
// A while in a loop may not end: it stays where it stands, though it never changes.
// CHECK-LABEL: func @endless
// CHECK: flx.scan
// CHECK: flx.while
func.func @endless(%x: tensor<f64>, %h0: tensor<f64>) -> tensor<f64> {
  %y = flx.scan init(%h0) over() length 5 : (tensor<f64>) -> tensor<f64> {
  ^bb0(%i: tensor<i32>, %h: tensor<f64>):
    %w = flx.while init(%x) : (tensor<f64>) -> tensor<f64> cond {
    ^bb0(%a: tensor<f64>):
      %more = flx.lt %a, %x : tensor<f64>
      flx.yield %more : tensor<i1>
    } do {
    ^bb0(%a: tensor<f64>):
      %0 = flx.sin %a : tensor<f64>
      flx.yield %0 : tensor<f64>
    }
    %n = flx.mul %h, %w : tensor<f64>
    flx.yield %n : tensor<f64>
  }
  return %y : tensor<f64>
}

// -----
// Its one reader is inside the loop, so the contraction is not drawn into it: AB stays computed once.
// CHECK-LABEL: func @not_into
// CHECK: %[[P:.*]] = flx.einsum "ij,jk->ik"
// CHECK: flx.scan
// CHECK: flx.einsum {{.*}}(%{{.*}}, %{{.*}}) : (tensor<4x4xf64>, tensor<4xf64>) -> tensor<4xf64>
func.func @not_into(%a: tensor<4x8xf64>, %b: tensor<8x4xf64>, %h0: tensor<4xf64>) -> tensor<4xf64> {
  %p = flx.einsum "ij,jk->ik"(%a, %b) : (tensor<4x8xf64>, tensor<8x4xf64>) -> tensor<4x4xf64>
  %y = flx.scan init(%h0) over() length 5 : (tensor<4xf64>) -> tensor<4xf64> {
  ^bb0(%i: tensor<i32>, %h: tensor<4xf64>):
    %n = flx.einsum "ij,j->i"(%p, %h) : (tensor<4x4xf64>, tensor<4xf64>) -> tensor<4xf64>
    flx.yield %n : tensor<4xf64>
  }
  return %y : tensor<4xf64>
}

// -----
// What stands before a branch is shared with its arms, the letters and the order of operands being another; what stands in
// one arm is not shared with the other.
// CHECK-LABEL: func @shared
// CHECK: %[[P:.*]] = flx.einsum
// CHECK: flx.if
// CHECK-NEXT: %[[E:.*]] = flx.exp %[[P]]
// CHECK-NEXT: %[[Q:.*]] = flx.einsum
// CHECK-NEXT: flx.yield %[[E]], %[[Q]]
// CHECK-NEXT: } else {
// CHECK-NEXT: %[[R:.*]] = flx.einsum
// CHECK-NEXT: flx.yield %[[P]], %[[R]]
func.func @shared(%c: tensor<i1>, %w: tensor<4x8xf64>, %x: tensor<8xf64>, %z: tensor<4xf64>) -> (tensor<4xf64>, tensor<8xf64>, tensor<4xf64>) {
  %p = flx.einsum "ij,j->i"(%w, %x) : (tensor<4x8xf64>, tensor<8xf64>) -> tensor<4xf64>
  %r:2 = flx.if %c : (tensor<i1>) -> (tensor<4xf64>, tensor<8xf64>) {
    %0 = flx.einsum "b,ab->a"(%x, %w) : (tensor<8xf64>, tensor<4x8xf64>) -> tensor<4xf64>
    %1 = flx.exp %0 : tensor<4xf64>
    %2 = flx.einsum "ij,i->j"(%w, %z) : (tensor<4x8xf64>, tensor<4xf64>) -> tensor<8xf64>
    flx.yield %1, %2 : tensor<4xf64>, tensor<8xf64>
  } else {
    %0 = flx.einsum "b,ab->a"(%x, %w) : (tensor<8xf64>, tensor<4x8xf64>) -> tensor<4xf64>
    %2 = flx.einsum "i,ij->j"(%z, %w) : (tensor<4xf64>, tensor<4x8xf64>) -> tensor<8xf64>
    flx.yield %0, %2 : tensor<4xf64>, tensor<8xf64>
  }
  return %r#0, %r#1, %p : tensor<4xf64>, tensor<8xf64>, tensor<4xf64>
}
