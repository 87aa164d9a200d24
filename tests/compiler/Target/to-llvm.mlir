// RUN: fluxion-opt %s -flx-to-linalg -flx-to-buffers=cpu=x86-64-v3 -flx-buffers-to-llvm | FileCheck %s

// A kernel run in chunks is called through the runtime: its pointers travel in a closure.
// CHECK: llvm.func @flx_parallel_for(!llvm.ptr, !llvm.ptr, !llvm.ptr, i64)
// CHECK-LABEL: llvm.func internal @kernel0(
// CHECK-SAME: !llvm.ptr {llvm.noalias}
// CHECK-LABEL: llvm.func internal @kernel0.chunk(
// CHECK-SAME: %[[CONTEXT:.*]]: !llvm.ptr, %[[CLOSURE:.*]]: !llvm.ptr, %[[CHUNK:.*]]: i64)
// CHECK: llvm.call @kernel0(%[[CONTEXT]], %{{.*}}, %{{.*}}, %[[CHUNK]])
// CHECK-LABEL: llvm.func internal @fluxion.f.body(
// CHECK: %[[BODY:.*]] = llvm.mlir.addressof @kernel0.chunk
// CHECK: llvm.call @flx_parallel_for(%{{.*}}, %[[BODY]], %{{.*}}, %{{.*}})

// The entry takes its pointers from the two arrays.
// CHECK-LABEL: llvm.func @fluxion.f(
// CHECK-SAME: %[[CTX:.*]]: !llvm.ptr, %[[ARGUMENTS:.*]]: !llvm.ptr, %[[RESULTS:.*]]: !llvm.ptr, %[[ARENA:.*]]: !llvm.ptr)
// CHECK: %[[A0:.*]] = llvm.getelementptr %[[ARGUMENTS]][0]
// CHECK: %[[X:.*]] = llvm.load %[[A0]]
// CHECK: %[[R0:.*]] = llvm.getelementptr %[[RESULTS]][0]
// CHECK: %[[Y:.*]] = llvm.load %[[R0]]
// CHECK: llvm.call @fluxion.f.body(%[[CTX]], %[[X]], %[[Y]], %[[ARENA]])
func.func @f(%x: tensor<1000000xf32>) -> tensor<1000000xf32> {
  %0 = flx.neg %x : tensor<1000000xf32>
  return %0 : tensor<1000000xf32>
}
