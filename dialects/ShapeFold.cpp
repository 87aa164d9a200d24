// Folding and canonical forms of constants, shape ops, reductions and contractions.
#include "dialects/Equation.h"
#include "dialects/Fold.h"

using namespace mlir;

namespace fluxion::flx {

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

// Moving the elements of a splat gives a splat.
static OpFoldResult foldMove(Operation *op, Value x, Attribute constant, bool isIdentity) {
  if (isIdentity && x.getType() == op->getResult(0).getType()) return x;
  return splatOver(op->getResult(0).getType(), scalarOf(constant));
}

static bool isIdentity(ArrayRef<int64_t> permutation) {
  return llvm::equal(permutation, llvm::seq<int64_t>(0, permutation.size()));
}
static bool areAll(ArrayRef<int64_t> values, int64_t value) {
  return llvm::all_of(values, [=](int64_t each) { return each == value; });
}

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) { return foldMove(*this, getX(), adaptor.getX(), true); }
OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) { return foldMove(*this, getX(), adaptor.getX(), true); }
OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  return foldMove(*this, getX(), adaptor.getX(), isIdentity(getPermutation()));
}
OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  return foldMove(*this, getX(), adaptor.getX(), areAll(getOffsets(), 0));
}
// An index out of range is an error of the run, whatever stands at the others.
OpFoldResult GatherOp::fold(FoldAdaptor adaptor) {
  if (!isWithin(getIndices(), getX().getType().getDimSize(getAxis()))) return {};
  return foldMove(*this, getX(), adaptor.getX(), false);
}

OpFoldResult PadOp::fold(FoldAdaptor adaptor) {
  if (getX().getType() == getResult().getType()) return getX();
  return isPositiveZero(getX()) ? foldMove(*this, getX(), adaptor.getX(), false) : OpFoldResult();
}

OpFoldResult ConcatOp::fold(FoldAdaptor adaptor) {
  if (getOperands().size() == 1) return getOperands().front();
  Attribute first = scalarOf(adaptor.getOperands().front());
  bool alike = llvm::all_of(adaptor.getOperands(), [&](Attribute part) { return scalarOf(part) == first; });
  return alike ? splatOver(getResult().getType(), first) : Attribute();
}

// A reduction over no axis is its operand; of n equal elements c: n·c, c or cⁿ.
OpFoldResult foldReduction(Operation *op, Value x, Attribute constant, ArrayRef<int64_t> axes) {
  if (axes.empty()) return x;
  Attribute scalar = scalarOf(constant);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  int64_t outer = type.getNumElements();
  if (!scalar || outer == 0) return {};
  int64_t count = cast<RankedTensorType>(x.getType()).getNumElements() / outer;
  if (count == 0) return {};
  if (isa<ReduceMaxOp, ReduceMinOp, AnyOp, AllOp>(op)) return splatOver(type, scalar);
  if (auto value = dyn_cast<FloatAttr>(scalar)) {
    double c = value.getValueAsDouble();
    return splatAttribute(type, isa<SumOp>(op) ? c * double(count) : std::pow(c, double(count)));
  }
  APInt c = cast<IntegerAttr>(scalar).getValue(), total = c;
  if (isa<SumOp>(op))
    total = c * APInt(c.getBitWidth(), count, /*isSigned=*/false, /*implicitTrunc=*/true);
  else if (!c.isZero() && !c.isOne())
    return {};
  return splatOver(type, IntegerAttr::get(type.getElementType(), total));
}

OpFoldResult EinsumOp::fold(FoldAdaptor) {
  Equation equation = *Equation::parse(getEquation());
  bool isCopy =
      equation.operands.size() == 1 && equation.operands[0] == equation.output && !hasRepeats(equation.output);
  return isCopy ? OpFoldResult(getOperands().front()) : OpFoldResult();
}

namespace {

// broadcast(broadcast(x, d), e) = broadcast(x, e∘d)
struct ComposeBroadcasts : OpRewritePattern<BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BroadcastOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<BroadcastOp>();
    if (!inner) return failure();
    SmallVector<int64_t> dims;
    for (int64_t dim : inner.getDims()) dims.push_back(op.getDims()[dim]);
    rewriter.replaceOpWithNewOp<BroadcastOp>(op, op.getResult().getType(), inner.getX(), dims);
    return success();
  }
};

// reshape(reshape(x)) = reshape(x)
struct ComposeReshapes : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<ReshapeOp>();
    if (!inner) return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getResult().getType(), inner.getX());
    return success();
  }
};

// transpose(transpose(x, p), q) = transpose(x, p∘q)
struct ComposeTransposes : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<TransposeOp>();
    if (!inner) return failure();
    SmallVector<int64_t> permutation;
    for (int64_t axis : op.getPermutation()) permutation.push_back(inner.getPermutation()[axis]);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getResult().getType(), inner.getX(), permutation);
    return success();
  }
};

// x[o + (p + i·t)·s] = x[(o + p·s) + i·(s·t)]
struct ComposeSlices : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<SliceOp>();
    if (!inner) return failure();
    SmallVector<int64_t> offsets, strides;
    for (auto [o, s, p, t] :
         llvm::zip_equal(inner.getOffsets(), inner.getStrides(), op.getOffsets(), op.getStrides())) {
      offsets.push_back(o + p * s);
      strides.push_back(s * t);
    }
    rewriter.replaceOpWithNewOp<SliceOp>(op, op.getResult().getType(), inner.getX(), offsets, strides);
    return success();
  }
};

// A contraction of one operand without repeated letters is a sum, then a transpose: "abc->ca" = transpose(Σ_b x)
struct SplitUnaryEinsum : OpRewritePattern<EinsumOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(EinsumOp op, PatternRewriter &rewriter) const override {
    Equation equation = *Equation::parse(op.getEquation());
    if (equation.operands.size() != 1 || hasRepeats(equation.operands[0]) || hasRepeats(equation.output))
      return failure();
    Algebra k(rewriter, op.getLoc());
    SmallVector<int64_t> axes, permutation;
    std::string kept;
    for (auto [axis, letter] : llvm::enumerate(equation.operands[0])) {
      if (contains(equation.output, letter))
        kept.push_back(letter);
      else
        axes.push_back(axis);
    }
    for (char letter : equation.output) permutation.push_back(kept.find(letter));
    rewriter.replaceOp(op, k.transpose(k.sum(k(op.getOperands().front()), axes), permutation).value);
    return success();
  }
};

} // namespace

void BroadcastOp::getCanonicalizationPatterns(RewritePatternSet &set, MLIRContext *context) {
  set.add<ComposeBroadcasts>(context);
}
void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &set, MLIRContext *context) {
  set.add<ComposeReshapes>(context);
}
void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &set, MLIRContext *context) {
  set.add<ComposeTransposes>(context);
}
void SliceOp::getCanonicalizationPatterns(RewritePatternSet &set, MLIRContext *context) {
  set.add<ComposeSlices>(context);
}
void EinsumOp::getCanonicalizationPatterns(RewritePatternSet &set, MLIRContext *context) {
  set.add<SplitUnaryEinsum>(context);
}

} // namespace fluxion::flx
