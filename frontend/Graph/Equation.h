// Einsum equations: "ij,jk->ik" as letters per operand and of the result, and the choice of letters for axes that have
// none.
#pragma once
#include "frontend/Graph/Dim.h"
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fluxion {

struct Equation {
  std::vector<std::string> operands;
  std::string result;
  std::string print() const;
  // Letters renamed a, b, c, … by first occurrence: equal for equations that differ in letters only.
  Equation canonical() const;
};

struct EquationFault {
  size_t position; // the character at fault
  std::string message;
};

// Letters in the place of each `...`, for operands of these ranks; a text without it comes back as it is.
std::variant<std::string, EquationFault> expandEllipsis(const std::string &text, const std::vector<int64_t> &ranks);

// Blanks are skipped; without `->` the result has the letters that stand once, in the order of the alphabet. Refused:
// anything but letters, `,` and one `->`; a letter of the result that no operand has.
std::variant<Equation, EquationFault> parseEquation(std::string_view text);

// Letters for axes: the lower-case initial of the dimension's name where it is free, else the next free letter.
class Letters {
public:
  char choose(const Dim &axis);

private:
  std::string used;
};

} // namespace fluxion
