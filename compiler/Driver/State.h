// What stands behind the handles of the public API. A function's state holds its module's and its session's, so a handle
// keeps alive what it needs and nothing refers back.
#pragma once
#include "compiler/Driver/Instance.h"
#include "compiler/Driver/include/fluxion/session.h"
#include "frontend/Source/Diagnostic.h"
#include "frontend/Graph/Graph.h"
#include <atomic>
#include <shared_mutex>

struct fluxion::api::Session::State {
  explicit State(SessionOptions);
  const SessionOptions options;
  const CompileOptions compile;
  const CodeCache cache;
  FramePool frames;
};

struct fluxion::api::Module::State {
  std::shared_ptr<Session::State> session;
  fluxion::Module graph;
  std::vector<Diagnostic> warnings;
  std::string path; // of the main source file

  // One state a function, whatever number of handles: they share the instances.
  mutable std::mutex mutex;
  mutable std::map<std::string, std::shared_ptr<const Function::State>, std::less<>> functions;
};

struct fluxion::api::Function::State {
  std::shared_ptr<const Module::State> module;
  const fluxion::Function *graph = nullptr; // in module->graph

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
