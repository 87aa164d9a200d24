// Planning memory: results first (each needs a writer of its own), then an order that donations allow, then places.
#include "compiler/Target/Cpu/Regions.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/PriorityQueue.h"

using namespace mlir;

namespace fluxion::cpu {

Value memoryRoot(Value tensor) {
  while (auto reshape = tensor.getDefiningOp<flx::ReshapeOp>()) tensor = reshape.getX();
  return tensor;
}

SmallVector<int64_t> donatedArguments(func::FuncOp function) {
  SmallVector<int64_t> donated;
  for (unsigned j = 0; j < function.getNumResults(); ++j) {
    auto argument = function.getResultAttrOfType<IntegerAttr>(j, donatedName);
    donated.push_back(argument ? argument.getInt() : -1);
  }
  return donated;
}

int64_t byteSize(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return type.getNumElements() * memoryElement(type.getElementType()).getIntOrFloatBitWidth() / 8;
}

namespace {

// Ops of the linalg stage that are no kernels: views, constants and destinations.
bool isKernel(Operation &op) { return !isa<flx::ReshapeOp, flx::ConstantOp, tensor::EmptyOp, func::ReturnOp>(op); }

class Planner {
public:
  Planner(func::FuncOp function, ArrayRef<int64_t> donated, const Machine &machine, bool alwaysInPlace)
      : function(function), donated(donated), machine(machine), alwaysInPlace(alwaysInPlace),
        exit(function.getBody().front().getTerminator()) {}

  FailureOr<MemoryPlan> run() {
    for (bool last :
         {false, true}) // what a loop stacks and carries is made in the stack: the carried one may have to wait
      for (unsigned j = 0; j < exit->getNumOperands(); ++j)
        if (isDonated(j) == last) ownResult(j);
    for (Operation &op : function.getBody().front())
      if (isKernel(op) && failed(add(&op))) return failure();
    for (unsigned j = 0; j < exit->getNumOperands(); ++j)
      if (failed(orderDonation(j))) return failure();
    schedule();
    place();
    return std::move(plan);
  }

private:
  //===-- Results ---------------------------------------------------------------------------------------------===//

  // Every result is written by a kernel of its own: arguments, constants and values returned twice are copied.
  void ownResult(unsigned j) {
    Value root = memoryRoot(exit->getOperand(j));
    if (isUnchanged(j)) return;
    bool written = root.getDefiningOp() && isKernel(*root.getDefiningOp());
    if (!written || !resultOf.insert({root, j}).second) copyResult(j);
  }

  // A carried value that no step changes.
  bool isUnchanged(unsigned j) {
    return alwaysInPlace && isDonated(j) && memoryRoot(exit->getOperand(j)) == function.getArgument(donated[j]);
  }

  linalg::GenericOp copyResult(unsigned j) {
    OpBuilder b(exit);
    Value from = exit->getOperand(j);
    Location loc = from.getLoc();
    auto type = cast<RankedTensorType>(from.getType());
    Value to = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
    SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(type.getRank()));
    SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::parallel);
    auto copy = linalg::GenericOp::create(
        b, loc, type, from, to, maps, loops,
        [](OpBuilder &b, Location loc, ValueRange elements) { linalg::YieldOp::create(b, loc, elements.front()); });
    exit->setOperand(j, copy.getResult(0));
    resultOf[copy.getResult(0)] = j;
    return copy;
  }

  //===-- Order -----------------------------------------------------------------------------------------------===//

  LogicalResult add(Operation *op) {
    FailureOr<KernelPlan> kernel = isControl(op) ? planControl(op) : planKernel(op, machine);
    if (failed(kernel)) return failure();
    number[op] = ops.size();
    ops.push_back(op);
    after.emplace_back();
    for (Value input : kernelInputs(op)) {
      Value root = memoryRoot(input);
      readers[root].push_back(op);
      if (Operation *writer = root.getDefiningOp(); writer && number.contains(writer))
        after[number[writer]].push_back(number[op]);
    }
    plan.kernels[op] = std::move(*kernel);
    return success();
  }

  FailureOr<KernelPlan> planControl(Operation *op) {
    auto control = std::make_shared<ControlPlan>();
    plan.control[op] = control;
    return cpu::planControl(op, machine, *control);
  }

  bool reaches(unsigned from, unsigned to) {
    SmallVector<unsigned> work{from};
    llvm::DenseSet<unsigned> seen{from};
    while (!work.empty()) {
      unsigned op = work.pop_back_val();
      if (op == to) return true;
      for (unsigned next : after[op])
        if (seen.insert(next).second) work.push_back(next);
    }
    return false;
  }

  // Every operand of `op` that lies in the memory of `root` may share it with result `r`.
  bool worksInPlace(Operation *op, Value root, unsigned r) {
    ArrayRef<InPlacePair> pairs = plan.kernels[op].inPlace;
    for (auto [i, input] : llvm::enumerate(kernelInputs(op)))
      if (memoryRoot(input) == root &&
          llvm::none_of(pairs, [&](InPlacePair pair) { return pair.operand == i && pair.result == r; }))
        return false;
    return true;
  }

  // Result j, written into the memory of an argument, waits for the argument's readers.
  LogicalResult orderDonation(unsigned j) {
    if (!isDonated(j) || isUnchanged(j)) return success();
    Value argument = function.getArgument(donated[j]), root = memoryRoot(exit->getOperand(j));
    Operation *writer = root.getDefiningOp();
    unsigned w = number[writer];
    bool possible = worksInPlace(writer, argument, cast<OpResult>(root).getResultNumber());
    for (Operation *reader : readers[argument]) possible &= reader == writer || !reaches(w, number[reader]);
    if (!possible) {
      resultOf.erase(root);
      writer = copyResult(j);
      if (failed(add(writer))) return failure();
      w = number[writer];
    }
    for (Operation *reader : readers[argument])
      if (reader != writer) after[number[reader]].push_back(w);
    return success();
  }

  // Topological, otherwise as the program stands.
  void schedule() {
    SmallVector<unsigned> waiting(ops.size(), 0);
    for (auto &next : after)
      for (unsigned op : next) ++waiting[op];
    llvm::PriorityQueue<unsigned, std::vector<unsigned>, std::greater<unsigned>> ready;
    for (unsigned op = 0; op < ops.size(); ++op)
      if (!waiting[op]) ready.push(op);
    while (!ready.empty()) {
      unsigned op = ready.top();
      ready.pop();
      plan.order.push_back(ops[op]);
      for (unsigned next : after[op])
        if (!--waiting[next]) ready.push(next);
    }
  }

  //===-- Places ----------------------------------------------------------------------------------------------===//

  // A dying operand whose memory result `r` of `op` can take: the buffer's index, or −1.
  int reusable(Operation *op, unsigned r, int64_t time) {
    SmallVector<Value> inputs = kernelInputs(op);
    for (InPlacePair pair : plan.kernels[op].inPlace) {
      if (pair.result != r) continue;
      Value root = memoryRoot(inputs[pair.operand]);
      auto found = bufferOf.find(root);
      if (found == bufferOf.end() || buffers[found->second].last != time || taken.contains(found->second) ||
          buffers[found->second].bytes != byteSize(op->getResult(r).getType()) || !worksInPlace(op, root, r))
        continue;
      return found->second;
    }
    return -1;
  }

  void placeResults(Operation *op, int64_t time) {
    taken.clear();
    for (OpResult result : op->getResults()) {
      if (auto found = resultOf.find(result); found != resultOf.end()) {
        plan.places[result] = {Place::Result, found->second};
        continue;
      }
      int64_t last = time;
      for (Operation *reader : readers[result]) last = std::max(last, timeOf[reader]);
      int buffer = reusable(op, result.getResultNumber(), time);
      if (buffer < 0) {
        buffer = buffers.size();
        buffers.push_back({byteSize(result.getType()), time, last});
      }
      buffers[buffer].last = last;
      taken.insert(buffer);
      bufferOf[result] = buffer;
    }
  }

  // An operand that dies where result j is made of it in place may lie in the result's memory from the start, and with
  // it whatever it was made of in place. (Not where that memory is an argument's too.)
  void forwardToResults() {
    for (Operation *op : llvm::reverse(plan.order)) {
      SmallVector<Value> inputs = kernelInputs(op);
      for (InPlacePair pair : plan.kernels[op].inPlace) {
        OpResult result = op->getResult(pair.result);
        auto target = resultOf.find(result);
        auto buffer = bufferOf.find(memoryRoot(inputs[pair.operand]));
        if (target == resultOf.end() || buffer == bufferOf.end() || isDonated(target->second)) continue;
        unsigned b = buffer->second;
        bool kept = buffers[b].last > timeOf[op] || llvm::any_of(op->getResults(), [&](OpResult other) {
                      auto found = bufferOf.find(other);
                      return found != bufferOf.end() && found->second == b;
                    });
        if (kept || buffers[b].bytes != byteSize(result.getType()) || !worksInPlace(op, buffer->first, pair.result) ||
            llvm::is_contained(llvm::make_second_range(forwarded), target->second))
          continue;
        forwarded[b] = target->second;
        buffers[b].bytes = 0;
      }
    }
  }
  bool isDonated(unsigned j) const { return j < donated.size() && donated[j] >= 0; }

  void place() {
    for (auto [time, op] : llvm::enumerate(plan.order)) timeOf[op] = time;
    SmallVector<std::pair<Operation *, unsigned>> scratch;
    for (auto [time, op] : llvm::enumerate(plan.order)) {
      placeResults(op, time);
      if (int64_t bytes = plan.kernels[op].scratchBytes) {
        scratch.push_back({op, unsigned(buffers.size())});
        buffers.push_back({bytes, int64_t(time), int64_t(time)});
      }
    }
    forwardToResults();
    plan.arenaBytes = assignOffsets(buffers);
    for (auto [value, buffer] : bufferOf) {
      auto result = forwarded.find(buffer);
      plan.places[value] = result == forwarded.end() ? Place{Place::Arena, buffers[buffer].offset}
                                                     : Place{Place::Result, result->second};
    }
    for (auto [op, buffer] : scratch) plan.scratch[op] = buffers[buffer].offset;
    for (BlockArgument argument : function.getArguments())
      plan.places[argument] = {Place::Argument, argument.getArgNumber()};
    for (Operation *op : plan.order)
      for (Value input : kernelInputs(op)) {
        Value root = memoryRoot(input);
        if (root.getDefiningOp<flx::ConstantOp>()) plan.places[root] = {Place::Constant, 0};
        plan.places[input] = Place(plan.places[root]);
      }
  }

  func::FuncOp function;
  ArrayRef<int64_t> donated;
  const Machine &machine;
  bool alwaysInPlace;
  Operation *exit;
  MemoryPlan plan;
  SmallVector<Operation *> ops;
  llvm::DenseMap<Operation *, unsigned> number;
  SmallVector<SmallVector<unsigned>> after;                // op -> ops that must run later
  llvm::DenseMap<Value, SmallVector<Operation *>> readers; // by root
  llvm::DenseMap<Value, unsigned> resultOf;                // root -> result whose memory it takes
  llvm::DenseMap<Operation *, int64_t> timeOf;
  SmallVector<Buffer> buffers;
  llvm::MapVector<Value, unsigned> bufferOf;
  llvm::SmallDenseMap<unsigned, unsigned> forwarded; // buffer -> result whose memory it takes
  llvm::SmallDenseSet<int> taken;                    // buffers that results of the op at hand already have
};

} // namespace

// Offsets, strides and sums of sizes are 64-bit numbers without a check from here on: so each tensor is far from their
// end, an empty one too, whose strides are products of its other extents.
static LogicalResult checkSizes(func::FuncOp function) {
  auto check = [](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type) return success();
    double bytes = std::max(1u, type.getElementTypeBitWidth() / 8);
    for (int64_t extent : type.getShape()) bytes *= double(std::max<int64_t>(extent, 1));
    if (bytes <= 1e15) return success();
    return LogicalResult(emitError(value.getLoc())
                         << "[E0803] a tensor " << type << " of " << bytes << " bytes is too large");
  };
  WalkResult walked = function.walk([&](Operation *op) {
    bool fits = llvm::all_of(op->getResults(), [&](Value each) { return succeeded(check(each)); });
    for (Region &region : op->getRegions())
      for (Block &block : region)
        fits = fits && llvm::all_of(block.getArguments(), [&](Value each) { return succeeded(check(each)); });
    return fits ? WalkResult::advance() : WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

FailureOr<MemoryPlan> planMemory(func::FuncOp function, ArrayRef<int64_t> donated, const Machine &machine,
                                 bool alwaysInPlace) {
  if (failed(checkSizes(function))) return failure();
  return Planner(function, donated, machine, alwaysInPlace).run();
}

} // namespace fluxion::cpu
