#include "Harness.h"
#include "compiler/Target/Cpu/Buffers.h"
#include "compiler/Target/Cpu/Codegen.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Verifier.h"
#include <chrono>
using namespace mlir;

namespace fluxion::cpu {

void loadKernelDialects(MLIRContext &context) {
  context
      .loadDialect<arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect, LLVM::LLVMDialect, math::MathDialect,
                   memref::MemRefDialect, scf::SCFDialect, ub::UBDialect, vector::VectorDialect>();
}

Type elementOf(MLIRContext &context, char kind) {
  OpBuilder b(&context);
  switch (kind) {
  case 'f':
    return b.getF32Type();
  case 'd':
    return b.getF64Type();
  case 'i':
    return b.getI32Type();
  default:
    return b.getI8Type();
  }
}

static func::FuncOp emitStep(ModuleOp module, const KernelPlan &plan, unsigned number, ArrayRef<Type> memrefs) {
  OpBuilder b(module.getContext());
  b.setInsertionPointToEnd(module.getBody());
  Location loc = b.getUnknownLoc();
  SmallVector<Type> types{LLVM::LLVMPointerType::get(module.getContext())};
  llvm::append_range(types, memrefs);
  types.push_back(MemRefType::get({std::max<int64_t>(plan.scratchBytes, 1)}, b.getI8Type()));
  types.push_back(b.getIndexType());
  auto function = func::FuncOp::create(b, loc, "kernel" + std::to_string(number), b.getFunctionType(types, {}));
  Block *body = function.addEntryBlock();
  b.setInsertionPointToStart(body);
  KernelFrame frame;
  frame.context = body->getArgument(0);
  for (unsigned i = 0; i < memrefs.size(); ++i) frame.operands.push_back(body->getArgument(1 + i));
  frame.scratch = body->getArgument(memrefs.size() + 1);
  frame.chunk = body->getArgument(memrefs.size() + 2);
  if (plan.steps[number].chunks == 1) frame.chunk = arith::ConstantIndexOp::create(b, loc, 0);
  plan.steps[number].emit(b, loc, frame);
  func::ReturnOp::create(b, loc);
  return function;
}

static void emitEntry(ModuleOp module, const KernelPlan &plan, MutableArrayRef<func::FuncOp> kernels) {
  OpBuilder b(module.getContext());
  b.setInsertionPointToEnd(module.getBody());
  Location loc = b.getUnknownLoc();
  ArrayRef<Type> types = kernels[0].getFunctionType().getInputs().drop_back();
  auto entry = func::FuncOp::create(b, loc, "entry", b.getFunctionType(types, {}));
  entry->setAttr(argumentsName, b.getI64IntegerAttr(types.size() - 2)); // all but context and arena
  entry->setAttr(argumentsName, b.getI64IntegerAttr(types.size() - 2));
  Block *body = entry.addEntryBlock();
  b.setInsertionPointToStart(body);
  for (auto [step, kernel] : llvm::zip(plan.steps, kernels)) {
    SmallVector<Value> arguments(body->getArguments());
    if (step.chunks == 1) {
      arguments.push_back(arith::ConstantIndexOp::create(b, loc, 0));
      func::CallOp::create(b, loc, kernel, arguments);
      continue;
    }
    auto loop =
        scf::ForallOp::create(b, loc, ArrayRef<OpFoldResult>{b.getIndexAttr(step.chunks)}, ValueRange{}, std::nullopt);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    arguments.push_back(loop.getInductionVar(0));
    func::CallOp::create(b, loc, kernel, arguments);
  }
  func::ReturnOp::create(b, loc);
}

std::unique_ptr<CompiledPlan> CompiledPlan::compile(MLIRContext &context, const KernelPlan &plan,
                                                    ArrayRef<HarnessOperand> operands, const Machine &machine,
                                                    std::string *assembly) {
  using Clock = std::chrono::steady_clock;
  auto since = [](Clock::time_point t) { return std::chrono::duration<double, std::milli>(Clock::now() - t).count(); };
  auto begin = Clock::now();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  SmallVector<Type> memrefs;
  for (const HarnessOperand &o : operands) memrefs.push_back(MemRefType::get({o.elements}, elementOf(context, o.kind)));
  SmallVector<func::FuncOp> kernels;
  for (unsigned i = 0; i < plan.steps.size(); ++i) kernels.push_back(emitStep(*module, plan, i, memrefs));
  emitEntry(*module, plan, kernels);
  if (failed(verify(*module)) || failed(lowerToLlvm(*module, "entry"))) return nullptr;

  auto result = std::make_unique<CompiledPlan>();
  result->mlirMilliseconds = since(begin);
  begin = Clock::now();
  Codegen codegen(machine, {});
  if (failed(codegen.translate(*module))) return nullptr;
  if (assembly) {
    FailureOr<std::string> text = codegen.emitAssembly(module->getLoc());
    if (succeeded(text)) *assembly = *text;
  }
  FailureOr<std::string> object = codegen.emitObject(module->getLoc());
  if (failed(object)) return nullptr;
  std::string error;
  result->code = load(*object, "entry", flx_runtime_symbols(), error);
  result->llvmMilliseconds = since(begin);
  if (!result->code) return llvm::errs() << error << "\n", nullptr;
  result->arena = flx_allocate(std::max<int64_t>(plan.scratchBytes, 64));
  return result;
}

CompiledPlan::~CompiledPlan() { flx_free(arena); }

void CompiledPlan::run(flx_context *context, ArrayRef<void *> operands) {
  code->entry(context, operands.data(), nullptr, arena);
}

} // namespace fluxion::cpu
