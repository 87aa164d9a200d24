// Parsing a command line against its verb; see Options.h.
#include "compiler/Driver/cli/Options.h"
#include "frontend/Source/Diagnostic.h"
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace fluxion::cli {

bool Line::has(const std::string &option) const {
  for (const auto &[name, value] : given)
    if (name == option) return true;
  return false;
}

std::string Line::value(const std::string &option, std::string otherwise) const {
  for (const auto &[name, value] : given)
    if (name == option) otherwise = value;
  return otherwise;
}

std::vector<std::string> Line::values(const std::string &option) const {
  std::vector<std::string> all;
  for (const auto &[name, value] : given)
    if (name == option) all.push_back(value);
  return all;
}

static Diagnostics form = Diagnostics::Text;
void setDiagnostics(Diagnostics chosen) { form = chosen; }
Diagnostics diagnosticsForm() { return form; }

bool colorOn(int descriptor) {
  const char *never = getenv("NO_COLOR");
  return isatty(descriptor) && !(never && *never);
}

void print(FILE *stream, const Diagnostic &diagnostic, bool color) {
  RenderOptions options;
  options.color = color;
  fputs((form == Diagnostics::Json ? renderJson(diagnostic) + "\n" : render(diagnostic, options)).c_str(), stream);
}

int usageError(const std::string &number, const std::string &message, const std::string &hint) {
  Diagnostic diagnostic;
  diagnostic.number = number;
  diagnostic.message = message;
  diagnostic.suggestion = hint;
  print(stderr, diagnostic, colorOn(2));
  return UsageFault;
}

std::optional<int64_t> wholeNumber(const std::string &what, const std::string &text, int64_t least) {
  char *end = nullptr;
  errno = 0;
  long long number = strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end || errno || number < least) {
    usageError("E0706", what + " wants a whole number from " + std::to_string(least) + ", not `" + text + "`");
    return std::nullopt;
  }
  return number;
}

static const Option *optionNamed(const Verb &verb, const std::string &name) {
  for (const Option &option : verb.options)
    if (name == option.name) return &option;
  return nullptr;
}

static bool unknownOption(const Verb &verb, const std::string &name) {
  std::vector<std::string> known;
  for (const Option &option : verb.options) known.push_back(option.name);
  auto near = nearestName(name, known);
  usageError("E0702", "`fluxion " + std::string(verb.name) + "` has no option `" + name + "`",
             near ? "did you mean `" + *near + "`?" : "`fluxion " + std::string(verb.name) + " --help` lists them");
  return false;
}

static bool countOperands(const Verb &verb, const Line &line) {
  std::string usage = "usage: fluxion " + std::string(verb.name) + " " + verb.operands;
  if (line.operands.size() < verb.fewest) {
    usageError("E0703", "`fluxion " + std::string(verb.name) + "` needs more arguments", usage);
    return false;
  }
  if (line.operands.size() > verb.most) {
    usageError("E0702", "`" + line.operands[verb.most] + "` is one argument too many", usage);
    return false;
  }
  return true;
}

bool parseLine(const Verb &verb, const std::vector<std::string> &words, Line &line) {
  bool onlyOperands = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string &word = words[i];
    if (onlyOperands || word.size() < 2 || word[0] != '-') {
      line.operands.push_back(word);
      continue;
    }
    if (word == "--") {
      onlyOperands = true;
      continue;
    }
    size_t equals = word.find('=');
    std::string name = word.substr(0, equals);
    const Option *option = optionNamed(verb, name);
    std::optional<std::string> attached; // `-Inets` is `-I nets`
    if (!option && word[1] != '-' && (option = optionNamed(verb, word.substr(0, 2))) && option->value) {
      name = option->name;
      attached = word.substr(2);
      equals = std::string::npos;
    }
    if (!option) return unknownOption(verb, name);
    if (!option->value && equals != std::string::npos)
      return usageError("E0702", "`" + name + "` is a switch and takes no value"), false;
    if (line.has(name) && !option->repeated) return usageError("E0702", "`" + name + "` is given twice"), false;
    std::string value;
    if (attached) value = *attached;
    else if (equals != std::string::npos) value = word.substr(equals + 1);
    else if (option->value) {
      if (i + 1 == words.size()) return usageError("E0702", "`" + name + "` wants a value: " + option->value), false;
      value = words[++i];
    }
    line.add(name, value);
  }
  return countOperands(verb, line);
}

std::string helpFor(const Verb &verb) {
  std::string out = std::string(verb.summary) + "\n\nusage: fluxion " + verb.name + " " + verb.operands + "\n";
  if (*verb.details) out += "\n" + std::string(verb.details) + "\n";
  out += "\noptions:\n";
  for (const Option &option : verb.options) {
    std::string name = option.name;
    if (option.value) name += name.size() > 2 ? "=" + std::string(option.value) : " " + std::string(option.value);
    name.resize(std::max(name.size() + 1, size_t(24)), ' ');
    out += "  " + name + option.help + "\n";
  }
  return out;
}

std::string helpFor(const std::vector<Verb> &verbs) {
  std::string out = "Fluxion compiles differentiable programs.\n\nusage: fluxion VERB …\n\n";
  for (const Verb &verb : verbs) {
    std::string name = verb.name;
    name.resize(12, ' ');
    out += "  " + name + verb.summary + "\n";
  }
  return out + "\n`fluxion VERB --help` says more; `fluxion explain E0301` explains an error.\n"
               "Exit status: 0 done, 1 the input was at fault, 2 the command line was, 3 an internal error.\n";
}

} // namespace fluxion::cli
