// Regions become functions, innermost planned first; the op's scratch is the largest arena and one scalar.
#include "compiler/Target/Cpu/Regions.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace fluxion::cpu {

bool isControl(Operation *op) { return isa<flx::ScanOp, flx::WhileOp, flx::IfOp>(op); }

unsigned carriedCount(Operation *op) {
  if (auto scan = dyn_cast<flx::ScanOp>(op)) return scan.getInits().size();
  return isa<flx::WhileOp>(op) ? op->getNumOperands() : 0;
}

static bool isRepeated(Value value) {
  Operation *op = value.getDefiningOp();
  return op && isa<flx::ConstantOp, tensor::EmptyOp>(op);
}

SmallVector<Value> capturedValues(Region &region) {
  llvm::SetVector<Value> values;
  getUsedValuesDefinedAbove(region, values);
  return llvm::to_vector(llvm::make_filter_range(values, [](Value v) { return !isRepeated(v); }));
}

static func::FuncOp outline(Region &region, ArrayRef<Value> captured) {
  Block &block = region.front();
  Operation *yield = block.getTerminator();
  OpBuilder b(region.getContext());
  Location loc = region.getLoc();
  SmallVector<Type> inputs(block.getArgumentTypes());
  llvm::append_range(inputs, ValueRange(captured).getTypes());
  auto function = func::FuncOp::create(loc, "region", b.getFunctionType(inputs, yield->getOperandTypes()));
  Block *body = function.addEntryBlock();
  b.setInsertionPointToEnd(body);
  IRMapping values;
  values.map(ValueRange(block.getArguments()), body->getArguments().take_front(block.getNumArguments()));
  values.map(ValueRange(captured), body->getArguments().drop_front(block.getNumArguments()));
  llvm::SetVector<Value> above;
  getUsedValuesDefinedAbove(region, above);
  for (Value value : above)
    if (isRepeated(value)) values.map(value, b.clone(*value.getDefiningOp())->getResult(0));
  for (Operation &op : block.without_terminator()) b.clone(op, values);
  SmallVector<Value> results = llvm::map_to_vector(yield->getOperands(), [&](Value v) { return values.lookup(v); });
  func::ReturnOp::create(b, loc, results);
  return function;
}

// The argument of the region whose memory result j takes, or −1.
static SmallVector<int64_t> donatedIn(Operation *op, unsigned region, unsigned results) {
  SmallVector<int64_t> donated(results, -1);
  bool condition = isa<flx::WhileOp>(op) && region == 0;
  if (condition || isa<flx::IfOp>(op)) return donated;
  unsigned first = isa<flx::ScanOp>(op); // after a scan's index
  for (unsigned j = 0; j < carriedCount(op); ++j) donated[j] = first + j;
  return donated;
}

FailureOr<KernelPlan> planControl(Operation *op, const Machine &machine, ControlPlan &control) {
  for (auto [i, region] : llvm::enumerate(op->getRegions())) {
    auto part = std::make_unique<RegionPlan>();
    part->captured = capturedValues(region);
    part->function = outline(region, part->captured);
    part->donated = donatedIn(op, i, part->function.getNumResults());
    FailureOr<MemoryPlan> plan = planMemory(part->function, part->donated, machine, /*alwaysInPlace=*/true);
    if (failed(plan)) return failure();
    part->plan = std::move(*plan);
    control.arenaBytes = std::max(control.arenaBytes, part->plan.arenaBytes);
    control.regions.push_back(std::move(part));
  }
  KernelPlan kernel;
  control.scalar = llvm::alignTo(control.arenaBytes, 64);
  kernel.scratchBytes = control.scalar + (isa<flx::IfOp>(op) ? 0 : 64);
  for (unsigned j = 0; j < carriedCount(op); ++j) kernel.inPlace.push_back({j, j});
  return kernel;
}

} // namespace fluxion::cpu
