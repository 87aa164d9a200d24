// See LaneJit.h: a loop per function, upstream conversions to LLVM, host code by ORC.
#include "tests/numeric/LaneJit.h"
#include "fluxion/runtime.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ExecutionEngine/Orc/ThreadSafeModule.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/TargetSelect.h"
using namespace mlir;

namespace fluxion::test {

LaneJit::LaneJit() : context(MLIRContext::Threading::DISABLED) {
  static bool once = llvm::InitializeNativeTarget() || llvm::InitializeNativeTargetAsmPrinter();
  (void)once;
  registerBuiltinDialectTranslation(context);
  registerLLVMDialectTranslation(context);
  context.loadDialect<arith::ArithDialect, func::FuncDialect, LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect,
                      vector::VectorDialect>();
  module = ModuleOp::create(UnknownLoc::get(&context));
}
LaneJit::~LaneJit() = default;

void LaneJit::add(const std::string &name, Type element, int64_t width, const LaneFunction &f) {
  OpBuilder builder(&context);
  Location loc = builder.getUnknownLoc();
  builder.setInsertionPointToEnd(module->getBody());
  Type pointer = LLVM::LLVMPointerType::get(&context), i64 = builder.getI64Type();
  auto function =
      func::FuncOp::create(builder, loc, name, builder.getFunctionType({pointer, pointer, pointer, i64}, {}));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  Value zero = arith::ConstantIntOp::create(builder, loc, 0, 64),
        step = arith::ConstantIntOp::create(builder, loc, width, 64);
  auto loop = scf::ForOp::create(builder, loc, zero, entry->getArgument(3), step);
  builder.setInsertionPointToStart(loop.getBody());
  Type type = width == 1 ? element : VectorType::get({width}, element);
  auto place = [&](unsigned argument, Type of) {
    return LLVM::GEPOp::create(builder, loc, pointer, of, entry->getArgument(argument),
                               ArrayRef<LLVM::GEPArg>{loop.getInductionVar()});
  };
  auto load = [&](unsigned argument) {
    Value value =
        LLVM::LoadOp::create(builder, loc, type, place(argument, element), element.getIntOrFloatBitWidth() / 8);
    return cpu::Lane(builder, loc, value);
  };
  cpu::Lane result = f(load(0), load(1));
  if (result.isBool()) result = cpu::convert(result, builder.getI8Type());
  Type out = result.getElementType();
  LLVM::StoreOp::create(builder, loc, result.get(), place(2, out), out.getIntOrFloatBitWidth() / 8);
  builder.setInsertionPointToEnd(entry);
  func::ReturnOp::create(builder, loc);
}

std::string LaneJit::compile() {
  PassManager passes(&context);
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createConvertFuncToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  if (failed(passes.run(*module))) return "lowering failed";
  auto llvmContext = std::make_unique<llvm::LLVMContext>();
  auto llvmModule = translateModuleToLLVMIR(*module, *llvmContext);
  if (!llvmModule) return "translation failed";
  for (llvm::Function &function : *llvmModule) function.addFnAttr("prefer-vector-width", "512");
  auto built = llvm::orc::LLJITBuilder().create();
  if (!built) return llvm::toString(built.takeError());
  jit = std::move(*built);
  if (llvm::Error error = jit->addIRModule(llvm::orc::ThreadSafeModule(std::move(llvmModule), std::move(llvmContext))))
    return llvm::toString(std::move(error));
  llvm::orc::SymbolMap symbols;
  for (const flx_symbol *symbol = flx_runtime_symbols(); symbol->name; ++symbol)
    symbols[jit->mangleAndIntern(symbol->name)] = {llvm::orc::ExecutorAddr::fromPtr(symbol->address),
                                                   llvm::JITSymbolFlags::Exported};
  if (llvm::Error error = jit->getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(symbols))))
    return llvm::toString(std::move(error));
  return "";
}

Kernel LaneJit::lookup(const std::string &name) {
  auto found = jit->lookup(name);
  if (!found) {
    llvm::consumeError(found.takeError());
    return nullptr;
  }
  return found->toPtr<Kernel>();
}

} // namespace fluxion::test
