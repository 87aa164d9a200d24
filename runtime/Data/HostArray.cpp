// Types, shapes and memory of host arrays. Every product of extents in the runtime is taken here, with its overflow
// checked.
#include "runtime/Data/HostArray.h"
#include "fluxion/runtime.h"
#include "runtime/Support/Errors.h"
#include <cstring>

namespace fluxion::runtime {

namespace {
struct TypeRow {
  std::string_view name;
  int64_t width;
  bool isFloat;
};
} // namespace

// In the order of the enumeration.
static constexpr TypeRow types[] = {
    {"bool", 1, false}, {"i8", 1, false},  {"u8", 1, false},  {"i16", 2, false}, {"u16", 2, false},
    {"i32", 4, false},  {"u32", 4, false}, {"i64", 8, false}, {"u64", 8, false}, {"f16", 2, true},
    {"bf16", 2, true},  {"f32", 4, true},  {"f64", 8, true},
};

int64_t byteWidth(ElementType type) { return types[int(type)].width; }
std::string_view name(ElementType type) { return types[int(type)].name; }
bool isFloat(ElementType type) { return types[int(type)].isFloat; }

std::optional<ElementType> elementTypeFromName(std::string_view text) {
  if (text == "i1") return ElementType::Bool;
  for (size_t i = 0; i < std::size(types); ++i)
    if (types[i].name == text) return ElementType(i);
  return std::nullopt;
}

std::string describe(ElementType type, std::span<const int64_t> shape) {
  std::string text(name(type));
  text += '[';
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? "," : "") + std::to_string(shape[i]);
  return text + ']';
}

std::optional<int64_t> elementCount(std::span<const int64_t> shape) {
  // A zero extent does not excuse the others: [0, 2⁶³−1, 2⁶³−1] is refused too.
  int64_t product = 1;
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent == 0)
      empty = true;
    else if (__builtin_mul_overflow(product, extent, &product) || product > (int64_t(1) << 62))
      return std::nullopt;
  }
  return empty ? 0 : product;
}

std::optional<int64_t> byteCount(ElementType type, std::span<const int64_t> shape) {
  auto count = elementCount(shape);
  int64_t bytes;
  if (!count || __builtin_mul_overflow(*count, byteWidth(type), &bytes) || bytes > (int64_t(1) << 62))
    return std::nullopt;
  return bytes;
}

void FreeAligned::operator()(std::byte *memory) const { flx_free(memory); }

Result<HostArray> HostArray::allocate(ElementType type, std::vector<int64_t> shape) {
  auto bytes = byteCount(type, shape);
  if (!bytes) return Error{errors::badSize, "no memory can hold " + describe(type, shape)};
  HostArray array;
  array.buffer.reset(static_cast<std::byte *>(flx_allocate(size_t(*bytes))));
  if (!array.buffer)
    return Error{errors::outOfMemory,
                 "no memory for " + describe(type, shape) + ", " + std::to_string(*bytes) + " bytes"};
  array.count = *bytes / byteWidth(type);
  array.type = type, array.shape = std::move(shape);
  return array;
}

int64_t HostArray::rowElements() const {
  return shape.empty() ? count : elementCount(std::span(shape).subspan(1)).value_or(0);
}

Result<HostArray> HostArray::clone() const {
  auto copy = allocate(type, shape);
  if (copy && count > 0) std::memcpy(copy->data(), data(), size_t(bytes()));
  return copy;
}

Status HostArray::reshape(std::vector<int64_t> newShape) {
  if (elementCount(newShape) != count)
    return Error{errors::shapeMismatch, describe(type, shape) + " cannot be reshaped to " + describe(type, newShape)};
  shape = std::move(newShape);
  return Done{};
}

ArrayView view(const HostArray &array) { return {array.type, array.shape, array.data()}; }

} // namespace fluxion::runtime
