// fluxion doctor: what this installation and machine offer, and what is wrong with them.
#include "compiler/Driver/Cache.h"
#include "compiler/Driver/CompilerLibrary.h"
#include "compiler/Driver/Host.h"
#include "compiler/Driver/cli/Common.h"
#include "fluxion/runtime.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace fluxion::cli {

static void row(const char *name, const std::string &value) { printf("%-12s %s\n", name, value.c_str()); }

static std::string cpuFeatures() {
  std::vector<std::string> has = hostFeatures();
  std::string out;
  for (const char *feature : {"avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_bf16",
                              "avx512_vnni", "amx_tile", "amx_bf16", "asimd", "sve"})
    if (std::find(has.begin(), has.end(), feature) != has.end()) out += (out.empty() ? "" : " ") + std::string(feature);
  return out.empty() ? "none of those that matter here" : out;
}

static bool examineCache() {
  std::string directory = defaultCacheDirectory();
  if (directory.empty()) {
    row("cache", "none: neither FLUXION_CACHE_DIR, XDG_CACHE_HOME nor HOME is set");
    return true;
  }
  CodeCache cache(directory);
  // A real entry tells more than permissions do.
  CompiledObject probe;
  probe.entry = "doctor";
  bool works = cache.store("doctor", probe) && cache.load("doctor");
  CodeCache::Usage usage = cache.usage();
  char text[128];
  snprintf(text, sizeof text, ", %llu entries, %.1f of %.0f MiB", (unsigned long long)usage.entries,
           double(usage.bytes) / 1048576, double(cache.limit()) / 1048576);
  row("cache", cache.path() + (works ? text : ": CANNOT BE WRITTEN; everything is compiled anew each time"));
  return works;
}

static bool examineCompiler() {
  auto begin = std::chrono::steady_clock::now();
  auto compiler = compilerLibrary();
  double milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  if (!compiler) {
    row("compiler", "NOT USABLE");
    fail(compiler.error());
    return false;
  }
  char text[64];
  snprintf(text, sizeof text, ", loaded in %.0f ms", milliseconds);
  row("compiler", (*compiler)->version() + text);
  row("", compilerLibraryPath() + ", build " + buildId(compilerLibraryPath()));
  row("generates", "code for " + (*compiler)->hostCpu());
  return true;
}

int doctor(const Line &) {
  row("fluxion", std::string(api::version()) + ", runtime ABI " + std::to_string(FLX_ABI_VERSION) + ", build " +
                     buildId(driverLibraryPath()));
  row("cpu", hostCpuName());
  row("features", cpuFeatures());
  const char *wanted = getenv("FLUXION_THREADS");
  row("threads", std::to_string(hostThreads()) +
                     (wanted && *wanted ? ", FLUXION_THREADS asks for " + std::string(wanted) : ""));
  bool cache = examineCache(), compiler = examineCompiler();
  puts(cache && compiler ? "all is well" : "something is wrong, see above");
  return cache && compiler ? Done : InputFault;
}

} // namespace fluxion::cli
