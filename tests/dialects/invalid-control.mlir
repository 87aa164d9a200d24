// RUN: fluxion-opt %s --split-input-file --verify-diagnostics
// Regions that do not fit, extents that do not add up: each gets an error that names what is wrong, and none crashes.

func.func @negative_length(%h: tensor<f32>) {
  // expected-error@+1 {{[E0811] cannot run -1 steps: their index is an i32}}
  %0 = flx.scan init(%h) over() length -1 : (tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i32>, %a: tensor<f32>):
    flx.yield %a : tensor<f32>
  }
  return
}

// -----
func.func @long(%h: tensor<f32>) {
  // expected-error@+1 {{[E0811] cannot run 2147483648 steps}}
  %0 = flx.scan init(%h) over() length 2147483648 : (tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i32>, %a: tensor<f32>):
    flx.yield %a : tensor<f32>
  }
  return
}

// -----
func.func @sequence_extent(%xs: tensor<4x3xf32>) {
  // expected-error@+1 {{[E0811] sequence 0 must have a leading axis of extent 5, but is 'tensor<4x3xf32>'}}
  %0 = flx.scan init() over(%xs) length 5 : (tensor<4x3xf32>) -> tensor<5x3xf32> {
  ^bb0(%i: tensor<i32>, %x: tensor<3xf32>):
    flx.yield %x : tensor<3xf32>
  }
  return
}

// -----
func.func @scalar_sequence(%x: tensor<f32>) {
  // expected-error@+1 {{[E0811] sequence 0 must have a leading axis of extent 5}}
  %0 = flx.scan init() over(%x) length 5 : (tensor<f32>) -> tensor<5xf32> {
  ^bb0(%i: tensor<i32>, %a: tensor<f32>):
    flx.yield %a : tensor<f32>
  }
  return
}

// -----
func.func @scan_arguments(%h: tensor<f32>) {
  // expected-error@+1 {{[E0823] the arguments of the body must be ('tensor<i32>', 'tensor<f32>'), but they are ('tensor<f32>')}}
  %0 = flx.scan init(%h) over() length 5 : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    flx.yield %a : tensor<f32>
  }
  return
}

// -----
func.func @scan_yields_too_little(%h: tensor<f32>) {
  // expected-error@+1 {{[E0823] the first values that the body yields must be ('tensor<f32>'), but they are ()}}
  %0 = flx.scan init(%h) over() length 5 : (tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i32>, %a: tensor<f32>):
    flx.yield
  }
  return
}

// -----
func.func @scan_changes_type(%h: tensor<f32>) {
  // expected-error@+1 {{[E0823] the first values that the body yields must be ('tensor<f32>'), but they are ('tensor<i32>')}}
  %0 = flx.scan init(%h) over() length 5 : (tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i32>, %a: tensor<f32>):
    flx.yield %i : tensor<i32>
  }
  return
}

// -----
func.func @scan_results(%h: tensor<f32>) {
  // expected-error@+1 {{[E0823] the results must be ('tensor<f32>', 'tensor<5xi32>'), but they are ('tensor<f32>', 'tensor<4xi32>')}}
  %0:2 = flx.scan init(%h) over() length 5 : (tensor<f32>) -> (tensor<f32>, tensor<4xi32>) {
  ^bb0(%i: tensor<i32>, %a: tensor<f32>):
    flx.yield %a, %i : tensor<f32>, tensor<i32>
  }
  return
}

// -----
func.func @scan_stacks_a_scalar() {
  // expected-error@+1 {{[E0823] the body must yield tensors, but one is 'f32'}}
  %0 = flx.scan init() over() length 5 : () -> tensor<5xf32> {
  ^bb0(%i: tensor<i32>):
    %c = flx.constant 1.0 : f32
    flx.yield %c : f32
  }
  return
}

// -----
func.func @scan_ends_otherwise() {
  // expected-error@+1 {{[E0823] the body must end with flx.yield}}
  "flx.scan"() ({
  ^bb0(%i: tensor<i32>):
    "func.return"() : () -> ()
  }) {length = 5 : i64, operandSegmentSizes = array<i32: 0, 0>} : () -> ()
  return
}

// -----
func.func @scan_flag() {
  // expected-error@+1 {{[E0812] reverse is 0 or 1, not 2}}
  "flx.scan"() ({
  ^bb0(%i: tensor<i32>):
    "flx.yield"() : () -> ()
  }) {length = 5 : i64, reverse = 2 : i64, operandSegmentSizes = array<i32: 0, 0>} : () -> ()
  return
}

// -----
func.func @while_condition(%h: tensor<f32>) {
  // expected-error@+1 {{[E0823] the values that the condition yields must be ('tensor<i1>'), but they are ('tensor<f32>')}}
  %0 = flx.while init(%h) : (tensor<f32>) -> tensor<f32> cond {
  ^bb0(%a: tensor<f32>):
    flx.yield %a : tensor<f32>
  } do {
  ^bb0(%a: tensor<f32>):
    flx.yield %a : tensor<f32>
  }
  return
}

// -----
func.func @while_arguments(%h: tensor<f32>, %c: tensor<i1>) {
  // expected-error@+1 {{[E0823] the arguments of the body must be ('tensor<f32>'), but they are ()}}
  %0 = flx.while init(%h) : (tensor<f32>) -> tensor<f32> cond {
  ^bb0(%a: tensor<f32>):
    flx.yield %c : tensor<i1>
  } do {
    flx.yield %h : tensor<f32>
  }
  return
}

// -----
func.func @while_yields(%h: tensor<f32>, %c: tensor<i1>) {
  // expected-error@+1 {{[E0823] the values that the body yields must be ('tensor<f32>'), but they are ('tensor<f32>', 'tensor<f32>')}}
  %0 = flx.while init(%h) : (tensor<f32>) -> tensor<f32> cond {
  ^bb0(%a: tensor<f32>):
    flx.yield %c : tensor<i1>
  } do {
  ^bb0(%a: tensor<f32>):
    flx.yield %a, %a : tensor<f32>, tensor<f32>
  }
  return
}

// -----
func.func @while_results(%h: tensor<f32>, %c: tensor<i1>) {
  // expected-error@+1 {{[E0823] the results must be ('tensor<f32>'), but they are ('tensor<i32>')}}
  %0 = flx.while init(%h) : (tensor<f32>) -> tensor<i32> cond {
  ^bb0(%a: tensor<f32>):
    flx.yield %c : tensor<i1>
  } do {
  ^bb0(%a: tensor<f32>):
    flx.yield %a : tensor<f32>
  }
  return
}

// -----
func.func @if_condition(%c: tensor<2xi1>) {
  // expected-error@+1 {{operand #0 must be truth value}}
  flx.if %c : (tensor<2xi1>) -> () {
    flx.yield
  } else {
    flx.yield
  }
  return
}

// -----
func.func @if_arms(%c: tensor<i1>, %x: tensor<f32>, %y: tensor<2xf32>) {
  // expected-error@+1 {{[E0823] the values that the second arm yields must be ('tensor<f32>'), but they are ('tensor<2xf32>')}}
  %0 = flx.if %c : (tensor<i1>) -> tensor<f32> {
    flx.yield %x : tensor<f32>
  } else {
    flx.yield %y : tensor<2xf32>
  }
  return
}

// -----
func.func @reverse_axes(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{[E0812] axes must increase, but 0 follows 1}}
  %0 = flx.reverse %x axes [1, 0] : tensor<2x3xf32>
  return
}

// -----
func.func @reverse_axis(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{[E0812] axis 2 is not among the 2 axes}}
  %0 = flx.reverse %x axes [2] : tensor<2x3xf32>
  return
}

// -----
func.func @window_size(%x: tensor<9xf32>) {
  // expected-error@+1 {{[E0812] size 0 is not positive}}
  %0 = flx.window %x axis 0 size 0 stride 1 dilation 1 : tensor<9xf32> -> tensor<10x0xf32>
  return
}

// -----
func.func @window_stride(%x: tensor<9xf32>) {
  // expected-error@+1 {{[E0812] stride -2 is not positive}}
  %0 = flx.window %x axis 0 size 3 stride -2 dilation 1 : tensor<9xf32> -> tensor<4x3xf32>
  return
}

// -----
func.func @window_shape(%x: tensor<9xf32>) {
  // expected-error@+1 {{[E0811] gives the shape [4, 3], but the result has [5, 3]}}
  %0 = flx.window %x axis 0 size 3 stride 2 dilation 1 : tensor<9xf32> -> tensor<5x3xf32>
  return
}

// -----
// The reach of a window does not overflow: it is too long, so there is none.
func.func @window_overflow(%x: tensor<9xf32>) {
  %0 = flx.window %x axis 0 size 3 stride 1 dilation 9223372036854775807 : tensor<9xf32> -> tensor<0x3xf32>
  %1 = flx.window %x axis 0 size 2 stride 9223372036854775807 dilation 1 : tensor<9xf32> -> tensor<1x2xf32>
  return
}

// -----
func.func @overlap_shape(%x: tensor<5x3xf32>) {
  // expected-error@+1 {{[E0811] takes windows of shape [4, 3], but they have [5, 3]}}
  %0 = flx.overlap_add %x axis 0 stride 2 dilation 1 : tensor<5x3xf32> -> tensor<9xf32>
  return
}

// -----
func.func @overlap_axis(%x: tensor<5x3xf32>) {
  // expected-error@+1 {{[E0812] axis 1 is not among the 1 axes}}
  %0 = flx.overlap_add %x axis 1 stride 2 dilation 1 : tensor<5x3xf32> -> tensor<9xf32>
  return
}

// -----
func.func @cumsum_axis(%x: tensor<f32>) {
  // expected-error@+1 {{[E0812] axis 0 is not among the 0 axes}}
  %0 = flx.cumsum %x axis 0 : tensor<f32>
  return
}

// -----
func.func @cumsum_flag(%x: tensor<3xf32>) {
  // expected-error@+1 {{[E0812] exclusive is 0 or 1, not -1}}
  %0 = "flx.cumsum"(%x) {axis = 0 : i64, exclusive = -1 : i64} : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----
func.func @sort_indices(%x: tensor<3xf32>) {
  // expected-error@+1 {{[E0811] gives the shape [3], but the result has [2]}}
  %0:2 = flx.sort %x axis 0 : tensor<3xf32> -> tensor<2xi32>
  return
}

// -----
func.func @fold_in(%key: tensor<i64>, %n: tensor<i32>) {
  // expected-error@+1 {{operand #1 must be random key}}
  %0 = "flx.fold_in"(%key, %n) : (tensor<i64>, tensor<i32>) -> tensor<i64>
  return
}
