// Parsing, printing and renaming of einsum equations.
#include "frontend/Graph/Equation.h"
#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>

namespace fluxion {

namespace {
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr std::string_view alphabet = "ijklmnopqrstuvwxyzabcdefghABCDEFGHIJKLMNOPQRSTUVWXYZ";
} // namespace

std::string Equation::print() const {
  std::string text;
  for (size_t i = 0; i < operands.size(); ++i) text += (i ? "," : "") + operands[i];
  return text + "->" + result;
}

Equation Equation::canonical() const {
  std::map<char, char> renamed;
  auto rename = [&](const std::string &letters) {
    std::string out;
    for (char c : letters) {
      size_t next = renamed.size();
      out += renamed.emplace(c, char(next < 26 ? 'a' + next : 'A' + (next - 26))).first->second;
    }
    return out;
  };
  Equation made;
  for (const std::string &operand : operands) made.operands.push_back(rename(operand));
  made.result = rename(result);
  return made;
}

// Without `->`: the letters that stand once, in the order of the alphabet.
static std::string implicitResult(const std::vector<std::string> &operands) {
  std::map<char, int> times;
  for (const std::string &operand : operands)
    for (char c : operand) ++times[c];
  std::string result;
  for (auto [letter, count] : times)
    if (count == 1) result += letter;
  return result;
}

// Where each `...` of a part of the equation stands; npos: nowhere.
static size_t onlyEllipsis(std::string_view part, bool &again) {
  size_t at = part.find("...");
  again = at != part.npos && part.find("...", at + 3) != part.npos;
  return at;
}

// "...mk,...kn->...mn" of ranks 3 and 3 is "imk,ikn->imn". The axes of a shorter `...` are the last of a longer one.
std::variant<std::string, EquationFault> expandEllipsis(const std::string &text, const std::vector<int64_t> &ranks) {
  if (text.find("...") == text.npos) return text;
  size_t arrow = text.find("->"), longest = 0, begin = 0;
  std::string letters;
  for (char c : alphabet)
    if (text.find(c) == text.npos) letters += c;
  struct Part { size_t begin, end, ellipsis, axes; };
  std::vector<Part> parts;
  for (size_t i = 0; i <= std::min(arrow, text.size()); ++i) {
    if (i < std::min(arrow, text.size()) && text[i] != ',') continue;
    std::string_view part = std::string_view(text).substr(begin, i - begin);
    bool again = false;
    size_t named = size_t(std::count_if(part.begin(), part.end(), isLetter)), at = onlyEllipsis(part, again);
    size_t rank = parts.size() < ranks.size() ? size_t(ranks[parts.size()]) : 0;
    if (again) return EquationFault{begin, "`...` stands twice in one operand"};
    if (at != part.npos && rank < named && parts.size() < ranks.size())
      return EquationFault{begin, "the operand has fewer axes (" + std::to_string(rank) + ") than the letters beside `...`"};
    parts.push_back({begin, i, at, at == part.npos ? 0 : rank - std::min(rank, named)});
    longest = std::max(longest, parts.back().axes);
    begin = i + 1;
  }
  if (longest > letters.size()) return EquationFault{0, "there are more axes than letters"};
  letters.resize(longest);
  std::string out;
  for (const Part &part : parts) {
    std::string piece = text.substr(part.begin, part.end - part.begin);
    if (part.ellipsis != piece.npos) piece.replace(part.ellipsis, 3, letters.substr(longest - part.axes));
    out += (out.empty() && part.begin == 0 ? "" : ",") + piece;
  }
  std::string result = arrow == text.npos ? "" : text.substr(arrow + 2);
  if (arrow == text.npos) {
    std::vector<std::string> named;
    for (const Part &part : parts) {
      named.emplace_back();
      std::copy_if(text.begin() + long(part.begin), text.begin() + long(part.end), std::back_inserter(named.back()), isLetter);
    }
    result = letters + implicitResult(named);
  } else {
    bool again = false;
    size_t at = onlyEllipsis(result, again);
    if (again) return EquationFault{arrow, "`...` stands twice in the result"};
    if (at != result.npos) result.replace(at, 3, letters);
    else if (longest > 0) return EquationFault{arrow, "the axes of `...` are missing in the result: write `...` there, or name them"};
  }
  return out + "->" + result;
}

std::variant<Equation, EquationFault> parseEquation(std::string_view text) {
  Equation equation;
  equation.operands.emplace_back();
  bool inResult = false;
  std::vector<size_t> resultPositions;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == ' ') continue;
    if (c == '-' && i + 1 < text.size() && text[i + 1] == '>') {
      if (inResult) return EquationFault{i, "a second `->`"};
      inResult = true;
      ++i;
    } else if (c == ',') {
      if (inResult) return EquationFault{i, "an einsum has one result: no `,` after `->`"};
      equation.operands.emplace_back();
    } else if (isLetter(c)) {
      if (inResult) resultPositions.push_back(i);
      (inResult ? equation.result : equation.operands.back()) += c;
    } else {
      bool plain = isprint((unsigned char)c); // else a piece of a code point, or nothing that can be shown
      return EquationFault{i, (plain ? "`" + std::string(1, c) + "`" : std::string("this sign")) +
                                  " is not a subscript: letters from a to z and A to Z, `,`, `->` and `...` are"};
    }
  }
  if (!inResult) equation.result = implicitResult(equation.operands);
  for (size_t i = 0; i < equation.result.size(); ++i) {
    bool known = false;
    for (const std::string &operand : equation.operands) known |= operand.find(equation.result[i]) != std::string::npos;
    if (!known)
      return EquationFault{resultPositions[i],
                           std::string("no operand has the subscript `") + equation.result[i] + "`"};
  }
  return equation;
}

char Letters::choose(const Dim &axis) {
  auto names = axis.names();
  char wish = names.empty() ? 'i' : char(tolower((unsigned char)names.front()[0]));
  if (!isLetter(wish) || used.find(wish) != std::string::npos) {
    wish = 0;
    for (char c : alphabet)
      if (!wish && used.find(c) == std::string::npos) wish = c;
  }
  used += wish;
  return wish;
}

} // namespace fluxion
