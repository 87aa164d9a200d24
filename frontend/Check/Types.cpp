// Types as written become types of the graph: dimension expressions to polynomials, structs to leaves with paths.
#include "frontend/Check/Elaborator.h"
#include "frontend/Source/Foreign.h"
#include <algorithm>

namespace fluxion::check {

static constexpr size_t maxLeaves = 100000; // of one function

static void collectNames(const ast::Expr &expr, std::vector<const ast::Name *> &names) {
  if (auto *name = as<ast::Name>(expr)) names.push_back(name);
  if (auto *unary = as<ast::Unary>(expr)) collectNames(*unary->operand, names);
  if (auto *binary = as<ast::Binary>(expr)) {
    collectNames(*binary->left, names);
    collectNames(*binary->right, names);
  }
  if (auto *call = as<ast::Call>(expr)) // floordiv(L, 2)
    for (const ast::Argument &argument : call->arguments) collectNames(*argument.value, names);
}

// Names of a dimension expression that nothing in sight binds. A constant of the same file counts as bound.
std::vector<std::string> Elaborator::unboundNames(const ast::Expr &expr) {
  std::vector<const ast::Name *> names;
  collectNames(expr, names);
  std::vector<std::string> unbound;
  for (const ast::Name *name : names) {
    bool constant = isUserConstant(name->name, name->range);
    bool known =
        constant || scope->find(name->name) || std::find(unbound.begin(), unbound.end(), name->name) != unbound.end();
    if (!known) unbound.push_back(name->name);
  }
  return unbound;
}

// Introduces unknown names as dimensions that stand for themselves, or reports them.
bool Elaborator::resolveNames(const ast::Expr &expr, bool introduce) {
  std::vector<std::string> unbound = unboundNames(expr);
  if (introduce) {
    for (const std::string &name : unbound) {
      scope->bindDimension(name, Dim::named(name), expr.range);
      dimensionOrigins.emplace(name, expr.range);
      builder->dimension(name);
    }
    return true;
  }
  for (const std::string &name : unbound) {
    std::vector<std::string> known;
    for (const Scope *s = scope.get(); s; s = s->parent.get())
      for (const auto &[each, binding] : s->names)
        if (binding.kind == Binding::Kind::Dimension) known.push_back(each);
    auto nearest = nearestName(name, known);
    const ast::Name *written = nullptr;
    std::vector<const ast::Name *> names;
    collectNames(expr, names);
    for (const ast::Name *each : names)
      if (each->name == name) written = each;
    Diagnostic &d =
        error("E0203", written ? written->range : expr.range, "the dimension `" + name + "` is not known here")
            .help("a dimension is introduced by the type of a parameter or field");
    if (written) d.meant(nearest, written->range);
  }
  return unbound.empty();
}

std::optional<Dim> Elaborator::evaluateDim(const ast::Expr &expr) {
  Datum value = evaluate(expr);
  if (!value) return std::nullopt;
  auto dim = value.is(Datum::Kind::Weak) ? value.weak->asDim() : std::nullopt;
  if (!dim || (dim->constant() && *dim->constant() < 0)) {
    error("E0315", expr.range, value.describe() + " is not an extent")
        .help(dim && dim->constant() == -1
                  ? "no extent is left to be found: write it out, as in `4*N`"
                  : "an extent is a whole number of at least 0, a dimension, or a polynomial of them");
    return std::nullopt;
  }
  return dim;
}

bool Elaborator::appendRest(const std::string &name, const SourceRange &where, std::vector<Dim> &shape) {
  Binding *binding = name.empty() || name == "_" ? nullptr : scope->find(name);
  if (!binding || binding->kind != Binding::Kind::Rest) {
    error("E0203", where, "the shape `.." + name + "` is not known here")
        .help("it is introduced by the type of a parameter: `x: T[.." + (name.empty() ? "S" : name) + "]`");
    return false;
  }
  binding->used = true;
  shape.insert(shape.end(), binding->extents.begin(), binding->extents.end());
  return true;
}

// `[N, 4*b, ..S]` as a list, or one extent; names of the operand's own axes need no care: they are dimensions in scope.
std::optional<std::vector<Dim>> Elaborator::evaluateShape(const ast::Expr &expr, const TensorType *) {
  std::vector<Dim> shape;
  auto entry = [&](const ast::Expr &e) {
    if (auto *rest = as<ast::Rest>(e)) return appendRest(rest->name, rest->range, shape);
    auto dim = resolveNames(e, false) ? evaluateDim(e) : std::nullopt;
    if (dim) shape.push_back(*dim);
    return dim.has_value();
  };
  bool ok = true;
  if (auto *list = as<ast::List>(expr)) {
    for (const ast::ExprPtr &e : list->elements) ok &= entry(*e);
  } else {
    ok = entry(expr);
  }
  return ok ? std::optional(shape) : std::nullopt;
}

std::optional<ElementType> Elaborator::elementNamed(const std::string &name, const SourceRange &where) {
  if (auto element = elementTypeNamed(name)) return element;
  if (Binding *binding = scope->find(name); binding && binding->kind == Binding::Kind::Element) {
    binding->used = true;
    return binding->element;
  }
  if (scope->isTypeParameter(name)) {
    error("E0407", where, "nothing determines the type parameter `" + name + "` here")
        .help(userCall(where) ? "an initializer takes its type from the field it stands beside; elsewhere write `fill(f32[N], 0)`"
                              : "a parameter of that type does, as in `x: " + name + "`");
    return std::nullopt;
  }
  std::vector<std::string> known = {"f32", "f64", "i32", "i64", "bool"};
  if (complainOfModules(name, where)) return std::nullopt;
  for (std::string &each : visibleNames(ast::DeclKind::Struct)) known.push_back(std::move(each));
  std::sort(known.begin(), known.end());
  auto nearest = nearestName(name, known);
  Diagnostic &d = error("E0204", where, "the type `" + name + "` is not known").meant(nearest, where);
  if (const ForeignName *foreign = nearest ? nullptr : foreignType(name)) {
    d.help(helpFor(*foreign));
    if (!foreign->replacement.empty()) d.fix(where, std::string(foreign->replacement));
  } else if (!nearest && name.size() <= 2 && name[0] >= 'A' && name[0] <= 'Z') {
    d.help("a type parameter is declared after the function's name: `fn f[" + name + ": float](…)`");
  } else if (!nearest) {
    d.help("a type is `f32`, `f64`, `i32`, `i64`, `bool`, or a struct of this file or of an import");
  }
  return std::nullopt;
}

// A type where a built-in takes one: `f32`, `f32[N, D]`, `T[..S]`.
std::optional<TensorType> Elaborator::evaluateType(const ast::Expr &expr) {
  const ast::Name *name = as<ast::Name>(expr);
  auto *index = as<ast::Index>(expr);
  if (index) name = as<ast::Name>(index->base);
  if (!name) {
    error("E0204", expr.range, "a type is needed here").help("for example `f32[N]`");
    return std::nullopt;
  }
  auto element = elementNamed(name->name, name->range);
  if (!element) return std::nullopt;
  TensorType type{*element, {}};
  bool ok = true;
  for (size_t i = 0; index && i < index->subscripts.size(); ++i) {
    const ast::Subscript &subscript = index->subscripts[i];
    if (!subscript.element) {
      error("E0315", subscript.range, "a range is not an extent");
      return std::nullopt;
    }
    auto extents = evaluateShape(*subscript.element);
    ok &= extents.has_value();
    if (extents) type.shape.insert(type.shape.end(), extents->begin(), extents->end());
  }
  return ok ? std::optional(type) : std::nullopt;
}

//===--- Structs -------------------------------------------------------------------------------------------------===//

const ast::StructDecl *Elaborator::structNamed(const std::string &name, const SourceRange &where) const {
  auto *decl = as<ast::StructDecl>(findGlobal(name, where));
  return decl && !decl->broken ? decl : nullptr;
}

void Elaborator::collectDimensions(const ast::Type &type, std::vector<std::string> &names) {
  std::vector<const ast::Name *> found;
  for (const ast::ShapeEntry &entry : type.shape)
    if (entry.dimension) collectNames(*entry.dimension, found);
  if (type.count) collectNames(*type.count, found);
  for (const ast::Name *name : found) {
    bool constant = isUserConstant(name->name, name->range);
    if (!constant && !elementTypeNamed(name->name) && std::find(names.begin(), names.end(), name->name) == names.end())
      names.push_back(name->name);
  }
  for (const ast::TypePtr &element : type.elements) collectDimensions(*element, names);
  if (type.kind == ast::TypeKind::Named && !type.hasShape)
    if (auto *nestedStruct = structNamed(type.name.text, type.name.range))
      for (const std::string &name : dimensionsOf(*nestedStruct))
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

// The dimensions of a struct in the order its fields first name them: `Linear[784, 256]` gives them values in that
// order.
const std::vector<std::string> &Elaborator::dimensionsOf(const ast::StructDecl &decl) {
  static const std::vector<std::string> none;
  if (auto known = structDimensions.find(&decl); known != structDimensions.end()) return known->second;
  if (std::find(active.begin(), active.end(), &decl) != active.end()) {
    return none; // makeParameter says so
  }
  active.push_back(&decl);
  std::vector<std::string> names;
  for (const ast::FieldDecl &field : decl.fields) collectDimensions(*field.type, names);
  active.pop_back();
  std::erase_if(names, [&](const std::string &name) {
    return std::any_of(decl.typeParameters.begin(), decl.typeParameters.end(),
                       [&](const auto &p) { return p.name.text == name; });
  });
  return structDimensions[&decl] = std::move(names);
}

void bindImpliedElements(const ast::StructDecl &decl, Scope &scope) {
  for (const ast::TypeParameter &parameter : decl.typeParameters) {
    Binding &binding = scope.names[parameter.name.text];
    binding.kind = Binding::Kind::Element;
    binding.element = parameter.bound.text == "int" ? ElementType::I32 : ElementType::F32;
  }
}

// Of a struct without arguments, `p: Linear`: its dimensions are those around it, its elements are implied.
std::shared_ptr<Scope> Elaborator::enterBare(const ast::StructDecl &decl) {
  if (decl.typeParameters.empty()) return scope;
  auto inner = nested(scope);
  bindImpliedElements(decl, *inner);
  return inner;
}

// What the fields of a bare struct have told of dimensions is known around it.
void Elaborator::leaveBare(const Scope &inner) {
  if (&inner == scope.get()) return;
  for (const auto &[name, binding] : inner.names)
    if (binding.kind == Binding::Kind::Dimension) scope->names.emplace(name, binding);
}

// The scope in which the field types of `type` are read: that around it, or one that binds `Linear[784, 256]`. Element
// types that are left out are f32 (i32 for `int`).
std::shared_ptr<Scope> Elaborator::enterStruct(const ast::StructDecl &decl, const ast::Type *type, bool introduce) {
  if (!type || !type->hasShape) return enterBare(decl);
  const std::vector<std::string> &names = dimensionsOf(decl);
  size_t elements = decl.typeParameters.size();
  const bool implied = type->shape.size() == names.size();
  if (!implied && type->shape.size() != names.size() + elements) {
    std::string list;
    for (const ast::TypeParameter &parameter : decl.typeParameters)
      list += (list.empty() ? "" : ", ") + parameter.name.text;
    for (const std::string &name : names) list += (list.empty() ? "" : ", ") + name;
    error("E0404", type->range,
          "`" + decl.name.text + "[" + list + "]` takes " + std::to_string(names.size() + elements) +
              (names.size() + elements == 1 ? " argument, not " : " arguments, not ") + std::to_string(type->shape.size()))
        .note(decl.name.range, "declared here");
    return nullptr;
  }
  auto inner = nested(scope);
  inner->typeParameters = &decl.typeParameters;
  if (implied) bindImpliedElements(decl, *inner), elements = 0;
  for (size_t i = 0; i < type->shape.size(); ++i) {
    const ast::ShapeEntry &entry = type->shape[i];
    if (i < elements) {
      auto *name = as<ast::Name>(entry.dimension);
      auto element = name ? elementNamed(name->name, name->range) : std::nullopt;
      if (!name) error("E0204", entry.range, "an element type is needed here").help("for example `f32`");
      if (!element) return nullptr;
      Binding &binding = inner->names[decl.typeParameters[i].name.text];
      binding.kind = Binding::Kind::Element;
      binding.element = *element;
      continue;
    }
    if (!entry.dimension) error("E0315", entry.range, "`..` is no dimension of a struct").help("write one extent for each");
    if (!entry.dimension || !resolveNames(*entry.dimension, introduce)) return nullptr;
    auto dim = evaluateDim(*entry.dimension);
    if (!dim) return nullptr;
    inner->bindDimension(names[i - elements], *dim, entry.range);
  }
  return inner;
}

//===--- Parameters ----------------------------------------------------------------------------------------------===//

Datum Elaborator::makeTensorParameter(const ast::Type &type, const std::string &path, bool introduce) {
  auto element = elementNamed(type.name.text, type.name.range);
  TensorType made{element.value_or(ElementType::F32), {}};
  bool ok = element.has_value();
  for (const ast::ShapeEntry &entry : type.shape) {
    if (!entry.dimension) {
      const std::string &name = entry.rest.text;
      if (!scope->find(name)) { // checked at one axis
        Binding &binding = scope->names[name];
        binding.kind = Binding::Kind::Rest;
        binding.extents = {Dim::named(name)};
      }
      ok &= appendRest(name, entry.range, made.shape);
      continue;
    }
    auto dim = resolveNames(*entry.dimension, introduce) ? evaluateDim(*entry.dimension) : std::nullopt;
    ok &= dim.has_value();
    if (dim) made.shape.push_back(*dim);
  }
  if (!ok) return {};
  at(type.range, {});
  return Datum::of(builder->parameter(path, std::move(made)));
}

// Parameters of the function under construction for every leaf of `type`.
Datum Elaborator::makeParameter(const ast::Type &type, const std::string &path, bool introduce) {
  Datum made;
  if (!spend(type.range)) return made;
  if (builder->function().parameters.size() > maxLeaves) {
    error("E0412", type.range, "the parameters have more than " + std::to_string(maxLeaves) + " tensors");
    aborted = true;
    return made;
  }
  if (type.kind == ast::TypeKind::Named) {
    auto *decl = structNamed(type.name.text, type.name.range);
    if (!decl) {
      made = makeTensorParameter(type, path, introduce);
    } else if (dimensionsOf(*decl); std::find(active.begin(), active.end(), decl) != active.end()) {
      bool told = false; // from another struct of the circle
      for (auto each = std::find(active.begin(), active.end(), decl); each != active.end(); ++each)
        told |= !silent && !circular.insert(*each).second;
      if (told) builder->fail();
      else
        error("E0207", type.range, "the struct `" + decl->name.text + "` contains itself")
            .note(decl->name.range, "declared here")
            .help("a list of a fixed length may hold other structs: `[3]Block`");
    } else if (auto inner = enterStruct(*decl, &type, introduce)) {
      active.push_back(decl);
      made = Datum::tuple({}, Datum::Kind::Struct);
      made.decl = decl;
      {
        During scoped(scope, inner);
        for (const ast::FieldDecl &field : decl->fields) {
          Datum part = makeParameter(*field.type, joinPath(path, field.name.text), introduce && !type.hasShape);
          if (!part) made.kind = Datum::Kind::Poison;
          made.parts.push_back(std::move(part));
        }
      }
      if (!type.hasShape) leaveBare(*inner);
      active.pop_back();
    }
  } else if (type.kind == ast::TypeKind::Function) {
    error("E0405", type.range, "a struct, tuple or list holds tensors: a function cannot stand in it")
        .help("pass it beside: `fn g(f: fn(f32) -> f32, x: f32) = f(x)`");
  } else {
    size_t count = type.elements.size();
    bool list = type.kind == ast::TypeKind::List;
    if (list) {
      bool known = unboundNames(*type.count).empty();
      auto dim = known ? evaluateDim(*type.count) : std::nullopt;
      auto constant = dim ? dim->constant() : std::nullopt;
      const ast::Type &element = *type.elements[0];
      std::string example = element.kind == ast::TypeKind::Named ? "`[3]" + element.name.text + "`" : "`[3]…`";
      if (!known || (dim && !constant))
        error("E0311", type.count->range, "the length of a list must be known here, and `" + ast::print(*type.count) + "` is not")
            .help("write a number, " + example + ", or declare it: `const L = 3`");
      else if (constant && *constant > 10000)
        error("E0311", type.count->range, "the length of a list is at most 10000");
      if (!constant || *constant > 10000) return {};
      count = size_t(*constant);
    }
    made = Datum::tuple({}, list ? Datum::Kind::List : Datum::Kind::Tuple);
    for (size_t i = 0; i < count; ++i) {
      Datum part = makeParameter(*type.elements[list ? 0 : i], joinPath(path, std::to_string(i)), introduce);
      if (!part) made.kind = Datum::Kind::Poison;
      made.parts.push_back(std::move(part));
      if (list && !made) break; // the others are as wrong
    }
  }
  made.declared = type.range;
  return made;
}

} // namespace fluxion::check
