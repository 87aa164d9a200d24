// Each rule of the simplifier on a program that shows it.
#pragma once
#include <string>
#include <vector>

namespace fluxion::test {

// What a rule may change (compiler/Symbolic/Families.h says it of the rules themselves).
enum class Promise {
  Bits,       // every bit of every value, but a NaN's payload
  Accuracy,   // ordinary values to rounding: a stable form
  SumOrder,   // ordinary values to rounding; nothing under strict
  Derivative, // ordinary values to rounding; nothing at all in the program's own arithmetic
};

// A function of %x and %y. In the body T is their type, B that of truth values in its shape, E the element. A T of all
// special values against all, or of `count` of them.
struct RuleCase {
  std::vector<std::string> rules; // that must act
  Promise promise;
  std::string body;        // ends with %r
  std::string type = "T";  // of %r
  int64_t count = 0;       // 0: all
};

std::vector<RuleCase> elementwiseRuleCases();
std::vector<RuleCase> structuralRuleCases();

} // namespace fluxion::test
