// Construction, description and traversal of elaboration-time values; scopes.
#include "frontend/Check/Datum.h"

namespace fluxion::check {

Datum Datum::of(Value tensor, std::vector<int> labels) {
  Datum d;
  if (!tensor) return d;
  d.kind = Kind::Tensor;
  d.tensor = tensor;
  d.labels = std::move(labels);
  return d;
}

Datum Datum::of(Weak weak) {
  Datum d;
  d.kind = Kind::Weak;
  d.weak = std::move(weak);
  return d;
}

Datum Datum::of(bool flag) {
  Datum d;
  d.kind = Kind::Bool;
  d.flag = flag;
  return d;
}

Datum Datum::of(std::shared_ptr<const Callable> callable) {
  Datum d;
  d.kind = Kind::Function;
  d.callable = std::move(callable);
  return d;
}

Datum Datum::tuple(std::vector<Datum> parts, Kind kind) {
  Datum d;
  d.kind = kind;
  d.parts = std::move(parts);
  return d;
}

TensorType Datum::type() const {
  if (kind != Kind::Tensor) return {};
  return labels.empty() ? tensor.type() : TensorType{tensor.type().element, {}};
}

std::string Datum::describe() const {
  switch (kind) {
  case Kind::Poison: return "nothing";
  case Kind::Tensor: return type().print();
  case Kind::Weak: return "the number " + weak->print();
  case Kind::Bool: return flag ? "true" : "false";
  case Kind::String: return "a string";
  case Kind::Tuple: return "a tuple of " + std::to_string(parts.size());
  case Kind::List: return "a list of " + std::to_string(parts.size());
  case Kind::Struct: return "a " + decl->name.text;
  case Kind::Function:
    return (callable->kind == Callable::Kind::Constructor ? "the struct `" : "the function `") + callable->name + "`";
  }
  return "";
}

std::string joinPath(const std::string &root, const std::string &part) {
  return root.empty() ? part : part.empty() ? root : root + "." + part;
}

std::string partName(const Datum &aggregate, size_t i) {
  return aggregate.kind == Datum::Kind::Struct ? aggregate.decl->fields[i].name.text : std::to_string(i);
}

void forEachLeaf(Datum &datum, const std::string &path,
                 const std::function<void(const std::string &, Datum &)> &visit) {
  if (datum.kind == Datum::Kind::Tensor) visit(path, datum);
  for (size_t i = 0; i < datum.parts.size(); ++i)
    forEachLeaf(datum.parts[i], joinPath(path, partName(datum, i)), visit);
}

Binding *Scope::find(const std::string &name) {
  for (Scope *scope = this; scope; scope = scope->parent.get())
    if (auto found = scope->names.find(name); found != scope->names.end()) return &found->second;
  return nullptr;
}

bool Scope::isTypeParameter(const std::string &name) const {
  for (const Scope *scope = this; scope; scope = scope->parent.get())
    if (scope->typeParameters)
      for (const ast::TypeParameter &parameter : *scope->typeParameters)
        if (parameter.name.text == name) return true;
  return false;
}

void Scope::bindDimension(const std::string &name, Dim dim, SourceRange where) {
  Binding &binding = names[name];
  binding.kind = Binding::Kind::Dimension;
  binding.dim = std::move(dim);
  binding.declared = std::move(where);
}

std::shared_ptr<Scope> nested(std::shared_ptr<Scope> parent) {
  auto scope = std::make_shared<Scope>();
  scope->library = parent && parent->library;
  scope->parent = std::move(parent);
  return scope;
}

} // namespace fluxion::check
