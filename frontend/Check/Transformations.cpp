// grad, value_and_grad, vjp, jvp, hvp. The function transformed becomes an instance of its own in the module, of the
// types of the arguments at hand; the transformation is one vjp or jvp node that names it. Transformations of
// transformations make instances of instances.
#include "frontend/Check/Elaborator.h"
#include <algorithm>

namespace fluxion::check {

//===--- wrt -----------------------------------------------------------------------------------------------------===//

bool Elaborator::readWrtItem(const ast::Expr &expr, Wrt &wrt) {
  std::string path;
  const ast::Expr *at = &expr;
  for (; as<ast::Field>(at); at = as<ast::Field>(at)->base.get()) path = joinPath(as<ast::Field>(at)->field.text, path);
  auto *name = as<ast::Name>(at);
  if (!name) {
    Diagnostic &d = error("E0402", expr.range, "`wrt` names a parameter, or a field of one")
                        .help("for example `wrt = w`, `wrt = (w, p.b)`");
    if (auto *text = as<ast::String>(expr); text && !text->value.empty())
      d.help("names stand without quotes: `" + text->value + "`").fix(expr.range, text->value);
    return false;
  }
  wrt.items.push_back({joinPath(name->name, path), expr.range});
  return true;
}

bool Elaborator::readWrt(const ast::Expr &expr, Wrt &wrt) {
  wrt.range = expr.range;
  auto *tuple = as<ast::Tuple>(expr);
  if (!tuple) return readWrtItem(expr, wrt);
  wrt.tuple = true;
  bool ok = true;
  for (const ast::ExprPtr &element : tuple->elements) ok &= readWrtItem(*element, wrt);
  if (ok && wrt.items.empty()) error("E0409", expr.range, "`wrt` is empty");
  return ok && !wrt.items.empty();
}

Datum Elaborator::builtinTransform(BuiltinCall &call) {
  Datum inner = value(call.slots[0]);
  if (!inner) return {};
  if (!inner.is(Datum::Kind::Function)) {
    Diagnostic &d =
        error("E0405", call.slots[0].range, "`" + call.name + "` takes a function, not " + inner.describe());
    auto *called = as<ast::Call>(call.slots[0].expr);
    if (called && as<ast::Name>(called->callee))
      d.help("name the function, then call its derivative: `" + call.name + "(" + as<ast::Name>(called->callee)->name +
             ")(…)`");
    return {};
  }
  auto kind = call.name == "grad"  ? Callable::Kind::Grad
              : call.name == "vjp" ? Callable::Kind::Vjp
              : call.name == "jvp" ? Callable::Kind::Jvp
              : call.name == "hvp" ? Callable::Kind::Hvp
                                   : Callable::Kind::ValueAndGrad;
  auto made = std::make_shared<Callable>(Callable(kind, inner.callable->name + "." + call.name));
  made->inner = inner.callable;
  made->wrt.range = call.range;
  if (call.slots[1] && !call.slots[1].expr) return {};
  if (call.slots[1] && !readWrt(*call.slots[1].expr, made->wrt)) return {};
  return Datum::of(std::shared_ptr<const Callable>(std::move(made)));
}

// The leaves that `wrt` selects among the arguments. Only float leaves are differentiated.
std::optional<Elaborator::Selection> Elaborator::select(const Callable &callable, std::vector<Datum> &arguments,
                                                        const SourceRange &where) {
  std::vector<std::string> names = parameterNames(*callable.inner);
  std::vector<std::pair<std::string, ElementType>> leaves;
  for (size_t i = 0; i < arguments.size(); ++i)
    forEachLeaf(arguments[i], i < names.size() ? names[i] : std::to_string(i),
                [&](const std::string &path, Datum &leaf) { leaves.emplace_back(path, leaf.tensor.type().element); });
  std::vector<WrtItem> items = callable.wrt.items;
  if (items.empty())
    items.push_back({names.empty() ? "0" : names[0], callable.wrt.range.file ? callable.wrt.range : where});
  Selection selection;
  for (const WrtItem &item : items) {
    std::string head = item.path.substr(0, item.path.find('.'));
    auto position = std::find(names.begin(), names.end(), head);
    if (position == names.end() && !(names.empty() && head == "0")) {
      auto nearest = nearestName(head, names);
      error("E0402", item.range, "`" + callable.inner->name + "` has no parameter `" + head + "`")
          .meant(nearest, {item.range.file, item.range.begin, item.range.begin + uint32_t(head.size())});
      return std::nullopt;
    }
    if (size_t(position - names.begin()) >= arguments.size()) {
      error("E0409", item.range, "`" + callable.inner->name + "` has no parameters: there is nothing to differentiate");
      return std::nullopt;
    }
    const Datum *part = &arguments[size_t(position - names.begin())];
    for (size_t dot = item.path.find('.'); dot != std::string::npos;) {
      size_t next = item.path.find('.', dot + 1);
      std::string field = item.path.substr(dot + 1, next == std::string::npos ? next : next - dot - 1);
      const Datum *found = nullptr;
      for (size_t i = 0; i < part->parts.size(); ++i)
        if (partName(*part, i) == field) found = &part->parts[i];
      if (!found) {
        std::vector<std::string> fields;
        for (size_t i = 0; i < part->parts.size(); ++i) fields.push_back(partName(*part, i));
        SourceRange name{item.range.file, item.range.end - uint32_t(std::min<size_t>(field.size(), item.range.end)),
                         item.range.end};
        bool last = next == std::string::npos;
        error("E0205", last ? name : item.range, (part->is(Datum::Kind::Struct) ? "`" + part->decl->name.text + "`" : part->describe()) +
                                                   " has no field `" + field + "`")
            .meant(last ? nearestName(field, fields) : std::nullopt, name);
        return std::nullopt;
      }
      part = found;
      dot = next;
    }
    size_t before = selection.leaves.size();
    for (size_t i = 0; i < leaves.size(); ++i) {
      bool inside =
          leaves[i].first == item.path || leaves[i].first.compare(0, item.path.size() + 1, item.path + ".") == 0;
      if (!inside || !isDifferentiable(leaves[i].second)) continue;
      if (std::find(selection.leaves.begin(), selection.leaves.end(), int64_t(i)) != selection.leaves.end()) {
        error("E0409", item.range, "`" + leaves[i].first + "` is differentiated twice");
        return std::nullopt;
      }
      selection.leaves.push_back(int64_t(i));
    }
    if (selection.leaves.size() == before) {
      std::string floats;
      for (size_t i = 0, named = 0; i < leaves.size() && named < 6; ++i)
        if (isDifferentiable(leaves[i].second)) floats += (named++ ? ", `" : "`") + leaves[i].first + "`";
      error("E0409", item.range,
            "`" + item.path + "` is " + part->describe() + ": there is nothing of float type to differentiate")
          .help(floats.empty() ? "" : "of float type are " + floats);
      return std::nullopt;
    }
    selection.parts.push_back(*part);
  }
  return selection;
}

//===--- Directions ----------------------------------------------------------------------------------------------===//

// The parameter a transformation adds: tangents `v` of jvp and hvp, cotangents `u` of vjp; renamed on collision.
std::string Elaborator::directionName(const Callable &callable) {
  std::string wish = callable.kind == Callable::Kind::Jvp || callable.kind == Callable::Kind::Hvp ? "v"
                     : callable.kind == Callable::Kind::Vjp                                       ? "u"
                                                                                                  : "";
  if (wish.empty()) return wish;
  std::vector<std::string> taken = parameterNames(*callable.inner);
  std::string name = wish;
  for (int i = 1; std::find(taken.begin(), taken.end(), name) != taken.end(); ++i) name = wish + std::to_string(i);
  return name;
}

// The results of the function, as tensors of their types in the function under construction: none is made.
std::optional<Datum> Elaborator::resultLike(const Callable &callable, const std::vector<Datum> &arguments,
                                            const SourceRange &where) {
  auto instance = makeInstance(callable, arguments, where);
  return instance ? std::optional(instance->result) : std::nullopt;
}

bool Elaborator::createDirection(const Callable &callable, std::vector<Datum> &arguments) {
  std::string name = directionName(callable);
  if (name.empty()) return true;
  SourceRange where = callable.wrt.range;
  std::vector<TensorType> types;
  Datum like;
  if (callable.kind == Callable::Kind::Vjp) {
    auto instance = makeInstance(*callable.inner, arguments, where);
    if (!instance) return false;
    const Function &function = module.functions[instance->index];
    for (const Result &result : function.results) types.push_back(function.typeOf(result.value));
    like = instance->result;
  } else {
    auto selection = select(callable, arguments, where);
    if (!selection) return false;
    like = callable.wrt.tuple ? Datum::tuple(selection->parts) : selection->parts[0];
    for (Value leaf : [&] { std::vector<Datum> all = {like}; return leavesOf(all); }()) types.push_back(leaf.type());
  }
  at(where, {});
  size_t next = 0;
  bool ok = true;
  forEachLeaf(like, name, [&](const std::string &path, Datum &leaf) {
    const TensorType &type = types[next++];
    leaf = isDifferentiable(type.element) ? Datum::of(builder->parameter(path, type)) : Datum::of(Weak::rational(0));
    ok &= bool(leaf);
  });
  arguments.push_back(std::move(like));
  return ok;
}

bool Elaborator::coerce(const Callable &callable, std::vector<CallArgument> arguments, const SourceRange &where,
                        std::vector<Datum> &values) {
  if (callable.kind == Callable::Kind::Declared || callable.kind == Callable::Kind::Lambda)
    return coerceDeclared(callable, std::move(arguments), where, values, scopeOf(callable));
  if (!callable.inner) {
    for (CallArgument &argument : arguments) {
      bool literal = argument.value.is(Datum::Kind::Weak);
      values.push_back(literal ? asTensor(argument.value, argument.range) : argument.value);
      if (!values.back()) return false;
    }
    return true;
  }
  std::string direction = directionName(callable);
  size_t position = parameterNames(*callable.inner).size();
  std::optional<CallArgument> given;
  for (size_t i = 0; !direction.empty() && i < arguments.size(); ++i)
    if (arguments[i].name == direction || (arguments[i].name.empty() && i == position)) {
      given = arguments[i];
      arguments.erase(arguments.begin() + long(i));
      break;
    }
  if (!direction.empty() && !given) {
    error("E0403", where, "`" + callable.name + "` needs the direction `" + direction + "`");
    return false;
  }
  if (!coerce(*callable.inner, std::move(arguments), where, values)) return false;
  if (given) values.push_back(given->value);
  return true;
}

//===--- Application ---------------------------------------------------------------------------------------------===//

Datum Elaborator::applyTransform(const Callable &callable, std::vector<CallArgument> arguments,
                                 const SourceRange &where) {
  std::vector<Datum> values;
  if (!coerce(callable, std::move(arguments), where, values)) return {};
  for (Datum &argument : values) {
    bool labelled = false;
    forEachLeaf(argument, "", [&](const std::string &, Datum &leaf) { labelled |= !leaf.labels.empty(); });
    if (!labelled) continue;
    error("E0307", where, "`" + callable.name + "` takes whole tensors, not elements in index notation");
    return {};
  }
  if (callable.kind == Callable::Kind::Vjp) return applyVjp(callable, values, where);
  if (callable.kind == Callable::Kind::Jvp || callable.kind == Callable::Kind::Hvp)
    return applyJvp(callable, values, where);
  return applyGradient(callable, values, where);
}

Datum Elaborator::applyGradient(const Callable &callable, std::vector<Datum> &values, const SourceRange &where) {
  auto selection = select(callable, values, where);
  auto instance = selection ? makeInstance(*callable.inner, values, where) : std::nullopt;
  if (!instance) return {};
  const Function &function = module.functions[instance->index];
  TensorType type =
      function.results.empty() ? TensorType{ElementType::Bool, {}} : function.typeOf(function.results[0].value);
  if (function.results.size() != 1 || !instance->result.is(Datum::Kind::Tensor) || type.rank() != 0 ||
      !isFloat(type.element)) {
    bool single = instance->result.is(Datum::Kind::Tensor);
    Diagnostic &d =
        error("E0410", callable.wrt.range.file ? callable.wrt.range : where,
              "the result of `" + callable.inner->name + "` is " +
                  (single ? type.print() : instance->result.describe()) + ": a gradient is of one float scalar");
    if (callable.inner->function) d.note(callable.inner->function->name.range, "declared here");
    d.help(single && isFloat(type.element) ? "reduce it: `sum(…)` or `mean(…)`" : "");
    return {};
  }
  at(where, {});
  Value one = builder->constant(Weak::rational(1), type);
  std::vector<Value> outputs = builder->vjp(instance->index, selection->leaves, operandsOf(*instance, values), {one});
  if (outputs.empty()) return {};
  size_t next = 1;
  Datum gradient = selectionLike(callable, *selection, outputs, next);
  if (callable.kind == Callable::Kind::Grad) return gradient;
  return Datum::tuple({Datum::of(outputs[0]), std::move(gradient)});
}

Datum Elaborator::applyVjp(const Callable &callable, std::vector<Datum> &values, const SourceRange &where) {
  std::vector<Datum> cotangent = {values.back()};
  values.pop_back();
  auto selection = select(callable, values, where);
  auto instance = selection ? makeInstance(*callable.inner, values, where) : std::nullopt;
  if (!instance) return {};
  at(where, {});
  std::vector<Value> outputs =
      builder->vjp(instance->index, selection->leaves, operandsOf(*instance, values), leavesOf(cotangent, true));
  if (outputs.empty()) return {};
  size_t next = 0;
  Datum result = rebuild(instance->result, outputs, next, false);
  return Datum::tuple({std::move(result), selectionLike(callable, *selection, outputs, next)});
}

// jvp(f): value and tangent. hvp(f) = jvp of f's gradient: gradient and H·v.
Datum Elaborator::applyJvp(const Callable &callable, std::vector<Datum> &values, const SourceRange &where) {
  std::vector<Datum> tangent = {values.back()};
  values.pop_back();
  auto selection = select(callable, values, where);
  if (!selection) return {};
  Callable target = *callable.inner;
  if (callable.kind == Callable::Kind::Hvp) {
    target = Callable(Callable::Kind::Grad, callable.inner->name + ".grad");
    target.inner = callable.inner;
    target.wrt = callable.wrt;
  }
  auto instance = makeInstance(target, values, where);
  if (!instance) return {};
  at(where, {});
  if (tangent[0].is(Datum::Kind::Weak) && selection->parts[0].is(Datum::Kind::Tensor))
    tangent[0] = literalLike(tangent[0], selection->parts[0].type());
  std::vector<Value> outputs =
      builder->jvp(instance->index, selection->leaves, operandsOf(*instance, values), leavesOf(tangent, true));
  if (outputs.empty()) return {};
  size_t next = 0;
  Datum result = rebuild(instance->result, outputs, next, false), typed = result;
  return Datum::tuple({std::move(result), rebuild(typed, outputs, next, true)});
}

} // namespace fluxion::check
