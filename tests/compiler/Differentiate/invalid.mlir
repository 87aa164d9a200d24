// RUN: fluxion-opt %s --flx-differentiate --split-input-file --verify-diagnostics

// A function that differentiates itself.
func.func @f(%x: tensor<f32>) -> tensor<f32> {
  // expected-error@+1 {{[E0821] differentiates @f, which leads back to itself}}
  %r:2 = flx.vjp @f wrt [0](%x, %x) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %r#1 : tensor<f32>
}

// -----
// Two that differentiate each other.
func.func @f(%x: tensor<f32>) -> tensor<f32> {
  %r:2 = flx.vjp @g wrt [0](%x, %x) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %r#1 : tensor<f32>
}
func.func @g(%x: tensor<f32>) -> tensor<f32> {
  // expected-error@+1 {{[E0821] differentiates @f, which leads back to itself}}
  %r:2 = flx.jvp @f wrt [0](%x, %x) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %r#1 : tensor<f32>
}

// -----
// An op the engine knows no rule for.
func.func private @h(%x: tensor<f32>) -> tensor<f32> {
  // expected-error@+1 {{[E0820] has no derivative rule}}
  %0 = func.call @k(%x) : (tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}
func.func private @k(%x: tensor<f32>) -> tensor<f32> { return %x : tensor<f32> }
func.func @g(%x: tensor<f32>) -> tensor<f32> {
  %r:2 = flx.vjp @h wrt [0](%x, %x) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %r#1 : tensor<f32>
}
