// Term: a value in a derivative rule. Arithmetic on Terms builds flx ops; an absent Term is an exact zero that costs
// nothing. Algebra builds the ops of a rule at one place, with the location of the primal op they come from. Invariant:
// the two Terms of an operator have one type; a double literal becomes a splat constant of the other's type.
#pragma once
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

namespace fluxion::flx {

class Algebra;

struct Term {
  mlir::Value value; // null: zero
  Algebra *algebra = nullptr;
  explicit operator bool() const { return bool(value); }
  mlir::Type getType() const { return value.getType(); }
  llvm::ArrayRef<int64_t> getShape() const { return mlir::cast<mlir::RankedTensorType>(getType()).getShape(); }
};
using Terms = llvm::SmallVector<Term, 1>;

// Sums, differences, products and quotients in which an absent Term is zero. Dividing by an absent Term is not allowed.
Term operator+(Term a, Term b);
Term operator-(Term a, Term b);
Term operator*(Term a, Term b);
Term operator/(Term a, Term b);
Term operator-(Term a);
Term operator+(Term a, double b);
Term operator-(double a, Term b);
Term operator*(Term a, double b);
inline Term operator*(double a, Term b) { return b * a; }
Term operator/(double a, Term b);

class Algebra {
public:
  Algebra(mlir::OpBuilder &builder, mlir::Location primal) : builder(builder), location(primal) {}
  Term operator()(mlir::Value v) { return {v, this}; }
  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLoc() const { return location; }

  // One op, folded if it can be.
  template <typename Op, typename... Args> Term make(Args &&...args) {
    return (*this)(builder.createOrFold<Op>(location, std::forward<Args>(args)...));
  }

  // Every elementwise op and comparison under its mnemonic: k.exp(a), k.max(a, b), k.lt(a, b), k.and_(a, b).
#define FLX_UNARY(Class, name) Term name(Term a);
#define FLX_BINARY(Class, name) Term name(Term a, Term b);
#define FLX_LOGICAL(Class, name) Term name(Term a, Term b);
#define FLX_COMPARISON(Class, name) Term name(Term a, Term b);
#include "dialects/OpLists.inc"
  Term not_(Term a);
  Term polygamma(int64_t order, Term a);
  // An absent arm is zero; two absent arms are absent.
  Term select(Term condition, Term a, Term b);
  // `type`: the result's type, or its element type.
  Term convert(Term a, mlir::Type type);

  // `value` in every element of a tensor or scalar type.
  Term constant(mlir::Type type, double value);
  Term zero(mlir::Type type) { return constant(type, 0); }
  // The Term itself, or zeros of `type` if it is absent.
  mlir::Value instantiate(Term a, mlir::Type type) { return a ? a.value : zero(type).value; }

  Term broadcast(Term a, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> dims);
  // Undoes a reduction's change of shape: `a` lacks `axes` of `type` and is repeated along them.
  Term broadcastOver(Term a, llvm::ArrayRef<int64_t> axes, mlir::Type type);
  Term reshape(Term a, llvm::ArrayRef<int64_t> shape);
  Term transpose(Term a, llvm::ArrayRef<int64_t> permutation);
  Term slice(Term a, llvm::ArrayRef<int64_t> offsets, llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> sizes);
  Term pad(Term a, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high, llvm::ArrayRef<int64_t> interior);
  Term concat(llvm::ArrayRef<Term> parts, int64_t axis);
  Term gather(Term a, Term indices, int64_t axis);
  Term scatterAdd(Term updates, Term indices, int64_t axis, mlir::Type type);
  // y[…, i, …] = a[…, indices[…, i, …], …] along an axis; the two have one shape.
  Term gatherAlong(Term a, Term indices, int64_t axis);
  Term window(Term a, int64_t axis, int64_t size, int64_t stride, int64_t dilation);
  Term overlapAdd(Term a, int64_t axis, int64_t stride, int64_t dilation, mlir::Type type);
  Term cumsum(Term a, int64_t axis, bool reverse, bool exclusive);
  Term sum(Term a, llvm::ArrayRef<int64_t> axes);
  Term any(Term a, llvm::ArrayRef<int64_t> axes);
  // Absent if an operand is: a contraction is linear in each.
  Term einsum(llvm::StringRef equation, llvm::ArrayRef<Term> operands);

  // The linear op `op` on another first operand: absent stays absent.
  Term again(mlir::Operation *op, Term operand);

private:
  mlir::OpBuilder &builder;
  mlir::Location location;
};

} // namespace fluxion::flx
