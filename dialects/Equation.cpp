// Einsum strings: parsing, printing, shapes.
#include "dialects/Equation.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace fluxion::flx {

static std::optional<Equation> reject(std::string *fault, const llvm::Twine &why) {
  if (fault) *fault = why.str();
  return std::nullopt;
}

std::optional<Equation> Equation::parse(StringRef text, std::string *fault) {
  size_t arrow = text.find("->");
  if (arrow == StringRef::npos) return reject(fault, "has no '->'");
  Equation equation;
  SmallVector<StringRef> parts;
  text.take_front(arrow).split(parts, ',');
  for (StringRef part : parts) equation.operands.push_back(part.str());
  equation.output = text.drop_front(arrow + 2).str();
  for (StringRef part : llvm::concat<const std::string>(equation.operands, ArrayRef(equation.output)))
    for (char letter : part)
      if (!llvm::isAlpha(letter))
        return reject(fault, llvm::Twine("names an axis '") + llvm::Twine(letter) + "', which is no letter");
  for (char letter : equation.output)
    if (llvm::none_of(equation.operands, [&](StringRef part) { return part.contains(letter); }))
      return reject(fault, llvm::Twine("has '") + llvm::Twine(letter) + "' in its output only");
  return equation;
}

std::string Equation::str() const { return llvm::join(operands, ",") + "->" + output; }

int64_t Equation::extent(char letter, ArrayRef<RankedTensorType> types) const {
  for (auto [letters, type] : llvm::zip_equal(operands, types))
    if (size_t axis = letters.find(letter); axis != std::string::npos) return type.getDimSize(axis);
  return -1;
}

SmallVector<int64_t> Equation::outputShape(ArrayRef<RankedTensorType> types) const {
  SmallVector<int64_t> shape;
  for (char letter : output) shape.push_back(extent(letter, types));
  return shape;
}

std::string Equation::letters() const {
  std::string seen;
  for (StringRef part : operands)
    for (char letter : part)
      if (!contains(seen, letter)) seen.push_back(letter);
  return seen;
}

std::string Equation::summed() const {
  std::string all = letters();
  llvm::erase_if(all, [&](char letter) { return contains(output, letter); });
  return all;
}

char Equation::unusedLetter() const {
  std::string used = letters();
  for (char letter : StringRef("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    if (!contains(used, letter)) return letter;
  return 0;
}

bool hasRepeats(StringRef letters) {
  for (auto [i, letter] : llvm::enumerate(letters))
    if (letters.drop_front(i + 1).contains(letter)) return true;
  return false;
}

} // namespace fluxion::flx
