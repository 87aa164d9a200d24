// The report of a verification as text.
#include "compiler/Reference/Verify.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

namespace fluxion::reference {

bool Report::passed() const {
  return llvm::all_of(checks, [](const Check &check) { return check.passed(); });
}

std::string Report::table() const {
  size_t width = 5;
  for (const Check &check : checks) width = std::max(width, check.what.size());
  std::string text;
  llvm::raw_string_ostream out(text);
  auto number = [](double x) { return x < 0 ? std::string("-") : llvm::formatv("{0:e1}", x).str(); };
  auto line = [&](llvm::StringRef what, llvm::StringRef point, llvm::StringRef error, llvm::StringRef bound,
                  llvm::StringRef condition, llvm::StringRef difference, llvm::StringRef verdict) {
    out << llvm::left_justify(what, width) << "  " << llvm::left_justify(point, 10) << "  "
        << llvm::right_justify(error, 9) << "  " << llvm::right_justify(bound, 9) << "  "
        << llvm::right_justify(condition, 9) << "  " << llvm::right_justify(difference, 9) << "  " << verdict << "\n";
  };
  line("check", "point", "error", "bound", "condition", "fin.diff", "");
  size_t failed = 0, unchecked = 0;
  for (const Check &check : checks) {
    failed += !check.passed(), unchecked += !check.checked;
    std::string verdict = !check.checked ? "not checked" : check.passed() ? "ok" : "FAILED";
    if (!check.note.empty()) verdict += ": " + check.note;
    if (check.checked)
      line(check.what, check.point, number(check.error), number(check.bound), number(check.condition),
           number(check.difference), verdict);
    else
      line(check.what, check.point, "-", "-", "-", "-", verdict);
  }
  out << checks.size() << " checks, " << failed << " failed";
  if (unchecked) out << ", " << unchecked << " could not be made";
  out << "\n";
  return text;
}

} // namespace fluxion::reference
