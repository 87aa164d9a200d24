// fluxion explain: the page of an error.
#include "compiler/Driver/cli/Common.h"
#include "frontend/Source/Diagnostic.h"
#include "runtime/Support/Errors.h"
#include <algorithm>
#include <cstdio>

namespace fluxion::cli {

// The runtime keeps its own pages, since it stands without the front end.
static std::vector<std::pair<std::string, std::string>> titles() {
  std::vector<std::pair<std::string, std::string>> all;
  for (const ErrorEntry &entry : errorTable()) all.push_back({entry.number, entry.title});
  for (const runtime::ErrorPage &page : runtime::errorPages())
    all.push_back({std::string(page.number), std::string(page.title)});
  std::sort(all.begin(), all.end());
  return all;
}

static std::optional<std::string> pageOf(const std::string &number) {
  if (auto page = fluxion::explain(number)) return page;
  for (const runtime::ErrorPage &page : runtime::errorPages())
    if (page.number == number)
      return "# " + number + ": " + std::string(page.title) + "\n\n" + std::string(page.text);
  return std::nullopt;
}

int explain(const Line &line) {
  if (line.operands.empty()) {
    for (const auto &[number, title] : titles()) printf("%s  %s\n", number.c_str(), title.c_str());
    return Done;
  }
  std::string number = line.operands[0];
  for (char &c : number) c = char(toupper(static_cast<unsigned char>(c)));
  if (auto page = pageOf(number)) {
    fputs(page->c_str(), stdout);
    if (!page->empty() && page->back() != '\n') putchar('\n');
    return Done;
  }
  std::vector<std::string> numbers;
  for (const auto &[known, title] : titles()) numbers.push_back(known);
  auto near = nearestName(number, numbers);
  return usageError("there is no error `" + line.operands[0] + "`",
                    near ? "did you mean " + *near + "?" : "`fluxion explain` lists them");
}

} // namespace fluxion::cli
