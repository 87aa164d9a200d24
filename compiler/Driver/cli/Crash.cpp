#include "compiler/Driver/cli/Crash.h"
#include "compiler/Driver/cli/Options.h"
#include <cerrno>
#include <csignal>
#include <cstring>
#include <cxxabi.h>
#include <exception>
#include <fcntl.h>
#include <typeinfo>
#include <unistd.h>

namespace fluxion::cli {

namespace {

// Rendered beforehand: a handler may allocate nothing.
struct LastWords {
  std::string text, json;
  int status = InternalFault;

  void set(const char *number, const std::string &message, const char *note) {
    Diagnostic diagnostic;
    diagnostic.number = number;
    diagnostic.message = message;
    if (*note) diagnostic.note(note);
    text = render(diagnostic, {});
    json = renderJson(diagnostic) + "\n";
  }
  [[noreturn]] void say() const {
    const std::string &words = diagnosticsForm() == Diagnostics::Json ? json : text;
    ssize_t ignored = write(2, words.data(), words.size());
    (void)ignored;
    _exit(status);
  }
};

struct Signal {
  int number;
  const char *name;
};
constexpr Signal crashes[] = {{SIGSEGV, "a memory access that is not allowed (SIGSEGV)"},
                              {SIGBUS, "a memory access that is not possible (SIGBUS)"},
                              {SIGFPE, "arithmetic that the processor refuses (SIGFPE)"},
                              {SIGILL, "an instruction that the processor refuses (SIGILL)"},
                              {SIGABRT, "it gave up (SIGABRT)"}};
LastWords ofSignal[std::size(crashes)], ofMemory, ofException;

} // namespace

static void onCrash(int number) {
  for (size_t i = 0; i < std::size(crashes); ++i)
    if (crashes[i].number == number) ofSignal[i].say();
  _exit(InternalFault);
}

// An exception that nobody catches. Nothing of ours throws; the standard library does where memory is out.
[[noreturn]] static void onTerminate() {
  const std::type_info *type = abi::__cxa_current_exception_type();
  const bool memory = type && (!strcmp(type->name(), "St9bad_alloc") || !strcmp(type->name(), "St20bad_array_new_length") ||
                               !strcmp(type->name(), "St12length_error"));
  (memory ? ofMemory : ofException).say();
}

static void catchCrashes() {
  constexpr const char *request = "this is a fault of Fluxion itself, not of your program: please report it with the command line";
  for (size_t i = 0; i < std::size(crashes); ++i)
    ofSignal[i].set("E0000", std::string("the program ended by ") + crashes[i].name, request);
  ofMemory.set("E0715", "memory is out", "");
  ofMemory.status = InputFault;
  ofException.set("E0000", "the program ended by an exception", request);
  std::set_terminate(onTerminate);
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
  static char room[64 << 10]; // a stack that has run over has none
  stack_t stack = {};
  stack.ss_sp = room;
  stack.ss_size = sizeof room;
  sigaltstack(&stack, nullptr);
  struct sigaction action = {};
  action.sa_handler = onCrash;
  action.sa_flags = int(SA_ONSTACK | SA_RESETHAND);
  for (const Signal &each : crashes) sigaction(each.number, &action, nullptr);
#endif
}

void prepareForTheWorst() {
  // Read-only, so that writing fails as it did.
  for (int descriptor : {0, 1, 2})
    if (fcntl(descriptor, F_GETFD) < 0) {
      int null = open("/dev/null", O_RDONLY);
      if (null >= 0 && null != descriptor) dup2(null, descriptor), close(null);
    }
  signal(SIGXFSZ, SIG_IGN); // a limit on the size of files then refuses the write, and the half-written file is removed
  catchCrashes();
}

bool standardOutputArrived() {
  errno = 0;
  bool flushed = fflush(stdout) == 0;
  int why = errno;
  if (flushed && !ferror(stdout)) return true;
  Diagnostic diagnostic;
  diagnostic.number = "E0615";
  diagnostic.message = "standard output: cannot write" + (why ? std::string(": ") + strerror(why) : std::string());
  print(stderr, diagnostic, colorOn(2));
  return false;
}

} // namespace fluxion::cli
