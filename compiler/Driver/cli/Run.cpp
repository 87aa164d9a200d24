// fluxion run: call a function with values from the command line.
#include "compiler/Driver/State.h"
#include "compiler/Driver/TrainData.h"
#include "compiler/Driver/cli/Print.h"
#include "compiler/Driver/cli/Values.h"
#include "runtime/Data/Writers.h"
#include "runtime/Support/SameFile.h"
#include "runtime/Train/Checkpoint.h"
#include <algorithm>
#include <cstdio>

namespace fluxion::cli {

static runtime::ArrayView viewOf(const api::Tensor &tensor) {
  return {dataType(ElementType(tensor.dtype())), tensor.shape(), tensor.data()};
}

static bool endsWith(const std::string &text, const std::string &end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// The name of a result in an archive; a single tensor has no path of its own.
static std::string nameOf(const api::Results::Leaf &leaf) { return leaf.path.empty() ? "0" : leaf.path; }

// Refuses a name that says no format, before anything is computed.
static int checkOutput(const api::Function &function, const std::string &path) {
  if (path.empty() || endsWith(path, ".npz") || endsWith(path, ".safetensors")) return Done;
  if (!endsWith(path, ".npy"))
    return usageError("E0706", "-o " + path + ": the name must end in .npy, .npz or .safetensors");
  if (function.results().size() != 1)
    return usageError("E0706", "-o " + path + ": `" + function.name() + "` returns " + std::to_string(function.results().size()) +
                          " tensors, and .npy holds one",
                      "use -o with a name that ends in .npz");
  return Done;
}

static int save(const api::Results &results, const std::string &path) {
  auto write = [&]() -> runtime::Status {
    if (endsWith(path, ".npy")) return runtime::writeNpy(path, viewOf(results[0]));
    if (endsWith(path, ".npz")) {
      std::vector<runtime::NamedView> entries;
      for (const api::Results::Leaf &leaf : results) entries.push_back({nameOf(leaf), viewOf(leaf.tensor)});
      return runtime::writeNpz(path, entries);
    }
    std::vector<runtime::TensorView> tensors;
    for (const api::Results::Leaf &leaf : results) tensors.push_back({nameOf(leaf), viewOf(leaf.tensor)});
    return runtime::writeSafetensors(path, tensors);
  };
  auto written = write();
  return written ? int(Done) : fail(errorOf(written.error()));
}

static void print(const api::Results &results, int digits) {
  for (const api::Results::Leaf &leaf : results) {
    std::string head = leaf.path.empty() ? "" : leaf.path + ": ";
    std::string type = api::printType(leaf.tensor.dtype(), leaf.tensor.shape());
    const char *gap = leaf.tensor.shape().size() > 1 ? "\n" : " ";
    printf("%s%s =%s%s\n", head.c_str(), type.c_str(), gap, printTensor(leaf.tensor, digits).c_str());
  }
}

int run(const Line &line) {
  auto session = sessionFor(line);
  auto dimensions = dimensionsOf(line);
  if (!session || !dimensions) return UsageFault;
  Target target = targetOf(line.operands[0]);
  auto module = session->compileFile(target.file);
  if (!module) return fail(module.error());
  Chosen chosen = choose(*module, target);
  if (!chosen.function) return chosen.status;
  int digits = 0;
  if (line.has("--digits")) {
    auto given = wholeNumber("--digits", line.value("--digits"), 1);
    if (!given) return UsageFault;
    digits = int(std::min<int64_t>(*given, 17)); // more tell nothing
  }
  std::string output = line.value("-o");
  if (int status = checkOutput(*chosen.function, output)) return status;
  Values values;
  std::vector<std::string> operands(line.operands.begin() + 1, line.operands.end());
  if (int status = values.read(*chosen.function, operands)) return status;
  std::vector<std::string> inputs = values.files();
  for (const auto &source : module->internals().graph.sources) inputs.push_back(source->path);
  if (auto kept = runtime::refuseOverwriting(output, inputs); !kept) return fail(errorOf(kept.error()));
  auto results = chosen.function->call(values.arguments(), *dimensions);
  if (!results) return fail(results.error());
  if (!output.empty()) return save(*results, output);
  print(*results, digits);
  return Done;
}

} // namespace fluxion::cli
