// The cases of this folder: a program that errs, and below it what is to be said, as lines `//! …`:
//   //! E0301 4:11-4:12 "the shapes f32[N,D] and f32[N] do not match"      number, place, message
//   //!   label "f32[N]"                                                   beside the caret
//   //!   note 1:8-1:17 "`X` is f32[N,D]"                                  a place is left out where there is none
//   //!   help "name the axis that is new: `expand(y, axis = 1, size = D)`"
//   //!   fix 4:13-4:14 "expand(y, axis = 1, size = D)"
// A warning has the word `warning` after its number; `//! nothing` is a program without a fault. What is said and what
// is to be said are compared as a whole, so nothing else may be said. FLUXION_UPDATE_ERRORS=1 writes what is said into
// the files.
#pragma once
#include "frontend/Source/Diagnostic.h"
#include <filesystem>
#include <string>
#include <vector>

namespace fluxion::test {

struct Case {
  std::filesystem::path file;
  std::string program;  // all of the file up to the first `//!`
  std::string expected; // the rest
};
std::vector<Case> allCases();

std::string read(const std::filesystem::path &file);
void write(const std::filesystem::path &file, const std::string &text);
bool updates(); // FLUXION_UPDATE_ERRORS is set

// Every diagnostic in the form above.
std::string describe(const std::vector<Diagnostic> &diagnostics);
std::vector<Diagnostic> check(const std::string &name, const std::string &program);
// The program after the edits of one diagnostic.
std::string applyFixes(std::string program, const Diagnostic &diagnostic);

} // namespace fluxion::test
