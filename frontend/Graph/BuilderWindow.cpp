// Operations of the builder along one axis: windows and their adjoint, reversal, running sums, sorting, scattering.
#include "frontend/Graph/GraphBuilder.h"

namespace fluxion {

static Fault axisFault(std::string number, std::string message, std::string help = "") {
  return {std::move(number), std::move(message), std::move(help), 0, {0}, -1};
}

Value GraphBuilder::reverse(Value x, std::vector<int64_t> axes) {
  if (!usable({x})) return {};
  std::sort(axes.begin(), axes.end());
  for (size_t i = 0; i < axes.size(); ++i) {
    if (!checkAxis(x, axes[i])) return {};
    if (i && axes[i] == axes[i - 1]) return fault(axisFault("E0304", "an axis is named twice"));
  }
  if (axes.empty()) return x;
  return make(Primitive::reverse_, {x}, {{"axes", std::move(axes)}}, TensorType(x.type()));
}

Value GraphBuilder::window(Value x, int64_t axis, Dim size, int64_t stride, int64_t dilation) {
  if (!usable({x}) || !checkAxis(x, axis)) return {};
  if (stride < 1 || dilation < 1) return fault(axisFault("E0311", "the stride and dilation of a window are positive"));
  if (alwaysNegative(size - Dim(1))) return fault(axisFault("E0311", "a window has at least one place"));
  TensorType type = x.type();
  const Dim extent = type.shape[size_t(axis)];
  Dim span = extent - Dim(dilation) * (size - Dim(1)) - Dim(1); // of the first place of the last window
  Dim positions = span.floordiv(stride) + Dim(1);
  if (auto known = span.constant(); known && *known < 0) positions = Dim(0);
  type.shape[size_t(axis)] = positions;
  type.shape.insert(type.shape.begin() + axis + 1, size);
  return make(Primitive::window_, {x},
              {{"axis", axis}, {"dilation", dilation}, {"size", std::vector<Dim>{size}}, {"stride", stride}},
              std::move(type));
}

Value GraphBuilder::overlapAdd(Value x, int64_t axis, Dim extent, int64_t stride, int64_t dilation) {
  if (!usable({x}) || !checkAxis(x, axis) || !checkAxis(x, axis + 1)) return {};
  if (stride < 1 || dilation < 1) return fault(axisFault("E0311", "the stride and dilation of a window are positive"));
  TensorType type = x.type();
  const Dim positions = type.shape[size_t(axis)], size = type.shape[size_t(axis) + 1];
  Dim expected = (extent - Dim(dilation) * (size - Dim(1)) - Dim(1)).floordiv(stride) + Dim(1);
  if (!(expected == positions))
    return fault(axisFault("E0305", "an axis of " + extent.print() + " has " + expected.print() + " windows, and " +
                                        x.type().print() + " has " + positions.print()));
  type.shape.erase(type.shape.begin() + axis);
  type.shape[size_t(axis)] = std::move(extent);
  return make(Primitive::overlap_add_, {x}, {{"axis", axis}, {"dilation", dilation}, {"stride", stride}},
              std::move(type));
}

Value GraphBuilder::cumsum(Value x, int64_t axis, bool reverse, bool exclusive) {
  if (!usable({x}) || !checkAxis(x, axis)) return {};
  ElementType element = x.type().element;
  if (!isFloat(element) && !isInteger(element))
    return fault(
        axisFault("E0309", std::string("`cumsum` takes numbers, not ") + spelling(element), "convert first: `i32(…)`"));
  return make(Primitive::cumsum_, {x},
              {{"axis", axis}, {"exclusive", int64_t(exclusive)}, {"reverse", int64_t(reverse)}}, TensorType(x.type()));
}

std::pair<Value, Value> GraphBuilder::sort(Value x, int64_t axis, bool descending) {
  if (!usable({x}) || !checkAxis(x, axis)) return {};
  ElementType element = x.type().element;
  if (!isFloat(element) && !isInteger(element)) {
    fault(axisFault("E0309", std::string("`sort` takes numbers, not ") + spelling(element)));
    return {};
  }
  TensorType type = x.type();
  Value values = make(Primitive::sort_, {x}, {{"axis", axis}, {"descending", int64_t(descending)}}, type);
  if (!values) return {};
  made.nodes.back().results.push_back(i32(type.shape));
  return {values, Value{this, {values.id.node, 1}}};
}

Value GraphBuilder::scatterAdd(Value updates, Value indices, int64_t axis, Dim extent) {
  if (!usable({updates, indices})) return {};
  if (!isInteger(indices.type().element))
    return fault({"E0309", "the indices are " + indices.type().print() + ", not integers",
                  "convert them: `i32(…)`", 1, {1}, -1});
  TensorType type = updates.type();
  const std::vector<Dim> inner = indices.type().shape;
  bool fits = axis >= 0 && size_t(axis) + inner.size() <= type.shape.size() &&
              std::equal(inner.begin(), inner.end(), type.shape.begin() + axis);
  if (!fits)
    return fault({"E0305", "the updates are " + type.print() + ": their axes from " + std::to_string(axis) +
                               " on are not those of the indices, " + indices.type().print(), "", 0, {0, 1}, -1});
  type.shape.erase(type.shape.begin() + axis, type.shape.begin() + axis + long(inner.size()));
  type.shape.insert(type.shape.begin() + axis, std::move(extent));
  return make(Primitive::scatter_add_, {updates, indices}, {{"axis", axis}}, std::move(type));
}

} // namespace fluxion
