// What every verb needs: sessions from options, `file:function` operands, errors to status codes.
#pragma once
#include "compiler/Driver/cli/Options.h"
#include "compiler/Driver/include/fluxion/session.h"

namespace fluxion::cli {

// "m.flx:fashion.step" -> {"m.flx", "fashion.step"}; the function is empty when none is named.
struct Target {
  std::string file, function;
};
Target targetOf(const std::string &operand);

// -I, --diagnostics, --help, of every verb that reads source; then --threads, --cpu, --fast-math, --strict, --no-simplify, --no-cache; and --dim
// where a function is specialized.
std::vector<Option> sourceOptions(std::vector<Option> others);
std::vector<Option> sessionOptions(std::vector<Option> others);
std::vector<Option> functionOptions(std::vector<Option> others);
std::optional<api::Session> sessionFor(const Line &); // nullopt: complained
std::optional<api::Dimensions> dimensionsOf(const Line &);

// Sets how diagnostics are printed from `--diagnostics`; false: complained.
bool readDiagnosticsForm(const Line &);

// Prints the error to stderr and returns the status it means.
int fail(const api::Error &);

// The function a target names, or the only one there is. The status says whose fault it is when there is none.
struct Chosen {
  std::optional<api::Function> function;
  int status = Done;
};
Chosen choose(const api::Module &, const Target &);

// Extents for dimensions nobody gave, for verbs that look at code and have no arguments to infer from: the batch of a
// training step, else small distinct numbers. Tells on stderr what was chosen.
enum class Extents { ToRead, ToCompute };
api::Dimensions completed(const api::Module &, const api::Function &, api::Dimensions given, Extents);

// The verbs, a file each.
int check(const Line &);
int run(const Line &);
int train(const Line &);
int ir(const Line &);
int verify(const Line &);
int describe(const Line &);
int doc(const Line &);
int fmt(const Line &);
int explain(const Line &);
int doctor(const Line &);

} // namespace fluxion::cli
