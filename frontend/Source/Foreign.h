// Names that other languages and libraries give to what this one spells differently.
#pragma once
#include <string>
#include <string_view>

namespace fluxion {

struct ForeignName {
  std::string_view name;
  std::string_view replacement; // what takes its place as it stands; empty: nothing does
  std::string_view help;        // what there is instead; empty: "write `replacement`"
};

const ForeignName *foreignValue(std::string_view name);  // `True`, `matmul`, `print`
const ForeignName *foreignType(std::string_view name);   // `float`, `Tensor`
const ForeignName *foreignMember(std::string_view name); // `x.shape`, `x.item`; a function of the language is none
bool isForeignModule(std::string_view name);             // `np`, `torch`
std::string helpFor(const ForeignName &foreign);

} // namespace fluxion
