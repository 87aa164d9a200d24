// How an error is written on one line.
#include "runtime/Support/Result.h"

namespace fluxion::runtime {

std::string Error::render() const {
  std::string place = path;
  if (line > 0) place += (place.empty() ? "line " : ", line ") + std::to_string(line);
  if (offset >= 0) place += (place.empty() ? "byte " : ", byte ") + std::to_string(offset);
  return "error[" + number + "]: " + place + (place.empty() ? "" : ": ") + message;
}

} // namespace fluxion::runtime
