// Buffers stage -> LLVM dialect. Memrefs become pointers first (Pointers.cpp); the rest is MLIR's own conversion.
#include "compiler/Target/Cpu/Buffers.h"
#include "compiler/Target/Cpu/Codegen.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace fluxion::cpu {
namespace {

constexpr llvm::StringLiteral bodySuffix = ".chunk"; // kernel3.chunk runs one chunk of kernel3

//===-- Parallel calls ------------------------------------------------------------------------------------------===//

// forall (chunk) in (n) { kernel(context, m0, m1, …, chunk) }  ->  parallel_for(context, kernel.chunk, {m0, m1, …}, n)
void outlineCall(scf::ForallOp loop, Value closure) {
  auto call = *loop.getBody()->getOps<func::CallOp>().begin();
  OpBuilder b(loop);
  Location loc = call.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  ValueRange memrefs = call.getOperands().drop_front().drop_back();
  for (auto [i, memref] : llvm::enumerate(memrefs)) {
    Value slot = LLVM::GEPOp::create(b, loc, pointer, pointer, closure, ArrayRef<LLVM::GEPArg>{int32_t(i)});
    LLVM::StoreOp::create(b, loc, pointerTo(b, loc, memref), slot);
  }
  Value body = LLVM::AddressOfOp::create(b, loc, pointer, (call.getCallee() + bodySuffix).str());
  Value chunks = arith::ConstantIntOp::create(b, loc, loop.getStaticUpperBound()[0], 64);
  callRuntime(b, loc, "flx_parallel_for", {}, {call.getOperand(0), body, closure, chunks});
  loop.erase();
}

// kernel.chunk(context, closure, chunk) { kernel(context, closure[0], closure[1], …, chunk) }, once per kernel so run.
LogicalResult makeBody(ModuleOp module, LLVM::LLVMFuncOp kernel) {
  OpBuilder b(module.getContext());
  Location loc = kernel.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), {pointer, pointer, b.getI64Type()});
  b.setInsertionPointAfter(kernel);
  auto body = LLVM::LLVMFuncOp::create(b, loc, (kernel.getName() + bodySuffix).str(), type, LLVM::Linkage::Internal);
  b.setInsertionPointToStart(body.addEntryBlock(b));
  SmallVector<Value> arguments{body.getArgument(0)};
  for (unsigned i = 0, n = kernel.getNumArguments() - 2; i < n; ++i) {
    Value slot = LLVM::GEPOp::create(b, loc, pointer, pointer, body.getArgument(1), ArrayRef<LLVM::GEPArg>{int32_t(i)});
    arguments.push_back(LLVM::LoadOp::create(b, loc, pointer, slot));
  }
  arguments.push_back(body.getArgument(2));
  LLVM::CallOp::create(b, loc, kernel, arguments);
  LLVM::ReturnOp::create(b, loc, ValueRange{});
  return success();
}

//===-- The entry -----------------------------------------------------------------------------------------------===//

// NAME(context, arguments, results, arena) { NAME.body(context, arguments[0], …, results[0], …, arena) }
void wrapEntry(ModuleOp module, LLVM::LLVMFuncOp inner, StringRef name, unsigned arguments, unsigned results) {
  OpBuilder b(module.getContext());
  Location loc = inner.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), {pointer, pointer, pointer, pointer});
  b.setInsertionPointToEnd(module.getBody());
  auto entry = LLVM::LLVMFuncOp::create(b, loc, name, type);
  b.setInsertionPointToStart(entry.addEntryBlock(b));
  SmallVector<Value> operands{entry.getArgument(0)};
  auto unpack = [&](Value array, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      Value slot = LLVM::GEPOp::create(b, loc, pointer, pointer, array, ArrayRef<LLVM::GEPArg>{int32_t(i)});
      operands.push_back(LLVM::LoadOp::create(b, loc, pointer, slot));
    }
  };
  unpack(entry.getArgument(1), arguments);
  unpack(entry.getArgument(2), results);
  operands.push_back(entry.getArgument(3));
  LLVM::CallOp::create(b, loc, inner, operands);
  LLVM::ReturnOp::create(b, loc, ValueRange{});
}

//===-- Conversion ----------------------------------------------------------------------------------------------===//

// Kernels are one-dimensional vector code but for transposes of tiles and the like; only those need these patterns.
bool hasShapedVectors(ModuleOp module) {
  auto shaped = [](Type type) {
    auto vector = dyn_cast<VectorType>(type);
    return vector && vector.getRank() != 1;
  };
  return module
      .walk([&](Operation *op) {
        bool found = llvm::any_of(op->getResultTypes(), shaped) || llvm::any_of(op->getOperandTypes(), shaped) ||
                     isa<memref::SubViewOp, memref::CollapseShapeOp, memref::ExpandShapeOp, vector::StepOp,
                         vector::CreateMaskOp, vector::ShapeCastOp, vector::InterleaveOp, vector::DeinterleaveOp>(op);
        return found ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

LogicalResult lowerShapedVectors(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  vector::populateVectorBroadcastLoweringPatterns(patterns);
  vector::populateVectorTransposeLoweringPatterns(patterns, vector::VectorTransposeLowering::Shuffle16x16);
  vector::populateVectorShapeCastLoweringPatterns(patterns);
  vector::populateVectorInterleaveLoweringPatterns(patterns);
  vector::populateVectorMaskOpLoweringPatterns(patterns);
  vector::populateVectorMaskMaterializationPatterns(patterns, /*force32BitVectorIndices=*/false);
  vector::populateVectorInsertExtractStridedSliceTransforms(patterns);
  vector::populateVectorStepLoweringPatterns(patterns);
  vector::populateVectorRankReducingFMAPattern(patterns);
  memref::populateExpandStridedMetadataPatterns(patterns);
  return applyPatternsGreedily(module, std::move(patterns));
}

// A value that a loop carries without changing it is the value it started from. Nor may a loop hand a carried value on
// under another's place: the conversion of the branch would read the block's arguments after having replaced them.
void settleCarriedValues(ModuleOp module) {
  module.walk([](scf::ForOp loop) {
    Operation *yield = loop.getBody()->getTerminator();
    for (auto [i, argument] : llvm::enumerate(loop.getRegionIterArgs())) {
      if (yield->getOperand(i) == argument) {
        argument.replaceAllUsesWith(loop.getInitArgs()[i]);
        continue;
      }
      auto carried = dyn_cast<BlockArgument>(yield->getOperand(i));
      if (!carried || carried.getOwner() != loop.getBody()) continue;
      OpBuilder b(yield);
      Value always = arith::ConstantOp::create(b, yield->getLoc(), b.getBoolAttr(true));
      yield->setOperand(i, arith::SelectOp::create(b, yield->getLoc(), always, carried, carried));
    }
  });
}

LogicalResult convert(ModuleOp module) {
  MLIRContext *context = module.getContext();
  LowerToLLVMOptions options(context);
  options.overrideIndexBitwidth(64);
  LLVMTypeConverter converter(context, options);
  RewritePatternSet patterns(context);
  SymbolTableCollection symbols;
  populateSCFToControlFlowConversionPatterns(patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  populateFuncToLLVMConversionPatterns(converter, patterns, &symbols);
  populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns, &symbols);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  index::populateIndexToLLVMConversionPatterns(converter, patterns);
  ub::populateUBToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns, /*approximateLog1p=*/false);
  populateVectorToLLVMConversionPatterns(converter, patterns);
  LLVMConversionTarget target(*context);
  target.addLegalOp<ModuleOp>();
  ConversionConfig config;
  config.allowPatternRollback = false;
  return applyFullConversion(module, target, FrozenRewritePatternSet(std::move(patterns)), config);
}

} // namespace

void outlineParallelCalls(ModuleOp module) {
  SmallVector<scf::ForallOp> loops;
  for (auto function : module.getOps<func::FuncOp>())
    for (auto loop : function.getOps<scf::ForallOp>()) loops.push_back(loop);
  if (loops.empty()) return;
  // One closure array serves every loop of the entry: a parallel_for has returned before the next fills it.
  size_t widest = 0;
  for (scf::ForallOp loop : loops)
    widest = std::max(widest, size_t((*loop.getBody()->getOps<func::CallOp>().begin()).getNumOperands()));
  llvm::DenseMap<Block *, Value> closures;
  for (scf::ForallOp loop : loops) {
    Value &closure = closures[loop->getBlock()];
    if (!closure) {
      OpBuilder b = OpBuilder::atBlockBegin(loop->getBlock());
      auto pointer = LLVM::LLVMPointerType::get(b.getContext());
      Value count = LLVM::ConstantOp::create(b, loop.getLoc(), b.getI64Type(), b.getI64IntegerAttr(widest));
      closure = LLVM::AllocaOp::create(b, loop.getLoc(), pointer, pointer, count);
    }
    outlineCall(loop, closure);
  }
}

LogicalResult lowerToLlvm(ModuleOp module, llvm::StringRef entry) {
  outlineParallelCalls(module);
  if (hasShapedVectors(module) && failed(lowerShapedVectors(module)))
    return module.emitError("lowering of shaped vectors did not converge");
  if (failed(memrefsToPointers(module)))
    return failure();

  std::string inner = (entry + ".body").str();
  auto main = module.lookupSymbol<func::FuncOp>(entry);
  auto count = main->getAttrOfType<IntegerAttr>(argumentsName);
  if (!count || main.getNumArguments() < count.getInt() + 2) return main.emitError("is no entry of the buffers stage");
  unsigned arguments = count.getInt(), results = main.getNumArguments() - arguments - 2;
  main->removeAttr(argumentsName);
  main.setName(inner);
  auto internal = LLVM::LinkageAttr::get(module.getContext(), LLVM::Linkage::Internal);
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isDeclaration()) function->setAttr("llvm.linkage", internal);
  settleCarriedValues(module);
  if (failed(convert(module))) return module.emitError("conversion to the LLVM dialect failed");

  llvm::SmallVector<std::string> bodies;
  module.walk([&](LLVM::AddressOfOp op) {
    StringRef name = op.getGlobalName();
    if (name.consume_back(bodySuffix) && !llvm::is_contained(bodies, name)) bodies.push_back(name.str());
  });
  for (const std::string &name : bodies)
    if (failed(makeBody(module, module.lookupSymbol<LLVM::LLVMFuncOp>(name)))) return failure();
  wrapEntry(module, module.lookupSymbol<LLVM::LLVMFuncOp>(inner), entry, arguments, results);
  return success();
}

} // namespace fluxion::cpu
