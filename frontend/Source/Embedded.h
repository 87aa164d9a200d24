// Text files that the build puts into the library: the standard library and the pages of the errors (Embed.cmake).
#pragma once
#include <vector>

namespace fluxion {

struct EmbeddedFile {
  const char *path; // relative to its folder: "optim/adam.flx", "E0301.md"
  const char *text;
};
const std::vector<EmbeddedFile> &embeddedStandardLibrary();
const std::vector<EmbeddedFile> &embeddedErrorPages();

} // namespace fluxion
