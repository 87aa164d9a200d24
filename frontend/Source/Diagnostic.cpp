// The sink, the table of errors, and the nearest name.
#include "frontend/Source/Diagnostic.h"
#include "frontend/Source/Embedded.h"
#include <algorithm>
#include <tuple>

namespace fluxion {

static Diagnostic make(std::string number, Severity severity, Location where, std::string message) {
  Diagnostic d;
  d.number = std::move(number);
  d.severity = severity;
  d.where = std::move(where);
  d.message = std::move(message);
  return d;
}

void DiagnosticSink::add(Diagnostic d) {
  errors += d.severity == Severity::Error;
  if (full()) {
    ++dropped;
    scratch = std::move(d);
  } else {
    diagnostics.push_back(std::move(d));
  }
}

Diagnostic &DiagnosticSink::error(std::string number, Location where, std::string message) {
  bool kept = !full();
  add(make(std::move(number), Severity::Error, std::move(where), std::move(message)));
  return kept ? diagnostics.back() : scratch;
}
Diagnostic &DiagnosticSink::error(std::string number, SourceRange where, std::string message) {
  return error(std::move(number), Location{std::move(where), nullptr}, std::move(message));
}
Diagnostic &DiagnosticSink::warning(std::string number, Location where, std::string message) {
  bool kept = !full();
  add(make(std::move(number), Severity::Warning, std::move(where), std::move(message)));
  return kept ? diagnostics.back() : scratch;
}

void DiagnosticSink::sortFrom(size_t first) {
  if (first >= diagnostics.size()) return;
  std::vector<const SourceFile *> files; // in the order they are first spoken of
  auto rank = [&](const Diagnostic &d) {
    return std::find(files.begin(), files.end(), d.where.range.file.get()) - files.begin();
  };
  for (size_t i = first; i < diagnostics.size(); ++i)
    if (size_t(rank(diagnostics[i])) == files.size()) files.push_back(diagnostics[i].where.range.file.get());
  auto key = [&](const Diagnostic &d) { return std::tuple(rank(d), d.where.range.begin, std::string_view(d.number)); };
  std::sort(diagnostics.begin() + ptrdiff_t(first), diagnostics.end(),
            [&](auto &a, auto &b) { return key(a) < key(b); });
}

//===--- The table -----------------------------------------------------------------------------------------------===//

// A page begins "# E0301: shapes disagree"; the folder of pages is the table.
static std::vector<ErrorEntry> readTable() {
  static std::vector<std::string> strings; // owns what the entries point to
  const std::vector<EmbeddedFile> &pages = embeddedErrorPages();
  strings.reserve(2 * pages.size());
  std::vector<ErrorEntry> table;
  for (const EmbeddedFile &page : pages) {
    std::string_view text = page.text;
    std::string_view heading = text.substr(0, text.find('\n'));
    size_t colon = heading.find(": ");
    if (heading.substr(0, 2) != "# " || colon == std::string_view::npos) continue;
    const std::string &number = strings.emplace_back(heading.substr(2, colon - 2));
    const std::string &title = strings.emplace_back(heading.substr(colon + 2));
    table.push_back({number.c_str(), title.c_str()});
  }
  std::sort(table.begin(), table.end(), [](auto &a, auto &b) { return std::string_view(a.number) < b.number; });
  return table;
}

const std::vector<ErrorEntry> &errorTable() {
  static const std::vector<ErrorEntry> table = readTable();
  return table;
}

const ErrorEntry *findError(std::string_view number) {
  for (const ErrorEntry &entry : errorTable())
    if (number == entry.number) return &entry;
  return nullptr;
}

std::optional<std::string> explain(std::string_view number) {
  for (const EmbeddedFile &page : embeddedErrorPages())
    if (std::string_view(page.path) == std::string(number) + ".md") return std::string(page.text);
  return std::nullopt;
}

//===--- The nearest name ----------------------------------------------------------------------------------------===//

static char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

// Damerau–Levenshtein (optimal string alignment) over bytes, letters compared without case; a change of case costs
// nothing here.
static unsigned editDistance(std::string_view a, std::string_view b) {
  std::vector<unsigned> beforeLast(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = unsigned(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = unsigned(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      char x = lower(a[i - 1]), y = lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y)});
      if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y)
        row[j] = std::min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

// Case and underscores are no difference: `crossEntropy` is `cross_entropy`.
static std::string folded(std::string_view name) {
  std::string out;
  for (char c : name)
    if (c != '_') out += lower(c);
  return out;
}

std::optional<std::string> nearestName(std::string_view name, const std::vector<std::string> &candidates) {
  if (name.empty() || name.size() > 64) return std::nullopt;
  const std::string plain = folded(name);
  for (const std::string &candidate : candidates)
    if (candidate != name && candidate.size() < 2 * name.size() + 2 && folded(candidate) == plain) return candidate;
  // A slip is one letter of a short name, two of one of six, three of one of ten.
  unsigned best = (name.size() >= 10 ? 3 : name.size() >= 6 ? 2 : name.size() >= 2 ? 1 : 0) + 1;
  const std::string *found = nullptr;
  for (const std::string &candidate : candidates) {
    size_t gap = candidate.size() > name.size() ? candidate.size() - name.size() : name.size() - candidate.size();
    if (gap >= best || candidate == name) continue;
    unsigned distance = editDistance(name, candidate);
    if (distance < best && distance < name.size()) {
      best = distance;
      found = &candidate;
    }
  }
  if (found) return *found;
  // One is the other with words added: `cross_entropy_loss` is `cross_entropy`.
  for (const std::string &candidate : candidates) {
    std::string_view shorter =
        std::min<std::string_view>(name, candidate, [](auto a, auto b) { return a.size() < b.size(); });
    std::string_view longer = shorter.data() == name.data() ? std::string_view(candidate) : name;
    bool begins = shorter.size() >= 4 && longer.size() > shorter.size() && longer[shorter.size()] == '_' &&
                  longer.substr(0, shorter.size()) == shorter;
    if (begins && (!found || candidate.size() > found->size())) found = &candidate;
  }
  return found ? std::optional(*found) : std::nullopt;
}

} // namespace fluxion
