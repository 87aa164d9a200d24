// Compiling, loading and running one instance; see Instance.h.
#include "compiler/Driver/Instance.h"
#include "compiler/Driver/CompilerLibrary.h"
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/ObjectLoader.h"
#include "compiler/Driver/PhaseClock.h"
#include <utility>

namespace fluxion {

CompileRequest requestFor(const Module &module, const Function &function, const DimBinding &dimensions,
                          const CompileOptions &options) {
  CompileRequest request;
  request.module = &module;
  request.function = function.name;
  request.dimensions = dimensions;
  request.options = options;
  return request;
}

// The manifest must speak of the function that was asked for; anything else would be called with the wrong memory.
static bool fits(const CompiledObject &object, const CompileRequest &request) {
  const Function *function = request.module->find(request.function);
  return function && object.arguments.size() == function->parameters.size() &&
         object.results.size() == (request.results.empty() ? function->results.size() : request.results.size());
}

// Our own loader first: it needs no compiler. What it does not understand is the compiler's to load.
static api::Expected<void> loadCode(const CompiledObject &object, LoadedCode &out) {
  LoadedObject loaded;
  std::string why;
  if (loadObject(object.object, object.entry, loaded, why)) {
    out = {loaded.entry, loaded.memory};
    return {};
  }
  if (why == loaderOutOfMemory) return api::Error("E0715", "memory is out while compiled code is loaded");
  api::Expected<CompilerPlugin *> compiler = compilerLibrary();
  if (!compiler) return compiler.error();
  DiagnosticText error;
  if (!(*compiler)->load(object, out, error)) return errorOf(error);
  return {};
}

static api::Expected<CompiledObject> compile(const CompileRequest &request) {
  PhaseClock clock;
  api::Expected<CompilerPlugin *> compiler = compilerLibrary();
  if (!compiler) return compiler.error();
  clock.lap("compiler library");
  CompiledObject object;
  DiagnosticText error;
  if (!(*compiler)->compile(request, object, error)) return errorOf(error);
  if (!fits(object, request))
    return internalError("the compiler returned code for other arguments than `" + request.function + "` has");
  return object;
}

api::Expected<std::shared_ptr<const Instance>> makeInstance(const CompileRequest &request, const CodeCache &cache) {
  auto instance = std::make_shared<Instance>();
  instance->dimensions = request.dimensions;
  std::string key = cache.enabled() ? cacheKey(request) : "";
  if (auto object = cache.load(key); object && fits(*object, request)) {
    instance->manifest = std::move(*object);
    instance->fromCache = bool(loadCode(instance->manifest, instance->code));
  }
  if (!instance->fromCache) {
    auto object = compile(request);
    if (!object) return object.error();
    instance->manifest = std::move(*object);
    PhaseClock clock;
    if (auto loaded = loadCode(instance->manifest, instance->code); !loaded) return loaded.error();
    clock.lap("loading");
    cache.store(key, instance->manifest);
    clock.lap("cache");
  }
  instance->manifest.object = {};
  return std::shared_ptr<const Instance>(std::move(instance));
}

Frame::~Frame() {
  if (context) flx_context_destroy(context);
  dropArena();
}

void Frame::dropArena() {
  if (pool) pool->give(arena, arenaBytes);
  arena = nullptr;
  arenaBytes = 0;
}

void Frame::swap(Frame &other) {
  std::swap(context, other.context);
  std::swap(arena, other.arena);
  std::swap(arenaBytes, other.arenaBytes);
  std::swap(pool, other.pool);
}

bool Frame::prepare(uint64_t bytes, int threads) {
  if (!context && !(context = flx_context_create(threads))) return false;
  if (bytes <= arenaBytes) return true;
  dropArena();
  if (!pool) pool = std::make_shared<runtime::MemoryPool>(); // a frame of no session
  arena = pool->take(bytes);
  arenaBytes = arena ? bytes : 0;
  return arena;
}

// "m.flx:4:7" back to a range of that file, so that the renderer can show the line; empty if it is not one of ours.
static SourceRange rangeAt(const Module &module, const std::string &where) {
  for (const auto &source : module.sources) {
    if (where.compare(0, source->path.size() + 1, source->path + ":") != 0) continue;
    unsigned line = 0, column = 0;
    if (sscanf(where.c_str() + source->path.size(), ":%u:%u", &line, &column) != 2) continue;
    size_t offset = 0;
    for (unsigned i = 1; i < line && offset < source->text.size(); ++i) {
      size_t end = source->text.find('\n', offset);
      offset = end == std::string::npos ? source->text.size() : end + 1;
    }
    for (unsigned i = 1; i < column && offset < source->text.size(); ++i)
      do ++offset;
      while (offset < source->text.size() && (source->text[offset] & 0xC0) == 0x80); // to the next code point
    return {source, uint32_t(offset), uint32_t(std::min(offset + 1, source->text.size()))};
  }
  return {};
}

// index 12 is outside [0, 10) in gather --> m.flx:4:7
static api::Error faultError(const Instance &instance, const Module &module, const flx_fault_record &fault) {
  Diagnostic diagnostic;
  diagnostic.number = "E0714";
  diagnostic.message =
      "index " + std::to_string(fault.value) + " is outside [0, " + std::to_string(fault.bound) + ")";
  const std::vector<FaultSite> &sites = instance.manifest.faultSites;
  if (fault.site >= 0 && size_t(fault.site) < sites.size()) {
    const FaultSite &site = sites[size_t(fault.site)];
    if (!site.message.empty()) diagnostic.message += " in " + site.message;
    diagnostic.where.range = rangeAt(module, site.where);
    if (!diagnostic.where.range.file && !site.where.empty()) diagnostic.note("at " + site.where);
  }
  return errorOf(std::move(diagnostic));
}

api::Expected<void> run(const Instance &instance, const Module &module, Frame &frame, void *const *arguments,
                        void *const *results) {
  instance.code.entry(frame.context, arguments, results, frame.arena);
  flx_fault_record fault;
  if (flx_context_take_fault(frame.context, &fault)) return faultError(instance, module, fault);
  return {};
}

api::Expected<Frame> FramePool::take(uint64_t arenaBytes) {
  Frame frame(memory);
  {
    std::lock_guard lock(mutex);
    if (!idle.empty()) {
      frame = std::move(idle.back());
      idle.pop_back();
    }
  }
  if (!frame.prepare(arenaBytes, threads))
    return api::Error("E0715", "memory is out: the call needs " + std::to_string(arenaBytes) + " bytes of scratch");
  return frame;
}

void FramePool::giveBack(Frame frame) {
  frame.dropArena();
  std::lock_guard lock(mutex);
  idle.push_back(std::move(frame));
}

} // namespace fluxion
