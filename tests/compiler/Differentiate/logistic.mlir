// RUN: fluxion-opt %s --flx-differentiate | FileCheck %s
// The gradient of the logistic loss, mean(softplus(Xw + b) − y(Xw + b)) + ½λ w·w, is Xᵀ(σ(Xw + b) − y)/n + λw: one sigmoid, one
// contraction with X beside that of the loss, and nothing left over. Its Hessian-vector product adds Xᵀ(s(1 − s)·Xv)/n + λv.

func.func private @loss(%w: tensor<100xf32>, %b: tensor<f32>, %X: tensor<1000x100xf32>, %y: tensor<1000xf32>, %lam: tensor<f32>) -> tensor<f32> {
  %0 = flx.einsum "nd,d->n"(%X, %w) : (tensor<1000x100xf32>, tensor<100xf32>) -> tensor<1000xf32>
  %1 = flx.broadcast %b dims [] : tensor<f32> -> tensor<1000xf32>
  %z = flx.add %0, %1 : tensor<1000xf32>
  %s = flx.softplus %z : tensor<1000xf32>
  %t = flx.mul %y, %z : tensor<1000xf32>
  %d = flx.sub %s, %t : tensor<1000xf32>
  %sum = flx.sum %d axes [0] : tensor<1000xf32> -> tensor<f32>
  %n = flx.constant dense<1000.0> : tensor<f32>
  %mean = flx.div %sum, %n : tensor<f32>
  %half = flx.constant dense<0.5> : tensor<f32>
  %hl = flx.mul %half, %lam : tensor<f32>
  %ww = flx.einsum "d,d->"(%w, %w) : (tensor<100xf32>, tensor<100xf32>) -> tensor<f32>
  %reg = flx.mul %hl, %ww : tensor<f32>
  %r = flx.add %mean, %reg : tensor<f32>
  return %r : tensor<f32>
}

// CHECK-NOT: @loss
// CHECK-LABEL: func.func @grad(
// CHECK-SAME: %[[W:.*]]: tensor<100xf32>, %[[B:.*]]: tensor<f32>, %[[X:.*]]: tensor<1000x100xf32>, %[[Y:.*]]: tensor<1000xf32>, %[[LAM:.*]]: tensor<f32>)
// CHECK-NEXT: %[[N:.*]] = flx.constant dense<1.000000e-03> : tensor<100xf32>
// CHECK-NEXT: %[[XW:.*]] = flx.einsum "nd,d->n"(%[[X]], %[[W]])
// CHECK-NEXT: %[[BB:.*]] = flx.broadcast %[[B]] dims [] : tensor<f32> -> tensor<1000xf32>
// CHECK-NEXT: %[[Z:.*]] = flx.add %[[XW]], %[[BB]] : tensor<1000xf32>
// CHECK-NEXT: %[[S:.*]] = flx.sigmoid %[[Z]] : tensor<1000xf32>
// CHECK-NEXT: %[[L:.*]] = flx.broadcast %[[LAM]] dims [] : tensor<f32> -> tensor<100xf32>
// CHECK-NEXT: %[[LW:.*]] = flx.mul %[[L]], %[[W]] : tensor<100xf32>
// CHECK-NEXT: %[[R:.*]] = flx.sub %[[S]], %[[Y]] : tensor<1000xf32>
// CHECK-NEXT: %[[XR:.*]] = flx.einsum "nd,n->d"(%[[X]], %[[R]])
// CHECK-NEXT: %[[M:.*]] = flx.mul %[[XR]], %[[N]] : tensor<100xf32>
// CHECK-NEXT: %[[G:.*]] = flx.add %[[LW]], %[[M]] : tensor<100xf32>
// CHECK-NEXT: return %[[G]]
func.func @grad(%w: tensor<100xf32>, %b: tensor<f32>, %X: tensor<1000x100xf32>, %y: tensor<1000xf32>, %lam: tensor<f32>) -> tensor<100xf32> {
  %one = flx.constant dense<1.0> : tensor<f32>
  %r:2 = flx.vjp @loss wrt [0](%w, %b, %X, %y, %lam, %one)
    : (tensor<100xf32>, tensor<f32>, tensor<1000x100xf32>, tensor<1000xf32>, tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<100xf32>)
  return %r#1 : tensor<100xf32>
}

// The gradient and H·v from one forward pass: four contractions with X, σ(z) and, for σ′ = σ(z)·σ(−z), σ(−z).
// CHECK-LABEL: func.func @hvp(
// CHECK-COUNT-2: flx.sigmoid
// CHECK-NOT: flx.sigmoid
// CHECK: return
func.func @hvp(%w: tensor<100xf32>, %b: tensor<f32>, %X: tensor<1000x100xf32>, %y: tensor<1000xf32>, %lam: tensor<f32>, %v: tensor<100xf32>)
    -> (tensor<100xf32>, tensor<100xf32>) {
  %r:2 = flx.jvp @grad wrt [0](%w, %b, %X, %y, %lam, %v)
    : (tensor<100xf32>, tensor<f32>, tensor<1000x100xf32>, tensor<1000xf32>, tensor<f32>, tensor<100xf32>) -> (tensor<100xf32>, tensor<100xf32>)
  return %r#0, %r#1 : tensor<100xf32>, tensor<100xf32>
}
