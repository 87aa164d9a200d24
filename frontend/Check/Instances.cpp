// Instances: functions of the module made for a transformation, one for each function and choice of types; and the
// structures their leaves come from and go back to.
#include "frontend/Check/Elaborator.h"

namespace fluxion::check {

//===--- Structures ----------------------------------------------------------------------------------------------===//

// `like` with its tensors replaced by `leaves` in order. floatsOnly: leaves of other types have no derivative; theirs
// is a constant zero.
Datum Elaborator::rebuild(const Datum &like, const std::vector<Value> &leaves, size_t &next, bool floatsOnly) {
  Datum made = like;
  if (like.is(Datum::Kind::Tensor)) {
    bool absent = floatsOnly && like.tensor.owner == builder && !isDifferentiable(like.tensor.type().element);
    if (absent) return Datum::of(builder->constant(Weak::rational(0), TensorType(like.tensor.type())));
    return next < leaves.size() ? Datum::of(leaves[next++]) : Datum();
  }
  for (Datum &part : made.parts) part = rebuild(part, leaves, next, floatsOnly);
  return made;
}

Datum Elaborator::selectionLike(const Callable &callable, const Selection &selection, const std::vector<Value> &leaves,
                                size_t &next) {
  std::vector<Datum> parts;
  for (const Datum &part : selection.parts) parts.push_back(rebuild(part, leaves, next, true));
  return callable.wrt.tuple ? Datum::tuple(std::move(parts)) : parts[0];
}

std::vector<Value> Elaborator::leavesOf(std::vector<Datum> &data, bool floatsOnly) {
  std::vector<Value> leaves;
  for (Datum &datum : data)
    forEachLeaf(datum, "", [&](const std::string &, Datum &leaf) {
      if (!floatsOnly || isDifferentiable(leaf.tensor.type().element)) leaves.push_back(leaf.tensor);
    });
  return leaves;
}

//===--- Instances -----------------------------------------------------------------------------------------------===//

// What tells instances apart: the function and the types of its leaves; "" where values enter that have no text.
static std::string identityOf(const Callable &callable, std::vector<Datum> &arguments) {
  std::string identity;
  for (const Callable *c = &callable; c; c = c->inner.get()) {
    if (c->kind == Callable::Kind::Lambda || c->kind == Callable::Kind::Native) return "";
    identity += std::to_string(int(c->kind)) + c->name + std::to_string(reinterpret_cast<uintptr_t>(c->function)) +
                (c->wrt.tuple ? "T" : "");
    for (const WrtItem &item : c->wrt.items) identity += "/" + item.path;
  }
  bool opaque = false;
  std::function<void(const Datum &)> visit = [&](const Datum &datum) {
    opaque |= datum.is(Datum::Kind::Function);
    identity += ";" + datum.describe() + (datum.decl ? std::to_string(reinterpret_cast<uintptr_t>(datum.decl)) : "");
    for (const Datum &part : datum.parts) visit(part);
  };
  for (const Datum &argument : arguments) visit(argument);
  return opaque ? "" : identity;
}

std::optional<Elaborator::Instance>
Elaborator::makeInstance(const Callable &callable, const std::vector<Datum> &arguments, const SourceRange &where) {
  std::vector<Datum> passed = arguments;
  std::string identity = identityOf(callable, passed);
  if (auto known = instances.find(identity); !identity.empty() && known != instances.end()) return known->second;
  auto made = makeInstance(callable.name, parameterNames(callable), passed, where, [&](std::vector<Datum> inner) {
    std::vector<CallArgument> call;
    for (Datum &argument : inner) call.push_back({"", std::move(argument), where, nullptr});
    return apply(callable, std::move(call), where);
  });
  if (made && !identity.empty()) instances.emplace(identity, *made);
  return made;
}

std::optional<Elaborator::Instance> Elaborator::makeInstance(const std::string &name,
                                                             const std::vector<std::string> &names,
                                                             const std::vector<Datum> &arguments,
                                                             const SourceRange &where,
                                                             const std::function<Datum(std::vector<Datum>)> &body,
                                                             const std::vector<TensorType> *types) {
  GraphBuilder made(module, name + "." + std::to_string(++instanceCount), sink);
  made.function().isPublic = false;
  made.function().where = {where, caller};
  for (const std::string &dimension : builder->function().dimensions) made.dimension(dimension);
  std::vector<Datum> mirrored = arguments;
  size_t next = 0;
  for (size_t i = 0; i < mirrored.size(); ++i)
    forEachLeaf(mirrored[i], i < names.size() ? names[i] : std::to_string(i),
                [&](const std::string &path, Datum &leaf) {
                  leaf = Datum::of(made.parameter(path, types ? (*types)[next++] : TensorType(leaf.tensor.type())));
                });
  Instance instance;
  {
    auto origins = dimensionOrigins;
    Building building(*this, made);
    dimensionOrigins = std::move(origins);
    instance.result = body(std::move(mirrored));
    if (!finishFunction(instance.result, where)) made.fail();
  }
  auto index = made.finish();
  instance.captured = made.captured();
  if (!index) {
    builder->fail();
    return std::nullopt;
  }
  instance.index = *index;
  // Numbers among the results became tensors; the structure remembers every leaf as one.
  std::function<void(Datum &)> settle = [&](Datum &datum) {
    if (datum.is(Datum::Kind::Weak) || datum.is(Datum::Kind::Bool) || datum.is(Datum::Kind::Tensor)) {
      datum = Datum();
      datum.kind = Datum::Kind::Tensor;
    }
    for (Datum &part : datum.parts) settle(part);
  };
  settle(instance.result);
  return instance;
}

std::vector<Value> Elaborator::operandsOf(const Instance &instance, std::vector<Datum> &arguments) {
  std::vector<Value> all = leavesOf(arguments), captured = capturedBy(instance);
  all.insert(all.end(), captured.begin(), captured.end());
  return all;
}

std::vector<Value> Elaborator::capturedBy(const Instance &instance) {
  std::vector<Value> captured;
  const std::vector<Parameter> &parameters = module.functions[instance.index].parameters;
  size_t declared = parameters.size() - instance.captured.size();
  for (size_t i = 0; i < instance.captured.size(); ++i)
    captured.push_back(adopt(instance.captured[i], parameters[declared + i].path));
  return captured;
}

} // namespace fluxion::check
