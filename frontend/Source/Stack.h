// How far recursion may go on this thread. Parsing, checking and compiling descend with the nesting of a program; bounds on
// that nesting (E0108, E0412) suppose an ordinary stack, and a thread or a `ulimit -s` may give less.
#pragma once
#include <cstddef>
#include <functional>

namespace fluxion {

// Bytes of this thread's stack below the caller's frame; as good as unbounded where the system does not say.
size_t stackLeft();

// True when another level of nesting and the report of an error might not fit.
bool stackIsShort();

// Runs `work` where there is room for the deepest nesting allowed: here, or on a thread made for it. Where none is to be
// had it runs here, and `stackIsShort` bounds it.
void onAmpleStack(const std::function<void()> &work);

} // namespace fluxion
