// Reading weights; see TrainWeights.h.
#include "compiler/Driver/TrainWeights.h"
#include "compiler/Driver/ErrorText.h"
#include "runtime/Data/Readers.h"
#include "runtime/Train/Checkpoint.h"
#include <map>
#include <set>

namespace fluxion {

namespace {

using Arrays = std::map<std::string, runtime::HostArray>;

runtime::Result<Arrays> readFile(const std::string &path) {
  Arrays arrays;
  if (path.ends_with(".npz")) {
    auto entries = runtime::readNpz(path);
    if (!entries) return entries.error();
    for (runtime::NamedArray &entry : *entries) arrays.emplace(std::move(entry.name), std::move(entry.array));
    return arrays;
  }
  auto file = runtime::Safetensors::open(path);
  if (!file) return file.error();
  for (const runtime::SafetensorsEntry &entry : file->entries()) {
    auto array = file->read(entry.name);
    if (!array) return array.error();
    arrays.emplace(entry.name, std::move(*array));
  }
  return arrays;
}

api::Error unfit(const ModelWeights &weights, const std::string &path, const std::string &what, const std::string &help = "") {
  Diagnostic diagnostic;
  diagnostic.number = "E0734";
  diagnostic.where.range = weights.where;
  diagnostic.message = path + " does not hold the weights of `" + weights.model + "`: " + what;
  diagnostic.help(help);
  return errorOf(std::move(diagnostic));
}

std::string listed(const std::vector<std::string> &names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < 8; ++i) text += (i ? ", `" : "`") + names[i] + "`";
  return text + (names.size() > 8 ? " and " + std::to_string(names.size() - 8) + " more" : "");
}

// Whether `array` is a value of the type; extents that are bare names and open are bound by it.
bool fits(const TensorType &type, const runtime::HostArray &array, DimBinding &dimensions) {
  if (dataType(type.element) != array.type || type.shape.size() != array.shape.size()) return false;
  for (size_t axis = 0; axis < type.shape.size(); ++axis) {
    if (auto name = type.shape[axis].name()) dimensions.emplace(*name, array.shape[axis]);
    auto extent = type.shape[axis].evaluate(dimensions);
    if (extent && *extent != array.shape[axis]) return false; // what has no value yet is checked by the call
  }
  return true;
}

bool isBelow(const std::string &path, const std::string &model) {
  return path == model || path.compare(0, model.size() + 1, model + ".") == 0;
}

} // namespace

std::vector<api::Argument> Weights::arguments() const {
  std::vector<api::Argument> made;
  for (const Leaf &leaf : leaves) {
    api::View view(leaf.array.data(), api::DType(*graphType(leaf.array.type)), leaf.array.shape);
    made.emplace_back(leaf.path, std::move(view).withRoom(leaf.array.elements()));
  }
  return made;
}

api::Expected<Weights> readWeights(const TrainPlan &plan, const Function &init, const std::string &folder,
                                   DimBinding &dimensions) {
  Weights made;
  for (const ModelWeights &weights : plan.weights) {
    std::string path = weights.file[0] == '/' ? weights.file : folder + weights.file;
    auto arrays = readFile(path);
    if (!arrays) return errorOf(arrays.error(), weights.where);
    std::vector<std::string> missing, superfluous;
    for (const Parameter &leaf : init.parameters) {
      if (!isBelow(leaf.path, weights.model)) continue;
      // `--save` writes one model under the names below it, several under whole paths.
      auto found = arrays->find(leaf.path.substr(std::min(leaf.path.size(), weights.model.size() + 1)));
      if (found == arrays->end()) found = arrays->find(leaf.path);
      if (found == arrays->end()) {
        missing.push_back(leaf.path);
        continue;
      }
      if (!fits(leaf.type, found->second, dimensions))
        return unfit(weights, path,
                     "`" + found->first + "` is " + runtime::describe(found->second.type, found->second.shape) + " there, `" +
                         leaf.path + "` " + leaf.type.print());
      made.leaves.push_back({leaf.path, std::move(found->second)});
      arrays->erase(found);
    }
    for (const auto &[name, array] : *arrays) {
      bool others = false; // of another model of this training
      for (const Parameter &leaf : init.parameters) others |= leaf.path == name && !isBelow(name, weights.model);
      for (const std::string &state : plan.modelNames) others |= state != weights.model && isBelow(name, state);
      if (!others) superfluous.push_back(name);
    }
    if (!missing.empty())
      return unfit(weights, path, listed(missing) + (missing.size() == 1 ? " is" : " are") + " missing",
                   superfluous.empty() ? "" : "it holds " + listed(superfluous));
    if (!superfluous.empty()) return unfit(weights, path, "the model has no " + listed(superfluous));
  }
  return made;
}

} // namespace fluxion
