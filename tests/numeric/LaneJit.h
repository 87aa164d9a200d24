// Compiles functions on Lanes for the tests: in: C++ callables that build a Lane from Lanes; out: loops over arrays in
// machine code. Every kernel is  void(const void *a, const void *b, void *out, int64 count)  with `count` a multiple of
// the width.
#pragma once
#include "compiler/Lowering/VectorMath.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include <functional>
#include <memory>
#include <string>

namespace fluxion::test {

using LaneFunction = std::function<cpu::Lane(cpu::Lane a, cpu::Lane b)>;
using Kernel = void (*)(const void *a, const void *b, void *out, int64_t count);

class LaneJit {
public:
  LaneJit();
  ~LaneJit();
  /// Adds `name`: out[i] = f(a[i], b[i]), `width` lanes at a time (1: scalar code). i1 results are stored as bytes.
  void add(const std::string &name, mlir::Type element, int64_t width, const LaneFunction &f);
  /// Compiles all that was added; an empty string or what went wrong.
  std::string compile();
  Kernel lookup(const std::string &name);
  mlir::MLIRContext &getContext() { return context; }

private:
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace fluxion::test
