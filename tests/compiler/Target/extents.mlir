// RUN: fluxion-opt %s -split-input-file -verify-diagnostics -flx-to-linalg -flx-to-buffers=cpu=x86-64-v4

func.func @absurd(%x: tensor<9223372036854775807xf32>) -> tensor<9223372036854775807xf32> {
  // expected-error@+1 {{[E0803] a tensor 'tensor<9223372036854775807xf32>' of}}
  %0 = flx.exp %x : tensor<9223372036854775807xf32>
  return %0 : tensor<9223372036854775807xf32>
}

// -----

// No element, but strides beyond what 64 bits count.
func.func @empty_absurd(%x: tensor<0x9223372036854775807x4xf32>) -> tensor<0x9223372036854775807x4xf32> {
  // expected-error@+1 {{[E0803] a tensor 'tensor<0x9223372036854775807x4xf32>' of}}
  %0 = flx.exp %x : tensor<0x9223372036854775807x4xf32>
  return %0 : tensor<0x9223372036854775807x4xf32>
}
