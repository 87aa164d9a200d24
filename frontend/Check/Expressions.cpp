// Expressions: dispatch, names, fields, branches known now.
#include "frontend/Check/Suggest.h"
#include "frontend/Graph/Primitive.h"
#include "frontend/Source/Stack.h"
#include <algorithm>

namespace fluxion::check {

namespace {
constexpr unsigned maxNesting = 640;   // of expressions through inlined calls: bounds the stack
constexpr size_t maxSteps = 3'000'000;  // of a program: bounds the time
constexpr size_t triedSteps = 20;       // what one counts that is only tried: loops in loops try their bodies in trials
} // namespace

// One more expression, type or leaf. False from the first excess on, which is reported once.
bool Elaborator::spend(const SourceRange &where) {
  if (aborted) return false;
  steps += silent ? triedSteps : 1;
  if (steps <= maxSteps) return true;
  error("E0412", where, "expanding all calls and structs takes too long");
  aborted = true;
  return false;
}

Datum Elaborator::evaluate(const ast::Expr &expr) {
  if (!spend(expr.range)) return {};
  if (depth >= maxNesting || (depth >= 16 && stackIsShort())) {
    error("E0412", expr.range, depth >= maxNesting ? "calls and expressions are nested too deeply"
                                                   : "calls and expressions are nested more deeply than the stack has room for");
    aborted = true;
    return {};
  }
  ++depth;
  Datum value = evaluateKind(expr);
  --depth;
  if (value.is(Datum::Kind::Weak) && value.weak->tooLarge()) {
    error("E0412", expr.range, "this number is an expression of too many parts");
    return {};
  }
  return value;
}

Datum Elaborator::evaluateKind(const ast::Expr &expr) {
  switch (expr.kind) {
  case ast::ExprKind::Number: return evaluateNumber(*as<ast::Number>(expr));
  case ast::ExprKind::String: {
    Datum text;
    text.kind = Datum::Kind::String;
    text.text = as<ast::String>(expr)->value;
    return text;
  }
  case ast::ExprKind::Boolean: return Datum::of(as<ast::Boolean>(expr)->value);
  case ast::ExprKind::Name: return evaluateName(*as<ast::Name>(expr));
  case ast::ExprKind::Unary: return evaluateUnary(*as<ast::Unary>(expr));
  case ast::ExprKind::Binary: return evaluateBinary(*as<ast::Binary>(expr));
  case ast::ExprKind::Call: return evaluateCall(*as<ast::Call>(expr));
  case ast::ExprKind::Update: return evaluateUpdate(*as<ast::Update>(expr));
  case ast::ExprKind::Index: return evaluateIndex(*as<ast::Index>(expr));
  case ast::ExprKind::Field: return evaluateField(*as<ast::Field>(expr));
  case ast::ExprKind::Block: return evaluateBlock(*as<ast::Block>(expr));
  case ast::ExprKind::If: return evaluateIf(*as<ast::If>(expr));
  case ast::ExprKind::Lambda: return evaluateLambda(*as<ast::Lambda>(expr));
  case ast::ExprKind::IndexReduce: return evaluateIndexReduce(*as<ast::IndexReduce>(expr));
  case ast::ExprKind::Tuple:
  case ast::ExprKind::List: {
    bool list = expr.kind == ast::ExprKind::List;
    Datum made = Datum::tuple({}, list ? Datum::Kind::List : Datum::Kind::Tuple);
    for (const ast::ExprPtr &element : list ? as<ast::List>(expr)->elements : as<ast::Tuple>(expr)->elements) {
      made.parts.push_back(evaluate(*element));
      if (!made.parts.back()) made.kind = Datum::Kind::Poison;
    }
    return made;
  }
  case ast::ExprKind::Loop: return evaluateLoop(*as<ast::Loop>(expr));
  case ast::ExprKind::Rest: error("E0315", expr.range, "`..` stands in shapes and subscripts only"); return {};
  }
  return {};
}

Datum Elaborator::evaluateNumber(const ast::Number &number) {
  auto value = Weak::parse(number.text);
  if (value && !value->isNonFinite()) return Datum::of(*value);
  error("E0316", number.range, "`" + number.text + (value ? "` is larger than any type holds" : "` is not a number"))
      .help(value ? "infinity is written `inf`" : "");
  return {};
}

// A function made inside another reads what stands around it through parameters of its own.
Value Elaborator::adopt(Value value, const std::string &name) {
  return value && value.owner != builder ? builder->capture(value, name) : value;
}

Datum Elaborator::evaluateName(const ast::Name &name) {
  Binding *binding = scope->find(name.name);
  if (!binding) return evaluateGlobal(name.name, name.range);
  binding->used = true;
  switch (binding->kind) {
  case Binding::Kind::Value: {
    Datum value = binding->value;
    forEachLeaf(value, name.name,
                [this](const std::string &path, Datum &leaf) { leaf.tensor = adopt(leaf.tensor, path); });
    return value;
  }
  case Binding::Kind::Dimension: return Datum::of(Weak::dimension(binding->dim));
  case Binding::Kind::Index: return indexValue(binding->index, name.range);
  case Binding::Kind::Element: {
    auto conversion = std::make_shared<Callable>(Callable(Callable::Kind::Conversion, name.name));
    conversion->element = binding->element;
    return Datum::of(std::shared_ptr<const Callable>(std::move(conversion)));
  }
  case Binding::Kind::Rest:
    error("E0315", name.range, "`" + name.name + "` is a whole shape").help("write `.." + name.name + "` in a shape");
    return {};
  }
  return {};
}

// A function, struct, conversion, constant or built-in of that name.
Datum Elaborator::evaluateGlobal(const std::string &name, const SourceRange &where) {
  const ast::Decl *decl = findGlobal(name, where);
  if (decl && decl->broken) return {}; // its error was reported
  auto made = std::make_shared<Callable>(Callable(Callable::Kind::Declared, name));
  if (auto *constant = as<ast::ConstDecl>(decl)) {
    if (std::find(active.begin(), active.end(), decl) != active.end()) {
      error("E0207", where, "the constant `" + name + "` is defined by itself");
      return {};
    }
    active.push_back(decl);
    auto inner = std::make_shared<Scope>();
    inner->library = isLibrary(*decl);
    During scoped(scope, inner);
    Datum value = evaluate(*constant->value);
    active.pop_back();
    TypeContext context{"E0310", "`" + name + "`", constant->value->range,
                        constant->type ? constant->type->range : SourceRange(), false};
    return constant->type && value && !match(*constant->type, value, context) ? Datum() : value;
  }
  if (auto *function = as<ast::FunctionDecl>(decl)) {
    made->function = function;
    if (!function->hasParameters) { // an alias or a transformation: its value
      if (std::find(active.begin(), active.end(), decl) != active.end()) {
        error("E0207", where, "the function `" + name + "` is defined by itself");
        return {};
      }
      active.push_back(decl);
      auto inner = std::make_shared<Scope>();
      inner->library = isLibrary(*decl);
      During scoped(scope, inner);
      Datum value = evaluate(*function->body);
      active.pop_back();
      return value;
    }
  } else if (auto *structure = as<ast::StructDecl>(decl)) {
    made->kind = Callable::Kind::Constructor;
    made->structure = structure;
  } else if (!decl && name == "inf") {
    return Datum::of(Weak::infinity());
  } else if (!decl && name == "nan") {
    return Datum::of(Weak::notANumber());
  } else if (auto element = elementTypeNamed(name)) {
    made->kind = Callable::Kind::Conversion;
    made->element = *element;
  } else if (findBuiltin(name)) {
    made->kind = Callable::Kind::Builtin;
  } else {
    if (!decl && complainOfModules(name, where)) return {};
    if (decl)
      error("E0201", where, "`" + name + "` is no value")
          .note(decl->name.range, "declared here")
          .help(decl->kind != ast::DeclKind::Optimizer
                    ? ""
                    : "an optimizer stands in a `train`: `optimizer " + name + "(lr = …)`");
    else unknownName(name, where);
    return {};
  }
  return Datum::of(std::shared_ptr<const Callable>(std::move(made)));
}

Datum Elaborator::evaluateField(const ast::Field &field) {
  if (std::string member = globalName(field); !member.empty()) return evaluateGlobal(member, field.range);
  Datum base = evaluate(*field.base);
  if (!base) return {};
  const std::string &name = field.field.text;
  if (base.is(Datum::Kind::Tensor) && name == "T") {
    int rank = base.type().rank();
    at(field.range, {operandOf(field.base.get(), base)});
    if (rank < 2 || !base.labels.empty()) {
      Diagnostic &d = error("E0304", field.field.range, base.type().print() + " has no two axes to transpose");
      if (rank < 2 && base.labels.empty())
        d.help("leave it out: `@` contracts a vector by its one axis")
            .fix({field.range.file, field.base->range.end, field.range.end}, "");
      return {};
    }
    std::vector<int64_t> permutation;
    for (int i = 0; i < rank; ++i) permutation.push_back(i < rank - 2 ? i : 2 * rank - 3 - i);
    return Datum::of(builder->transpose(base.tensor, permutation));
  }
  std::vector<std::string> known;
  bool aggregate = base.is(Datum::Kind::Struct) || base.is(Datum::Kind::Tuple) || base.is(Datum::Kind::List);
  for (size_t i = 0; aggregate && i < base.parts.size(); ++i) {
    if (partName(base, i) == name) return base.parts[i];
    known.push_back(partName(base, i));
  }
  Diagnostic &d = error("E0205", field.field.range,
                        (base.is(Datum::Kind::Struct) ? "`" + base.decl->name.text + "`" : base.describe()) +
                            " has no field `" + name + "`");
  if (base.is(Datum::Kind::Struct)) d.help(fieldsOf(*base.decl));
  d.meant(nearestName(name, known), field.field.range);
  if (base.is(Datum::Kind::Tensor)) hintForMember(d, field);
  if (base.is(Datum::Kind::Struct)) d.note(base.decl->name.range, "declared here");
  return {};
}

Datum Elaborator::evaluateIf(const ast::If &conditional) {
  Datum condition = evaluate(*conditional.condition);
  if (!condition) return {};
  if (condition.is(Datum::Kind::Bool))
    return evaluate(condition.flag ? *conditional.thenValue : *conditional.elseValue);
  if (condition.is(Datum::Kind::Tensor) && condition.tensor.type() == TensorType{ElementType::Bool, {}})
    return evaluateBranch(conditional, condition);
  if (condition.is(Datum::Kind::Tensor) && condition.type().element == ElementType::Bool) {
    error("E0308", conditional.condition->range, "the condition is " + condition.describe() + ", not one bool")
        .help("choose elementwise, `where(c, a, b)`, or say whether `any(…)` or `all(…)` of them");
    return {};
  }
  suggestComparison(
      error("E0308", conditional.condition->range, "the condition is " + condition.describe() + ", not bool"),
      conditional.condition.get());
  return {};
}

Datum Elaborator::evaluateLambda(const ast::Lambda &lambda) {
  auto made = std::make_shared<Callable>(Callable(Callable::Kind::Lambda, "lambda"));
  made->lambda = &lambda;
  made->environment = scope;
  environments.push_back(scope);
  return Datum::of(std::shared_ptr<const Callable>(std::move(made)));
}

} // namespace fluxion::check
