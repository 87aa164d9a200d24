// Views and tensors at the border of the API.
#include "compiler/Driver/include/fluxion/view.h"
#include "compiler/Driver/Instance.h"
#include "frontend/Graph/Type.h"
#include "fluxion/runtime.h"
#include "runtime/Core/MemoryPool.h"
#include <cmath>
#include <cstring>

namespace fluxion::api {

// The two enumerations are one: public headers do not show the graph's.
static_assert(int(DType::f32) == int(ElementType::F32) && int(DType::f16) == int(ElementType::F16) &&
              int(DType::i32) == int(ElementType::I32) && int(DType::boolean) == int(ElementType::Bool));

const char *spelling(DType dtype) { return fluxion::spelling(ElementType(dtype)); }
size_t byteSize(DType dtype) { return size_t(fluxion::byteSize(ElementType(dtype))); }

std::string printType(DType dtype, const Shape &shape) {
  std::string out = spelling(dtype);
  if (shape.empty()) return out;
  for (size_t i = 0; i < shape.size(); ++i) out += (i ? "," : "[") + std::to_string(shape[i]);
  return out + "]";
}

int64_t elementCount(const Shape &shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(count, extent, &count)) return -1;
  return count;
}

View::View(const void *data, DType dtype, Shape shape, Shape strides)
    : memory(data), element(dtype), extents(std::move(shape)), steps(std::move(strides)) {
  if (!steps.empty()) return;
  steps.resize(extents.size());
  int64_t step = 1;
  for (size_t i = extents.size(); i-- > 0;) {
    steps[i] = step;
    if (__builtin_mul_overflow(step, extents[i], &step)) step = 0; // a call refuses such a shape
  }
}

View View::withRoom(int64_t elements) && {
  room = elements;
  return std::move(*this);
}

bool View::isContiguous() const {
  int64_t step = 1;
  for (size_t i = extents.size(); i-- > 0;) {
    if (extents[i] != 1 && steps[i] != step) return false;
    step *= extents[i];
  }
  return true;
}

void View::packInto(void *target) const {
  int64_t count = size();
  if (count <= 0) return;
  size_t bytes = byteSize(element);
  if (isContiguous()) {
    memcpy(target, memory, size_t(count) * bytes);
    return;
  }
  // An odometer over all axes but the last, which is a strided run.
  size_t rank = extents.size();
  int64_t run = extents[rank - 1], step = steps[rank - 1];
  std::vector<int64_t> index(rank, 0);
  auto *out = static_cast<char *>(target);
  for (int64_t done = 0; done < count; done += run) {
    int64_t offset = 0;
    for (size_t i = 0; i + 1 < rank; ++i) offset += index[i] * steps[i];
    const char *in = static_cast<const char *>(memory) + offset * int64_t(bytes);
    for (int64_t j = 0; j < run; ++j, out += bytes) memcpy(out, in + j * step * int64_t(bytes), bytes);
    for (size_t i = rank - 1; i-- > 0;) {
      if (++index[i] < extents[i]) break;
      index[i] = 0;
    }
  }
}

void Tensor::Free::operator()(void *memory) const { pool ? pool->give(memory, bytes) : flx_free(memory); }

// The number of bytes of so many elements; nullopt when it overflows.
static std::optional<size_t> bytesOf(DType dtype, const Shape &shape) {
  int64_t elements = elementCount(shape);
  size_t bytes;
  if (elements < 0 || __builtin_mul_overflow(size_t(elements), byteSize(dtype), &bytes)) return std::nullopt;
  return bytes;
}

Tensor::Tensor(DType dtype, Shape shape) : element(dtype), extents(std::move(shape)) {
  auto bytes = bytesOf(element, extents);
  if (!bytes) return;
  memory.reset(flx_allocate(*bytes));
  if (!memory) return;
  memset(memory.get(), 0, *bytes);
  count = elementCount(extents);
}

Tensor uninitialized(DType dtype, Shape shape, const std::shared_ptr<runtime::MemoryPool> &pool) {
  Tensor tensor;
  tensor.element = dtype;
  tensor.extents = std::move(shape);
  auto bytes = bytesOf(dtype, tensor.extents);
  void *memory = bytes ? pool->take(*bytes) : nullptr;
  if (!memory) return tensor;
  tensor.memory = {memory, Tensor::Free{pool, *bytes}};
  tensor.count = elementCount(tensor.extents);
  return tensor;
}

double Tensor::item(int64_t index) const {
  if (index < 0 || index >= count) return std::nan("");
  switch (element) {
  case DType::f32: return static_cast<const float *>(data())[index];
  case DType::f64: return static_cast<const double *>(data())[index];
  case DType::i32: return static_cast<const int32_t *>(data())[index];
  case DType::i64: return double(static_cast<const int64_t *>(data())[index]);
  case DType::boolean: return static_cast<const uint8_t *>(data())[index] != 0;
  default: return std::nan("");
  }
}

View view(const Tensor &tensor) {
  return View(tensor.data(), tensor.dtype(), tensor.shape()).withRoom(tensor.size());
}

} // namespace fluxion::api
