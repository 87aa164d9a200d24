// Tensors for people: nested brackets, numbers in columns, the middle of long axes left out.
#pragma once
#include "compiler/Driver/include/fluxion/view.h"

namespace fluxion::cli {

// digits: how many of them are significant; 0: as many as it takes to read the number back.
std::string printTensor(const api::Tensor &, int digits = 0);

} // namespace fluxion::cli
