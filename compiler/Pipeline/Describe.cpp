#include "compiler/Pipeline/Describe.h"
#include "compiler/Target/Cpu/VectorChoice.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace fluxion {
namespace {

struct Work {
  double contraction = 0, elementwise = 0; // floating-point operations
  double all() const { return contraction + elementwise; }
  Work operator+(const Work &other) const { return {contraction + other.contraction, elementwise + other.elementwise}; }
  Work operator*(double times) const { return {contraction * times, elementwise * times}; }
};

double elements(Type type) { return double(cast<RankedTensorType>(type).getNumElements()); }

// Multiply-adds of a contraction: the product of the extents of all its letters; two operations each.
double contractionFlops(flx::ContractOp op) {
  llvm::DenseMap<char, int64_t> extent;
  StringRef letters = op.getEquation().split("->").first;
  for (Value operand : op.getContracted()) {
    auto [mine, rest] = letters.split(',');
    letters = rest;
    for (auto [letter, size] : llvm::zip(mine, cast<RankedTensorType>(operand.getType()).getShape()))
      extent[letter] = size;
  }
  double points = 2;
  for (auto [letter, size] : extent) points *= double(size);
  return points;
}

unsigned bodyOps(Region &body) {
  unsigned count = 0;
  for (Operation &op : body.front().without_terminator()) count += op.getNumOperands() > 0;
  return count;
}

Work workOf(Operation *op) {
  if (auto contract = dyn_cast<flx::ContractOp>(op))
    return {contractionFlops(contract), bodyOps(contract.getBody()) * elements(op->getResult(0).getType())};
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    double points = 1;
    for (int64_t extent : generic.getStaticLoopRanges()) points *= double(extent);
    return {0, bodyOps(generic.getRegion()) * points};
  }
  if (isa<flx::OverlapAddOp, flx::CumsumOp, flx::ScatterAddOp>(op)) return {0, elements(op->getOperand(0).getType())};
  return {};
}

std::string human(double value, const char *unit) {
  const char *prefix[] = {"", "k", "M", "G", "T"};
  int i = 0;
  for (; value >= 1000 && i < 4; ++i) value /= 1000;
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(i ? "%.1f %s%s" : "%.0f %s%s", value, prefix[i], unit);
  return text;
}

// "mlp.flx:9, std/activations.flx:4": every place an op or its body stems from, in order of appearance.
std::string places(Operation *op) {
  llvm::SmallSetVector<mlir::Attribute, 4> seen;
  std::string text;
  auto add = [&](mlir::Location where) {
    where->walk([&](mlir::Location part) {
      if (auto at = dyn_cast<FileLineColLoc>(part)) {
        std::string place =
            (at.getFilename().getValue().rsplit('/').second.empty() ? at.getFilename().getValue()
                                                                    : at.getFilename().getValue().rsplit('/').second)
                .str() +
            ":" + std::to_string(at.getLine());
        if (seen.size() < 4 && seen.insert(StringAttr::get(op->getContext(), place)))
          text += (text.empty() ? "" : ", ") + place;
      }
      return WalkResult::advance();
    });
  };
  add(op->getLoc());
  op->walk([&](Operation *inner) { add(inner->getLoc()); });
  return text;
}

// "add max select": the ops of a body, each name once.
std::string fused(Operation *op) {
  llvm::SmallSetVector<StringRef, 8> names;
  for (Region &region : op->getRegions())
    for (Operation &inner : region.front().without_terminator())
      if (inner.getNumOperands() > 0) names.insert(inner.getName().stripDialect());
  return llvm::join(names, " ");
}

// The kernels of a block, a line each, those of a loop or branch indented below it.
class Kernels {
public:
  Kernels(llvm::raw_ostream &out, const cpu::Machine &machine) : out(out), machine(machine) {}

  Work list(Block &block, unsigned depth) {
    Work total;
    for (Operation &op : block) {
      Work work;
      if (auto scan = dyn_cast<flx::ScanOp>(&op))
        work = loop(op, depth, std::to_string(scan.getLength()) + " steps, of one") * double(scan.getLength());
      else if (isa<flx::WhileOp>(op))
        openEnded = true, work = loop(op, depth, "of one step");
      else if (isa<flx::IfOp>(op))
        work = branch(op, depth);
      else
        work = kernel(op, depth);
      total = total + work;
    }
    return total;
  }

  bool openEnded = false, branches = false; // there is a while, an if

private:
  Work kernel(Operation &op, unsigned depth) {
    Work work = workOf(&op);
    if (op.getNumRegions() == 0) return work;
    std::string what = op.getName().stripDialect().str();
    if (auto contract = dyn_cast<flx::ContractOp>(&op)) what = ("contract " + contract.getEquation()).str();
    out.indent(depth) << llvm::left_justify(what, 26 - depth) << " "
                      << llvm::right_justify(human(work.all(), "FLOP"), 12)
                      << "  fused: " << (fused(&op).empty() ? "nothing" : fused(&op)) << "   from " << places(&op)
                      << "\n";
    if (auto generic = dyn_cast<linalg::GenericOp>(&op))
      if (std::string loop = cpu::explainVectorLoop(generic, machine); !loop.empty())
        out.indent(depth + 2) << loop << "\n";
    return work;
  }

  Work loop(Operation &op, unsigned depth, const std::string &steps) {
    out.indent(depth) << op.getName().stripDialect() << ": " << steps << "\n";
    Work work;
    for (Region &region : op.getRegions()) work = work + list(region.front(), depth + 2);
    return work;
  }

  Work branch(Operation &op, unsigned depth) {
    branches = true;
    Work costlier;
    for (Region &region : op.getRegions()) {
      out.indent(depth) << (region.getRegionNumber() == 0 ? "if\n" : "else\n");
      Work work = list(region.front(), depth + 2);
      if (work.all() > costlier.all()) costlier = work;
    }
    return costlier;
  }

  llvm::raw_ostream &out;
  const cpu::Machine &machine;
};

} // namespace

std::string describeKernels(ModuleOp module, const cpu::Machine &machine) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << "kernels\n";
  Kernels kernels(out, machine);
  Work total = kernels.list(cast<func::FuncOp>(module.getBody()->front()).getBody().front(), 2);
  out << "arithmetic\n  contractions " << human(total.contraction, "FLOP") << ", elementwise and reductions "
      << human(total.elementwise, "FLOP") << "\n";
  if (kernels.openEnded) out << "  a while counts as one step: how many it takes depends on the data\n";
  if (kernels.branches) out << "  of a branch the costlier arm counts\n";
  return text;
}

static double listLeaves(llvm::raw_ostream &out, const char *title, const std::vector<LeafManifest> &leaves) {
  double bytes = 0;
  out << title << "\n";
  for (const LeafManifest &leaf : leaves) {
    std::string type = spelling(leaf.element), shape;
    double count = 1;
    for (int64_t extent : leaf.shape)
      shape += (shape.empty() ? "" : ",") + std::to_string(extent), count *= double(extent);
    if (!leaf.shape.empty()) type += "[" + shape + "]";
    bytes += count * byteSize(leaf.element);
    out << "  " << llvm::left_justify(leaf.path.empty() ? "(result)" : leaf.path, 24) << " " << type
        << (leaf.donated >= 0 ? "   updated in place" : "") << "\n";
  }
  return bytes;
}

std::string describeInterface(const CompiledObject &object) {
  std::string text;
  llvm::raw_string_ostream out(text);
  double in = listLeaves(out, "arguments", object.arguments);
  double results = listLeaves(out, "results", object.results);
  out << "memory\n  arguments " << human(in, "B") << ", results " << human(results, "B")
      << ", arena (peak of temporaries) " << human(double(object.arenaBytes), "B") << ", code "
      << human(double(object.object.size()), "B") << "\n";
  return text;
}

} // namespace fluxion
