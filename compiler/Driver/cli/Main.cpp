// The `fluxion` program: a table of verbs and the way from a command line to one of them.
#include "compiler/Driver/cli/Crash.h"
#include "compiler/Driver/cli/VerifySamples.h"
#include "frontend/Source/Diagnostic.h"
#include "frontend/Source/Stack.h"
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace fluxion::cli {

static constexpr size_t any = size_t(-1);

static std::vector<Option> withSeed(std::vector<Option> others) {
  others.insert(others.begin(), {"--seed", "N", "of the random arguments (default: 1)"});
  return others;
}

static const std::vector<Verb> &verbs() {
  static const std::vector<Verb> table = {
      {"check", "FILE", "read and check a file; list what it defines", "", 1, 1,
       sourceOptions({{"--json", nullptr, "only diagnostics, as JSON on standard output, an object a line"},
                      {"--tokens", nullptr, "print the tokens of the file instead: first byte, end, class"}}), check},
      {"run", "FILE[:FUNCTION] [NAME=VALUE…]", "call a function and print or save its results",
       "A value is a number, `true`, `false`, `zeros`, `ones`, `random:SEED`, `@file.npy`, `@file.npz:key`, or a list\n"
       "`[[1,2],[3,4]]`; a number fills a tensor. A struct is given whole (`p=@weights.safetensors`, `p=@weights.npz`,\n"
       "`p=random:1`) or by field (`p.W1=@w1.npy`). What has a default may be left out (`check` lists it). Extents follow\n"
       "from the arguments; --dim sets those that do not.",
       1, any,
       functionOptions({{"-o", "FILE", "save the results: .npy (one tensor), .npz or .safetensors (each under its path)"},
                        {"--digits", "N", "significant digits printed (default: as many as read back as the same number)"}}),
       run},
      {"train", "FILE[:TRAINING]", "train what a `train` declaration describes",
       "Interrupting (ctrl-C) saves and exits with status 130; --resume goes on from the checkpoint, bit for bit.", 1, 1,
       sessionOptions({{"--epochs", "N", "train for N epochs instead of the declared number"},
                       {"--save", "FILE", "weights, when done or interrupted: .safetensors or .npz"},
                       {"--checkpoint", "FILE", "the whole state of the run (default: beside --save)"},
                       {"--checkpoint-every", "N|Ns", "besides every epoch, after N steps, or N seconds (default: 60s)"},
                       {"--resume", nullptr, "go on from the checkpoint, if there is one"},
                       {"--plot", "FILE.svg", "draw the curves of the run"},
                       {"--log", "FILE.csv", "one row a step (.jsonl: JSON lines)"},
                       {"--quiet", nullptr, "no progress, only the final line"}}), train},
      {"ir", "FILE[:FUNCTION]", "print what the compiler makes of a function, stage by stage",
       "Dimensions that --dim leaves open get readable sizes, told on stderr.", 1, 1,
       functionOptions({{"--stage", "NAME", "the stage to print (default: flx)"},
                        {"--list-stages", nullptr, "the stages, in the order data take them"},
                        {"--at", "FILE:LINE", "only what stems from that line"}}), ir},
      {"verify", "[FILE[:FUNCTION]]", "compare compiled code and derivatives with the reference interpreter",
       "Without a function: all of the file. Without a file: the compiler's own samples.", 0, 1,
       functionOptions(withSeed(sampleOptions())), verify},
      {"describe", "FILE[:FUNCTION]", "inputs, outputs, work, memory and what was fused", "", 1, 1, functionOptions({}), describe},
      {"fmt", "[FILE…]", "bring files into the house's layout, in place, and name those that changed",
       "A folder stands for the sources below it. A file with an error of syntax is told and left as it is.", 0, any,
       {{"--check", nullptr, "change nothing; name the files that would change, and end with status 1 if there are any"},
        {"--stdin", nullptr, "read standard input, write to standard output"},
        {"--diagnostics", "text|json", "how errors are printed; json: an object a line"},
        {"--help", nullptr, "this text"}}, fmt},
      {"doc", "[FILE…]", "make a page in Markdown from doc comments (`///`)",
       "Of files that export anything what they export, of others all they declare. --std: of the standard library.", 0, any,
       {{"-o", "FILE.md", "write it there (default: standard output)"},
        {"--std", nullptr, "the standard library"},
        {"--title", "TEXT", "the page's heading"},
        {"--links", "PREFIX", "what goes before the paths of sources in links (default: from -o to here)"},
        {"--diagnostics", "text|json", "how errors are printed; json: an object a line"},
        {"--help", nullptr, "this text"}}, doc},
      {"explain", "[NUMBER]", "explain an error by its number; without one, list them", "", 0, 1,
       {{"--help", nullptr, "this text"}}, explain},
      {"doctor", "", "examine this installation and machine", "", 0, 0, {{"--help", nullptr, "this text"}}, doctor},
  };
  return table;
}

static int main(const std::vector<std::string> &words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    fputs(helpFor(verbs()).c_str(), words.empty() ? stderr : stdout);
    return words.empty() ? UsageFault : Done;
  }
  if (words[0] == "--version" || words[0] == "version") {
    printf("fluxion %s\n", api::version());
    return Done;
  }
  for (const std::string &word : words) // so that complaints of the line itself have that form, too
    if (word == "--diagnostics=json") setDiagnostics(Diagnostics::Json);
  std::vector<std::string> names;
  for (const Verb &verb : verbs()) {
    names.push_back(verb.name);
    if (words[0] != verb.name) continue;
    std::vector<std::string> rest(words.begin() + 1, words.end());
    for (const std::string &word : rest) {
      if (word == "--") break;
      if (word == "--help" || word == "-h") return fputs(helpFor(verb).c_str(), stdout), Done;
    }
    Line line;
    if (!parseLine(verb, rest, line) || !readDiagnosticsForm(line)) return UsageFault;
    return verb.run(line);
  }
  auto near = nearestName(words[0], names);
  return usageError("E0701", "there is no verb `" + words[0] + "`",
                    near ? "did you mean `" + *near + "`?" : "`fluxion --help` lists them");
}

} // namespace fluxion::cli

int main(int count, char **words) {
  fluxion::cli::prepareForTheWorst();
  int status = 0;
  fluxion::onAmpleStack([&] { status = fluxion::cli::main({words + 1, words + count}); });
  // A result that could not be printed (a full disk, a closed pipe) is no success. LLVM's destructors have nothing to say.
  bool arrived = fluxion::cli::standardOutputArrived();
  _exit(status == 0 && !arrived ? fluxion::cli::InputFault : status);
}
