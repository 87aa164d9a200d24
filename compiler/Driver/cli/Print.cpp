// Printing tensors; see Print.h.
#include "compiler/Driver/cli/Print.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace fluxion::cli {

namespace {

constexpr int64_t wholeUpTo = 1000; // elements
constexpr int64_t edge = 3;         // shown at each end of an axis otherwise

class Printer {
public:
  Printer(const api::Tensor &tensor, int digits) : tensor(tensor), digits(digits), summarize(tensor.size() > wholeUpTo) {
    walk(0, 0, [this](int64_t at) { width = std::max(width, cell(at).size()); });
  }

  std::string print() {
    if (tensor.shape().empty()) return cell(0);
    if (tensor.size() == 0) return "[]";
    return axis(0, 0);
  }

private:
  const api::Tensor &tensor;
  const int digits;
  const bool summarize;
  size_t width = 0;

  // The shortest text that reads back as the very number, or that many significant digits.
  template <class Float> std::string number(Float value) const {
    if (value != value) return "nan"; // without the sign that it may have
    char text[64];
    auto end = digits > 0 ? std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr
                          : std::to_chars(text, text + sizeof text, value).ptr;
    return std::string(text, end);
  }

  std::string cell(int64_t at) const {
    char text[40];
    switch (tensor.dtype()) {
    case api::DType::f32: return number(tensor.values<float>()[size_t(at)]);
    case api::DType::f64: return number(tensor.values<double>()[size_t(at)]);
    case api::DType::i64: snprintf(text, sizeof text, "%lld", (long long)tensor.values<int64_t>()[size_t(at)]); break;
    case api::DType::boolean: return tensor.item(at) != 0 ? "true" : "false";
    default: snprintf(text, sizeof text, "%.0f", tensor.item(at));
    }
    return text;
  }

  int64_t stride(size_t axis) const {
    int64_t step = 1;
    for (size_t i = axis + 1; i < tensor.shape().size(); ++i) step *= tensor.shape()[i];
    return step;
  }

  // Every shown index of an axis; −1 stands for the gap.
  template <class Visit> void indices(size_t axis, Visit visit) const {
    int64_t extent = tensor.shape()[axis];
    bool gap = summarize && extent > 2 * edge;
    for (int64_t i = 0; i < extent; ++i) {
      if (gap && i == edge) {
        visit(int64_t(-1));
        i = extent - edge;
      }
      visit(i);
    }
  }

  template <class Visit> void walk(size_t axis, int64_t base, Visit visit) const {
    if (tensor.size() == 0) return;
    if (axis == tensor.shape().size()) return visit(base);
    indices(axis, [&](int64_t i) {
      if (i >= 0) walk(axis + 1, base + i * stride(axis), visit);
    });
  }

  std::string axis(size_t axis, int64_t base) const {
    bool last = axis + 1 == tensor.shape().size();
    std::string out = "[", pad(axis + 1, ' ');
    bool first = true;
    indices(axis, [&](int64_t i) {
      if (!first) out += last ? ", " : ",\n" + pad;
      first = false;
      if (i < 0) out += "…";
      else if (!last) out += this->axis(axis + 1, base + i * stride(axis));
      else {
        std::string text = cell(base + i);
        out += tensor.shape().size() > 1 ? std::string(width - text.size(), ' ') + text : text;
      }
    });
    return out + "]";
  }
};

} // namespace

std::string printTensor(const api::Tensor &tensor, int digits) { return Printer(tensor, digits).print(); }

} // namespace fluxion::cli
