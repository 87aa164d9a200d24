// Outputs that must not land on what a run reads.
#pragma once
#include "runtime/Support/Result.h"
#include <vector>

namespace fluxion::runtime {

/// E0615 if `output` is one of the files `inputs`, by whatever name, link or path. What does not exist is no file.
Status refuseOverwriting(const std::string &output, const std::vector<std::string> &inputs);

} // namespace fluxion::runtime
