// Tensors at the border: a View borrows memory that somebody else owns (any strides), a Tensor owns a result.
// A view must not outlive what it looks at; a view of a temporary does not compile.
#ifndef FLUXION_VIEW_H
#define FLUXION_VIEW_H
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fluxion::runtime {
class MemoryPool;
}

namespace fluxion::api {

enum class DType : uint8_t { f32, f64, bf16, f16, c64, c128, i32, i64, boolean };
const char *spelling(DType);   // "f32", as in the language
size_t byteSize(DType);

template <class T> inline constexpr bool isElement = false;
template <class T> struct DTypeOf;
#define FLUXION_ELEMENT(type, dtype)                                                                                   \
  template <> struct DTypeOf<type> { static constexpr DType value = DType::dtype; };                                   \
  template <> inline constexpr bool isElement<type> = true;
FLUXION_ELEMENT(float, f32)
FLUXION_ELEMENT(double, f64)
FLUXION_ELEMENT(int32_t, i32)
FLUXION_ELEMENT(int64_t, i64)
FLUXION_ELEMENT(bool, boolean)
#undef FLUXION_ELEMENT

using Shape = std::vector<int64_t>;
std::string printType(DType, const Shape &); // "f32[3,4]", "f32"
int64_t elementCount(const Shape &);         // −1 when it overflows

class View {
public:
  View() = default;
  // Strides count elements, not bytes, and may be zero or negative; empty: row-major and contiguous.
  View(const void *data, DType dtype, Shape shape, Shape strides = {});

  const void *data() const { return memory; }
  DType dtype() const { return element; }
  const Shape &shape() const { return extents; }
  const Shape &strides() const { return steps; }
  int64_t size() const { return elementCount(extents); }
  bool isContiguous() const; // row-major without gaps: can be passed on as it is
  // How many elements `data` may be read for; calls check it. −1: not known.
  int64_t available() const { return room; }
  View withRoom(int64_t elements) &&;
  void packInto(void *target) const; // row-major copy of size()·byteSize bytes

private:
  const void *memory = nullptr;
  DType element = DType::f32;
  Shape extents, steps;
  int64_t room = -1;
};

class Tensor {
public:
  Tensor() = default;
  Tensor(DType dtype, Shape shape); // zeros; data() is null when memory is out

  void *data() { return memory.get(); }
  const void *data() const { return memory.get(); }
  DType dtype() const { return element; }
  const Shape &shape() const { return extents; }
  int64_t size() const { return count; }
  size_t bytes() const { return size_t(count) * byteSize(element); }
  // The elements, row-major; empty when T is not the tensor's element type.
  template <class T> std::span<const T> values() const {
    if (DTypeOf<T>::value != element) return {};
    return {static_cast<const T *>(data()), size_t(count)};
  }
  double item(int64_t index = 0) const; // one element as a double; NaN when there is none

private:
  friend Tensor uninitialized(DType, Shape, const std::shared_ptr<runtime::MemoryPool> &);
  // Results come from their session's pool and go back there; it lives as long as one of them does.
  struct Free {
    std::shared_ptr<runtime::MemoryPool> pool; // null: not of a pool
    size_t bytes;
    Free() noexcept : bytes(0) {}
    Free(std::shared_ptr<runtime::MemoryPool> pool, size_t bytes) : pool(std::move(pool)), bytes(bytes) {}
    void operator()(void *) const;
  };
  std::unique_ptr<void, Free> memory;
  DType element = DType::f32;
  Shape extents;
  int64_t count = 0;
};

template <class T>
  requires isElement<T>
View view(const T *data, Shape shape, Shape strides = {}) {
  return View(data, DTypeOf<T>::value, std::move(shape), std::move(strides));
}
template <class T, size_t N>
  requires isElement<std::remove_const_t<T>>
View view(std::span<T, N> elements) {
  return view(elements.data(), {int64_t(elements.size())}).withRoom(int64_t(elements.size()));
}
template <class T, size_t N>
  requires isElement<std::remove_const_t<T>>
View view(std::span<T, N> elements, Shape shape) {
  return view(elements.data(), std::move(shape)).withRoom(int64_t(elements.size()));
}
template <class T, class A>
  requires isElement<T>
View view(const std::vector<T, A> &elements) { return view(std::span(elements)); }
template <class T, class A>
  requires isElement<T>
View view(const std::vector<T, A> &elements, Shape shape) {
  return view(std::span(elements), std::move(shape));
}
template <class T, size_t N>
  requires isElement<T>
View view(const std::array<T, N> &elements) { return view(std::span(elements)); }
View view(const Tensor &);

// Views of temporaries would dangle.
template <class T, class A> View view(std::vector<T, A> &&, Shape = {}) = delete;
template <class T, class A> View view(const std::vector<T, A> &&, Shape = {}) = delete;
template <class T, size_t N> View view(std::array<T, N> &&) = delete;
View view(Tensor &&) = delete;
// std::vector<bool> has no elements in memory to look at.
template <class A> View view(const std::vector<bool, A> &, Shape = {}) = delete;

} // namespace fluxion::api
#endif
