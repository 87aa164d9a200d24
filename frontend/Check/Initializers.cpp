// init(Struct, key): every tensor field is drawn by the initializer beside it, from the key folded with the field's
// path.
#include "frontend/Check/Habits.h"
#include "frontend/Check/Train.h"
#include <algorithm>

namespace fluxion::check {

// FNV-1a over the path: stable for all time, since it decides what a seed draws.
int64_t hashOf(const std::string &path) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (char c : path) hash = (hash ^ uint8_t(c)) * 0x100000001b3u;
  return int64_t(hash);
}

// The initializer is a function of a key whose result type is matched with the field's: that binds T, ..S and the
// extents.
Datum Elaborator::draw(const ast::Expr &initializer, const TensorType &type, const std::string &path, Value key,
                       const SourceRange &where) {
  auto *call = as<ast::Call>(initializer);
  const ast::Expr &callee = call ? *call->callee : initializer;
  const std::string name = globalName(callee);
  auto *function = as<ast::FunctionDecl>(findGlobal(callee));
  if (!function || function->broken || !function->result || !function->hasParameters) {
    if ((!function || !function->broken) && !complainOfModules(name, initializer.range))
      error("E0201", initializer.range, "no initializer of this name is declared")
          .help(helpForInitializer(name, suggestName(name)));
    return {};
  }
  if (function->parameters.empty() || function->parameters[0].name.text != "key") {
    error("E0210", initializer.range, "`" + name + "` is no initializer: its first parameter is not `key`")
        .note(function->name.range, "declared here")
        .help("initializers are `zeros`, `ones`, `full`, `normal`, `uniform`, `he_normal`, `glorot_normal` and others");
    return {};
  }
  if (std::find(active.begin(), active.end(), function) != active.end()) {
    error("E0406", initializer.range, "`" + name + "` calls itself");
    return {};
  }
  Callable callable(Callable::Kind::Declared, name);
  callable.function = function;
  auto inner = scopeOf(callable);
  {
    During scoped(scope, inner);
    TypeContext context{"E0404", "the field `" + path + "`", initializer.range, function->result->range};
    std::string whole = type.print();
    if (!unifyElement(*function->result, type.element, context, whole) ||
        !unifyShape(*function->result, type.shape, context, whole))
      return {};
  }
  at(where, {});
  Value folded = foldKey(key, hashOf(path));
  std::vector<CallArgument> arguments = {{"", Datum::of(folded), initializer.range, nullptr}};
  std::vector<Datum> values;
  if (!folded || (call && !evaluateArguments(*call, arguments))) return {};
  active.push_back(function);
  bool ok = coerceDeclared(callable, std::move(arguments), initializer.range, values, inner);
  Datum drawn = ok ? applyBody(callable, std::move(values), inner, initializer.range) : Datum();
  active.pop_back();
  if (drawn && (!drawn.is(Datum::Kind::Tensor) || drawn.type() != type)) {
    error("E0404", initializer.range,
          "the initializer makes " + drawn.describe() + ", and the field `" + path + "` is " + type.print());
    return {};
  }
  return drawn;
}

Datum Elaborator::initializeStruct(const ast::StructDecl &decl, const std::string &path, Value key,
                                   const SourceRange &where) {
  Datum made = Datum::tuple({}, Datum::Kind::Struct);
  made.decl = &decl;
  active.push_back(&decl);
  for (const ast::FieldDecl &field : decl.fields) {
    made.parts.push_back(initialize(*field.type, field.initializer.get(), joinPath(path, field.name.text), key, where));
    if (!made.parts.back()) made.kind = Datum::Kind::Poison;
  }
  active.pop_back();
  return made;
}

Datum Elaborator::initialize(const ast::Type &type, const ast::Expr *initializer, const std::string &path, Value key,
                             const SourceRange &where) {
  if (!spend(type.range)) return {};
  if (type.kind == ast::TypeKind::Named) {
    if (auto *decl = structNamed(type.name.text, type.name.range)) {
      if (dimensionsOf(*decl); std::find(active.begin(), active.end(), decl) != active.end()) return {};
      auto inner = enterStruct(*decl, &type, false);
      if (!inner) return {};
      During scoped(scope, inner);
      return initializeStruct(*decl, path, key, where);
    }
    auto element = elementNamed(type.name.text, type.name.range);
    TensorType made{element.value_or(ElementType::F32), {}};
    bool ok = element.has_value();
    for (const ast::ShapeEntry &entry : type.shape) {
      auto dim =
          entry.dimension && resolveNames(*entry.dimension, false) ? evaluateDim(*entry.dimension) : std::nullopt;
      ok &= dim.has_value();
      if (dim) made.shape.push_back(*dim);
    }
    if (ok && !initializer)
      error("E0507", type.range, "the field `" + path + "` has no initializer")
          .help("for example `~ zeros`, `~ he_normal`");
    return ok && initializer ? draw(*initializer, made, path, key, where) : Datum();
  }
  if (type.kind == ast::TypeKind::Function) {
    error("E0507", type.range, "the field `" + path + "` is a function and cannot be drawn");
    return {};
  }
  bool list = type.kind == ast::TypeKind::List;
  auto count =
      list ? evaluateInteger(*type.count, "the length") : std::optional<int64_t>(int64_t(type.elements.size()));
  if (!count || *count < 0 || *count > 10000) return {};
  Datum made = Datum::tuple({}, list ? Datum::Kind::List : Datum::Kind::Tuple);
  for (int64_t i = 0; i < *count; ++i) {
    made.parts.push_back(
        initialize(*type.elements[list ? 0 : size_t(i)], initializer, joinPath(path, std::to_string(i)), key, where));
    if (!made.parts.back()) made.kind = Datum::Kind::Poison;
    if (list && !made) break; // the others are as wrong
  }
  return made;
}

// The scope in which `Linear[f64, 784, 256]` binds the struct's own names: element types first, then dimensions.
// `Linear[784, 256]` is of f32.
std::shared_ptr<Scope> Elaborator::enterArguments(const ast::StructDecl &decl, const ast::Index *written) {
  if (!written) return enterBare(decl);
  auto inner = nested(scope);
  inner->typeParameters = &decl.typeParameters;
  const std::vector<std::string> &names = dimensionsOf(decl);
  size_t elements = decl.typeParameters.size(), given = written->subscripts.size();
  const bool implied = given == names.size();
  if (!implied && given != names.size() + elements) {
    std::string list;
    for (const ast::TypeParameter &parameter : decl.typeParameters)
      list += (list.empty() ? "" : ", ") + parameter.name.text;
    for (const std::string &name : names) list += (list.empty() ? "" : ", ") + name;
    error("E0404", written->range,
          "`" + decl.name.text + "[" + list + "]` takes " + std::to_string(names.size() + elements) +
              " arguments, not " + std::to_string(given));
    return nullptr;
  }
  if (implied) bindImpliedElements(decl, *inner), elements = 0;
  for (size_t i = 0; i < given; ++i) {
    const ast::ExprPtr &entry = written->subscripts[i].element;
    if (i < elements) {
      auto *name = as<ast::Name>(entry);
      auto element = name ? elementNamed(name->name, name->range) : std::nullopt;
      if (!name)
        error("E0204", written->subscripts[i].range, "an element type is needed here").help("for example `f32`");
      if (!element) return nullptr;
      Binding &binding = inner->names[decl.typeParameters[i].name.text];
      binding.kind = Binding::Kind::Element;
      binding.element = *element;
      continue;
    }
    auto extents = entry ? evaluateShape(*entry) : std::nullopt;
    if (!entry || (extents && extents->size() != 1))
      error("E0315", written->subscripts[i].range, "one extent is needed here").help("for example `784`, or `N`");
    if (!extents || extents->size() != 1) return nullptr;
    inner->bindDimension(names[i - elements], extents->front(), written->subscripts[i].range);
  }
  return inner;
}

// `init(Q, key)` takes the dimensions of Q from around it; false, and one error, where some are not there.
bool Elaborator::tellsDimensions(const ast::StructDecl &decl, const ast::Expr &written) {
  std::string list, missing;
  for (const std::string &name : dimensionsOf(decl)) {
    list += (list.empty() ? "" : ", ") + name;
    if (!scope->find(name) && missing.empty()) missing = name;
  }
  if (missing.empty()) return true;
  error("E0203", written.range, "nothing tells the dimension `" + missing + "` of `" + decl.name.text + "` here")
      .note(decl.name.range, "declared here")
      .help("write `init(" + ast::print(written) + "[" + list + "], key)` with an extent for each");
  return false;
}

// init(Mlp, key), init(Linear[784, 256], key), init(Linear[f64, 784, 256], key)
Datum Elaborator::builtinInit(BuiltinCall &call) {
  const ast::Expr *written = call.slots[0].expr;
  auto *index = as<ast::Index>(written);
  const ast::Expr *base = index ? index->base.get() : written;
  std::string name = base ? globalName(*base) : "";
  auto *decl = name.empty() ? nullptr : structNamed(name, base->range);
  if (!decl) {
    const ast::Decl *other = base ? findGlobal(*base) : nullptr;
    std::vector<std::string> structs = visibleNames(ast::DeclKind::Struct);
    std::sort(structs.begin(), structs.end());
    if ((!other || !other->broken) && (other || !complainOfModules(name, call.slots[0].range)))
      error("E0204", call.slots[0].range,
            "`init` takes the name of a struct" + (name.empty() || other ? "" : ": `" + name + "` is not known"))
          .meant(base ? nearestName(name, structs) : std::nullopt, base ? base->range : call.slots[0].range);
    return {};
  }
  Datum key = value(call.slots[1]);
  if (!key) return {};
  at(call.range, {});
  key = key.is(Datum::Kind::Weak) ? literalLike(key, i64()) : tensor(call.slots[1], call);
  if (!key) return {};
  auto inner = enterArguments(*decl, index);
  if (!inner || (!index && !tellsDimensions(*decl, *written))) return {};
  During scoped(scope, inner);
  return initializeStruct(*decl, "", key.tensor, call.range);
}

} // namespace fluxion::check
