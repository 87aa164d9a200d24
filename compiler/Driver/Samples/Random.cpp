// Random programs: a few parameters, then 5 to 15 operations on whatever is there, each drawn until one fits. Functions
// with poles or jumps are tamed (log1p x², a/(1 + b²)), since beside a jump rounding decides and nothing can be
// compared.
#include "compiler/Driver/Samples/Samples.h"
#include <algorithm>
#include <map>
#include <random>

namespace fluxion::samples {

namespace {

constexpr int64_t largest = 3000; // elements

class Generator {
public:
  Generator(GraphBuilder &b, std::vector<Value> floats, Value indices, uint64_t seed)
      : b(b), pool(std::move(floats)), indices(indices), random(seed) {}

  std::vector<Value> run();

private:
  int64_t below(int64_t n) { return int64_t(random() % uint64_t(n)); }
  bool chance(int percent) { return below(100) < percent; }
  // Later values are preferred, so that programs are deep.
  Value any() { return pool[size_t(std::max(below(int64_t(pool.size())), below(int64_t(pool.size()))))]; }
  Value apply(Primitive op, Value x) { return b.apply(op, {x}); }
  static int64_t extent(Value x, int64_t axis) { return *x.type().shape[size_t(axis)].constant(); }
  static int64_t size(const std::vector<Dim> &shape) { return *product(shape).constant(); }

  Value unary(Value);
  Value binary(Value);
  bool isKin(Value, Value) const;
  Value partner(Value);
  Value contraction(Value);
  Value reduction(Value);
  Value move(Value);
  Value cut(Value);
  Value grow(Value);
  Value windows(Value);
  Value loop(Value);
  std::vector<int64_t> someAxes(Value);

  GraphBuilder &b;
  std::vector<Value> pool;
  Value indices;
  std::mt19937_64 random;
};

Value Generator::unary(Value x) {
  switch (below(16)) {
  case 0:
    return -x;
  case 1:
    return apply(Primitive::abs_, x);
  case 2:
    return apply(Primitive::tanh_, x);
  case 3:
    return apply(Primitive::sigmoid_, x);
  case 4:
    return apply(Primitive::softplus_, x);
  case 5:
    return apply(Primitive::sin_, x);
  case 6:
    return apply(Primitive::cos_, x);
  case 7:
    return apply(Primitive::atan_, x);
  case 8:
    return apply(Primitive::erf_, x);
  case 9:
    return apply(Primitive::exp_, apply(Primitive::sin_, x));
  case 10:
    return apply(Primitive::expm1_, 0.25 * apply(Primitive::tanh_, x));
  case 11:
    return apply(Primitive::log1p_, x * x);
  case 12:
    return apply(Primitive::sqrt_, x * x + 0.5);
  case 13:
    return apply(Primitive::rsqrt_, x * x + 1.0);
  case 14:
    return b.apply(Primitive::max_, {x, 0.0 * x});
  default:
    return apply(Primitive::stop_gradient_, x) * x;
  }
}

// One is made of the other directly, or they are one: their difference may be an exact zero in disguise.
bool Generator::isKin(Value a, Value b) const {
  auto uses = [&](Value user, ValueId of) {
    const auto &operands = this->b.function().nodes[user.id.node].operands;
    return std::find(operands.begin(), operands.end(), of) != operands.end();
  };
  return a.id == b.id || uses(a, b.id) || uses(b, a.id);
}

// Something that broadcasts with x and is not its kin.
Value Generator::partner(Value x) {
  std::vector<Value> fitting;
  for (Value v : pool)
    if ((broadcastsTo(v.type().shape, x.type().shape) || broadcastsTo(x.type().shape, v.type().shape)) && !isKin(v, x))
      fitting.push_back(v);
  if (fitting.empty()) return {};
  return fitting[size_t(below(int64_t(fitting.size())))];
}

Value Generator::binary(Value x) {
  Value y = partner(x);
  if (!y) return {};
  switch (below(10)) {
  case 0:
    return x + y;
  case 1:
    return x - y;
  case 2:
  case 3:
    return x * y;
  case 4:
    return x / (1.0 + y * y);
  case 5:
    return b.apply(Primitive::max_, {x, y});
  case 6:
    return b.apply(Primitive::min_, {x, y});
  case 7:
    return b.apply(Primitive::pow_, {1.0 + x * x, apply(Primitive::tanh_, y)});
  case 8:
    return b.apply(Primitive::atan2_, {x, y * y + 0.5});
  default:
    return b.apply(Primitive::select_, {b.apply(Primitive::lt_, {x, y}), x * 2.0, x - y});
  }
}

// One to three operands; axes of one extent often share a letter, a letter may come twice in one operand.
Value Generator::contraction(Value x) {
  std::vector<Value> operands{x};
  while (operands.size() < 3 && chance(operands.size() == 1 ? 85 : 25)) operands.push_back(any());
  std::map<char, int64_t> letters;
  std::string equation, output;
  for (size_t i = 0; i < operands.size(); ++i) {
    Value operand = operands[i];
    equation += i ? "," : "";
    for (int64_t axis = 0; axis < operand.type().rank(); ++axis) {
      char letter = char('a' + letters.size());
      for (auto [known, size] : letters)
        if (size == extent(operand, axis) && chance(60)) letter = known;
      letters[letter] = extent(operand, axis);
      equation += letter;
    }
  }
  int64_t elements = 1;
  for (auto [letter, size] : letters)
    if (output.size() < 4 && elements * size <= largest && chance(55)) output += letter, elements *= size;
  std::shuffle(output.begin(), output.end(), random);
  int64_t work = 1;
  for (auto [letter, size] : letters) work *= size;
  return work > 100000 ? Value() : b.einsum(equation + "->" + output, operands);
}

std::vector<int64_t> Generator::someAxes(Value x) {
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < x.type().rank(); ++axis)
    if (chance(50)) axes.push_back(axis);
  return axes;
}

Value Generator::reduction(Value x) {
  std::vector<int64_t> axes = someAxes(x);
  if (axes.empty()) return {};
  switch (below(6)) {
  case 0:
    return b.mean(x, axes);
  case 1:
    return b.reduce(Primitive::reduce_max_, x, axes);
  case 2:
    return b.reduce(Primitive::reduce_min_, x, axes);
  case 3:
    return b.reduce(Primitive::prod_, apply(Primitive::cos_, x), axes);
  default:
    return b.reduce(Primitive::sum_, x, axes);
  }
}

Value Generator::cut(Value x) {
  std::vector<Dim> begin, end;
  std::vector<int64_t> strides;
  for (int64_t axis = 0; axis < x.type().rank(); ++axis) {
    int64_t n = extent(x, axis), from = n ? below(n) : 0, to = n ? from + 1 + below(n - from) : 0; // of nothing, nothing
    begin.push_back(from), end.push_back(to), strides.push_back(1 + below(3));
  }
  return b.slice(x, begin, end, strides);
}

Value Generator::grow(Value x) {
  std::vector<Dim> low, high;
  int64_t axis = below(x.type().rank());
  switch (below(3)) {
  case 0:
    for (int64_t i = 0; i < x.type().rank(); ++i) low.push_back(below(3)), high.push_back(below(2));
    return b.pad(x, low, high);
  case 1:
    return b.concat({x, x * 0.5, x}, axis);
  default:
    return b.expand(x, axis, 2 + below(3));
  }
}

Value Generator::move(Value x) {
  if (x.type().rank() == 0) return b.expand(x, 0, 2 + below(4));
  std::vector<int64_t> permutation(size_t(x.type().rank()));
  for (size_t i = 0; i < permutation.size(); ++i) permutation[i] = int64_t(i);
  switch (below(6)) {
  case 0:
    std::shuffle(permutation.begin(), permutation.end(), random);
    return b.transpose(x, permutation);
  case 1:
    return b.reshape(x, {product(x.type().shape)});
  case 2:
    return b.reshape(x, {x.type().shape[0], size(x.type().shape) / std::max<int64_t>(extent(x, 0), 1)});
  case 3:
    return cut(x);
  case 4:
    return grow(x);
  default: { // the indices lie below 2
    int64_t axis = below(x.type().rank());
    return extent(x, axis) >= 2 ? b.gather(x, indices, axis) : Value();
  }
  }
}

// Reversal, windows and their adjoint, running sums, sorting.
Value Generator::windows(Value x) {
  if (x.type().rank() == 0) return {};
  int64_t axis = below(x.type().rank()), n = extent(x, axis), stride = 1 + below(3), dilation = 1 + below(2);
  switch (below(5)) {
  case 0:
    return b.reverse(x, {axis});
  case 1:
    return b.cumsum(x, axis, chance(50), chance(50));
  case 2:
    return b.window(x, axis, 1 + below(4), stride, dilation);
  case 3:
    if (axis + 1 == x.type().rank() || n == 0 || extent(x, axis + 1) == 0) return {};
    return b.overlapAdd(x, axis, (n - 1) * stride + (extent(x, axis + 1) - 1) * dilation + 1 + below(stride), stride,
                        dilation);
  default: // apart from each other, lest rounding decide which of two equal values comes first
    return b.sort(x + apply(Primitive::sin_, 2.0 * b.iota(x.type(), axis)), axis, chance(50)).first;
  }
}

// Of values held constant: no derivative passes through a loop or a branch yet.
Value Generator::loop(Value x) {
  x = apply(Primitive::stop_gradient_, x);
  using Values = std::vector<Value>;
  auto step = [](GraphBuilder &in, Value h, Value at) { return in.apply(Primitive::tanh_, {h * 0.75 + at}); };
  if (x.type().rank() == 0 || chance(30)) {
    Value limit =
        b.apply(Primitive::rem_, {b.reduceAll(Primitive::sum_, indices), b.constant(Weak::rational(5), i32())});
    auto more = [&](GraphBuilder &in, Values at) {
      return Values{in.apply(Primitive::lt_, {at[1], in.capture(limit, "limit")})};
    };
    auto body = [&](GraphBuilder &in, Values at) { return Values{step(in, at[0], in.capture(x, "x")), at[1] + 1.0}; };
    if (chance(50)) return b.whileLoop({x, b.constant(Weak::rational(0), i32())}, more, body)[0];
    Value odd = b.apply(Primitive::lt_, {b.constant(Weak::rational(0), i32()), limit});
    return b.conditional(
        odd, [&](GraphBuilder &in, Values) { return Values{step(in, in.capture(x, "x"), in.capture(x, "x"))}; },
        [&](GraphBuilder &in, Values) { return Values{-in.capture(x, "x")}; })[0];
  }
  TensorType row = x.type();
  row.shape.erase(row.shape.begin());
  Values made = b.scan(
      {b.constant(Weak::rational(1), row)}, {x}, x.type().shape[0],
      [&](GraphBuilder &in, Values at) {
        Value h = step(in, at[1], at[2]);
        return Values{h, h * in.convert(at[0], row.element)};
      },
      chance(50));
  return made.empty() ? Value() : made[size_t(below(2))];
}

std::vector<Value> Generator::run() {
  size_t parameters = pool.size();
  for (int64_t left = 5 + below(11); left > 0;) {
    Value x = any(), y;
    switch (below(12)) {
    case 0:
    case 1:
      y = unary(x);
      break;
    case 10:
      y = windows(x);
      break;
    case 11:
      y = loop(x);
      break;
    case 2:
    case 3:
    case 4:
      y = binary(x);
      break;
    case 5:
    case 6:
      y = contraction(x);
      break;
    case 7:
      y = reduction(x);
      break;
    default:
      y = move(x);
      break;
    }
    if (b.failed()) return {};
    if (!y || y.id == x.id || size(y.type().shape) > largest || y.type().rank() > 5) continue;
    pool.push_back(y);
    --left;
  }
  if (chance(50)) return {pool.back(), pool[std::max(parameters, pool.size() - 2)]};
  // A scalar of the last few, for Hessians.
  Value total = b.reduceAll(Primitive::sum_, pool.back());
  for (size_t i = pool.size() - 1; i-- > std::max(parameters, pool.size() - 4);)
    total = total + b.mean(apply(Primitive::sin_, pool[i]));
  return {total};
}

} // namespace

void addRandom(Collection &collection, ElementType real, uint64_t seed, int count) {
  for (int i = 0; i < count; ++i) {
    std::mt19937_64 random(seed + uint64_t(i));
    std::vector<TensorType> types;
    static constexpr int64_t sizes[] = {1, 2, 3, 3, 5, 5, 7, 17};
    for (uint64_t n = 2 + random() % 3; n > 0; --n) {
      types.push_back({real, {}});
      for (uint64_t rank = random() % 4; rank > 0; --rank) types.back().shape.push_back(sizes[random() % 8]);
    }
    types.push_back({ElementType::I32, {int64_t(1 + random() % 3)}});
    addFunction(collection, "seed " + std::to_string(seed + uint64_t(i)), "random" + std::to_string(seed + uint64_t(i)),
                types, [&](GraphBuilder &b, const std::vector<Value> &x) {
                  // Below 2 whatever the argument is: its remainder.
                  Value two = b.constant(Weak::rational(2), {ElementType::I32, {}});
                  Value indices = b.apply(Primitive::rem_, {x.back(), two});
                  return Generator(b, std::vector<Value>(x.begin(), x.end() - 1), indices, random()).run();
                });
  }
}

} // namespace fluxion::samples
