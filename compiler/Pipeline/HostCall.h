// A compiled function that is called with the reference interpreter's tensors: what verification and the differential
// campaign run. In: the manifest and the loaded code. Out: results as HostTensors, or the fault the call reported.
#pragma once
#include "compiler/Driver/Compiled.h"
#include "compiler/Reference/Interpreter.h"
#include "fluxion/runtime.h"
#include <memory>
#include <vector>

namespace fluxion {

struct HostCall {
  CompiledObject manifest;
  flx_entry entry = nullptr;
  std::shared_ptr<void> handle;               // keeps `entry` in memory
  std::vector<reference::HostTensor> results; // zeros of the right type

  // `fault`: set to the first fault of the call, e.g. an index out of range; null: not asked.
  llvm::Expected<reference::HostTensors> operator()(llvm::ArrayRef<reference::HostTensor> arguments,
                                                    bool *fault = nullptr) const;
};

} // namespace fluxion
