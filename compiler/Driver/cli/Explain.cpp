// fluxion explain: the page of an error.
#include "compiler/Driver/cli/Common.h"
#include "frontend/Source/Diagnostic.h"
#include <cstdio>

namespace fluxion::cli {

int explain(const Line &line) {
  if (line.operands.empty()) {
    for (const ErrorEntry &entry : errorTable()) printf("%s  %s\n", entry.number, entry.title);
    return Done;
  }
  std::string number = line.operands[0];
  for (char &c : number) c = char(toupper(static_cast<unsigned char>(c)));
  bool digits = !number.empty() && number.size() <= 4 && number.find_first_not_of("0123456789") == std::string::npos;
  if (digits) number = "E" + std::string(4 - number.size(), '0') + number; // `explain 301`
  if (auto page = fluxion::explain(number)) {
    fputs(page->c_str(), stdout);
    if (!page->empty() && page->back() != '\n') putchar('\n');
    return Done;
  }
  std::vector<std::string> numbers;
  for (const ErrorEntry &entry : errorTable()) numbers.push_back(entry.number);
  auto near = nearestName(number, numbers);
  return usageError("E0706", "there is no error `" + line.operands[0] + "`",
                    near ? "did you mean " + *near + "?" : "`fluxion explain` lists them");
}

} // namespace fluxion::cli
