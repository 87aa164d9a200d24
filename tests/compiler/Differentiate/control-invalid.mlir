// RUN: fluxion-opt %s --flx-differentiate --split-input-file --verify-diagnostics
// What the derivative would have to pass through a loop or a branch is refused at its place.

func.func private @f(%x: tensor<f64>) -> tensor<f64> {
  // expected-error@+1 {{[E0822] cannot differentiate through `scan` yet: a result of it depends on what the derivative is taken with respect to}}
  %y = flx.scan init(%x) over() length 3 : (tensor<f64>) -> tensor<f64> {
  ^bb0(%i: tensor<i32>, %h: tensor<f64>):
    %0 = flx.sin %h : tensor<f64>
    flx.yield %0 : tensor<f64>
  }
  return %y : tensor<f64>
}
func.func @g(%x: tensor<f64>) -> tensor<f64> {
  %r:2 = flx.vjp @f wrt [0](%x, %x) : (tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<f64>)
  return %r#1 : tensor<f64>
}

// -----
// By capture, into what is stacked only, and forward.
func.func private @f(%w: tensor<f64>, %xs: tensor<3xf64>) -> tensor<3xf64> {
  // expected-error@+1 {{[E0822] cannot differentiate through `scan` yet}}
  %ys = flx.scan init() over(%xs) length 3 : (tensor<3xf64>) -> tensor<3xf64> {
  ^bb0(%i: tensor<i32>, %x: tensor<f64>):
    %0 = flx.mul %x, %w : tensor<f64>
    flx.yield %0 : tensor<f64>
  }
  return %ys : tensor<3xf64>
}
func.func @g(%w: tensor<f64>, %xs: tensor<3xf64>) -> tensor<3xf64> {
  %r:2 = flx.jvp @f wrt [0](%w, %xs, %w) : (tensor<f64>, tensor<3xf64>, tensor<f64>) -> (tensor<3xf64>, tensor<3xf64>)
  return %r#1 : tensor<3xf64>
}

// -----
// Handed from carry to carry: y varies in the second step only.
func.func private @f(%x: tensor<f64>, %c: tensor<f64>) -> tensor<f64> {
  // expected-error@+1 {{[E0822] cannot differentiate through `scan` yet}}
  %y:2 = flx.scan init(%c, %c) over() length 3 : (tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  ^bb0(%i: tensor<i32>, %a: tensor<f64>, %b: tensor<f64>):
    flx.yield %b, %x : tensor<f64>, tensor<f64>
  }
  return %y#0 : tensor<f64>
}
func.func @g(%x: tensor<f64>, %c: tensor<f64>) -> tensor<f64> {
  %r:2 = flx.vjp @f wrt [0](%x, %c, %x) : (tensor<f64>, tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<f64>)
  return %r#1 : tensor<f64>
}

// -----
func.func private @f(%x: tensor<f64>, %limit: tensor<f64>) -> tensor<f64> {
  // expected-error@+1 {{[E0822] cannot differentiate through `while` yet}}
  %y = flx.while init(%x) : (tensor<f64>) -> tensor<f64> cond {
  ^bb0(%a: tensor<f64>):
    %more = flx.lt %a, %limit : tensor<f64>
    flx.yield %more : tensor<i1>
  } do {
  ^bb0(%a: tensor<f64>):
    %0 = flx.exp %a : tensor<f64>
    flx.yield %0 : tensor<f64>
  }
  return %y : tensor<f64>
}
func.func @g(%x: tensor<f64>, %limit: tensor<f64>) -> tensor<f64> {
  %r:2 = flx.vjp @f wrt [0](%x, %limit, %x) : (tensor<f64>, tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<f64>)
  return %r#1 : tensor<f64>
}

// -----
// In the arm of a branch of a loop.
func.func private @f(%x: tensor<f64>, %c: tensor<i1>, %h0: tensor<f64>) -> tensor<f64> {
  // expected-error@+1 {{[E0822] cannot differentiate through `scan` yet}}
  %y = flx.scan init(%h0) over() length 3 : (tensor<f64>) -> tensor<f64> {
  ^bb0(%i: tensor<i32>, %h: tensor<f64>):
    %0 = flx.if %c : (tensor<i1>) -> tensor<f64> {
      %1 = flx.mul %h, %x : tensor<f64>
      flx.yield %1 : tensor<f64>
    } else {
      flx.yield %h : tensor<f64>
    }
    flx.yield %0 : tensor<f64>
  }
  return %y : tensor<f64>
}
func.func @g(%x: tensor<f64>, %c: tensor<i1>) -> tensor<f64> {
  %r:2 = flx.vjp @f wrt [0](%x, %c, %x, %x) : (tensor<f64>, tensor<i1>, tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<f64>)
  return %r#1 : tensor<f64>
}

// -----
func.func private @f(%x: tensor<f64>, %c: tensor<i1>) -> tensor<f64> {
  // expected-error@+1 {{[E0822] cannot differentiate through `if` yet}}
  %y = flx.if %c : (tensor<i1>) -> tensor<f64> {
    %0 = flx.exp %x : tensor<f64>
    flx.yield %0 : tensor<f64>
  } else {
    flx.yield %x : tensor<f64>
  }
  return %y : tensor<f64>
}
func.func @g(%x: tensor<f64>, %c: tensor<i1>) -> tensor<f64> {
  %r:2 = flx.vjp @f wrt [0](%x, %c, %x) : (tensor<f64>, tensor<i1>, tensor<f64>) -> (tensor<f64>, tensor<f64>)
  return %r#1 : tensor<f64>
}
