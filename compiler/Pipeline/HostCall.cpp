// Marshalling between the reference's tensors and plain memory.
#include "compiler/Pipeline/HostCall.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace fluxion {
using reference::HostTensor;
using reference::HostTensors;

namespace {

// Plain memory in the element type that code works on.
class Memory {
public:
  Memory(const HostTensor &tensor) : Memory(tensor.element, tensor.size()) {
    if (bytes)
      for (int64_t i = 0; i < tensor.size(); ++i) store(i, tensor);
  }
  Memory(reference::Element element, int64_t size) : element(element), size(size), bytes(flx_allocate(size * width() + 64)) {}
  Memory(Memory &&other) : element(other.element), size(other.size), bytes(std::exchange(other.bytes, nullptr)) {}
  ~Memory() { flx_free(bytes); }

  HostTensor load(ArrayRef<int64_t> shape) const {
    HostTensor tensor(element, shape);
    for (int64_t i = 0; i < size; ++i) switch (element) {
      case reference::Element::F32: tensor.reals[i] = at<float>(i); break;
      case reference::Element::F64: tensor.reals[i] = at<double>(i); break;
      case reference::Element::I32: tensor.integers[i] = at<int32_t>(i); break;
      case reference::Element::I64: tensor.integers[i] = at<int64_t>(i); break;
      case reference::Element::I1: tensor.integers[i] = at<uint8_t>(i); break;
      }
    return tensor;
  }
  void *data() const { return bytes; }

private:
  template <class T> T &at(int64_t i) const { return static_cast<T *>(bytes)[i]; }
  int64_t width() const {
    switch (element) {
    case reference::Element::F64:
    case reference::Element::I64: return 8;
    case reference::Element::I1: return 1;
    default: return 4;
    }
  }
  void store(int64_t i, const HostTensor &tensor) {
    switch (element) {
    case reference::Element::F32: at<float>(i) = float(tensor.reals[i]); break;
    case reference::Element::F64: at<double>(i) = tensor.reals[i]; break;
    case reference::Element::I32: at<int32_t>(i) = int32_t(tensor.integers[i]); break;
    case reference::Element::I64: at<int64_t>(i) = tensor.integers[i]; break;
    case reference::Element::I1: at<uint8_t>(i) = tensor.integers[i] != 0; break;
    }
  }

  reference::Element element;
  int64_t size;
  void *bytes;
};

std::vector<void *> addresses(ArrayRef<Memory> of) {
  std::vector<void *> result;
  for (const Memory &memory : of) result.push_back(memory.data());
  return result;
}

} // namespace

Expected<HostTensors> HostCall::operator()(ArrayRef<HostTensor> arguments, bool *fault) const {
  std::vector<Memory> inputs, outputs;
  for (const HostTensor &argument : arguments) inputs.emplace_back(argument);
  for (const HostTensor &result : results) outputs.emplace_back(result);
  std::vector<void *> in = addresses(inputs), out = addresses(outputs);
  void *arena = flx_allocate(manifest.arenaBytes + 64);
  flx_context *context = flx_context_create(0);
  if (!arena || !context || is_contained(in, nullptr) || is_contained(out, nullptr)) {
    flx_free(arena);
    flx_context_destroy(context);
    return createStringError("out of memory");
  }
  entry(context, in.data(), out.data(), arena);
  flx_free(arena);
  flx_fault_record record;
  if (fault) *fault = flx_context_take_fault(context, &record);
  flx_context_destroy(context);
  HostTensors values;
  for (auto [memory, result] : zip(outputs, results)) values.push_back(memory.load(result.shape));
  return values;
}

} // namespace fluxion
