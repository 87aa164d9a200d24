#include "runtime/Support/SameFile.h"
#include "runtime/Support/Errors.h"
#include <sys/stat.h>

namespace fluxion::runtime {

Status refuseOverwriting(const std::string &output, const std::vector<std::string> &inputs) {
  struct stat written, read;
  // Devices are written to, not replaced.
  if (output.empty() || stat(output.c_str(), &written) != 0 || !S_ISREG(written.st_mode)) return Done{};
  for (const std::string &input : inputs)
    if (stat(input.c_str(), &read) == 0 && read.st_dev == written.st_dev && read.st_ino == written.st_ino)
      return Error{errors::cannotWrite, "it would replace " + (input == output ? "a file" : input + ",") + " that this run reads", output};
  return Done{};
}

} // namespace fluxion::runtime
