// Contractions and reductions of the builder: einsum with its checks, `@`, dot, and what folds axes away.
#include "frontend/Graph/Equation.h"
#include "frontend/Graph/GraphBuilder.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>
#include <map>
#include <numeric>

namespace fluxion {

static Fault plain(std::string number, std::string message, std::string help = "") {
  return {std::move(number), std::move(message), std::move(help), -1, {}, -1};
}

Value GraphBuilder::einsum(const std::string &written, std::vector<Value> operands) {
  if (!usable(operands)) return {};
  std::vector<int64_t> ranks;
  for (const Value &operand : operands) ranks.push_back(operand.type().rank());
  auto expanded = expandEllipsis(written, ranks);
  if (auto *wrong = std::get_if<EquationFault>(&expanded))
    return fault({"E0306", wrong->message, "", -1, {}, int(wrong->position)});
  const std::string text = std::get<std::string>(expanded);
  auto place = [&](size_t position) { return text == written ? int(position) : -1; }; // in what is written
  auto parsed = parseEquation(text);
  if (auto *wrong = std::get_if<EquationFault>(&parsed))
    return fault({"E0306", wrong->message, "", -1, {}, place(wrong->position)});
  Equation equation = std::get<Equation>(parsed);
  if (equation.operands.size() != operands.size())
    return fault(plain("E0306", "the equation has " + std::to_string(equation.operands.size()) +
                                    " operands, the call " + std::to_string(operands.size())));
  struct Seen { Dim extent; int operand; };
  std::map<char, Seen> extents;
  size_t position = 0; // in the text, blanks counted
  for (size_t i = 0; i < operands.size(); ++i) {
    const TensorType &type = operands[i].type();
    const std::string &letters = equation.operands[i];
    if (letters.size() != type.shape.size())
      return fault({"E0306",
                    "`" + letters + "` names " + std::to_string(letters.size()) + " axes of " + type.print(),
                    "",
                    int(i),
                    {},
                    place(position)});
    if (type.element != operands[0].type().element)
      return fault({"E0302",
                    std::string("`") + spelling(operands[0].type().element) + "` meets `" + spelling(type.element) +
                        "`: nothing is converted silently",
                    "",
                    int(i),
                    {0, int(i)},
                    -1});
    for (size_t axis = 0; axis < letters.size(); ++axis, ++position) {
      while (text[position] != letters[axis]) ++position;
      auto [seen, fresh] = extents.emplace(letters[axis], Seen{type.shape[axis], int(i)});
      if (fresh || seen->second.extent == type.shape[axis]) continue;
      return fault({"E0306", std::string("the subscript `") + letters[axis] + "` is " + seen->second.extent.print() +
                                 " in one operand and " + type.shape[axis].print() + " in another", "",
                    int(i), {seen->second.operand, int(i)}, place(position)});
    }
    while (position < text.size() && text[position] != ',') ++position;
    ++position;
  }
  ElementType element = operands[0].type().element;
  if (!isFloat(element) && !isInteger(element) && !isComplex(element))
    return fault(
        {"E0309", std::string("`einsum` takes float and integer types, not ") + spelling(element), "", 0, {}, -1});
  TensorType result{element, {}};
  for (char letter : equation.result) result.shape.push_back(extents.at(letter).extent);
  return make(Primitive::einsum_, operands, {{"equation", equation.print()}}, std::move(result));
}

// [batch…, rows, k] @ [batch…, k, columns]; a vector has neither rows nor columns. The shorter batch is the longer's
// end.
Value GraphBuilder::matmul(Value a, Value b) {
  if (!usable({a, b})) return {};
  const std::vector<Dim> left = a.type().shape, right = b.type().shape;
  auto mismatch = [&](std::string message, std::string help = "") {
    return fault({"E0303", std::move(message), std::move(help), -1, {0, 1}, -1});
  };
  if (left.empty() || right.empty())
    return mismatch("`@` takes tensors of at least one axis", "multiply a scalar with `*`");
  size_t inner = right.size() > 1 ? right.size() - 2 : 0;
  if (left.back() != right[inner]) {
    std::string help;
    if (right.size() == 2 && left.back() == right[1]) help = "transpose it: `{1}.T`";
    else if (left.size() == 2 && left[0] == right[inner]) help = "transpose it: `{0}.T`";
    else if (right.size() == 1 && left.size() == 1) help = "for the outer product use `einsum(\"i,j->ij\", …)`";
    return mismatch("`@` contracts the axis " + left.back().print() + " of " + a.type().print() + " with the axis " +
                        right[inner].print() + " of " + b.type().print(), help);
  }
  size_t leftBatch = left.size() > 1 ? left.size() - 2 : 0, rightBatch = inner;
  std::vector<Dim> leftLead(left.begin(), left.begin() + long(leftBatch)),
      rightLead(right.begin(), right.begin() + long(rightBatch));
  bool leftLonger = leftLead.size() >= rightLead.size();
  if (!broadcastsTo(leftLonger ? rightLead : leftLead, leftLonger ? leftLead : rightLead))
    return mismatch("the leading axes of " + a.type().print() + " and " + b.type().print() + " do not match");
  Letters letters;
  std::string batch, x, y, result;
  for (const Dim &dim : leftLonger ? leftLead : rightLead) batch += letters.choose(dim);
  x = batch.substr(batch.size() - leftBatch);
  y = batch.substr(batch.size() - rightBatch);
  result = batch;
  if (left.size() > 1) result += x += letters.choose(left[left.size() - 2]);
  if (left.size() > 1) result = batch + x.back();
  char contracted = letters.choose(left.back());
  x += contracted;
  y += contracted;
  if (right.size() > 1) {
    y += letters.choose(right.back());
    result += y.back();
  }
  return einsum(x + "," + y + "->" + result, {a, b});
}

Value GraphBuilder::dot(Value a, Value b) {
  if (!usable({a, b})) return {};
  if (a.type().shape != b.type().shape)
    return fault({"E0301",
                  "`dot` takes two tensors of one shape, not " + a.type().print() + " and " + b.type().print(),
                  "",
                  -1,
                  {0, 1},
                  -1});
  Letters letters;
  std::string axes;
  for (const Dim &dim : a.type().shape) axes += letters.choose(dim);
  return einsum(axes + "," + axes + "->", {a, b});
}

//===--- Reductions ----------------------------------------------------------------------------------------------===//

bool GraphBuilder::checkAxis(Value x, int64_t axis) {
  if (axis >= 0 && axis < x.type().rank()) return true;
  fault({"E0304", x.type().print() + " has no axis " + std::to_string(axis), "", 0, {0}, -1});
  return false;
}

static std::vector<Dim> without(const std::vector<Dim> &shape, const std::vector<int64_t> &axes) {
  std::vector<Dim> rest;
  for (size_t i = 0; i < shape.size(); ++i)
    if (std::find(axes.begin(), axes.end(), int64_t(i)) == axes.end()) rest.push_back(shape[i]);
  return rest;
}

Value GraphBuilder::reduce(Primitive op, Value x, std::vector<int64_t> axes) {
  if (!isPrimitive(op) || !usable(x)) return {};
  if (std::string_view(info(op).family) != "Reduction")
    return fault(plain("E0404", std::string("`") + spelling(op) + "` is no reduction",
                       "`reduce` takes sum, prod, reduce_max, reduce_min, any and all"));
  for (int64_t axis : axes)
    if (!checkAxis(x, axis)) return {};
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
    return fault({"E0304", "an axis is named twice", "", -1, {0}, -1});
  TensorType type = x.type();
  bool logical = op == Primitive::any_ || op == Primitive::all_;
  bool ordered = op == Primitive::reduce_max_ || op == Primitive::reduce_min_;
  bool number = isFloat(type.element) || isInteger(type.element) || (isComplex(type.element) && !ordered);
  if (logical ? type.element != ElementType::Bool : !number)
    return fault({"E0309",
                  std::string("`") + spelling(op) + "` takes " + (logical ? "bool" : "float and integer types") +
                      ", not " + spelling(type.element),
                  "",
                  0,
                  {},
                  -1});
  if (axes.empty()) return x;
  TensorType result{type.element, without(type.shape, axes)};
  return make(op, {x}, attribute("axes", std::move(axes)), std::move(result));
}

static std::vector<int64_t> allAxes(Value x) {
  std::vector<int64_t> axes(size_t(x.type().rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

Value GraphBuilder::reduceAll(Primitive op, Value x) { return reduce(op, x, allAxes(x)); }
Value GraphBuilder::mean(Value x) { return mean(x, allAxes(x)); }

Value GraphBuilder::mean(Value x, std::vector<int64_t> axes) {
  if (!usable(x)) return {};
  if (!isDifferentiable(x.type().element))
    return fault({"E0309",
                  std::string("`mean` takes float types, not ") + spelling(x.type().element),
                  "convert first: `f32(…)`",
                  0,
                  {},
                  -1});
  Dim count(1);
  for (int64_t axis : axes)
    if (axis >= 0 && axis < x.type().rank()) count = count * x.type().shape[size_t(axis)];
  if (count.overflowed()) return fault(plain("E0305", x.type().print() + " has too many elements"));
  Value total = reduce(Primitive::sum_, x, std::move(axes));
  if (!total || total.id == x.id) return total;
  return apply(Primitive::div_, {total, constant(Weak::dimension(count), TensorType(total.type()))});
}

Value GraphBuilder::argReduce(Primitive op, Value x, int64_t axis) {
  if (!isPrimitive(op) || !usable(x) || !checkAxis(x, axis)) return {};
  if (op != Primitive::argmax_ && op != Primitive::argmin_)
    return fault(plain("E0404", std::string("`") + spelling(op) + "` gives no position",
                       "`argReduce` takes argmax and argmin"));
  if (!isFloat(x.type().element) && !isInteger(x.type().element))
    return fault(
        {"E0309",
         std::string("`") + spelling(op) + "` takes float and integer types, not " + spelling(x.type().element),
         "",
         0,
         {},
         -1});
  TensorType result{ElementType::I32, without(x.type().shape, {axis})};
  return make(op, {x}, {{"axis", axis}}, std::move(result));
}

} // namespace fluxion
