// The target's stages as passes, so that fluxion-opt can show and test them one by one.
#include "compiler/Target/Cpu/Passes.h"
#include "compiler/Target/Cpu/Buffers.h"
#include "compiler/Target/Cpu/Codegen.h"
#include "compiler/Target/Cpu/Compile.h"

namespace fluxion::cpu {
#define GEN_PASS_DEF_FLXTOBUFFERSPASS
#define GEN_PASS_DEF_FLXBUFFERSTOLLVMPASS
#include "compiler/Target/Cpu/Passes.h.inc"
} // namespace fluxion::cpu

using namespace mlir;

namespace fluxion::cpu {
namespace {

struct FlxToBuffersPass : impl::FlxToBuffersPassBase<FlxToBuffersPass> {
  using Base::Base;
  void runOnOperation() override {
    Machine machine = Machine::named(cpu);
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    // Names of the input out of the way of those that are made.
    SmallVector<std::string> names;
    for (func::FuncOp function : functions) {
      names.push_back(function.getName().str());
      function.setName("source." + names.back());
    }
    for (auto [function, name] : llvm::zip(functions, names)) {
      function.setName(name);
      FailureOr<MemoryPlan> plan = planMemory(function, donatedArguments(function), machine);
      if (failed(plan)) return signalPassFailure();
      std::string prefix = functions.size() > 1 ? (function.getName() + "_").str() : "";
      OwningOpRef<ModuleOp> buffers = buildBuffers(function, *plan, prefix);
      function.erase();
      for (auto declared : llvm::make_early_inc_range(buffers->getOps<func::FuncOp>())) // once is enough
        if (declared.isDeclaration() && getOperation().lookupSymbol(declared.getName())) declared.erase();
      Block *target = getOperation().getBody();
      target->getOperations().splice(target->end(), buffers->getBody()->getOperations());
    }
  }
};

struct FlxBuffersToLlvmPass : impl::FlxBuffersToLlvmPassBase<FlxBuffersToLlvmPass> {
  using Base::Base;
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isPrivate()) {
        if (failed(lowerToLlvm(getOperation(), function.getName().str()))) signalPassFailure();
        return;
      }
  }
};

} // namespace
} // namespace fluxion::cpu
