// The seam between the thin driver and the compiler it loads on demand: a request goes in, object code and its manifest
// come out. Plain data on both sides, so that a cached answer and a fresh one are the same thing.
#pragma once
#include "frontend/Graph/Graph.h"
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fluxion {

struct CompileOptions {
  std::string cpu = "native"; // LLVM CPU name; "native": the host, with its features
  bool fastMath = false;      // elementwise arithmetic regrouped, as if there were no NaN, infinity or −0
  bool strict = false;        // neither FMA nor regrouped sums
  bool simplify = true;       // false: ops as imported and as derivative rules make them
  int optimizationLevel = 2;  // of LLVM's code generator
};

struct CompileRequest {
  const Module *module = nullptr;
  std::string function;
  DimBinding dimensions;                       // every dimension of the function
  // The results wanted, ascending; empty: all. What only the others need is not computed (a step without its gradient norm).
  std::vector<uint32_t> results;
  CompileOptions options;
};

struct LeafManifest {
  std::string path;
  ElementType element;
  std::vector<int64_t> shape;
  int32_t donated = -1; // results: the parameter whose memory it takes
};

struct FaultSite { std::string where, message; }; // "m.flx:4:7", "gather along C"

struct CompiledObject {
  std::string object;    // ELF relocatable
  std::string entry;     // symbol of type flx_entry
  uint64_t arenaBytes = 0;
  std::vector<LeafManifest> arguments, results;
  std::vector<FaultSite> faultSites;
};

} // namespace fluxion
