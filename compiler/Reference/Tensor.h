// What the interpreter computes with: HostTensor, the plain array at its door, and Tensor<N>, the same over a number
// type. Invariant: elements lie in row-major order; floats are in `reals`, integers and truth values (0, 1) in
// `integers`.
#pragma once
#include "compiler/Reference/Dual.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <vector>

namespace fluxion::reference {

enum class Element { F32, F64, I32, I64, I1 };
inline bool isFloat(Element element) { return element == Element::F32 || element == Element::F64; }
inline unsigned integerBits(Element element) { return element == Element::I32 ? 32 : element == Element::I64 ? 64 : 1; }
const char *nameOf(Element element);

using Shape = llvm::SmallVector<int64_t, 4>;

inline int64_t elementCount(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  return count;
}

template <class N> struct Tensor {
  Element element = Element::F64;
  Shape shape;
  std::vector<N> reals;
  std::vector<int64_t> integers;

  Tensor() = default;
  /// Zeros.
  Tensor(Element element, llvm::ArrayRef<int64_t> shape) : element(element), shape(shape) {
    if (isFloat())
      reals.assign(size(), N(0.0));
    else
      integers.assign(size(), 0);
  }
  bool isFloat() const { return reference::isFloat(element); }
  int64_t size() const { return elementCount(shape); }
  Integer integer(int64_t i) const { return Integer(integers[i], integerBits(element)); }

  /// Copies one element from another tensor of the same element type.
  void take(int64_t i, const Tensor &from, int64_t j) {
    if (isFloat())
      reals[i] = from.reals[j];
    else
      integers[i] = from.integers[j];
  }
};

using HostTensor = Tensor<double>;

/// Every index of a shape in row-major order: for (Indices at(shape); !at.done(); at.next()) … at[axis] …
class Indices {
public:
  explicit Indices(llvm::ArrayRef<int64_t> shape) : shape(shape), index(shape.size(), 0), left(elementCount(shape)) {}
  bool done() const { return left == 0; }
  int64_t operator[](size_t axis) const { return index[axis]; }
  llvm::ArrayRef<int64_t> get() const { return index; }
  void next() {
    --left;
    for (size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) return;
      index[axis] = 0;
    }
  }

private:
  Shape shape, index;
  int64_t left;
};

inline int64_t offsetOf(llvm::ArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape) {
  int64_t offset = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) offset = offset * shape[axis] + index[axis];
  return offset;
}

inline double toDouble(F64 a) { return a.value; }
inline double toDouble(DoubleDouble a) { return a.hi; }
template <class N> double toDouble(const Dual<N> &a) { return toDouble(a.value); }

/// A tensor over another number type; `convert` maps one real.
template <class To, class From, class Convert> Tensor<To> mapReals(const Tensor<From> &from, Convert convert) {
  Tensor<To> to;
  to.element = from.element, to.shape = from.shape, to.integers = from.integers;
  to.reals.reserve(from.reals.size());
  for (const From &x : from.reals) to.reals.push_back(convert(x));
  return to;
}

} // namespace fluxion::reference
