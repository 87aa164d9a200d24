// What stands behind the handles of the public API. A module's state owns those of its functions and holds its session's; the
// handle of a function shares the ownership of the module, so it keeps alive what it needs and there is no cycle.
#pragma once
#include "compiler/Driver/Instance.h"
#include "compiler/Driver/include/fluxion/session.h"
#include "frontend/Source/Diagnostic.h"
#include "frontend/Graph/Graph.h"
#include <map>
#include <shared_mutex>
#include <unordered_map>

namespace fluxion {
struct Program;
// A graph that was built in C++ instead of parsed, ready to be called; `path` is where relative data paths start.
api::Module adopt(const api::Session &, Module graph, std::string path, std::vector<Diagnostic> warnings = {});
} // namespace fluxion

struct fluxion::api::Session::State {
  explicit State(SessionOptions);
  ~State() { memory->retire(); } // what results still hold comes back later, and goes straight to the system
  const SessionOptions options;
  const CompileOptions compile;
  const CodeCache cache;
  const std::shared_ptr<runtime::MemoryPool> memory;
  FramePool frames;
};

struct fluxion::api::Function::State {
  State(const Module::State &module, const fluxion::Function &graph) : module(&module), graph(&graph) {}
  const Module::State *const module; // which owns this
  const fluxion::Function *const graph;

  // The instance for `dimensions`, compiled at most once even when several threads ask for it at the same time.
  Expected<std::shared_ptr<const Instance>> instance(const DimBinding &dimensions) const;

private:
  struct Slot {
    std::mutex mutex;
    std::shared_ptr<const Instance> instance;
  };
  mutable std::shared_mutex mutex;
  mutable std::map<DimBinding, std::shared_ptr<Slot>> slots;
};

struct fluxion::api::Module::State {
  std::shared_ptr<Session::State> session;
  fluxion::Module graph;
  std::vector<Diagnostic> warnings;
  std::string path; // of the main source file
  std::shared_ptr<const fluxion::Program> program; // for instances of generic functions; null: built in C++

  // One state a function, whatever number of handles: they share the instances.
  mutable std::mutex mutex;
  mutable std::map<std::string, std::unique_ptr<const Function::State>, std::less<>> functions;

  // graph.find through an index, made at the first question. With the mutex held.
  const fluxion::Function *find(std::string_view name) const;

  // Modules made for instances of generic functions, by name. With the mutex held.
  mutable std::map<std::string, Module, std::less<>> instances;

private:
  mutable std::unordered_map<std::string_view, const fluxion::Function *> byName;
};
