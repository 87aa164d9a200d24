// What is said where a value and a declared type do not meet: both types, what bound the names in them, a remedy.
#include "frontend/Check/Habits.h"
#include "frontend/Check/Suggest.h"
#include <algorithm>

namespace fluxion::check {

// The tensor type with what its names are bound to; names that nothing binds stand for themselves.
std::optional<TensorType> Elaborator::knownType(const ast::Type &type, bool &open) {
  if (type.kind != ast::TypeKind::Named) return std::nullopt;
  TensorType made;
  Binding *element = scope->find(type.name.text);
  if (auto named = elementTypeNamed(type.name.text))
    made.element = *named;
  else if (element && element->kind == Binding::Kind::Element)
    made.element = element->element;
  else
    return std::nullopt;
  During quiet(silent, true);
  for (const ast::ShapeEntry &entry : type.shape) {
    if (!entry.dimension) {
      Binding *rest = scope->find(entry.rest.text);
      if (!rest || rest->kind != Binding::Kind::Rest) return std::nullopt;
      made.shape.insert(made.shape.end(), rest->extents.begin(), rest->extents.end());
      continue;
    }
    bool unbound = !unboundNames(*entry.dimension).empty();
    auto dim = unbound ? Dim::named(ast::print(*entry.dimension)) : evaluateDim(*entry.dimension);
    if (!dim) return std::nullopt;
    open |= unbound;
    made.shape.push_back(*dim);
  }
  return made;
}

// What the names in a declared type stand for, and what gave it to them.
void Elaborator::tellBindings(Diagnostic &d, const ast::Type &type, const TypeContext &context) {
  std::vector<std::string> told;
  auto tell = [&](const std::string &name, const Binding &binding, const std::string &meaning) {
    bool itself = binding.declared.begin == context.value.begin && binding.declared.file == context.value.file;
    if (itself || !binding.declared.file || meaning == name || told.size() >= 4) return;
    if (std::find(told.begin(), told.end(), name) != told.end()) return;
    told.push_back(name);
    d.note(binding.declared, "`" + name + "` is " + meaning + " by this");
  };
  Binding *element = scope->find(type.name.text);
  bool elementDiffers =
      element && element->kind == Binding::Kind::Element && element->element != context.actual.element;
  if (elementDiffers) tell(type.name.text, *element, spelling(element->element));
  const std::vector<Dim> &actual = context.actual.shape;
  const size_t entries = type.shape.size();
  auto rest = std::find_if(type.shape.begin(), type.shape.end(), [](const auto &entry) { return !entry.dimension; });
  const size_t before = size_t(rest - type.shape.begin());
  for (size_t i = 0; i < entries; ++i) {
    const ast::ShapeEntry &entry = type.shape[i];
    auto *name = as<ast::Name>(entry.dimension);
    Binding *binding = entry.dimension ? name ? scope->find(name->name) : nullptr : scope->find(entry.rest.text);
    size_t axis = i <= before ? i : actual.size() + i - entries; // of the value; past its end where it has none
    bool agrees = binding && binding->kind == Binding::Kind::Dimension && context.declared && axis < actual.size() &&
                  (before < entries || actual.size() == entries) && actual[axis] == binding->dim;
    if (agrees) continue;
    size_t length = before < entries && actual.size() + 1 >= entries ? actual.size() + 1 - entries : 0;
    bool restAgrees = binding && binding->kind == Binding::Kind::Rest && before + length <= actual.size() &&
                      std::equal(binding->extents.begin(), binding->extents.end(), actual.begin() + long(before),
                                 actual.begin() + long(before + length));
    if (restAgrees) continue;
    if (binding && binding->kind == Binding::Kind::Dimension) // also where `..F` names the dimension F
      tell(name ? name->name : entry.rest.text, *binding, binding->dim.print());
    if (binding && binding->kind == Binding::Kind::Rest)
      tell(".." + entry.rest.text, *binding, printShape(binding->extents));
  }
}

// As far as the names in the type are bound, could a tensor of this shape be of it?
bool Elaborator::shapeMayFit(const ast::Type &type, const std::vector<Dim> &shape) {
  During quiet(silent, true);
  const size_t entries = type.shape.size();
  auto rest = std::find_if(type.shape.begin(), type.shape.end(), [](const auto &entry) { return !entry.dimension; });
  const size_t before = size_t(rest - type.shape.begin());
  if (before == entries ? shape.size() != entries : shape.size() + 1 < entries) return false;
  for (size_t i = 0; i < entries; ++i) {
    const ast::ShapeEntry &entry = type.shape[i];
    if (!entry.dimension) {
      Binding *binding = scope->find(entry.rest.text);
      bool bound = binding && binding->kind == Binding::Kind::Rest;
      if (bound && !std::equal(binding->extents.begin(), binding->extents.end(), shape.begin() + long(before),
                               shape.end() - long(entries - before - 1)))
        return false;
    } else if (unboundNames(*entry.dimension).empty()) {
      auto extent = evaluateDim(*entry.dimension);
      if (!extent || *extent != shape[i < before ? i : shape.size() + i - entries]) return false;
    }
  }
  return true;
}

Remedy Elaborator::remedyFor(const TypeContext &context, const TensorType &expected) {
  if (!context.expr && context.actual.shape != expected.shape) return {}; // nothing is written that could be mended
  bool conversion = context.declared && context.actual.shape == expected.shape && context.actual.element != expected.element;
  if (conversion && !shapeMayFit(*context.declared, context.actual.shape)) return {"its shape does not fit, either", {}, ""};
  Operand operand;
  operand.expr = context.expr;
  operand.range = context.value;
  return remedyForType(operand, context.actual, expected, context.number == "E0404");
}

// "a P, not P": of two structs of one name, where each is declared.
void Elaborator::tellNamesakes(Diagnostic &d, const ast::Type &type, const std::string &whole) {
  auto *decl = type.kind == ast::TypeKind::Named ? structNamed(type.name.text, type.name.range) : nullptr;
  if (!decl || whole != "a " + decl->name.text) return;
  d.help("these are two structs of one name: import one file that declares it");
  d.note(decl->name.range, "this `" + decl->name.text + "` is needed");
  for (const auto &unit : tree.units)
    if (auto found = unit->own.find(decl->name.text); found != unit->own.end() && found->second != decl)
      if (as<ast::StructDecl>(found->second)) d.note(found->second->name.range, "this is another");
}

bool Elaborator::mismatch(const ast::Type &type, const std::string &whole, TypeContext &context, std::string help) {
  bool open = false;
  auto expected = knownType(type, open);
  const std::string written = ast::print(type), wanted = expected ? expected->print() : written;
  Diagnostic &d = error(context.number.c_str(), context.value, context.what + " is " + whole + ", not " + wanted);
  if (context.type.file) d.note(context.type, "declared here");
  tellBindings(d, type, context);
  d.help(std::move(help));
  tellNamesakes(d, type, whole);
  auto *call = as<ast::Call>(context.expr);
  if (auto *callee = call ? as<ast::Name>(call->callee) : nullptr; callee && type.kind == ast::TypeKind::Function)
    d.help("name the function without calling it: `" + callee->name + "`").fix(call->range, callee->name);
  if (!context.declared || !expected) return false;
  const std::vector<Dim> &is = context.actual.shape, &must = expected->shape;
  for (size_t i = 0; is.size() == must.size() && i < is.size(); ++i)
    if (is[i] != must[i] && is.size() > 1 && d.label.empty())
      d.withLabel("axis " + std::to_string(i) + " is " + is[i].print() + ", not " + must[i].print());
  if (open && is.size() != must.size()) return false;
  if (open) expected->shape = is; // what is open fits
  if (Remedy remedy = remedyFor(context, *expected)) {
    d.help(std::move(remedy.help));
    d.fixes = std::move(remedy.fixes);
  }
  return false;
}

} // namespace fluxion::check
