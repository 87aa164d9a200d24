// Exceptions, in this file alone: the code between throw and catch has none to clean up after, so it is left as it stands.
#include "compiler/Pipeline/Guard.h"
#include "llvm/Support/ErrorHandling.h"
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>

namespace fluxion {

namespace {
struct FatalError {
  std::string why;
};
} // namespace

static thread_local int guards = 0; // of this thread; without one LLVM's errors end the process as they always do

static void onFatalError(void *, const char *why, bool) {
  if (guards) throw FatalError{why ? why : ""};
}

static void onBadAlloc(void *, const char *, bool) {
  if (guards) throw std::bad_alloc();
  abort();
}

// Stands in for the C library's in all that is linked with this file: assertions of LLVM's headers are compiled into our
// code. Under another name, since the library's promises to throw nothing.
extern "C" [[noreturn]] __attribute__((visibility("hidden"), used)) void
assertionFailed(const char *what, const char *file, unsigned line, const char *function) asm("__assert_fail");
void assertionFailed(const char *what, const char *file, unsigned line, const char *function) {
  const std::string why = std::string(file) + ":" + std::to_string(line) + ": assertion `" + what + "` failed";
  if (guards) throw FatalError{why};
  fprintf(stderr, "%s\n", why.c_str());
  abort();
}

static bool listen() {
  llvm::remove_fatal_error_handler();
  llvm::install_fatal_error_handler(onFatalError);
  llvm::remove_bad_alloc_error_handler();
  llvm::install_bad_alloc_error_handler(onBadAlloc);
  return true;
}

Ending guarded(const std::function<void()> &work) {
  static const bool listening = listen();
  (void)listening;
  struct Count {
    Count() { ++guards; }
    ~Count() { --guards; }
  } count;
  try {
    work();
    return {};
  } catch (const FatalError &error) {
    return {Ending::Fault, error.why};
  } catch (const std::bad_alloc &) {
    return {Ending::MemoryOut, ""};
  } catch (const std::length_error &) { // a vector of more elements than there can be
    return {Ending::MemoryOut, ""};
  } catch (const std::exception &error) {
    return {Ending::Fault, error.what()};
  } catch (...) {
    return {Ending::Fault, "an exception of no known kind"};
  }
}

bool faultWanted(const char *phase) {
  static const char *const wanted = getenv("FLUXION_TEST_FAULT");
  const char *colon = wanted ? strchr(wanted, ':') : nullptr;
  if (!colon || strlen(phase) != size_t(colon - wanted) || strncmp(wanted, phase, strlen(phase)) != 0) return false;
  const std::string kind = colon + 1;
  if (kind == "fatal") llvm::report_fatal_error("a fault was asked for");
  if (kind == "assert") assert(!"a failure was asked for");
  if (kind == "exception") throw std::runtime_error("an exception was asked for");
  if (kind == "memory") throw std::bad_alloc();
  if (kind == "crash") __builtin_trap();
  return kind == "fail";
}

} // namespace fluxion
