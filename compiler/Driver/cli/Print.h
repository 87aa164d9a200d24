// Tensors for people: nested brackets, numbers in columns, the middle of long axes left out.
#pragma once
#include "compiler/Driver/include/fluxion/view.h"

namespace fluxion::cli {

std::string printTensor(const api::Tensor &);

} // namespace fluxion::cli
