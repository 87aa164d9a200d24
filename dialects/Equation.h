// Equation: an einsum string taken apart. "ij,jk->ik" names the axes of each operand and of the output.
// Invariant of a parsed equation: every letter is a–z or A–Z and every letter of the output stands in some operand.
#pragma once
#include "mlir/IR/BuiltinTypes.h"
#include <optional>
#include <string>

namespace fluxion::flx {

struct Equation {
  llvm::SmallVector<std::string, 2> operands;
  std::string output;

  // nullopt if the text is no equation; `fault` then says why.
  static std::optional<Equation> parse(llvm::StringRef text, std::string *fault = nullptr);
  std::string str() const;

  // The extent of a letter, read off the operand types (which must have as many axes as letters); −1 if it stands
  // nowhere.
  int64_t extent(char letter, llvm::ArrayRef<mlir::RankedTensorType> types) const;
  llvm::SmallVector<int64_t> outputShape(llvm::ArrayRef<mlir::RankedTensorType> types) const;

  // Every letter, in order of first appearance.
  std::string letters() const;
  // The letters that are summed over, in order of first appearance.
  std::string summed() const;
  // A letter that the equation does not use; 0 if all 52 are taken.
  char unusedLetter() const;
};

inline bool contains(llvm::StringRef letters, char letter) { return letters.contains(letter); }
// True if some letter stands twice.
bool hasRepeats(llvm::StringRef letters);

} // namespace fluxion::flx
