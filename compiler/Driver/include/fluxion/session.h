// A Session is where compilation happens: target, threads, cache. Modules and functions keep what they need of it, so it
// may go before they do.
#ifndef FLUXION_SESSION_H
#define FLUXION_SESSION_H
#include "module.h"
#include <vector>

namespace fluxion::api {

struct SessionOptions {
  std::string cpu = "native"; // LLVM's name of a CPU
  int threads = 0;            // 0: as many as the machine has, or FLUXION_THREADS
  bool fastMath = false;      // rewrites that lose accuracy, and NaN, infinities and signs of zero
  bool strict = false;        // neither FMA nor sums in another order than written; fastMath is then ignored
  bool simplify = true;       // false: code as written, for comparing with the simplified
  bool cache = true;          // keep compiled code on disk
  // How much memory of earlier calls is kept for later ones, which then need not ask the system. −1: FLUXION_POOL_SIZE, in
  // MiB, else an eighth of the machine's. It goes back after ten seconds without use, and when the session ends.
  int64_t poolBytes = -1;
  std::string cacheDirectory; // empty: FLUXION_CACHE_DIR, else ~/.cache/fluxion
  // Folders where imports are looked for after the importing file's own; those of FLUXION_PATH come after them.
  std::vector<std::string> searchPath;
};

// A source held in memory, under the path it would have: `import "nets/layers.flx"` finds the text named so.
struct SourceText {
  std::string path, text;
};

class Session {
public:
  Session() : Session(SessionOptions{}) {}
  explicit Session(SessionOptions);

  Expected<Module> compileFile(const std::string &path) const;
  Expected<Module> compileString(std::string source, const std::string &name = "<string>") const;
  // The program is the first; its imports are looked for among the others, and then on disk.
  Expected<Module> compileSource(std::vector<SourceText> files) const;

  // The names `Function::print` takes, in the order data take them.
  Expected<std::vector<std::string>> stages() const;

  // Gives memory that is kept for later calls back to the system now.
  void releaseMemory() const;

  struct State;
  const State &internals() const { return *state; }
  std::shared_ptr<State> shared() const { return state; }

private:
  std::shared_ptr<State> state;
};

const char *version(); // "0.1.0"

} // namespace fluxion::api
#endif
