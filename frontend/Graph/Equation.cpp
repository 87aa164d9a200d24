// Parsing, printing and renaming of einsum equations.
#include "frontend/Graph/Equation.h"
#include <cctype>
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
                                  " is not a subscript: letters from a to z and A to Z, `,` and `->` are"};
    }
  }
  if (!inResult) return EquationFault{text.size(), "the subscripts of the result are missing: end with `->…`"};
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
