// RUN: fluxion-opt %s -flx-to-linalg -flx-to-buffers=cpu=x86-64-v4 | FileCheck %s

// A chain of unfusable steps lies in the result's memory from its start; a reshape is a view.
// CHECK-LABEL: func private @chain_kernel0
// CHECK: vector.load {{.*}} vector<16xf32>
// CHECK: vector.maskedload
// CHECK-LABEL: func private @chain_kernel1
// CHECK-LABEL: func @fluxion.chain(
// CHECK-SAME: %[[C:.*]]: !llvm.ptr, %[[A:.*]]: memref<5x7xf32>, %[[R:.*]]: memref<7x5xf32>, %{{.*}}: memref<1xi8>)
// CHECK: call @chain_kernel0(%[[C]], %{{.*}}, %[[R]])
// CHECK: %[[IN:.*]] = memref.reinterpret_cast %[[R]] {{.*}} to memref<5x7xf32>
// CHECK: %[[OUT:.*]] = memref.reinterpret_cast %[[R]] {{.*}} to memref<5x7xf32>
// CHECK: call @chain_kernel1(%[[C]], %[[IN]], %[[OUT]])
// CHECK: return
func.func @chain(%a: tensor<5x7xf32>) -> tensor<7x5xf32> {
  %0 = flx.reshape %a : tensor<5x7xf32> -> tensor<7x5xf32>
  %1 = flx.exp %0 : tensor<7x5xf32>
  %2 = flx.reshape %1 : tensor<7x5xf32> -> tensor<5x7xf32>
  %3 = flx.neg %2 : tensor<5x7xf32>
  %4 = flx.reshape %3 : tensor<5x7xf32> -> tensor<7x5xf32>
  return %4 : tensor<7x5xf32>
}

// Equal ops share a kernel; x and y lie in the arena until both are joined, 64-byte aligned.
// CHECK-LABEL: func private @shared_kernel0
// CHECK-LABEL: func @fluxion.shared(
// CHECK-SAME: memref<256xi8>
// CHECK: memref.view %{{.*}}[%c0{{.*}}] {{.*}} to memref<20xf32>
// CHECK: call @shared_kernel0
// CHECK: %[[SHIFT:.*]] = arith.constant 128 : index
// CHECK: memref.view %{{.*}}[%[[SHIFT]]]
// CHECK: call @shared_kernel0
// CHECK: call @shared_kernel1
func.func @shared(%a: tensor<20xf32>, %b: tensor<20xf32>) -> tensor<40xf32> {
  %0 = flx.exp %a : tensor<20xf32>
  %1 = flx.exp %b : tensor<20xf32>
  %2 = flx.concat %0, %1 axis 0 : (tensor<20xf32>, tensor<20xf32>) -> tensor<40xf32>
  return %2 : tensor<40xf32>
}

// Long loops are cut into chunks by their shape, and a full reduction joins partial sums in order.
// CHECK-LABEL: func private @large_kernel0_0
// CHECK-SAME: index)
// CHECK-LABEL: func private @large_kernel0_1
// CHECK-LABEL: func @fluxion.large(
// CHECK: scf.forall (%[[I:.*]]) in (
// CHECK-NEXT: func.call @large_kernel0_0({{.*}}, %[[I]])
// CHECK: call @large_kernel0_1(
func.func @large(%a: tensor<1000000xf32>) -> tensor<f32> {
  %0 = flx.sum %a axes [0] : tensor<1000000xf32> -> tensor<f32>
  return %0 : tensor<f32>
}
