// Random and special arguments; see VerifyPoints.h.
#include "compiler/Reference/VerifyPoints.h"
#include "dialects/Dialect.h"
#include <limits>
using namespace mlir;

namespace fluxion::reference {

double roundedTo(Element element, double x) { return element == Element::F32 ? double(float(x)) : x; }

HostTensor randomLike(const HostTensor &like, std::mt19937_64 &random) {
  std::normal_distribution<double> normal;
  HostTensor result(like.element, like.shape);
  for (double &x : result.reals) x = roundedTo(like.element, normal(random));
  return result;
}

// The smallest extent that elements of an integer value index, through ops that only move or convert them; 0: it
// indexes nothing.
static int64_t indexedExtent(Value value) {
  int64_t extent = 0;
  auto narrow = [&](int64_t other) {
    if (other && (!extent || other < extent)) extent = other;
  };
  for (OpOperand &use : value.getUses()) {
    Operation *op = use.getOwner();
    if (auto gather = dyn_cast<flx::GatherOp>(op); gather && use.getOperandNumber() == 1)
      narrow(cast<RankedTensorType>(gather.getX().getType()).getDimSize(gather.getAxis()));
    else if (auto scatter = dyn_cast<flx::ScatterAddOp>(op); scatter && use.getOperandNumber() == 1)
      narrow(cast<RankedTensorType>(scatter.getResult().getType()).getDimSize(scatter.getAxis()));
    else if (isa<flx::ReshapeOp, flx::BroadcastOp, flx::TransposeOp, flx::SliceOp, flx::ConvertOp, flx::ConcatOp>(op))
      narrow(indexedExtent(op->getResult(0)));
    else if (auto call = dyn_cast<func::CallOp>(op)) {
      auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, call.getCalleeAttr());
      if (callee && !callee.isExternal() && callee != op->getParentOp())
        narrow(indexedExtent(callee.getArgument(use.getOperandNumber())));
    } else if (isa<flx::VjpOp, flx::JvpOp>(op)) {
      auto callee =
          SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, op->getAttrOfType<FlatSymbolRefAttr>("callee"));
      if (callee && !callee.isExternal() && use.getOperandNumber() < callee.getNumArguments())
        narrow(indexedExtent(callee.getArgument(use.getOperandNumber())));
    }
  }
  return extent;
}

// Where nothing is indexed integers may be anything: among them those at which arithmetic wraps and division has no
// answer.
static bool indexesSomething(func::FuncOp function) {
  Operation *root = function->getParentOfType<ModuleOp>();
  return (root ? root : function.getOperation())
      ->walk([](Operation *op) {
        return isa<flx::GatherOp, flx::ScatterAddOp>(op) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

static int64_t specialInteger(Element element, uint64_t which) {
  static constexpr int64_t wide[] = {
      0, 1, -1, 7, -13, 2, INT64_MAX, INT64_MIN, (int64_t(1) << 53) + 1, -6, 100, -(int64_t(1) << 32)};
  static constexpr int64_t narrow[] = {0, 1, -1, 7, -13, 2, INT32_MAX, INT32_MIN, (1 << 24) + 1, -6, 100, -65536};
  return (element == Element::I64 ? wide : narrow)[which % std::size(wide)];
}

static bool onlyElementwise(func::FuncOp function) {
  return llvm::all_of(function.getBody().front().without_terminator(),
                      [](Operation &op) { return op.hasTrait<flx::Elementwise>() || isa<flx::ConstantOp>(op); });
}

llvm::Expected<std::vector<Point>> pointsOf(func::FuncOp function, int randomPoints, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> unit(0.02, 1);
  std::vector<Point> points;
  llvm::Error failure = llvm::Error::success();
  enum Integers { Small, Signed, Special };
  bool indexes = indexesSomething(function);
  auto add = [&](const std::string &name, bool smooth, bool extreme, Integers integers, auto draw) {
    Point point{name, {}, smooth, extreme};
    size_t position = 0;
    for (BlockArgument parameter : function.getArguments()) {
      auto x = zerosOf(parameter.getType());
      if (!x) {
        failure = llvm::joinErrors(std::move(failure), x.takeError());
        return;
      }
      int64_t extent = indexedExtent(parameter);
      for (double &value : x->reals) value = roundedTo(x->element, draw(position++));
      for (int64_t &value : x->integers)
        if (x->element == Element::I1 || indexes || integers == Small)
          value = int64_t(random() % (x->element == Element::I1 ? 2 : extent ? extent : 5));
        else
          value = integers == Signed ? int64_t(random() % 41) - 20 : specialInteger(x->element, random());
      point.arguments.push_back(std::move(*x));
    }
    points.push_back(std::move(point));
  };
  for (int i = 0; i < randomPoints; ++i) {
    std::string number = " " + std::to_string(i + 1);
    if (i % 3 == 0) add("normal" + number, true, false, Small, [&](size_t) { return normal(random); });
    if (i % 3 == 1) add("unit" + number, true, false, Small, [&](size_t) { return unit(random); });
    if (i % 3 == 2) add("wide" + number, true, false, Signed, [&](size_t) { return 4 * normal(random); });
  }
  add("zeros", false, false, Small, [](size_t) { return 0.0; });
  add("ones", false, false, Small, [](size_t) { return 1.0; });
  static constexpr double mixed[] = {0.5, -1, 2, 1e-4, 0, -0.5, 10, -2, -1e-4, 1, 30, -10, -30};
  size_t shift = random();
  add("mixed", false, false, Special, [&](size_t i) { return mixed[(i * 5 + shift) % std::size(mixed)]; });
  if (onlyElementwise(function)) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    static constexpr double extremes[] = {infinity, -infinity, std::numeric_limits<double>::quiet_NaN(),
                                          0.0,      -0.0,      1e30,
                                          -1e30,    1e-40,     -1e-40,
                                          100,      -100,      8e306,
                                          -1e300,   5e-310,    0.5};
    for (size_t i = 0; i < std::size(extremes); ++i)
      add("extreme " + std::to_string(i + 1), false, true, Special,
          [&](size_t k) { return extremes[(k * 4 + i) % std::size(extremes)]; });
    for (int i = 1; i <= 5; ++i)
      add("any " + std::to_string(i), false, true, Special,
          [&](size_t) { return extremes[random() % std::size(extremes)]; });
  }
  if (failure) return std::move(failure);
  return points;
}

} // namespace fluxion::reference
