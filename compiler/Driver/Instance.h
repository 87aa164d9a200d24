// An instance is a function compiled for one set of extents and loaded; a frame is what one call of it needs besides its
// arguments. Instances are immutable and shared; a frame belongs to one call at a time and is used again afterwards.
#pragma once
#include "compiler/Driver/Cache.h"
#include "compiler/Driver/Plugin.h"
#include "compiler/Driver/include/fluxion/error.h"
#include "compiler/Driver/include/fluxion/view.h"
#include "runtime/Core/MemoryPool.h"
#include <mutex>
#include <vector>

namespace fluxion {

struct Instance {
  CompiledObject manifest; // without the object itself
  LoadedCode code;
  DimBinding dimensions;
  bool fromCache = false;
};

// From the cache or the compiler.
api::Expected<std::shared_ptr<const Instance>> makeInstance(const CompileRequest &, const CodeCache &);

// The request for a function at extents that completeBinding() has accepted.
CompileRequest requestFor(const Module &, const Function &, const DimBinding &, const CompileOptions &);

class Frame {
public:
  explicit Frame(std::shared_ptr<runtime::MemoryPool> pool = nullptr) : pool(std::move(pool)) {}
  Frame(Frame &&other) noexcept { swap(other); }
  Frame &operator=(Frame &&other) noexcept { return swap(other), *this; }
  ~Frame();

  flx_context *context = nullptr;
  void *arena = nullptr;
  uint64_t arenaBytes = 0;

  // False when memory is out.
  bool prepare(uint64_t bytes, int threads);
  void dropArena();

private:
  std::shared_ptr<runtime::MemoryPool> pool;
  void swap(Frame &);
};

// Runs the instance; an error is a fault in the data (an index out of range), shown at its place in the module's source.
api::Expected<void> run(const Instance &, const Module &, Frame &, void *const *arguments, void *const *results);

// Frames that no call uses just now, without their arenas. As many exist as there were calls at the same time.
class FramePool {
public:
  FramePool(int threads, std::shared_ptr<runtime::MemoryPool> memory) : threads(threads), memory(std::move(memory)) {}
  api::Expected<Frame> take(uint64_t arenaBytes);
  void giveBack(Frame);

private:
  const int threads;
  const std::shared_ptr<runtime::MemoryPool> memory;
  std::mutex mutex;
  std::vector<Frame> idle;
};

} // namespace fluxion

namespace fluxion::api {
// A tensor of the pool, for code that writes all of it; data() is null when memory is out.
Tensor uninitialized(DType, Shape, const std::shared_ptr<runtime::MemoryPool> &);
} // namespace fluxion::api
