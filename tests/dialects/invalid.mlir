// RUN: fluxion-opt %s --split-input-file --verify-diagnostics
// Every broken op gets an error that names what is wrong with it, and none crashes.

func.func @integer_exp(%x: tensor<4xi32>) {
  // expected-error@+1 {{operand #0 must be}}
  %0 = flx.exp %x : tensor<4xi32>
  return
}

// -----
func.func @dynamic(%x: tensor<?xf32>) {
  // expected-error@+1 {{operand #0 must be}}
  %0 = flx.exp %x : tensor<?xf32>
  return
}

// -----
func.func @half(%x: tensor<4xf16>) {
  // expected-error@+1 {{operand #0 must be}}
  %0 = flx.exp %x : tensor<4xf16>
  return
}

// -----
func.func @mixed(%x: tensor<4xf32>, %y: tensor<5xf32>) {
  // expected-error@+1 {{requires the same type for all operands and results}}
  %0 = "flx.add"(%x, %y) : (tensor<4xf32>, tensor<5xf32>) -> tensor<4xf32>
  return
}

// -----
func.func @condition(%c: tensor<5xi1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{condition is i1 in the shape of the result}}
  %0 = "flx.select"(%c, %x, %x) : (tensor<5xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----
func.func @convert_shape(%x: tensor<4xf32>) {
  // expected-error@+1 {{[E0811] keeps the shape}}
  %0 = flx.convert %x : tensor<4xf32> to tensor<5xf32>
  return
}

// -----
func.func @polygamma(%x: tensor<4xf32>) {
  // expected-error@+1 {{[E0812] order must not be negative, but is -1}}
  %0 = flx.polygamma -1, %x : tensor<4xf32>
  return
}

// -----
func.func @iota() {
  // expected-error@+1 {{[E0812] axis 2 is not among the 2 axes}}
  %0 = flx.iota axis 2 : tensor<2x2xi32>
  return
}

// -----
func.func @broadcast_dims(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{[E0812] dims must increase, but 0 follows 1}}
  %0 = flx.broadcast %x dims [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  return
}

// -----
func.func @broadcast_extent(%x: tensor<3xf32>) {
  // expected-error@+1 {{[E0811] axis 0 of the operand has extent 3, axis 1 of the result 5}}
  %0 = flx.broadcast %x dims [1] : tensor<3xf32> -> tensor<2x5xf32>
  return
}

// -----
func.func @broadcast_count(%x: tensor<3xf32>) {
  // expected-error@+1 {{[E0812] needs one of dims for each of the 1 axes, but has 2}}
  %0 = flx.broadcast %x dims [0, 1] : tensor<3xf32> -> tensor<2x3xf32>
  return
}

// -----
func.func @reshape(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{[E0811] keeps the number of elements: 12 of [4, 3] cannot fill the 10 of [5, 2]}}
  %0 = flx.reshape %x : tensor<4x3xf32> -> tensor<5x2xf32>
  return
}

// -----
func.func @element(%x: tensor<4xf32>) {
  // expected-error@+1 {{[E0810] keeps the element type: 'f32' cannot become 'f64'}}
  %0 = flx.reshape %x : tensor<4xf32> -> tensor<2x2xf64>
  return
}

// -----
func.func @transpose_twice(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{[E0812] axis 1 stands twice in the permutation}}
  %0 = flx.transpose %x [1, 1] : tensor<4x3xf32> -> tensor<3x3xf32>
  return
}

// -----
func.func @transpose_shape(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{[E0811] gives the shape [3, 4], but the result has [4, 3]}}
  %0 = flx.transpose %x [1, 0] : tensor<4x3xf32> -> tensor<4x3xf32>
  return
}

// -----
func.func @slice(%x: tensor<4xf32>) {
  // expected-error@+1 {{[E0811] reads 3 elements from 1 by 2 along axis 0, which has only 4}}
  %0 = flx.slice %x offsets [1] strides [2] : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----
func.func @slice_overflow(%x: tensor<4xf32>) {
  // expected-error@+1 {{[E0811] reads 2 elements from 9223372036854775807 by 9223372036854775807 along axis 0}}
  %0 = flx.slice %x offsets [9223372036854775807] strides [9223372036854775807] : tensor<4xf32> -> tensor<2xf32>
  return
}

// -----
func.func @slice_stride(%x: tensor<4xf32>) {
  // expected-error@+1 {{[E0812] stride 0 along axis 0 is not positive}}
  %0 = flx.slice %x offsets [0] strides [0] : tensor<4xf32> -> tensor<2xf32>
  return
}

// -----
func.func @pad(%x: tensor<4xf32>) {
  // expected-error@+1 {{[E0812] cannot pad axis 0 by -1}}
  %0 = flx.pad %x low [-1] high [0] interior [0] : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----
func.func @concat(%x: tensor<4x3xf32>, %y: tensor<5x3xf32>) {
  // expected-error@+1 {{[E0811] operand 1 is 'tensor<5x3xf32>', which differs from 'tensor<4x3xf32>' elsewhere than along axis 1}}
  %0 = flx.concat %x, %y axis 1 : (tensor<4x3xf32>, tensor<5x3xf32>) -> tensor<4x6xf32>
  return
}

// -----
func.func @concat_nothing() {
  // expected-error@+1 {{[E0811] needs an operand}}
  %0 = "flx.concat"() {axis = 0 : i64} : () -> tensor<4xf32>
  return
}

// -----
func.func @gather(%x: tensor<4x3xf32>, %i: tensor<2xi32>) {
  // expected-error@+1 {{[E0811] gives the shape [2, 3], but the result has [4, 2]}}
  %0 = flx.gather %x, %i axis 0 : (tensor<4x3xf32>, tensor<2xi32>) -> tensor<4x2xf32>
  return
}

// -----
func.func @gather_empty(%x: tensor<0x3xf32>, %i: tensor<2xi32>) {
  // expected-error@+1 {{[E0811] cannot index axis 0, which is empty}}
  %0 = flx.gather %x, %i axis 0 : (tensor<0x3xf32>, tensor<2xi32>) -> tensor<2x3xf32>
  return
}

// -----
func.func @scatter(%u: tensor<3x3xf32>, %i: tensor<2xi32>) {
  // expected-error@+1 {{[E0811] takes updates of shape [2, 3], but they have [3, 3]}}
  %0 = flx.scatter_add %u, %i axis 0 : (tensor<3x3xf32>, tensor<2xi32>) -> tensor<4x3xf32>
  return
}

// -----
func.func @sum_axis(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{[E0812] axis 2 is not among the 2 axes}}
  %0 = flx.sum %x axes [2] : tensor<4x3xf32> -> tensor<4xf32>
  return
}

// -----
func.func @sum_order(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{[E0812] axes must increase, but 0 follows 1}}
  %0 = flx.sum %x axes [1, 0] : tensor<4x3xf32> -> tensor<f32>
  return
}

// -----
func.func @argmax(%x: tensor<4x0xf32>) {
  // expected-error@+1 {{[E0811] has no element to choose along axis 1}}
  %0 = flx.argmax %x axis 1 : tensor<4x0xf32> -> tensor<4xi32>
  return
}

// -----
func.func @einsum_arrow(%x: tensor<4xf32>) {
  // expected-error@+1 {{[E0813] equation "i" has no '->'}}
  %0 = flx.einsum "i"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----
func.func @einsum_letter(%x: tensor<4x4xf32>) {
  // expected-error@+1 {{[E0813] equation "i3->i" names an axis '3', which is no letter}}
  %0 = flx.einsum "i3->i"(%x) : (tensor<4x4xf32>) -> tensor<4xf32>
  return
}

// -----
func.func @einsum_output(%x: tensor<4xf32>) {
  // expected-error@+1 {{[E0813] equation "i->ij" has 'j' in its output only}}
  %0 = flx.einsum "i->ij"(%x) : (tensor<4xf32>) -> tensor<4x4xf32>
  return
}

// -----
func.func @einsum_operands(%x: tensor<4xf32>) {
  // expected-error@+1 {{[E0813] equation "i,i->" names 2 operands, but there are 1}}
  %0 = flx.einsum "i,i->"(%x) : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----
func.func @einsum_rank(%x: tensor<4xf32>) {
  // expected-error@+1 {{[E0813] equation "ij->i" names 2 axes of operand 0, which has 1}}
  %0 = flx.einsum "ij->i"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----
func.func @einsum_extent(%x: tensor<4x3xf32>, %y: tensor<2xf32>) {
  // expected-error@+1 {{[E0813] 'j' of equation "ij,j->i" has extent 3 in operand 0 but 2 in operand 1}}
  %0 = flx.einsum "ij,j->i"(%x, %y) : (tensor<4x3xf32>, tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----
func.func @einsum_result(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{[E0811] gives the shape [3] of the operands' element type}}
  %0 = flx.einsum "ij->j"(%x) : (tensor<4x3xf32>) -> tensor<4xf32>
  return
}

// -----
func.func @contract_maps(%a: tensor<4x16xf32>, %bias: tensor<8xf32>) {
  // expected-error@+1 {{[E0814] map 0 must read axis 0 of its operand along an output axis of its extent}}
  %0 = flx.contract "ij->i"(%a) epilogue(%bias : tensor<8xf32>) maps [affine_map<(i) -> (i)>] {
  ^bb0(%acc: f32, %b: f32):
    flx.yield %acc : f32
  } : (tensor<4x16xf32>) -> tensor<4xf32>
  return
}

// -----
func.func @contract_region(%a: tensor<4x16xf32>) {
  // expected-error@+1 {{[E0814] region takes the contracted element, then an element of each epilogue operand}}
  %0 = flx.contract "ij->i"(%a) {
  ^bb0(%acc: f64):
    %z = flx.constant 0.0 : f32
    flx.yield %z : f32
  } : (tensor<4x16xf32>) -> tensor<4xf32>
  return
}

// -----
func.func @contract_yield(%a: tensor<4x16xf32>) {
  // expected-error@+1 {{[E0814] region yields one element of each result}}
  %0 = flx.contract "ij->i"(%a) {
  ^bb0(%acc: f32):
    flx.yield %acc, %acc : f32, f32
  } : (tensor<4x16xf32>) -> tensor<4xf32>
  return
}

// -----
func.func @key(%key: tensor<2xi64>) {
  // expected-error@+1 {{operand #0 must be random key}}
  %0 = "flx.random_uniform"(%key) : (tensor<2xi64>) -> tensor<4xf32>
  return
}

// -----
func.func @no_callee(%x: tensor<f32>) {
  // expected-error@+1 {{[E0815] there is no function @f with a body}}
  %0:2 = flx.vjp @f wrt [0](%x, %x) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----
func.func private @f(%x: tensor<i32>) -> tensor<i32> { return %x : tensor<i32> }
func.func @integer_argument(%x: tensor<i32>) {
  // expected-error@+1 {{[E0815] argument 0 of @f is 'tensor<i32>', which has no derivative}}
  %0:2 = flx.vjp @f wrt [0](%x) : (tensor<i32>) -> (tensor<i32>, tensor<i32>)
  return
}

// -----
func.func private @f(%x: tensor<f32>) -> tensor<f32> { return %x : tensor<f32> }
func.func @wrt_range(%x: tensor<f32>) {
  // expected-error@+1 {{[E0815] wrt lists argument 1, but @f has 1}}
  %0:2 = flx.vjp @f wrt [1](%x, %x) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----
func.func private @f(%x: tensor<f32>) -> tensor<f32> { return %x : tensor<f32> }
func.func @operand_types(%x: tensor<f32>) {
  // expected-error@+1 {{[E0815] operands must be ('tensor<f32>', 'tensor<f32>')}}
  %0:2 = flx.vjp @f wrt [0](%x) : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----
func.func private @f(%x: tensor<f32>) -> tensor<f32> { return %x : tensor<f32> }
func.func @wrt_twice(%x: tensor<f32>) {
  // expected-error@+1 {{[E0815] wrt lists argument 0 twice}}
  %0:3 = flx.vjp @f wrt [0, 0](%x, %x) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}
