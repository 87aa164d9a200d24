// Functions of structs and tuples of tensors, leaf by leaf: tree_map, tree_sum, global_norm; and rank.
#include "frontend/Check/Train.h"
#include "frontend/Graph/Primitive.h"

namespace fluxion::check {

namespace {

bool isAggregate(const Datum &datum) {
  return datum.is(Datum::Kind::Struct) || datum.is(Datum::Kind::Tuple) || datum.is(Datum::Kind::List);
}

// The leaves of float type of several trees of one structure, side by side; false: their structures differ.
bool zipLeaves(const std::vector<Datum> &trees, std::vector<std::vector<Datum>> &rows) {
  const Datum &first = trees[0];
  for (const Datum &tree : trees)
    if (isAggregate(first) != isAggregate(tree) || tree.parts.size() != first.parts.size() ||
        tree.decl != first.decl)
      return false;
  if (!isAggregate(first)) {
    bool other = first.is(Datum::Kind::Tensor) && !isFloat(first.tensor.type().element);
    if (!other) rows.push_back(trees);
    return true;
  }
  for (size_t i = 0; i < first.parts.size(); ++i) {
    std::vector<Datum> parts;
    for (const Datum &tree : trees) parts.push_back(tree.parts[i]);
    if (!zipLeaves(parts, rows)) return false;
  }
  return true;
}

// `like` with its float leaves replaced; part < 0: by the results themselves, else by that part of each.
Datum unzip(const Datum &like, const std::vector<Datum> &results, int part, size_t &next) {
  Datum made = like;
  if (isAggregate(like)) {
    for (Datum &each : made.parts) each = unzip(each, results, part, next);
    return made;
  }
  if (like.is(Datum::Kind::Tensor) && !isFloat(like.tensor.type().element)) return made;
  const Datum &result = results[next++];
  return part < 0 ? result : result.parts[size_t(part)];
}

} // namespace

// The results of slots[0] on the leaves of the other arguments; false after an error.
bool Elaborator::mapLeaves(BuiltinCall &call, std::vector<Datum> &trees, std::vector<Datum> &results) {
  Datum function = value(call.slots[0]);
  bool ok = bool(function);
  for (size_t i = 1; i < call.slots.size(); ++i) {
    trees.push_back(value(call.slots[i]));
    ok &= bool(trees.back());
  }
  if (!ok) return false;
  if (!function.is(Datum::Kind::Function) || trees.empty()) {
    error(trees.empty() ? "E0403" : "E0405", call.slots[0].range,
          "`" + call.name + "` takes a function of leaves, then structs or tuples of one structure")
        .help("as in `" + call.name + "(fn(a, b) = a * b, p, q)`");
    return false;
  }
  std::vector<std::vector<Datum>> rows;
  if (!zipLeaves(trees, rows)) {
    std::string all;
    for (const Datum &tree : trees) all += (all.empty() ? "" : ", ") + tree.describe();
    error("E0508", call.range, "`" + call.name + "` takes trees of one structure, not " + all);
    return false;
  }
  for (std::vector<Datum> &row : rows) {
    std::vector<CallArgument> arguments;
    for (Datum &leaf : row) arguments.push_back({"", std::move(leaf), call.range, nullptr, {}});
    results.push_back(apply(*function.callable, std::move(arguments), call.range));
    if (!results.back()) return false;
  }
  return true;
}

// tree_map(f, a, …): a with f's results in place of its leaves; a tuple of such where f gives tuples.
Datum Elaborator::builtinTreeMap(BuiltinCall &call) {
  std::vector<Datum> trees, results;
  if (!mapLeaves(call, trees, results)) return {};
  size_t next = 0;
  if (results.empty()) return trees[0];
  if (!results[0].is(Datum::Kind::Tuple)) return unzip(trees[0], results, -1, next);
  std::vector<Datum> parts;
  for (const Datum &result : results)
    if (!result.is(Datum::Kind::Tuple) || result.parts.size() != results[0].parts.size()) {
      error("E0508", call.range, "the function gives tuples of different lengths");
      return {};
    }
  for (size_t i = 0; i < results[0].parts.size(); ++i, next = 0)
    parts.push_back(unzip(trees[0], results, int(i), next));
  return Datum::tuple(std::move(parts));
}

// tree_sum(f, a, …): the sum of f's scalars, in the type of the first.
Datum Elaborator::builtinTreeSum(BuiltinCall &call) {
  std::vector<Datum> trees, results;
  if (!mapLeaves(call, trees, results)) return {};
  Value total;
  at(call.range, {});
  for (const Datum &result : results) {
    if (!result.is(Datum::Kind::Tensor) || result.type().rank() != 0 || !isFloat(result.type().element)) {
      error("E0508", call.range, "`tree_sum` adds float scalars, and the function gives " + result.describe());
      return {};
    }
    total = !total ? result.tensor
                   : builder->apply(Primitive::add_, {total, builder->convert(result.tensor, total.type().element)});
  }
  if (!total) error("E0508", call.range, "there is no leaf of float type to sum over");
  return total ? Datum::of(total) : Datum();
}

Datum Elaborator::builtinGlobalNorm(BuiltinCall &call) {
  Datum tree = value(call.slots[0]);
  if (!tree) return {};
  std::vector<Value> leaves;
  for (Datum *leaf : trainedLeaves(tree)) leaves.push_back(leaf->tensor);
  if (leaves.empty()) {
    error("E0508", call.range, tree.describe() + " has no leaf of float type");
    return {};
  }
  at(call.range, {});
  return Datum::of(builder->convert(globalNorm(leaves), leaves[0].type().element));
}


} // namespace fluxion::check
