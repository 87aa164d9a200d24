// Declarations: one graph function for each function of the program; those of imported files are checked and left out.
#include "frontend/Check/Elaborator.h"
#include "frontend/Check/Habits.h"
#include <algorithm>

namespace fluxion::check {

Elaborator::Elaborator(Module &module, DiagnosticSink &sink, const SourceTree &tree)
    : module(module), sink(sink), tree(tree), home(&tree.root()) {}

// Files that are imported come before those that import them, so an error is told where it stands and once.
void Elaborator::run() {
  for (const auto &unit : tree.units) {
    home = unit.get();
    for (const ast::DeclPtr &decl : unit->program.declarations) {
      auto known = unit->own.find(decl->name.text);
      if (decl->broken || sink.full() || known == unit->own.end() || known->second != decl.get()) continue;
      if (aborted) return;
      if (auto *function = as<ast::FunctionDecl>(decl.get())) {
        checkTypeParameters(function->typeParameters);
        if (!emitFunction(*function)) saidOf(*decl);
      } else if (auto *structure = as<ast::StructDecl>(decl.get())) {
        checkTypeParameters(structure->typeParameters);
        checkStruct(*structure);
      } else if (auto *train = as<ast::TrainDecl>(decl.get()); train && home == &tree.root()) elaborateTrain(*train);
    }
  }
  for (const auto &unit : tree.units) {
    home = unit.get();
    for (const ast::DeclPtr &decl : unit->program.declarations) {
      auto *optimizer = as<ast::OptimizerDecl>(decl.get());
      auto known = unit->own.find(decl->name.text);
      bool checked = optimizer && !decl->broken && known != unit->own.end() && known->second == decl.get();
      if (checked && !aborted && !sink.full()) checkOptimizer(*optimizer);
    }
  }
  warnUnusedImports();
}

// What was refused was refused for a reason; if none was given, that is our error.
void Elaborator::saidOf(const ast::Decl &decl) {
  if (!sink.hasErrors()) error("E0000", decl.name.range, "`" + decl.name.text + "` was refused, and nothing was said of it");
}

void Elaborator::checkTypeParameters(const std::vector<ast::TypeParameter> &parameters) {
  for (const ast::TypeParameter &parameter : parameters)
    if (elementTypeNamed(parameter.name.text))
      error("E0202", parameter.name.range, "`" + parameter.name.text + "` is a type already")
          .help("a type parameter has a name of its own, as in `T: float`");
}

// Field types are checked once, with their dimensions as names.
void Elaborator::checkStruct(const ast::StructDecl &decl) {
  dimensionsOf(decl);
  GraphBuilder scratchBuilder(module, decl.name.text, sink); // not kept, nor what initializers call
  size_t functionsBefore = module.functions.size();
  Building building(*this, scratchBuilder);
  During scoped(scope, std::make_shared<Scope>());
  for (const ast::TypeParameter &parameter : decl.typeParameters) {
    Binding &binding = scope->names[parameter.name.text];
    binding.kind = Binding::Kind::Element;
    binding.element = parameter.bound.text == "int" ? ElementType::I32 : ElementType::F32;
  }
  std::set<std::string> names;
  std::vector<const ast::FieldDecl *> drawn;
  for (const ast::FieldDecl &field : decl.fields) {
    if (!names.insert(field.name.text).second) {
      Diagnostic &d = error("E0202", field.name.range, "the field `" + field.name.text + "` is declared twice");
      for (const ast::FieldDecl &other : decl.fields)
        if (other.name.text == field.name.text && &other < &field) d.note(other.name.range, "first declared here");
      continue;
    }
    Datum made = makeParameter(*field.type, field.name.text);
    if (!made) saidOf(decl);
    const ast::Expr *initializer = field.initializer.get();
    if (auto *call = as<ast::Call>(initializer)) initializer = call->callee.get();
    std::string name = initializer ? globalName(*initializer) : "";
    if (initializer && !as<ast::FunctionDecl>(findGlobal(*initializer)) &&
        !complainOfModules(name, initializer->range)) {
      auto nearest = nearestInSight(name);
      auto *near = nearest ? as<ast::FunctionDecl>(findGlobal(*nearest, initializer->range)) : nullptr;
      bool draws = near && !near->parameters.empty() && near->parameters[0].name.text == "key";
      error("E0201", initializer->range, "no initializer of this name is declared")
          .help(helpForInitializer(name, ""))
          .meant(draws ? nearest : std::nullopt, initializer->range);
    } else if (made && initializer) {
      drawn.push_back(&field);
    }
  }
  // Drawn once, from any key: what an initializer refuses is told here, not where a model is made of the struct.
  Value key = drawn.empty() ? Value() : builder->constant(Weak::rational(0), i64());
  for (const ast::FieldDecl *field : drawn)
    initialize(*field->type, field->initializer.get(), field->name.text, key, field->name.range);
  dropFunctions(functionsBefore);
}

// Forgets the functions of the module from the n-th on, and that they were made.
void Elaborator::dropFunctions(size_t n) {
  module.functions.resize(n);
  std::erase_if(instances, [&](const auto &entry) { return entry.second.index >= n; });
}

bool Elaborator::isGeneric(const Callable &callable) {
  if (callable.inner) return isGeneric(*callable.inner);
  if (!callable.function && !callable.lambda) return true;
  if (callable.function && !callable.function->typeParameters.empty()) return true;
  auto restIn = [](const ast::TypePtr &type) {
    return type &&
           std::any_of(type->shape.begin(), type->shape.end(), [](const auto &entry) { return !entry.dimension; });
  };
  bool found = restIn(callable.function ? callable.function->result : callable.lambda->result);
  for (const ast::Parameter &parameter : parametersOf(callable)) found |= restIn(parameter.type);
  return found;
}

static bool takesFunctions(const Callable &callable) {
  if (callable.inner) return takesFunctions(*callable.inner);
  if (!callable.function && !callable.lambda) return false;
  for (const ast::Parameter &parameter : callable.function ? callable.function->parameters : callable.lambda->parameters)
    if (parameter.type && parameter.type->kind == ast::TypeKind::Function) return true;
  return false;
}

// Generic functions are checked at one instance: T = f32 (or i32) unless types are chosen, ..S one axis named S.
void Elaborator::bindForChecking(const ast::FunctionDecl &decl, Scope &target) {
  for (size_t i = 0; i < decl.typeParameters.size(); ++i) {
    const ast::TypeParameter &parameter = decl.typeParameters[i];
    Binding &binding = target.names[parameter.name.text];
    binding.kind = Binding::Kind::Element;
    binding.element = i < chosenTypes.size()            ? chosenTypes[i]
                      : parameter.bound.text == "int" ? ElementType::I32
                                                      : ElementType::F32;
    binding.declared = parameter.name.range;
    binding.used = true;
  }
}

// The default of a scalar parameter, for calls from outside. It is evaluated where those of calls are, with nothing of the
// function in sight, and leaves nothing in its graph.
void Elaborator::keepDefault(const ast::FunctionDecl &decl, const ast::Parameter &parameter, Parameter &made) {
  Module aside;
  GraphBuilder scratch(aside, made.path, sink);
  Building building(*this, scratch);
  auto outside = std::make_shared<Scope>();
  outside->library = isLibrary(decl);
  During scoped(scope, outside);
  Datum value = evaluate(*parameter.defaultValue);
  at(parameter.defaultValue->range, {});
  if (value.is(Datum::Kind::Bool) && made.type.element == ElementType::Bool) {
    made.defaultValue = Weak::rational(value.flag);
  } else if (value.is(Datum::Kind::Weak) && made.type.element != ElementType::Bool) {
    if (scratch.constant(*value.weak, made.type)) made.defaultValue = *value.weak; // it is a value of the type
  } else if (value.is(Datum::Kind::Tensor) && value.tensor.type() == made.type) {
    const Node &node = scratch.function().nodes[value.tensor.id.node]; // `f64(0.5)`
    if (node.op == Primitive::constant_) made.defaultValue = std::get<Weak>(node.attributes.front().second);
  }
}

// `dynamic N`: the extent is another from call to call. Told to whoever reads the graph.
bool Elaborator::noteDynamic(const ast::Type &type) {
  bool ok = true;
  for (const ast::ShapeEntry &entry : type.shape) {
    auto *name = entry.isDynamic ? as<ast::Name>(entry.dimension) : nullptr;
    Binding *binding = name ? scope->find(name->name) : nullptr;
    if (!name) continue;
    if (binding && binding->kind == Binding::Kind::Dimension) {
      std::vector<std::string> &known = builder->function().dynamic;
      if (!builder->function().isDynamic(name->name)) known.push_back(name->name);
      continue;
    }
    error("E0115", name->range, "`" + name->name + "` is no dimension that a caller gives, so it cannot be dynamic");
    ok = false;
  }
  for (const ast::TypePtr &element : type.elements) ok &= noteDynamic(*element);
  return ok;
}

bool Elaborator::createDeclared(const ast::FunctionDecl &decl, std::vector<Datum> &arguments) {
  auto inner = std::make_shared<Scope>();
  inner->library = isLibrary(decl);
  inner->typeParameters = &decl.typeParameters;
  bindForChecking(decl, *inner);
  During scoped(scope, inner);
  std::set<std::string> names;
  bool ok = true;
  for (const ast::Parameter &parameter : decl.parameters) {
    if (!names.insert(parameter.name.text).second) {
      Diagnostic &d =
          error("E0202", parameter.name.range, "the parameter `" + parameter.name.text + "` is declared twice");
      for (const ast::Parameter &other : decl.parameters)
        if (other.name.text == parameter.name.text && &other < &parameter)
          d.note(other.name.range, "first declared here");
      ok = false;
      continue;
    }
    Datum made = parameter.type ? makeParameter(*parameter.type, parameter.name.text) : Datum();
    if (!parameter.type) error("E0403", parameter.range, "the parameter `" + parameter.name.text + "` has no type");
    ok &= bool(made);
    if (parameter.defaultValue && made.is(Datum::Kind::Tensor) && made.type().rank() == 0)
      keepDefault(decl, parameter, builder->function().parameters.back());
    if (parameter.type && made) ok &= noteDynamic(*parameter.type);
    arguments.push_back(std::move(made));
  }
  return ok;
}

// fn g = grad(fn(x: f32[N]) = …)
bool Elaborator::createUnnamed(const ast::Lambda &lambda, std::shared_ptr<Scope> around, std::vector<Datum> &arguments) {
  During scoped(scope, nested(std::move(around)));
  bool ok = true;
  for (const ast::Parameter &parameter : lambda.parameters) {
    Datum made = parameter.type ? makeParameter(*parameter.type, parameter.name.text) : Datum();
    if (!parameter.type)
      error("E0407", parameter.range, "the type of `" + parameter.name.text + "` is not known: nothing calls this function here")
          .help("declare the parameter with its type, as in `fn(" + parameter.name.text + ": f32[N]) = …`");
    ok &= made && noteDynamic(*parameter.type);
    arguments.push_back(std::move(made));
  }
  return ok;
}

// The parameters of a public function: those declared, and the directions that transformations add.
bool Elaborator::createParameters(const Callable &callable, std::vector<Datum> &arguments) {
  if (callable.inner) return createParameters(*callable.inner, arguments) && createDirection(callable, arguments);
  if (callable.function) return createDeclared(*callable.function, arguments);
  if (callable.lambda) return createUnnamed(*callable.lambda, callable.environment.lock(), arguments);
  error("E0407", builder->function().where.range, "the types of the parameters of `" + callable.name + "` are not known")
      .help("declare it with types: `fn " + callable.name + "(x: f32[N]) = …`");
  return false;
}

// Result leaves get their paths: "" alone, "0", "1.W1" in tuples and structs.
bool Elaborator::finishFunction(Datum result, SourceRange where) {
  if (!result) return false;
  std::function<bool(Datum &, const std::string &)> emit = [&](Datum &datum, const std::string &path) {
    if (datum.is(Datum::Kind::Tuple) || datum.is(Datum::Kind::Struct) || datum.is(Datum::Kind::List)) {
      bool ok = true;
      for (size_t i = 0; i < datum.parts.size(); ++i) ok &= emit(datum.parts[i], joinPath(path, partName(datum, i)));
      return ok;
    }
    Datum leaf = asTensor(datum, where);
    if (!leaf) return false;
    builder->result(leaf.tensor, path);
    return true;
  };
  return emit(result, "");
}

// False where it was refused. (Generic functions, and those that take functions, are checked and not kept.)
bool Elaborator::emitFunction(const ast::FunctionDecl &decl) {
  std::string types;
  for (ElementType type : chosenTypes) types += (types.empty() ? "[" : ",") + std::string(spelling(type));
  GraphBuilder made(module, decl.name.text + (types.empty() ? "" : types + "]"), sink);
  size_t errorsBefore = sink.errorCount(), functionsBefore = module.functions.size();
  Building building(*this, made);
  During scoped(scope, std::make_shared<Scope>());
  During inlined(caller, std::shared_ptr<const Location>());
  made.function().where = {decl.name.range, nullptr};
  Callable declared(Callable::Kind::Declared, decl.name.text);
  declared.function = &decl;
  std::shared_ptr<const Callable> callable = std::make_shared<Callable>(declared);
  if (!decl.hasParameters) { // fn step = value_and_grad(loss)
    active.push_back(&decl);
    Datum value = evaluate(*decl.body);
    active.pop_back();
    if (value && !value.is(Datum::Kind::Function))
      error("E0405", decl.body->range, "`" + decl.name.text + "` would be " + value.describe() + ", not a function")
          .help("a value is declared with `const`, a function with parameters: `fn " + decl.name.text + "(…) = …`");
    if (!value.is(Datum::Kind::Function)) return false;
    callable = value.callable;
  }
  if (takesFunctions(*callable)) return true; // checked where it is called
  if (instantiating && !acceptsChosen(*callable, decl)) return false;
  std::vector<Datum> arguments;
  if (!createParameters(*callable, arguments)) return false;
  std::vector<CallArgument> passed;
  for (Datum &argument : arguments) passed.push_back({"", argument, decl.name.range, nullptr});
  bool ok = finishFunction(apply(*callable, std::move(passed), decl.name.range), decl.body->range);
  if ((isGeneric(*callable) && !instantiating) || home != &tree.root()) {
    if (module.functions.size() != functionsBefore) dropFunctions(functionsBefore);
    return ok;
  }
  return ok && sink.errorCount() == errorsBefore && made.finish();
}

static bool withinBound(const std::string &bound, ElementType element) {
  if (bound == "float") return isFloat(element);
  if (bound == "int") return isInteger(element);
  return bound != "number" || isFloat(element) || isInteger(element);
}

// As many type arguments as the function has parameters for, each within its bound.
bool Elaborator::acceptsChosen(const Callable &callable, const ast::FunctionDecl &decl) {
  const Callable *base = &callable;
  while (base->inner) base = base->inner.get();
  size_t count = base->function ? base->function->typeParameters.size() : 0;
  bool ok = count == chosenTypes.size();
  for (size_t i = 0; ok && i < count; ++i) ok = withinBound(base->function->typeParameters[i].bound.text, chosenTypes[i]);
  if (ok) return true;
  std::string parameters;
  for (size_t i = 0; i < count; ++i) {
    const ast::TypeParameter &parameter = base->function->typeParameters[i];
    parameters += (i ? ", " : "") + parameter.name.text + (parameter.bound ? ": " + parameter.bound.text : "");
  }
  error("E0431", decl.name.range,
        "`" + decl.name.text + "` " + (count ? "takes the type arguments [" + parameters + "]" : "takes no type arguments"));
  return false;
}

std::optional<uint32_t> Elaborator::instantiateAt(const std::string &name, std::vector<ElementType> types) {
  size_t before = module.functions.size();
  const ast::FunctionDecl *found = nullptr;
  for (const ast::DeclPtr &decl : tree.root().program.declarations)
    if (auto *function = as<ast::FunctionDecl>(decl.get()); function && function->name.text == name) found = function;
  if (!found || found->broken) {
    error("E0201", {}, "no function `" + name + "` is declared").help(suggestName(name));
    return std::nullopt;
  }
  During chosen(chosenTypes, std::move(types));
  During kept(instantiating, true);
  During scoped(home, &tree.root());
  emitFunction(*found);
  if (module.functions.size() == before) return std::nullopt;
  return uint32_t(module.functions.size() - 1);
}

std::optional<uint32_t> Elaborator::instantiate(const std::string &name, const std::vector<TensorType> &leaves) {
  auto *decl = as<ast::FunctionDecl>(findGlobal(name, SourceRange()));
  if (!decl || decl->broken || !decl->hasParameters) {
    error("E0201", {}, "no function `" + name + "` is declared").help(suggestName(name));
    return std::nullopt;
  }
  if (leaves.size() > decl->parameters.size()) {
    error("E0401", decl->name.range, "`" + name + "` takes " + std::to_string(decl->parameters.size()) + " arguments");
    return std::nullopt;
  }
  GraphBuilder made(module, name, sink);
  Building building(*this, made);
  During scoped(scope, std::make_shared<Scope>());
  made.function().where = {decl->name.range, nullptr};
  std::vector<CallArgument> passed;
  for (size_t i = 0; i < leaves.size(); ++i) {
    Value leaf = made.parameter(decl->parameters[i].name.text, leaves[i]);
    passed.push_back({"", Datum::of(leaf), decl->parameters[i].range, nullptr});
  }
  Callable callable(Callable::Kind::Declared, name);
  callable.function = decl;
  if (!finishFunction(apply(callable, std::move(passed), decl->name.range), decl->body->range)) return std::nullopt;
  return made.finish();
}

} // namespace fluxion::check
