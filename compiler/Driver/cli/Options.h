// The command line: verbs, their options and what a user gave. A wrong line gets a sentence, a suggestion and status 2.
#pragma once
#include "frontend/Source/Diagnostic.h"
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace fluxion::cli {

// How the program ends.
enum Status : int { Done = 0, InputFault = 1, UsageFault = 2, InternalFault = 3 };

struct Option {
  const char *name;    // "--epochs"
  const char *value;   // "N"; null: a switch without a value
  const char *help;
  bool repeated = false;
};

class Line;
struct Verb {
  const char *name;
  const char *operands; // "FILE[:FUNCTION] [NAME=VALUE…]"
  const char *summary;  // one line of `fluxion --help`
  const char *details;  // what `fluxion VERB --help` adds; may be empty
  size_t fewest, most;  // operands
  std::vector<Option> options;
  int (*run)(const Line &);
};

// What stands on one command line, after parsing.
class Line {
public:
  std::vector<std::string> operands;

  bool has(const std::string &option) const;
  std::string value(const std::string &option, std::string otherwise = "") const; // the last one given
  std::vector<std::string> values(const std::string &option) const;
  void add(std::string option, std::string value) { given.push_back({std::move(option), std::move(value)}); }

private:
  std::vector<std::pair<std::string, std::string>> given;
};

// How diagnostics are printed: for people, or for programs (`--diagnostics=json`: an object a line, docs/diagnostics.md).
enum class Diagnostics : uint8_t { Text, Json };
void setDiagnostics(Diagnostics);
Diagnostics diagnosticsForm();
void print(FILE *stream, const Diagnostic &, bool color);
bool colorOn(int descriptor); // a terminal, and NO_COLOR is not set

// False after printing what is wrong to stderr.
bool parseLine(const Verb &, const std::vector<std::string> &words, Line &);
std::string helpFor(const Verb &);
std::string helpFor(const std::vector<Verb> &);

// Says what is wrong with the command line, and a likely fix; returns UsageFault.
int usageError(const std::string &number, const std::string &message, const std::string &hint = "");
// A whole number ≥ least out of an option; complains and returns nullopt otherwise.
std::optional<int64_t> wholeNumber(const std::string &what, const std::string &text, int64_t least);

} // namespace fluxion::cli
