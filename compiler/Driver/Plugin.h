// The compiler as the thin driver sees it: one plain C++ interface in libfluxion-compiler.so, loaded on demand, because
// mapping MLIR and LLVM costs more than most programs of the driver do. Both sides share the graph and these structs
// (libfluxion.so holds their code); nothing of LLVM crosses. Every method may be called from several threads at once.
#pragma once
#include "compiler/Driver/Compiled.h"
#include "fluxion/runtime.h"
#include <memory>
#include <string>
#include <vector>

namespace fluxion {

// What went wrong, ready to be rendered with a caret. `internal`: not the input's fault (exit status 3); `lastGood` is
// then the last IR that verified, which the driver writes down as a reproducer.
struct DiagnosticText {
  std::string number;  // "E0701"; empty: an internal error
  std::string message; // one line
  Location where;      // may be empty
  std::vector<std::string> notes;
  bool internal = false;
  std::string lastGood;
};

// Code in memory; it stays there as long as somebody holds the handle.
struct LoadedCode {
  flx_entry entry = nullptr;
  std::shared_ptr<void> handle;
};

struct PrintOptions {
  bool locations = false; // show `loc(…)` on every op
  std::string at;         // "m.flx:4": only what stems from that line; empty: everything
};

struct VerifyOptions {
  uint64_t seed = 1;
  int points = 3;                        // random points besides the special ones
  std::vector<std::string> differentiate; // leaves to check derivatives for; empty: every float leaf
};

struct VerifyOutcome {
  bool passed = false;
  std::string report;      // a table for people
  int checks = 0;          // made
  int unchecked = 0;       // that could not be made
  int scaled = 0;          // of those made: with the bound scaled by the condition number
  double worst = 0;        // error, of those whose bound is not scaled
  double worstScaled = 0;  // error as a share of the bound, of the others
};

struct CompilerPlugin {
  virtual ~CompilerPlugin() = default;

  virtual std::string version() const = 0;  // for people: "Fluxion 0.1.0, LLVM 22.1.8"

  virtual bool compile(const CompileRequest &, CompiledObject &out, DiagnosticText &error) = 0;
  virtual bool load(const CompiledObject &, LoadedCode &out, DiagnosticText &error) = 0;

  virtual std::vector<std::string> stages() const = 0; // in the order data take them: "flx", "derivative", …
  virtual bool printStage(const CompileRequest &, const std::string &stage, const PrintOptions &, std::string &out,
                          DiagnosticText &error) = 0;

  // Compiled code against the interpreter, derivatives against dual numbers, ⟨w, Jv⟩ = ⟨Jᵀw, v⟩. False with `error` set:
  // it could not be run.
  virtual bool verify(const CompileRequest &, const VerifyOptions &, VerifyOutcome &, DiagnosticText &error) = 0;
  virtual bool describe(const CompileRequest &, std::string &report, DiagnosticText &error) = 0;

  // The host as code is generated for it: LLVM's CPU name and feature string.
  virtual std::string hostCpu() const = 0;
  virtual std::string hostFeatures() const = 0;
};

} // namespace fluxion

// What libfluxion-compiler.so offers. The stamp is asked first, since of another build nothing else can be relied on: a hash of
// this header, Compiled.h, the graph's headers and the list of primitives (InterfaceStamp.cmake). The plugin lives as long
// as the library.
extern "C" const char *fluxion_compiler_stamp();
extern "C" fluxion::CompilerPlugin *fluxion_compiler_plugin();
