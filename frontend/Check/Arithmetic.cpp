// Operators. Numbers compute exactly among themselves; beside a tensor they take its type. In index notation operands
// are aligned by their index variables first.
#include "frontend/Check/Habits.h"
#include "frontend/Check/Suggest.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>

namespace fluxion::check {

static bool compares(const std::string &comparison, double a, double b) {
  return comparison == "lt"   ? a < b
         : comparison == "le" ? a <= b
         : comparison == "gt" ? a > b
         : comparison == "ge" ? a >= b
         : comparison == "eq" ? a == b
                              : a != b;
}

// `a` and `b` as `Weak` compute: rem(a, b) = a − b·⌊a/b⌋; comparisons are decided now, or are errors.
Datum Elaborator::weakArithmetic(Primitive op, const Weak &a, const Weak &b, const SourceRange &where) {
  std::string name = spelling(op);
  auto divisor = b.evaluate();
  if ((name == "div" || name == "floordiv" || name == "rem") && divisor && divisor->hi == 0) {
    error("E0316", where, "division by zero");
    return {};
  }
  if (name == "rem") return Datum::of(Weak::binary("sub", a, Weak::binary("mul", b, Weak::binary("floordiv", a, b))));
  if (isComparison(op)) {
    Weak difference = Weak::binary("sub", a, b);
    auto value = difference.evaluate();
    if (a.isNonFinite() || b.isNonFinite()) { // ∞ − ∞ tells nothing of their order
      auto x = a.evaluate(), y = b.evaluate();
      if (x && y) return Datum::of(compares(name, x->hi, y->hi));
    }
    if (!value) {
      error("E0311", where,
            "whether " + a.print() + " and " + b.print() + " compare is not known yet: a dimension in them is open")
          .help("a function is checked for every size; where it is for one, write that size in the parameter's type");
      return {};
    }
    return Datum::of(compares(name, value->hi, 0));
  }
  for (const char *known : {"add", "sub", "mul", "div", "floordiv", "pow", "min", "max"})
    if (name == known) return Datum::of(Weak::binary(name, a, b));
  error("E0313", where, "`" + name + "` of two numbers has no type").help("say which: `f32(" + a.print() + ")`");
  return {};
}

Datum Elaborator::literalLike(const Datum &literal, const TensorType &type) {
  Weak value = literal.is(Datum::Kind::Bool) ? Weak::rational(literal.flag ? 1 : 0) : *literal.weak;
  if (literal.is(Datum::Kind::Weak) && type.element == ElementType::Bool) {
    error("E0302", operationRange, literal.describe() + " meets `bool`: nothing is converted silently");
    return {};
  }
  if (literal.is(Datum::Kind::Bool) && type.element != ElementType::Bool) {
    error("E0302", operationRange,
          literal.describe() + " meets `" + spelling(type.element) + "`: nothing is converted silently");
    return {};
  }
  return Datum::of(builder->constant(std::move(value), type));
}

// Operands of an elementwise operation in index notation, brought to one order of axes: that of first appearance.
bool Elaborator::alignLabels(std::vector<Datum> &operandData, std::vector<int> &labels) {
  for (const Datum &datum : operandData)
    for (int label : datum.labels)
      if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(label);
  if (labels.empty()) return true;
  std::vector<Dim> shape;
  for (int label : labels) shape.push_back(*indexVariables[size_t(label)].range);
  for (size_t k = 0; k < operandData.size(); ++k) {
    Datum &datum = operandData[k];
    if (!datum.is(Datum::Kind::Tensor)) continue;
    if (datum.labels.empty() && datum.tensor.type().rank() > 0) {
      SourceRange where = k < operands.size() && operands[k].range.file ? operands[k].range : operationRange;
      std::string name = k < operands.size() ? operands[k].text() : "";
      error("E0307", where, "a whole tensor " + datum.tensor.type().print() + " stands in index notation")
          .help("give it subscripts, as in `" + (name.empty() ? "x" : name) + "[i]`");
      return false;
    }
    if (datum.labels.empty() || datum.labels == labels) continue;
    std::vector<int> sorted;
    for (int label : labels)
      if (std::find(datum.labels.begin(), datum.labels.end(), label) != datum.labels.end()) sorted.push_back(label);
    std::vector<int64_t> permutation, dims;
    for (int label : sorted) {
      permutation.push_back(std::find(datum.labels.begin(), datum.labels.end(), label) - datum.labels.begin());
      dims.push_back(std::find(labels.begin(), labels.end(), label) - labels.begin());
    }
    datum.tensor = builder->broadcast(builder->transpose(datum.tensor, permutation), dims, shape);
    datum.labels = labels;
    if (!datum.tensor) return false;
  }
  return true;
}

// An elementwise primitive on tensors and numbers; at least one tensor decides the type of the numbers.
Datum Elaborator::elementwise(Primitive op, std::vector<Datum> data) {
  const Datum *typed = nullptr;
  for (size_t i = op == Primitive::select_ ? 1 : 0; i < data.size(); ++i) {
    if (!data[i]) return {};
    bool literal = data[i].is(Datum::Kind::Weak) || data[i].is(Datum::Kind::Bool);
    if (!literal && !data[i].is(Datum::Kind::Tensor)) {
      SourceRange where = i < operands.size() && operands[i].range.file ? operands[i].range : operationRange;
      bool called = data[i].is(Datum::Kind::Function);
      Diagnostic &d = error(called ? "E0405" : "E0404", where,
                            asWritten(std::string("`") + spelling(op) + "` takes tensors, not " + data[i].describe(),
                                      operationRange));
      const ast::FunctionDecl *function = called ? data[i].callable->function : nullptr;
      bool drawn = function && isLibrary(*function) && isInitializer(*function);
      if (called) d.help(drawn ? helpForDrawing(function->name.text) : "call it: `" + data[i].callable->name + "(…)`");
      if (auto *name = called && i < operands.size() ? as<ast::Name>(operands[i].expr) : nullptr)
        hintForRule(d, name->name, name->range, scope.get());
      if (data[i].is(Datum::Kind::Tuple) && !data[i].parts.empty())
        d.help("take one of its parts, as in `.0`, or name them all: `let (a, b) = …`");
      if (data[i].is(Datum::Kind::List) && !data[i].parts.empty())
        d.help(isNumberList(data[i]) ? "a type makes a tensor of numbers: `let w: f32[" + std::to_string(data[i].parts.size()) + "] = …`"
                                     : "make a tensor of it, `stack([a, b])`, or go through it, `map(fn(v) = …, list)`");
      if (data[i].is(Datum::Kind::Struct) && !data[i].decl->fields.empty())
        d.help("compute with its fields, as in `." + data[i].decl->fields[0].name.text + "`");
      return {};
    }
    if (data[i].is(Datum::Kind::Tensor) && !typed) typed = &data[i];
  }
  if (!typed) {
    bool choice = op == Primitive::select_;
    Diagnostic &d = error("E0313", operationRange,
                          std::string("`") + (choice ? "where" : spelling(op)) + "` of numbers alone has no type");
    bool indicator = choice && data[1].is(Datum::Kind::Weak) && *data[1].weak == Weak::rational(1) &&
                     data[2].is(Datum::Kind::Weak) && *data[2].weak == Weak::rational(0) && operands.size() == 3;
    if (indicator) d.help("1 where it holds and 0 elsewhere is the condition converted: `f32(" + shown(operands[0]) + ")`");
    else d.help("say which: `f32(" + (data.back().is(Datum::Kind::Weak) ? data.back().weak->print() : "…") + ")`");
    return {};
  }
  ElementType element = typed->tensor.type().element;
  std::vector<int> labels;
  if (!alignLabels(data, labels)) return {};
  // A number becomes a constant of the widest shape about, so that no broadcast is needed.
  TensorType beside{element, {}};
  for (const Datum &datum : data)
    if (datum.is(Datum::Kind::Tensor) && datum.tensor.type().rank() > beside.rank())
      beside.shape = datum.tensor.type().shape;
  for (size_t i = 0; i < data.size(); ++i) {
    if (data[i].is(Datum::Kind::Tensor)) continue;
    bool written = i < operands.size() && operands[i].range.file; // a fault of the literal stands at the literal
    During place(operationRange, written ? operands[i].range : operationRange);
    data[i] = literalLike(data[i], beside);
    if (!data[i]) return {};
  }
  std::vector<Value> values;
  values.reserve(data.size());
  for (const Datum &datum : data) values.push_back(datum.tensor);
  return Datum::of(builder->apply(op, std::move(values)), std::move(labels));
}

Datum Elaborator::arithmetic(Primitive op, const Datum &a, const Datum &b, const SourceRange &where, Operand left,
                             Operand right) {
  if (!a || !b) return {};
  if (a.is(Datum::Kind::Weak) && b.is(Datum::Kind::Weak)) return weakArithmetic(op, *a.weak, *b.weak, where);
  if (a.is(Datum::Kind::Bool) && b.is(Datum::Kind::Bool)) {
    std::string name = spelling(op);
    if (name == "and") return Datum::of(a.flag && b.flag);
    if (name == "or") return Datum::of(a.flag || b.flag);
    if (name == "eq" || name == "ne" || name == "xor") return Datum::of((a.flag == b.flag) == (name == "eq"));
  }
  std::vector<Operand> involved; // filled by hand: lists copy
  involved.reserve(2);
  involved.push_back(std::move(left));
  involved.push_back(std::move(right));
  at(where, std::move(involved));
  std::vector<Datum> data;
  data.reserve(2);
  data.push_back(a);
  data.push_back(b);
  return elementwise(op, std::move(data));
}

bool Elaborator::isWhere(const ast::Expr &expr) const {
  auto *call = as<ast::Call>(expr);
  auto *name = call ? as<ast::Name>(call->callee) : nullptr;
  return name && name->name == "where" && !scope->find(name->name) && !findGlobal(name->name, name->range);
}

Datum Elaborator::evaluateBeside(const ast::Expr &expr, const Datum &other) {
  if (!isWhere(expr) || !other.is(Datum::Kind::Tensor)) return evaluate(expr);
  During given(beside, std::optional(other.tensor.type().element));
  return evaluate(expr);
}

Datum Elaborator::evaluateBinary(const ast::Binary &binary) {
  Datum left, right;
  if (isWhere(*binary.left)) {
    right = evaluate(*binary.right);
    left = evaluateBeside(*binary.left, right);
  } else {
    left = evaluate(*binary.left);
    right = evaluateBeside(*binary.right, left);
  }
  if (!left || !right) return {};
  Operand a = operandOf(binary.left.get(), left), b = operandOf(binary.right.get(), right);
  if (binary.op != ast::BinaryOp::MatMul) {
    auto op = primitiveNamed(ast::mnemonic(binary.op));
    SourceRange where = binary.opRange.file ? binary.opRange : binary.range;
    return op ? arithmetic(*op, left, right, where, std::move(a), std::move(b)) : Datum();
  }
  at(binary.opRange, {std::move(a), std::move(b)});
  for (const Datum *side : {&left, &right}) {
    if (side->is(Datum::Kind::Tensor) && side->labels.empty()) continue;
    const SourceRange &where = (side == &left ? *binary.left : *binary.right).range;
    std::string what = side->labels.empty() ? side->describe() : "an element in index notation";
    Diagnostic &d = error(side->labels.empty() ? "E0303" : "E0307", where, "`@` takes tensors, not " + what);
    if (side->is(Datum::Kind::Weak)) d.help("multiply a number with `*`").fix(binary.opRange, "*");
    return {};
  }
  return Datum::of(builder->matmul(left.tensor, right.tensor));
}

Datum Elaborator::evaluateUnary(const ast::Unary &unary) {
  Datum operand = evaluate(*unary.operand);
  if (!operand) return {};
  bool negation = unary.op == ast::UnaryOp::Neg;
  if (negation && operand.is(Datum::Kind::Weak)) return Datum::of(Weak::unary("neg", *operand.weak));
  if (!negation && operand.is(Datum::Kind::Bool)) return Datum::of(!operand.flag);
  at(unary.range, {operandOf(unary.operand.get(), operand)});
  return elementwise(negation ? Primitive::neg_ : Primitive::not_, {operand});
}

// Where a tensor must be, a bare number is f32.
Datum Elaborator::asTensor(Datum datum, const SourceRange &where) {
  if (datum.is(Datum::Kind::Tensor)) {
    if (datum.labels.empty()) return datum;
    error("E0307", where, "an element in index notation leaves its formula");
    return {};
  }
  at(where, {});
  if (datum.is(Datum::Kind::Weak)) return literalLike(datum, {ElementType::F32, {}});
  if (datum.is(Datum::Kind::Bool)) return literalLike(datum, {ElementType::Bool, {}});
  if (!datum) return {};
  Diagnostic &d = error("E0405", where, datum.describe() + " stands where a tensor is needed");
  if (datum.is(Datum::Kind::Function))
    d.help("call it with its arguments; as a function of the file it is declared, `fn g = …`");
  return {};
}

} // namespace fluxion::check
