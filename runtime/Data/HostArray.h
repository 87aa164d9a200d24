// Arrays in host memory: a type, a shape and row-major bytes. What every reader makes, and every writer takes.
#pragma once
#include "runtime/Support/Result.h"
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fluxion::runtime {

enum class ElementType : uint8_t { Bool, I8, U8, I16, U16, I32, U32, I64, U64, F16, BF16, F32, F64 };

int64_t byteWidth(ElementType);
std::string_view name(ElementType); // "f32"; bool is "bool"
/// "f32", "i64", "bool" (also "i1") …; nothing for other names.
std::optional<ElementType> elementTypeFromName(std::string_view);
bool isFloat(ElementType);
/// "f32[60000,784]"
std::string describe(ElementType, std::span<const int64_t> shape);

/// Elements, or bytes, of a shape; nothing when an extent is negative or the product exceeds 2⁶² .
std::optional<int64_t> elementCount(std::span<const int64_t> shape);
std::optional<int64_t> byteCount(ElementType, std::span<const int64_t> shape);

/// Memory from flx_allocate, not initialized.
struct FreeAligned {
  void operator()(std::byte *) const;
};
using Buffer = std::unique_ptr<std::byte[], FreeAligned>;

class HostArray {
public:
  HostArray() = default;
  /// Memory for the shape, contents undefined; E0605 or E0616 when that cannot be.
  static Result<HostArray> allocate(ElementType, std::vector<int64_t> shape);

  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
  Buffer buffer;

  int64_t rank() const { return int64_t(shape.size()); }
  int64_t elements() const { return count; }
  int64_t bytes() const { return count * byteWidth(type); }
  std::byte *data() { return buffer.get(); }
  const std::byte *data() const { return buffer.get(); }
  /// The elements as T, which must have the width of the type.
  template <class T> std::span<T> as() { return {reinterpret_cast<T *>(buffer.get()), size_t(count)}; }
  template <class T> std::span<const T> as() const {
    return {reinterpret_cast<const T *>(buffer.get()), size_t(count)};
  }
  /// Rows: extent of the first axis (1 for a scalar), and the elements of each.
  int64_t rows() const { return shape.empty() ? 1 : shape[0]; }
  int64_t rowElements() const;

  Result<HostArray> clone() const;
  /// The same elements under another shape of as many elements; E0611 otherwise.
  Status reshape(std::vector<int64_t> newShape);

private:
  int64_t count = 0;
};

/// Borrowed row-major memory with a type and a shape: what writers take.
struct ArrayView {
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
  const void *data = nullptr;
};
ArrayView view(const HostArray &);

} // namespace fluxion::runtime
