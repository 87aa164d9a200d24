// The Fluxion side of compare.py: takes commands on standard input, answers each with a line of JSON.
//   load SOURCE FUNCTION INPUTS.npz   compiles a training step and starts from the given leaves, or a function of them;
//                                     seconds from source to callable
//   steps N                           N steps in place, or calls; seconds of one
//   save OUT.npz                      the parameters, or the results
#include "compiler/Driver/Infer.h"
#include "compiler/Driver/State.h"
#include "compiler/Driver/TrainState.h"
#include "compiler/Driver/include/fluxion/session.h"
#include "frontend/Graph/TrainPlan.h"
#include "runtime/Data/Readers.h"
#include "runtime/Data/Writers.h"
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>

using namespace fluxion;
using Clock = std::chrono::steady_clock;

static double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

[[noreturn]] static void fail(std::string text) {
  for (char &c : text)
    if (c == '"' || c == '\n' || c == '\\') c = ' ';
  std::printf("{\"error\": \"%s\"}\n", text.c_str());
  std::exit(1);
}

template <class T> static T must(api::Expected<T> value) {
  if (!value) fail(value.error().render());
  return std::move(*value);
}
static void must(api::Expected<void> done) {
  if (!done) fail(done.error().render());
}

struct Bench {
  explicit Bench(int threads) : threads(threads), session(options(threads)) {}

  void load(const std::string &source, const std::string &function, const std::string &inputs) {
    auto read = runtime::readNpz(inputs);
    if (!read) fail(inputs);
    arrays = std::move(*read);
    auto start = Clock::now();
    module.emplace(must(session.compileFile(source)));
    const Module &graph = module->internals().graph;
    for (const auto &candidate : graph.trains)
      if (candidate->stepFunction == function) plan = candidate.get();
    if (!plan) return loadFunction(function, start);
    const Function &step = *graph.find(function);
    DimBinding extents{{plan->batchDimension, find(plan->data.columns[0].name)->shape[0]}};
    // What the peer computes: the new state and the loss, not the gradient's norm.
    CompileRequest request = requestFor(graph, step, extents, sessionState().compile);
    for (uint32_t i = 0; i <= uint32_t(plan->stateLeaves); ++i) request.results.push_back(i);
    auto instance = must(makeInstance(request, sessionState().cache));
    std::printf("{\"seconds\": %.6f}\n", secondsSince(start));

    auto init = must(module->function(plan->initFunction));
    auto results = must(init.call({{"key", int64_t(1)}}));
    std::vector<api::Tensor> leaves;
    for (auto &leaf : results.leaves) leaves.push_back(std::move(leaf.tensor));
    state.emplace(*plan, step, std::move(leaves));
    for (size_t i = 0; i < state->leaves(); ++i)
      if (const runtime::HostArray *given = find(state->path(i)))
        std::memcpy(state->tensor(i).data(), given->data(), state->tensor(i).bytes());
    const std::vector<size_t> all = firstLeaves(size_t(plan->stateLeaves));
    must(bound.bind(instance, step, *state, all, all, numbers));
    if (!frame.prepare(bound.arenaBytes(), threads)) fail("memory is out");
    for (const DataColumn &column : plan->data.columns) columns.push_back(find(column.name)->data());
  }

  void steps(int count) {
    auto start = Clock::now();
    if (plain) {
      for (int i = 0; i < count; ++i) results = must(plain->call(arguments));
      std::printf("{\"seconds\": %.9f}\n", secondsSince(start) / count);
      return;
    }
    for (int i = 0; i < count; ++i) must(bound.run(module->internals().graph, frame, *state, columns));
    std::printf("{\"seconds\": %.9f, \"loss\": %.9g}\n", secondsSince(start) / count, bound.metric(0));
  }

  void save(const std::string &path) {
    std::vector<runtime::NamedView> views;
    for (auto &leaf : results.leaves)
      views.push_back({leaf.path, {runtime::ElementType::F32, leaf.tensor.shape(), leaf.tensor.data()}});
    for (size_t i = 0; state && i < state->parameters(); ++i)
      views.push_back({state->path(i), {runtime::ElementType::F32, state->tensor(i).shape(), state->tensor(i).data()}});
    if (!runtime::writeNpz(path, views)) fail("cannot write " + path);
    std::printf("{}\n");
  }

private:
  // All extents stand in the source.
  void loadFunction(const std::string &function, Clock::time_point start) {
    plain.emplace(must(module->function(function)));
    must(plain->prepare({}));
    std::printf("{\"seconds\": %.6f}\n", secondsSince(start));
    for (auto &each : arrays)
      arguments.push_back({each.name, api::View(each.array.data(), api::DType::f32, each.array.shape)});
  }

  const api::Session::State &sessionState() const { return session.internals(); }
  static api::SessionOptions options(int threads) {
    api::SessionOptions chosen;
    chosen.threads = threads;
    return chosen;
  }
  runtime::HostArray *find(const std::string &name) {
    for (auto &each : arrays)
      if (each.name == name) return &each.array;
    return nullptr;
  }

  int threads;
  BoundStep::Numbers numbers{1, 0};
  api::Session session;
  std::optional<api::Module> module;
  const TrainPlan *plan = nullptr;
  std::vector<runtime::NamedArray> arrays;
  std::optional<TrainState> state;
  std::optional<api::Function> plain; // where there is no training step
  std::vector<api::Argument> arguments;
  api::Results results;
  BoundStep bound;
  Frame frame;
  std::vector<void *> columns;
};

int main(int argc, char **argv) {
  Bench bench(argc > 1 ? std::atoi(argv[1]) : 1);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command, a, b, c;
    words >> command >> a >> b >> c;
    if (command == "load") bench.load(a, b, c);
    else if (command == "steps") bench.steps(std::atoi(a.c_str()));
    else if (command == "save") bench.save(a);
    else fail("unknown command " + command);
    std::fflush(stdout);
  }
}
