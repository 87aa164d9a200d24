// RUN: fluxion-opt %s -flx-to-linalg -flx-to-buffers=cpu=x86-64-v4 | FileCheck %s

// Equal ops share a kernel; the second works in the memory of the first, whose operand dies; the third is the result.
// CHECK-LABEL: func private @chain_kernel0
// CHECK: vector.load {{.*}} vector<16xf32>
// CHECK: vector.maskedstore
// CHECK-LABEL: func @chain(
// CHECK-SAME: %[[C:.*]]: !llvm.ptr, %[[A:.*]]: memref<5x7xf32>, %[[R:.*]]: memref<7x5xf32>, %[[ARENA:.*]]: memref<192xi8>)
// CHECK: %[[V:.*]] = memref.view %[[ARENA]]{{.*}} to memref<7x5xf32>
// CHECK: call @chain_kernel0(%[[C]], {{.*}}, %[[V]])
// CHECK: return
func.func @chain(%a: tensor<5x7xf32>) -> tensor<7x5xf32> {
  %0 = flx.reshape %a : tensor<5x7xf32> -> tensor<7x5xf32>
  %1 = flx.exp %0 : tensor<7x5xf32>
  %2 = flx.reshape %1 : tensor<7x5xf32> -> tensor<5x7xf32>
  %3 = flx.neg %2 : tensor<5x7xf32>
  %4 = flx.reshape %3 : tensor<5x7xf32> -> tensor<7x5xf32>
  return %4 : tensor<7x5xf32>
}

// Long loops are cut into chunks by their shape, and a full reduction joins partial sums in order.
// CHECK-LABEL: func private @large_kernel0_0
// CHECK-SAME: index)
// CHECK-LABEL: func private @large_kernel0_1
// CHECK-LABEL: func @large(
// CHECK: scf.forall (%[[I:.*]]) in (
// CHECK-NEXT: func.call @large_kernel0_0({{.*}}, %[[I]])
// CHECK: call @large_kernel0_1(
func.func @large(%a: tensor<1000000xf32>) -> tensor<f32> {
  %0 = flx.sum %a axes [0] : tensor<1000000xf32> -> tensor<f32>
  return %0 : tensor<f32>
}
