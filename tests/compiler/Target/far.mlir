// RUN: fluxion-opt %s -flx-to-linalg -flx-to-buffers=cpu=x86-64-v4 -flx-buffers-to-llvm | FileCheck %s

// Two arrays of a GiB lie in the arena: the offset of the second, 2^30 + 64, has more bits than a constant index of
// getelementptr in the LLVM dialect, which has 29.
// CHECK-LABEL: llvm.func internal @fluxion.far.body
// CHECK: %[[FAR:.*]] = llvm.mlir.constant(1073741888 : index) : i64
// CHECK: llvm.getelementptr %{{.*}}[%[[FAR]]] : (!llvm.ptr, i64) -> !llvm.ptr, i8
func.func @far(%x: tensor<268435457xf32>) -> tensor<268435457xf32> {
  %0 = flx.exp %x : tensor<268435457xf32>
  %1 = flx.cumsum %0 axis 0 : tensor<268435457xf32>
  %2 = flx.cumsum %1 axis 0 : tensor<268435457xf32>
  %3 = flx.add %2, %0 : tensor<268435457xf32>
  %4 = flx.add %3, %1 : tensor<268435457xf32>
  return %4 : tensor<268435457xf32>
}
