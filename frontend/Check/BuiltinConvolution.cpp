// Convolutions and pooling, channels last. None is an operation of its own: the axis is padded, seen through windows, and
// contracted or reduced, so derivatives and code are those of pad, window, einsum and max.
#include "frontend/Check/Elaborator.h"
#include "frontend/Graph/Primitive.h"

namespace fluxion::check {

// One number for every spatial axis, or a list of one for each.
std::optional<std::vector<int64_t>> Elaborator::perAxis(BuiltinCall::Slot &slot, const std::string &what, size_t count,
                                                        int64_t absent, int64_t least) {
  if (!slot) return std::vector<int64_t>(count, absent);
  Datum given = value(slot);
  if (!given) return std::nullopt;
  std::vector<Datum> each = given.is(Datum::Kind::List) || given.is(Datum::Kind::Tuple) ? given.parts
                                                                                       : std::vector<Datum>(count, given);
  std::vector<int64_t> numbers;
  for (const Datum &one : each) {
    auto number = one.is(Datum::Kind::Weak) ? one.weak->asInteger() : std::nullopt;
    if (number && *number >= least && *number <= 1 << 20) numbers.push_back(*number);
  }
  if (numbers.size() == count && each.size() == count) return numbers;
  error("E0420", slot.range, what + " is " + given.describe() + ": a whole number of at least " + std::to_string(least) +
                                 ", or a list of " + std::to_string(count));
  return std::nullopt;
}

// What stands before and behind each spatial axis: numbers, "valid" (nothing), or "same" (as many positions as places,
// at stride 1).
bool Elaborator::readPadding(BuiltinCall::Slot &slot, const std::vector<Dim> &sizes, const std::vector<int64_t> &dilation,
                             std::vector<Dim> &low, std::vector<Dim> &high) {
  size_t count = sizes.size();
  Datum given = slot ? value(slot) : Datum::of(Weak::rational(0));
  if (!given) return false;
  bool named = given.is(Datum::Kind::String);
  if (named && given.text == "same") {
    for (size_t i = 0; i < count; ++i) {
      Dim total = Dim(dilation[i]) * (sizes[i] - Dim(1));
      low.push_back(total.floordiv(2));
      high.push_back(total - low.back());
    }
    return true;
  }
  if (named && given.text != "valid") {
    error("E0420", slot.range, "the padding \"" + given.text + "\" is not known").help("\"same\", \"valid\", or numbers");
    return false;
  }
  std::vector<int64_t> amounts(count, 0);
  if (!named) {
    auto read = perAxis(slot, "the padding", count, 0, 0);
    if (!read) return false;
    amounts = *read;
  }
  for (int64_t amount : amounts) {
    low.push_back(Dim(amount));
    high.push_back(Dim(amount));
  }
  return true;
}

// x with zeros (or what is below every number) around its spatial axes, which end before the last.
Value Elaborator::padSpatial(Value x, const std::vector<Dim> &low, const std::vector<Dim> &high, bool lowest) {
  size_t rank = size_t(x.type().rank()), first = rank - 1 - low.size();
  std::vector<Dim> below(rank, Dim(0)), above(rank, Dim(0));
  bool any = false;
  for (size_t i = 0; i < low.size(); ++i) {
    below[first + i] = low[i];
    above[first + i] = high[i];
    any |= !(low[i] == Dim(0) && high[i] == Dim(0));
  }
  if (!any) return x;
  Value padded = builder->pad(x, below, above);
  if (!lowest || !padded) return padded;
  Value inside = builder->padMask(std::vector<Dim>(x.type().shape), below, above);
  TensorType type = padded.type(); // log 0 is what no number is below
  Value bottom = builder->apply(Primitive::log_, {builder->constant(Weak::rational(0), {type.element, {}})});
  return builder->apply(Primitive::select_, {inside, padded, bottom});
}

// Windows along each spatial axis: [.., y, ky, x, kx, c].
Value Elaborator::windowSpatial(Value x, const std::vector<Dim> &sizes, const std::vector<int64_t> &stride,
                                const std::vector<int64_t> &dilation) {
  int64_t axis = x.type().rank() - 1 - int64_t(sizes.size());
  for (size_t i = 0; i < sizes.size() && x; ++i) x = builder->window(x, axis + 2 * int64_t(i), sizes[i], stride[i], dilation[i]);
  return x;
}

// conv1d, conv2d(x[.., space…, I], kernel[size…, I/groups, O], stride, padding, dilation, groups)
Datum Elaborator::builtinConvolution(BuiltinCall &call) {
  size_t n = call.name.find('2') == std::string::npos ? 1 : 2;
  Datum x = tensor(call.slots[0], call), kernel = tensor(call.slots[1], call);
  if (!x || !kernel) return {};
  TensorType image = x.type(), taps = kernel.type();
  std::vector<Operand> involved = {operandOf(call.slots[0].expr, x, call.slots[0].range),
                                   operandOf(call.slots[1].expr, kernel, call.slots[1].range)};
  at(call.range, involved);
  if (taps.rank() != int64_t(n) + 2 || image.rank() < int64_t(n) + 1) {
    error("E0420", call.range, "`" + call.name + "` takes an image [.., " + (n == 2 ? "H, W" : "L") + ", I] and a kernel [" +
                                   (n == 2 ? "KH, KW" : "K") + ", I/groups, O], here " + image.print() + " and " + taps.print());
    return {};
  }
  std::vector<Dim> sizes(taps.shape.begin(), taps.shape.begin() + long(n)), low, high;
  auto stride = perAxis(call.slots[2], "the stride", n, 1, 1), dilation = perAxis(call.slots[4], "the dilation", n, 1, 1);
  if (!stride || !dilation || !readPadding(call.slots[3], sizes, *dilation, low, high)) return {};
  Dim groups(1);
  if (call.slots[5]) {
    auto given = dims(call.slots[5]);
    if (!given || given->size() != 1) return {};
    groups = given->front();
  }
  const Dim inner = taps.shape[n], outer = taps.shape[n + 1], channels = image.shape.back();
  auto constant = groups.constant();
  Dim each = groups == outer ? Dim(1) : constant && *constant > 0 ? outer.dividedBy(*constant) : Dim(0);
  if (!(groups * inner == channels) || !(groups * each == outer)) {
    error("E0420", call.range, image.print() + " has " + channels.print() + " channels, the kernel " + taps.print() + " takes " +
                                   (groups == Dim(1) ? "" : groups.print() + " groups of ") + inner.print())
        .help("a kernel is [size…, channels in a group, channels out], and groups divide both");
    return {};
  }
  at(call.range, involved);
  Value seen = windowSpatial(padSpatial(x.tensor, low, high, false), sizes, *stride, *dilation), weights = kernel.tensor;
  if (!seen) return {};
  bool grouped = !(groups == Dim(1));
  if (grouped) {
    std::vector<Dim> shape = seen.type().shape;
    shape.back() = groups;
    shape.push_back(inner);
    seen = builder->reshape(seen, shape);
    std::vector<Dim> split = sizes;
    split.insert(split.end(), {inner, groups, each});
    weights = builder->reshape(weights, split);
  }
  std::string batch, left, right, out;
  for (int64_t i = 0; i < image.rank() - int64_t(n) - 1; ++i) batch += char('A' + i);
  for (size_t i = 0; i < n; ++i) {
    left += std::string(1, "yx"[i]) + "uv"[i];
    right += "uv"[i];
    out += "yx"[i];
  }
  std::string equation = batch + left + (grouped ? "gi," : "i,") + right + (grouped ? "igo->" : "io->") + batch + out + (grouped ? "go" : "o");
  Value result = builder->einsum(equation, {seen, weights});
  if (!grouped || !result) return Datum::of(result);
  std::vector<Dim> shape = result.type().shape;
  shape.pop_back();
  shape.back() = outer;
  return Datum::of(builder->reshape(result, shape));
}

// conv_transpose1d, conv_transpose2d(x[.., space…, I], kernel[size…, I, O], stride, padding): every place of x adds its
// kernel's multiples `stride` apart, the adjoint in x of a convolution; `padding` is cut off around.
Datum Elaborator::builtinTransposedConvolution(BuiltinCall &call) {
  size_t n = call.name.find('2') == std::string::npos ? 1 : 2;
  Datum x = tensor(call.slots[0], call), kernel = tensor(call.slots[1], call);
  if (!x || !kernel) return {};
  TensorType image = x.type(), taps = kernel.type();
  if (taps.rank() != int64_t(n) + 2 || image.rank() < int64_t(n) + 1 || !(image.shape.back() == taps.shape[n])) {
    error("E0420", call.range, "`" + call.name + "` takes an image [.., " + (n == 2 ? "H, W" : "L") + ", I] and a kernel [" +
                                   (n == 2 ? "KH, KW" : "K") + ", I, O], here " + image.print() + " and " + taps.print());
    return {};
  }
  auto stride = perAxis(call.slots[2], "the stride", n, 1, 1), padding = perAxis(call.slots[3], "the padding", n, 0, 0);
  if (!stride || !padding) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range),
                  operandOf(call.slots[1].expr, kernel, call.slots[1].range)});
  std::string batch;
  const int64_t first = image.rank() - int64_t(n) - 1;
  for (int64_t i = 0; i < first; ++i) batch += char('A' + i);
  Value made = builder->einsum(batch + (n == 2 ? "yxi,uvio->" : "yi,uio->") + batch + (n == 2 ? "yuxvo" : "yuo"),
                               {x.tensor, kernel.tensor});
  std::vector<Dim> begin(size_t(image.rank()), Dim(0)), end;
  for (size_t i = 0; i < n && made; ++i) {
    const Dim positions = image.shape[size_t(first) + i];
    Dim extent = (positions - Dim(1)) * Dim((*stride)[i]) + taps.shape[i];
    made = builder->overlapAdd(made, first + int64_t(i), extent, (*stride)[i]);
  }
  if (!made) return {};
  end = made.type().shape;
  for (size_t i = 0; i < n; ++i) {
    begin[size_t(first) + i] = Dim((*padding)[i]);
    end[size_t(first) + i] = end[size_t(first) + i] - Dim((*padding)[i]);
  }
  return Datum::of(builder->slice(made, begin, end, std::vector<int64_t>(begin.size(), 1)));
}

// max_pool1d, avg_pool2d, …(x[.., space…, C], size, stride, padding)
Datum Elaborator::builtinPool(BuiltinCall &call) {
  size_t n = call.name.find('2') == std::string::npos ? 1 : 2;
  bool largest = call.name[0] == 'm';
  Datum x = tensor(call.slots[0], call);
  auto size = perAxis(call.slots[1], "the size", n, 2, 1);
  if (!x || !size) return {};
  if (x.type().rank() < int64_t(n) + 1) {
    error("E0420", call.slots[0].range, "`" + call.name + "` takes an image [.., " + (n == 2 ? "H, W" : "L") + ", C], not " + x.type().print());
    return {};
  }
  auto stride = call.slots[2] ? perAxis(call.slots[2], "the stride", n, 1, 1) : size;
  std::vector<Dim> sizes(size->begin(), size->end()), low, high;
  std::vector<int64_t> dilation(n, 1);
  if (!stride || !readPadding(call.slots[3], sizes, dilation, low, high)) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  Value seen = windowSpatial(padSpatial(x.tensor, low, high, largest), sizes, *stride, dilation);
  if (!seen) return {};
  std::vector<int64_t> places;
  for (size_t i = 0; i < n; ++i) places.push_back(x.type().rank() - int64_t(n) + 2 * int64_t(i));
  return Datum::of(largest ? builder->reduce(Primitive::reduce_max_, seen, places) : builder->mean(seen, places));
}

} // namespace fluxion::check
