// Emitting a cluster from its results back: each value once an index map, inputs as they are met.
#include "compiler/Lowering/ClusterEmitter.h"
#include "compiler/Lowering/ScalarEmit.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace fluxion {
namespace {

class Emitter {
public:
  Emitter(OpBuilder &outer, const Cluster &cluster, IRMapping &values)
      : outer(outer), inner(outer.getContext()), cluster(cluster), values(values), body(new Block) {
    inner.setInsertionPointToEnd(body);
  }

  void run() {
    AffineMap identity = inner.getMultiDimIdentityMap(cluster.domain.size());
    for (Operation *op : cluster.outputs) isReduction(op) ? reduce(op, identity) : write(op);
    if (llvm::is_contained(cluster.domain, 0)) return leaveUnrun();
    linalg::YieldOp::create(inner, where(), yielded);
    nameEveryLoop();
    SmallVector<utils::IteratorType> loops(cluster.domain.size(), utils::IteratorType::parallel);
    for (int64_t loop : cluster.reduced) loops[loop] = utils::IteratorType::reduction;
    inputMaps.append(outputMaps);
    auto generic = linalg::GenericOp::create(outer, where(), ValueRange(destinations).getTypes(), inputs, destinations,
                                             inputMaps, loops);
    generic.getRegion().push_back(body);
    for (auto [result, value] : llvm::zip(results, generic.getResults()))
      if (result) values.map(result, value);
  }

private:
  // Without elements to visit, a result is what it begins as: nothing, or a reduction's identity. A linalg op could not
  // say so: an index map over no elements, as of x[n:n], has its verifier find a place outside.
  void leaveUnrun() {
    for (auto [result, destination] : llvm::zip(results, destinations)) {
      if (!result) continue;
      auto type = cast<RankedTensorType>(destination.getType());
      if (type.getNumElements()) {
        values.map(result, destination);
        continue;
      }
      auto nothing = DenseElementsAttr::get(type, Attribute(outer.getZeroAttr(type.getElementType())));
      values.map(result, flx::ConstantOp::create(outer, where(), type, nothing));
    }
    body->dropAllReferences();
    delete body;
  }

  mlir::Location where() { return cluster.outputs.front()->getLoc(); }

  //===-- Results ---------------------------------------------------------------------------------------------===//

  void addResult(Value original, Type element, ArrayRef<int64_t> shape, AffineMap map, Value destination) {
    results.push_back(original);
    outputMaps.push_back(map);
    destinations.push_back(destination);
  }

  void write(Operation *op) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    AffineMap map = cluster.maps.find(op)->second.front();
    yielded.push_back(scalar(op->getResult(0), map));
    body->addArgument(type.getElementType(), op->getLoc());
    addResult(op->getResult(0), type.getElementType(), type.getShape(), map,
              tensor::EmptyOp::create(outer, op->getLoc(), type.getShape(), type.getElementType()));
  }

  // The accumulator starts as a constant tensor; no memory stands behind it.
  Value accumulator(Operation *op, Value original, TypedAttr start, AffineMap map) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType()).clone(start.getType());
    auto filled = DenseElementsAttr::get(type, Attribute(start));
    Value initial = flx::ConstantOp::create(outer, op->getLoc(), type, filled);
    addResult(original, start.getType(), type.getShape(), map, initial);
    return body->addArgument(start.getType(), op->getLoc());
  }

  void reduce(Operation *op, AffineMap identity) {
    llvm::SmallBitVector gone(identity.getNumDims());
    for (int64_t axis : reducedAxes(op)) gone.set(axis);
    AffineMap map = identity.dropResults(gone);
    Value x = scalar(op->getOperand(0), identity);
    mlir::Location loc = op->getLoc();
    if (isa<flx::ArgmaxOp, flx::ArgminOp>(op)) return reduceToIndex(op, x, map, reducedAxes(op).front());
    StringRef joins = isa<flx::SumOp>(op)         ? flx::AddOp::getOperationName()
                      : isa<flx::ProdOp>(op)      ? flx::MulOp::getOperationName()
                      : isa<flx::ReduceMaxOp>(op) ? flx::MaxOp::getOperationName()
                      : isa<flx::ReduceMinOp>(op) ? flx::MinOp::getOperationName()
                      : isa<flx::AnyOp>(op)       ? flx::OrOp::getOperationName()
                                                  : flx::AndOp::getOperationName();
    OperationState state(loc, joins, {x, x}, {x.getType()}, {});
    Operation *join = inner.create(state);
    join->setOperand(0, accumulator(op, op->getResult(0), cpu::identityOf(join), map));
    yielded.push_back(join->getResult(0));
  }

  // (best, index): x replaces best if it is better, or if it is the first NaN.
  void reduceToIndex(Operation *op, Value x, AffineMap map, int64_t axis) {
    mlir::Location loc = op->getLoc();
    bool largest = isa<flx::ArgmaxOp>(op);
    Type i1 = inner.getI1Type(), i32 = inner.getI32Type(), element = x.getType();
    auto make = [&](StringRef name, ValueRange operands, Type type) {
      OperationState state(loc, name, operands, {type}, {});
      return inner.create(state)->getResult(0);
    };
    OperationState probe(loc, largest ? flx::MaxOp::getOperationName() : flx::MinOp::getOperationName(), {x, x},
                         {element}, {});
    Operation *extremum = inner.create(probe);
    TypedAttr worst = cpu::identityOf(extremum);
    extremum->erase();
    Value best = accumulator(op, Value(), worst, map);
    Value place = accumulator(op, op->getResult(0), inner.getI32IntegerAttr(0), map);
    Value better = make(largest ? flx::GtOp::getOperationName() : flx::LtOp::getOperationName(), {x, best}, i1);
    if (isa<FloatType>(element)) {
      Value nan = make(flx::NeOp::getOperationName(), {x, x}, i1),
            number = make(flx::EqOp::getOperationName(), {best, best}, i1);
      better =
          make(flx::OrOp::getOperationName(), {better, make(flx::AndOp::getOperationName(), {nan, number}, i1)}, i1);
    }
    Value here = arith::IndexCastOp::create(inner, loc, i32, linalg::IndexOp::create(inner, loc, axis));
    yielded.push_back(make(flx::SelectOp::getOperationName(), {better, x, best}, element));
    yielded.push_back(make(flx::SelectOp::getOperationName(), {better, here, place}, i32));
  }

  //===-- Scalars ---------------------------------------------------------------------------------------------===//

  // Element `map` of tensor `v`.
  Value scalar(Value v, AffineMap map) {
    Value &known = scalars[{v, map}];
    if (known) return known;
    Operation *op = v.getDefiningOp();
    Value made = op && cluster.members.contains(op) && !isReduction(op) ? compute(op, map) : input(v, map);
    return scalars[{v, map}] = made;
  }

  Value input(Value v, AffineMap map) {
    auto type = cast<RankedTensorType>(v.getType());
    // linalg asks that a bare loop index run over the whole axis: a prefix of it is written d mod extent.
    SmallVector<AffineExpr> index(map.getResults());
    for (auto [axis, expr] : llvm::enumerate(index))
      if (auto dim = dyn_cast<AffineDimExpr>(expr); dim && cluster.domain[dim.getPosition()] != type.getDimSize(axis))
        expr = expr % type.getDimSize(axis);
    inputMaps.push_back(AffineMap::get(map.getNumDims(), 0, index, map.getContext()));
    inputs.push_back(values.lookupOrDefault(v));
    return body->insertArgument(inputs.size() - 1, type.getElementType(), v.getLoc());
  }

  Value compute(Operation *op, AffineMap map) {
    mlir::Location loc = op->getLoc();
    Type element = getElementTypeOrSelf(op->getResult(0));
    DenseElementsAttr constant;
    if (matchPattern(op, m_Constant(&constant)))
      return arith::ConstantOp::create(inner, loc, constant.getSplatValue<TypedAttr>());
    if (auto iota = dyn_cast<flx::IotaOp>(op))
      return convert(loc, loopExpression(loc, map.getResult(iota.getAxis())), element);
    if (auto gather = dyn_cast<flx::GatherOp>(op)) return this->gather(gather, map);
    if (isCopy(op)) return scalar(op->getOperand(0), operandMap(op, 0, map));
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) operands.push_back(scalar(operand, map));
    OperationState state(loc, op->getName().getStringRef(), operands, {element}, op->getAttrs());
    return inner.create(state)->getResult(0);
  }

  Value convert(mlir::Location loc, Value v, Type element) {
    return v.getType() == element ? v : flx::ConvertOp::create(inner, loc, element, v).getResult();
  }

  Value gather(flx::GatherOp op, AffineMap map) {
    mlir::Location loc = op.getLoc();
    auto source = cast<RankedTensorType>(op.getX().getType());
    int64_t indexRank = cast<RankedTensorType>(op.getIndices().getType()).getRank(), axis = op.getAxis();
    SmallVector<Value> at;
    for (int64_t i = 0; i < source.getRank(); ++i) {
      if (i == axis)
        at.push_back(arith::IndexCastOp::create(inner, loc, inner.getIndexType(),
                                                scalar(op.getIndices(), operandMap(op, 1, map))));
      else
        at.push_back(loopIndex(loc, map.getResult(i < axis ? i : i + indexRank - 1)));
    }
    return tensor::ExtractOp::create(inner, loc, values.lookupOrDefault(op.getX()), at);
  }

  Value loopIndex(mlir::Location loc, AffineExpr expr) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr)) return linalg::IndexOp::create(inner, loc, dim.getPosition());
    return arith::IndexCastOp::create(inner, loc, inner.getIndexType(), loopExpression(loc, expr));
  }

  // c₀ + Σ c_d·i_d as an i64.
  Value loopExpression(mlir::Location loc, AffineExpr expr) {
    Type i64 = inner.getI64Type();
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      return arith::IndexCastOp::create(inner, loc, i64, linalg::IndexOp::create(inner, loc, dim.getPosition()));
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      return arith::ConstantOp::create(inner, loc, inner.getI64IntegerAttr(constant.getValue()));
    auto binary = cast<AffineBinaryOpExpr>(expr);
    Value a = loopExpression(loc, binary.getLHS()), b = loopExpression(loc, binary.getRHS());
    return binary.getKind() == AffineExprKind::Add ? flx::AddOp::create(inner, loc, a, b).getResult()
                                                   : flx::MulOp::create(inner, loc, a, b).getResult();
  }

  // linalg infers the extent of a loop from an operand that a bare index runs along; where none is left, an input that
  // nobody reads says it.
  void nameEveryLoop() {
    llvm::SmallBitVector named(cluster.domain.size());
    for (ArrayRef<AffineMap> maps : {ArrayRef(inputMaps), ArrayRef(outputMaps)})
      for (AffineMap map : maps)
        for (AffineExpr expr : map.getResults())
          if (auto dim = dyn_cast<AffineDimExpr>(expr)) named.set(dim.getPosition());
    if (named.all()) return;
    inputs.push_back(tensor::EmptyOp::create(outer, where(), cluster.domain, inner.getI1Type()));
    inputMaps.push_back(inner.getMultiDimIdentityMap(cluster.domain.size()));
    body->insertArgument(inputs.size() - 1, inner.getI1Type(), where());
  }

  OpBuilder &outer;
  OpBuilder inner;
  const Cluster &cluster;
  IRMapping &values;
  Block *body;
  SmallVector<Value> inputs, destinations, yielded, results; // results: null for one that nobody reads
  SmallVector<AffineMap> inputMaps, outputMaps;
  llvm::DenseMap<std::pair<Value, AffineMap>, Value> scalars;
};

} // namespace

void emitCluster(OpBuilder &builder, const Cluster &cluster, IRMapping &values) {
  Emitter(builder, cluster, values).run();
}

} // namespace fluxion
