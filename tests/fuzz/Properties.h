// What holds for every text whatever, well formed or not. Shared by the fuzzer and by the test that replays its inputs.
#pragma once
#include <string>

namespace fluxion::fuzz {

enum class Depth : uint8_t {
  Syntax, // lexer, parser, printer, formatter
  Check   // and the checker, also of programs with errors of syntax
};

// Empty, or which property the text breaks, and how.
std::string violation(const std::string &text, Depth depth);

} // namespace fluxion::fuzz
