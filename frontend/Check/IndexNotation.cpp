// `let C[i, j] = sum[k](A[i, k] * B[k, j])`. An expression under index variables stands for one element; its tensor has
// one axis for each variable (Datum::labels). A sum of products is one einsum; everything else is elementwise, then
// reduced.
#include "frontend/Check/Elaborator.h"
#include "frontend/Graph/Equation.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>

namespace fluxion::check {

int Elaborator::addIndexVariable(const ast::Identifier &name) {
  if (Binding *hidden = scope->find(name.text); hidden && !scope->library && hidden->kind != Binding::Kind::Element)
    warn("E0209", name.range, "the index variable `" + name.text + "` hides another value of this name",
         "give it a name of its own")
        .note(placeOf(name.text, *hidden), "the other");
  indexVariables.push_back({name.text, name.range, {}, {}});
  Binding &binding = scope->names[name.text];
  binding = Binding();
  binding.kind = Binding::Kind::Index;
  binding.index = int(indexVariables.size()) - 1;
  binding.declared = name.range;
  return binding.index;
}

bool Elaborator::meetRange(int variable, const Dim &extent, const SourceRange &use) {
  IndexVariable &v = indexVariables[size_t(variable)];
  if (!v.range) {
    v.range = extent;
    v.rangeFrom = use;
    return true;
  }
  if (*v.range == extent) return true;
  error("E0307", use,
        "`" + v.name + "` runs over " + extent.print() + " here, and over " + v.range->print() + " elsewhere")
      .note(v.rangeFrom, "`" + v.name + "` runs over " + v.range->print() + " here");
  return false;
}

// What a name or a field of one stands for, as far as that is known without evaluating anything; else null.
static const Datum *peek(Scope &scope, const ast::Expr &expr) {
  if (auto *name = as<ast::Name>(expr)) {
    Binding *binding = scope.find(name->name);
    return binding && binding->kind == Binding::Kind::Value ? &binding->value : nullptr;
  }
  if (auto *index = as<ast::Index>(expr)) { // p.blocks[1]
    auto *number = index->subscripts.size() == 1 ? as<ast::Number>(index->subscripts[0].element) : nullptr;
    const Datum *list = number && number->isInteger && number->text.size() < 6 ? peek(scope, *index->base) : nullptr;
    size_t place = list ? size_t(std::stoul(number->text)) : 0;
    return list && list->is(Datum::Kind::List) && place < list->parts.size() ? &list->parts[place] : nullptr;
  }
  auto *field = as<ast::Field>(expr);
  const Datum *base = field ? peek(scope, *field->base) : nullptr;
  for (size_t i = 0; base && i < base->parts.size(); ++i)
    if (partName(*base, i) == field->field.text) return &base->parts[i];
  return nullptr;
}

// Ranges told by uses that come later in the formula: `where(i == j, A[i, j], 0)`.
void Elaborator::inferRanges(const ast::Expr &expr) {
  if (auto *index = as<ast::Index>(expr)) {
    auto *turned = as<ast::Field>(index->base); // x.T[i,j]
    const Datum *base = peek(*scope, *index->base), *straight = nullptr;
    if (!base && turned && turned->field.text == "T") straight = base = peek(*scope, *turned->base);
    bool whole = base && base->is(Datum::Kind::Tensor) && base->labels.empty() &&
                 size_t(base->type().rank()) == index->subscripts.size() && (!straight || base->type().rank() > 1);
    const size_t rank = index->subscripts.size();
    for (size_t i = 0; i < index->subscripts.size(); ++i) {
      const ast::ExprPtr &element = index->subscripts[i].element;
      auto *variable = as<ast::Name>(element);
      Binding *bound = variable ? scope->find(variable->name) : nullptr;
      if (whole && bound && bound->kind == Binding::Kind::Index && !indexVariables[size_t(bound->index)].range)
        meetRange(bound->index, base->type().shape[straight && i + 2 >= rank ? 2 * rank - 3 - i : i], index->subscripts[i].range);
      if (element) inferRanges(*element);
    }
  } else if (auto *unary = as<ast::Unary>(expr)) {
    inferRanges(*unary->operand);
  } else if (auto *binary = as<ast::Binary>(expr)) {
    inferRanges(*binary->left);
    inferRanges(*binary->right);
  } else if (auto *call = as<ast::Call>(expr)) {
    for (const ast::Argument &argument : call->arguments) inferRanges(*argument.value);
  } else if (auto *update = as<ast::Update>(expr)) {
    for (const ast::Argument &argument : update->arguments) inferRanges(*argument.value);
  } else if (auto *reduce = as<ast::IndexReduce>(expr)) {
    inferRanges(*reduce->body);
  }
}

// An index variable as a value: its positions, i32.
Datum Elaborator::indexValue(int variable, const SourceRange &where) {
  const IndexVariable &v = indexVariables[size_t(variable)];
  if (!v.range) {
    error("E0307", where, "the range of `" + v.name + "` is not known here")
        .help("it follows from a subscript, as in `x[" + v.name + "]`; of the numbers 0, …, N − 1 it is `iota(N)[" + v.name +
              "]`");
    return {};
  }
  at(where, {});
  return Datum::of(builder->iota(i32({*v.range}), 0), {variable});
}

//===--- Sums of products ----------------------------------------------------------------------------------------===//

struct Elaborator::Factors {
  std::vector<Datum> above, below; // of the fraction
  std::vector<Operand> aboveOperands, belowOperands;
  Weak number = Weak::rational(1);
  bool ok = true;
};

// Takes a product apart; what is no product is one factor.
void Elaborator::collectFactors(const ast::Expr &expr, bool inverse, Factors &factors) {
  if (auto *binary = as<ast::Binary>(expr);
      binary && (binary->op == ast::BinaryOp::Mul || binary->op == ast::BinaryOp::Div)) {
    collectFactors(*binary->left, inverse, factors);
    return collectFactors(*binary->right, inverse != (binary->op == ast::BinaryOp::Div), factors);
  }
  if (auto *unary = as<ast::Unary>(expr); unary && unary->op == ast::UnaryOp::Neg) {
    factors.number = Weak::unary("neg", factors.number);
    return collectFactors(*unary->operand, inverse, factors);
  }
  Datum factor = factors.above.empty() ? evaluate(expr) : evaluateBeside(expr, factors.above[0]);
  factors.ok &= bool(factor);
  if (!factor) return;
  if (factor.is(Datum::Kind::Weak)) {
    factors.number = Weak::binary(inverse ? "div" : "mul", factors.number, *factor.weak);
    return;
  }
  (inverse ? factors.belowOperands : factors.aboveOperands).push_back(operandOf(&expr, factor));
  (inverse ? factors.below : factors.above).push_back(std::move(factor));
}

static bool hasAny(const Datum &datum, const std::vector<int> &variables) {
  return std::any_of(variables.begin(), variables.end(), [&](int v) {
    return std::find(datum.labels.begin(), datum.labels.end(), v) != datum.labels.end();
  });
}

// Σ over `variables` of a product of labelled tensors: one einsum, unless one factor is left; divisors and scalars
// without the summed variables stay outside.
Datum Elaborator::contractFactors(Factors &factors, const std::vector<int> &variables, const SourceRange &where) {
  std::vector<Datum> inside, outside;
  std::vector<Operand> outsideOperands;
  for (size_t i = 0; i < factors.above.size(); ++i) {
    bool scalar = factors.above[i].labels.empty();
    (scalar ? outside : inside).push_back(factors.above[i]);
    if (scalar) outsideOperands.push_back(i < factors.aboveOperands.size() ? factors.aboveOperands[i] : Operand());
  }
  if (inside.empty()) return {};
  Datum product = inside[0];
  if (inside.size() > 1) {
    std::string equation, result;
    Letters letters;
    std::map<int, char> letterOf;
    std::vector<int> labels;
    std::vector<Value> values;
    for (const Datum &factor : inside) {
      equation += values.empty() ? "" : ",";
      for (int label : factor.labels) {
        const std::string &name = indexVariables[size_t(label)].name;
        if (!letterOf.count(label)) {
          letterOf[label] = letters.choose(Dim::named(name));
          bool summed = std::find(variables.begin(), variables.end(), label) != variables.end();
          if (!summed) labels.push_back(label);
          if (!summed) result += letterOf[label];
        }
        equation += letterOf[label];
      }
      values.push_back(factor.tensor);
    }
    at(where, factors.aboveOperands);
    product = Datum::of(builder->einsum(equation + "->" + result, std::move(values)), std::move(labels));
  } else {
    product = reduceLabels("sum", std::move(product), variables, where);
  }
  for (int variable : variables) // what does not depend on a variable is added as often as it runs
    if (std::none_of(inside.begin(), inside.end(), [&](const Datum &factor) { return hasAny(factor, {variable}); })) {
      if (!indexVariables[size_t(variable)].range) return indexValue(variable, where);
      factors.number = Weak::binary("mul", factors.number, Weak::dimension(*indexVariables[size_t(variable)].range));
    }
  for (size_t i = 0; i < outside.size(); ++i)
    product = arithmetic(Primitive::mul_, product, outside[i], where, {}, outsideOperands[i]);
  for (const Datum &divisor : factors.below) product = arithmetic(Primitive::div_, product, divisor, where, {}, {});
  if (!(factors.number == Weak::rational(1)))
    product = arithmetic(Primitive::mul_, product, Datum::of(factors.number), where, {}, {});
  return product;
}

Datum Elaborator::reduceLabels(const std::string &reduction, Datum body, const std::vector<int> &variables,
                               const SourceRange &where) {
  std::vector<int64_t> axes;
  std::vector<int> rest;
  for (size_t i = 0; i < body.labels.size(); ++i) {
    bool reduced = std::find(variables.begin(), variables.end(), body.labels[i]) != variables.end();
    if (reduced) axes.push_back(int64_t(i));
    else rest.push_back(body.labels[i]);
  }
  at(where, {operandOf(nullptr, body, where)});
  if (reduction == "mean") return Datum::of(builder->mean(body.tensor, axes), rest);
  bool extremum = reduction == "max" || reduction == "min";
  return Datum::of(builder->reduce(*primitiveNamed(extremum ? "reduce_" + reduction : reduction), body.tensor, axes),
                   rest);
}

Datum Elaborator::evaluateIndexReduce(const ast::IndexReduce &reduce) {
  During scoped(scope, nested(scope));
  std::vector<int> variables;
  for (const ast::Identifier &name : reduce.indices) variables.push_back(addIndexVariable(name));
  inferRanges(*reduce.body);
  const std::string &kind = reduce.reduction.text;
  Factors factors;
  if (kind == "sum") collectFactors(*reduce.body, false, factors);
  else factors.above.push_back(evaluate(*reduce.body));
  if (!factors.ok || factors.above.empty() || !factors.above[0]) {
    if (factors.ok && factors.above.empty())
      error("E0307", reduce.body->range, "nothing here depends on the index variables");
    return {};
  }
  for (size_t i = 0; i < variables.size(); ++i)
    if (!indexVariables[size_t(variables[i])].range) {
      error("E0307", reduce.indices[i].range, "the range of `" + reduce.indices[i].text + "` follows from nothing")
          .help("use it as a subscript: `x[" + reduce.indices[i].text + "]`, or `iota(N)[" + reduce.indices[i].text + "]`");
      return {};
    }
  bool dividesByVariable =
      std::any_of(factors.below.begin(), factors.below.end(), [&](const Datum &d) { return hasAny(d, variables); });
  if (kind == "sum" && !dividesByVariable)
    if (Datum product = contractFactors(factors, variables, reduce.range); product || builder->failed()) return product;
  Datum body = factors.above[0];
  for (size_t i = 1; i < factors.above.size(); ++i)
    body = arithmetic(Primitive::mul_, body, factors.above[i], reduce.range, {}, {});
  for (const Datum &divisor : factors.below) body = arithmetic(Primitive::div_, body, divisor, reduce.range, {}, {});
  if (!(factors.number == Weak::rational(1)))
    body = arithmetic(Primitive::mul_, body, Datum::of(factors.number), reduce.range, {}, {});
  if (!body) return {};
  if (!body.is(Datum::Kind::Tensor) || !hasAny(body, variables)) {
    error("E0307", reduce.body->range, "nothing here depends on the index variables");
    return {};
  }
  return reduceLabels(kind, std::move(body), variables, reduce.range);
}

Datum Elaborator::evaluateLetIndexed(const ast::Statement &statement) {
  During scoped(scope, nested(scope));
  std::vector<int> variables;
  for (const ast::Identifier &name : statement.indices) {
    for (int other : variables)
      if (indexVariables[size_t(other)].name == name.text) {
        error("E0307", name.range, "the index variable `" + name.text + "` stands twice on the left");
        return {};
      }
    variables.push_back(addIndexVariable(name));
  }
  inferRanges(*statement.value);
  Datum value = evaluate(*statement.value);
  if (!value) return {};
  if (!value.is(Datum::Kind::Tensor) || (value.labels.empty() && value.type().rank() > 0)) {
    error("E0307", statement.value->range, "the right side is " + value.describe() + ", not an element")
        .help("give every tensor its subscripts");
    return {};
  }
  std::vector<Dim> shape;
  for (size_t i = 0; i < variables.size(); ++i) {
    const IndexVariable &v = indexVariables[size_t(variables[i])];
    if (!v.range) {
      error("E0307", v.declared, "the range of `" + v.name + "` follows from nothing")
          .help("use it as a subscript on the right: `x[" + v.name + "]`, or `iota(N)[" + v.name + "]`");
      return {};
    }
    shape.push_back(*v.range);
  }
  std::vector<int64_t> permutation, dims; // axes of the value in the order of the left side, and their places there
  for (size_t i = 0; i < variables.size(); ++i) {
    auto found = std::find(value.labels.begin(), value.labels.end(), variables[i]);
    if (found == value.labels.end()) continue;
    permutation.push_back(found - value.labels.begin());
    dims.push_back(int64_t(i));
  }
  if (permutation.size() != value.labels.size()) {
    error("E0307", statement.value->range, "the right side has an index variable that the left side lacks");
    return {};
  }
  at(statement.range, {});
  return Datum::of(builder->broadcast(builder->transpose(value.tensor, permutation), dims, shape));
}

} // namespace fluxion::check
