// Runs a function of flx text end to end: lowering, CPU code, loading, a call. What tests compare with are plain loops.
#pragma once
#include "compiler/Target/Cpu/Compile.h"
#include "compiler/Target/Cpu/Jit.h"
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace fluxion::cpu {

struct HarnessOptions {
  std::string cpu = "native";
  bool fuse = true;
  bool simplify = false; // first
  bool print = false; // the buffers stage and the assembly
  int32_t threads = 1;
};

class Program {
public:
  // The first function of `text`. On failure `valid()` is false and `error` says why.
  explicit Program(const std::string &text, HarnessOptions options = {});
  ~Program();
  bool valid() const { return code != nullptr; }
  void call(std::vector<const void *> arguments, std::vector<void *> results);

  std::string error;
  CompiledObject compiled;
  flx_context *context = nullptr;

private:
  std::unique_ptr<LoadedCode> code;
};

// The ways a program is compiled in every test: fused and not, simplified and not, on the host and on cores with narrower
// vectors.
std::vector<HarnessOptions> everyWay();

// Values that repeat late and differ in sign and size: v[i] in about (−2, 2).
template <class T> std::vector<T> sample(size_t count, int seed = 0) {
  std::vector<T> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = T(double((i * 7919 + seed * 104729 + 13) % 997) / 250.0 - 2.0);
  return values;
}

} // namespace fluxion::cpu
