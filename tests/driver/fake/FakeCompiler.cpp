// A compiler that recognizes functions by name and answers with C++ written here. It honours the whole contract (manifests,
// faults, objects that survive the cache), so the driver cannot tell it from the real one.
#include "compiler/Driver/Infer.h"
#include "compiler/Driver/Plugin.h"
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <unistd.h>

using namespace fluxion;

namespace {

std::atomic<int> compilations{0};

// Compiled code is a bare function pointer; these slots give each loaded object one of its own, and its extents.
struct Slot {
  std::string function;
  int64_t n = 0, d = 0;
};
constexpr int slotCount = 64;
Slot slots[slotCount];
int slotsUsed = 0;
std::mutex slotMutex;

void axpy(const Slot &slot, void *const *in, void *const *out) {
  float a = *static_cast<float *>(in[0]);
  auto *x = static_cast<const float *>(in[1]), *y = static_cast<const float *>(in[2]);
  for (int64_t i = 0; i < slot.n; ++i) static_cast<float *>(out[0])[i] = a * x[i] + y[i];
}

void scaled(const Slot &slot, void *const *in, void *const *out) {
  auto *x = static_cast<const float *>(in[0]);
  for (int64_t i = 0; i < slot.n; ++i) static_cast<float *>(out[0])[i] = x[i] * *static_cast<float *>(in[1]);
}

void pick(const Slot &slot, flx_context *context, void *const *in, void *const *out) {
  int32_t index = *static_cast<int32_t *>(in[1]);
  if (index < 0 || index >= slot.n) flx_fault(context, 0, index, slot.n);
  else *static_cast<float *>(out[0]) = static_cast<const float *>(in[0])[index];
}

// One step of gradient descent on mean (x·w + b − y)², in place. The rate falls with the step counter, so a resumed run that
// lost the counter would show.
void fit(const Slot &slot, void *const *in, void *const *out, bool train) {
  auto *w = static_cast<float *>(in[0]), *b = static_cast<float *>(in[1]);
  auto *x = static_cast<const float *>(in[train ? 3 : 2]), *y = static_cast<const float *>(in[train ? 4 : 3]);
  std::vector<float> gradient(size_t(slot.d), 0.f);
  float gb = 0, loss = 0;
  for (int64_t i = 0; i < slot.n; ++i) {
    float z = *b - y[i];
    for (int64_t j = 0; j < slot.d; ++j) z += x[i * slot.d + j] * w[j];
    loss += z * z / float(slot.n);
    gb += 2 * z / float(slot.n);
    for (int64_t j = 0; j < slot.d; ++j) gradient[size_t(j)] += 2 * z * x[i * slot.d + j] / float(slot.n);
  }
  if (!train) return void(*static_cast<float *>(out[0]) = loss);
  int64_t t = *static_cast<int64_t *>(in[2]);
  if (const char *fatal = getenv("FAKE_KILL_AT"); fatal && t == atoll(fatal)) kill(getpid(), SIGKILL);
  float rate = 0.1f / (1 + 0.01f * float(t));
  for (int64_t j = 0; j < slot.d; ++j) static_cast<float *>(out[0])[j] = w[j] - rate * gradient[size_t(j)];
  *static_cast<float *>(out[1]) = *b - rate * gb;
  *static_cast<int64_t *>(out[2]) = t + 1;
  *static_cast<float *>(out[3]) = loss;
  *static_cast<float *>(out[4]) = rate;
}

void initialize(const Slot &slot, void *const *in, void *const *out) {
  flx_random_normal_f32(static_cast<float *>(out[0]), 0, slot.d, *static_cast<int64_t *>(in[0]));
  *static_cast<float *>(out[1]) = 0;
  *static_cast<int64_t *>(out[2]) = 0;
}

template <int I> void enter(flx_context *context, void *const *in, void *const *out, void *) {
  const Slot &slot = slots[I];
  if (slot.function == "axpy") axpy(slot, in, out);
  else if (slot.function == "scaled") scaled(slot, in, out);
  else if (slot.function == "pick") pick(slot, context, in, out);
  else if (slot.function == "fit.init") initialize(slot, in, out);
  else fit(slot, in, out, slot.function == "fit.step");
}

template <int... I> flx_entry entryOf(int slot, std::integer_sequence<int, I...>) {
  static const flx_entry entries[] = {enter<I>...};
  return entries[slot];
}

class Fake final : public CompilerPlugin {
public:
  std::string version() const override { return "fake"; }

  bool compile(const CompileRequest &request, CompiledObject &out, DiagnosticText &error) override {
    ++compilations;
    const Function &function = *request.module->find(request.function);
    if (request.function == "broken") return error.internal = true, error.message = "no code for this", false;
    for (const Parameter &parameter : function.parameters)
      out.arguments.push_back({parameter.path, parameter.type.element, *shapeUnder(parameter.type, request.dimensions)});
    for (size_t i = 0; i < function.results.size(); ++i) {
      const TensorType &type = function.typeOf(function.results[i].value);
      int donated = i < function.donated.size() ? function.donated[i] : -1;
      out.results.push_back({function.results[i].path, type.element, *shapeUnder(type, request.dimensions), donated});
    }
    auto extent = [&](const char *name) {
      auto found = request.dimensions.find(name);
      return found == request.dimensions.end() ? int64_t(0) : found->second;
    };
    int64_t n = extent("N") + extent("B");
    out.object = request.function + " " + std::to_string(n) + " " + std::to_string(extent("D"));
    out.entry = request.function;
    out.arenaBytes = 64;
    out.faultSites = {{"pick.flx:2:3", "gather along N"}};
    return true;
  }

  bool load(const CompiledObject &object, LoadedCode &out, DiagnosticText &error) override {
    std::lock_guard lock(slotMutex);
    char name[64];
    long long n, d;
    if (sscanf(object.object.c_str(), "%63s %lld %lld", name, &n, &d) != 3)
      return error.message = "not an object", error.internal = true, false;
    int slot = 0;
    while (slot < slotsUsed && !(slots[slot].function == name && slots[slot].n == n && slots[slot].d == d)) ++slot;
    if (slot == slotCount) return error.message = "out of slots", error.internal = true, false;
    if (slot == slotsUsed) slots[slotsUsed++] = {name, n, d};
    out.entry = entryOf(slot, std::make_integer_sequence<int, slotCount>());
    return true;
  }

  std::vector<std::string> stages() const override { return {"flx", "asm"}; }
  bool printStage(const CompileRequest &request, const std::string &stage, const PrintOptions &, std::string &out,
                  DiagnosticText &) override {
    out = stage + " of " + request.function;
    return true;
  }
  bool verify(const CompileRequest &, const VerifyOptions &, VerifyOutcome &outcome, DiagnosticText &) override {
    return outcome.passed = true;
  }
  bool describe(const CompileRequest &, std::string &, DiagnosticText &) override { return true; }
  std::string hostCpu() const override { return "fake"; }
  std::string hostFeatures() const override { return ""; }
};

} // namespace

#ifdef FAKE_STAMP
extern "C" const char *fluxion_compiler_stamp() { return FAKE_STAMP; }
#elif !defined(FAKE_UNSTAMPED)
extern "C" const char *fluxion_compiler_stamp() {
  return
#include "compiler/Driver/InterfaceStamp.inc"
      ;
}
#endif

extern "C" CompilerPlugin *fluxion_compiler_plugin() {
#if defined(FAKE_STAMP) || defined(FAKE_UNSTAMPED)
  abort(); // of another build nothing may be called
#endif
  static Fake fake;
  return &fake;
}
extern "C" int fake_compilations() { return compilations; }
