// The compiler works in its host's process, so nothing that goes wrong in it may end that process: an error that LLVM calls
// fatal, an assertion that fails and memory that is out, which end a program by default, come back as an answer.
#pragma once
#include <functional>
#include <string>

namespace fluxion {

struct Ending {
  enum Kind : unsigned char { Done, MemoryOut, Fault } kind = Done;
  std::string why; // of a fault
};

// Runs `work` to its end, or to where it gives up; what it has made up to there is then not to be touched, nor destroyed.
Ending guarded(const std::function<void()> &work);

// For tests: FLUXION_TEST_FAULT=PHASE:KIND makes the phase go wrong. True: it is to fail; other kinds (`fatal`, `assert`,
// `exception`, `memory`, `crash`) do not come back from here.
bool faultWanted(const char *phase);

} // namespace fluxion
