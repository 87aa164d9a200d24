// The text a cache entry is filed under. It names everything the code depends on and nothing else: a comment or a space in
// the source changes no key, a new build of the compiler changes all of them.
#include "compiler/Driver/Cache.h"
#include "compiler/Driver/Host.h"
#include "compiler/Driver/Libraries.h"
#include "fluxion/runtime.h"
#include <set>
#include <sstream>

namespace fluxion {

// Faults report the place of the op, so for ops that can fault the place is part of the code.
static bool canFault(Primitive op) { return op == Primitive::gather_ || op == Primitive::scatter_add_; }

static void printPlaces(std::ostream &out, const Function &function) {
  for (const Node &node : function.nodes) {
    if (!canFault(node.op)) continue;
    for (const Location *at = &node.where; at; at = at->caller.get())
      if (at->range.file) {
        LineColumn place = lineColumn(*at->range.file, at->range.begin);
        out << "at " << at->range.file->path << ":" << place.line << ":" << place.column << "\n";
      }
  }
}

static void printFunction(std::ostream &out, const Module &module, const Function &function,
                          std::set<uint32_t> &printed) {
  out << print(function) << "\n";
  for (const Parameter &parameter : function.parameters) out << parameter.path << " " << parameter.type.print() << "\n";
  for (const Result &result : function.results)
    out << "-> " << result.path << " " << result.value.node << "." << result.value.result << "\n";
  for (int donated : function.donated) out << "in place " << donated << "\n";
  printPlaces(out, function);
  for (const Node &node : function.nodes)
    for (uint32_t callee : node.callees) {
      if (!printed.insert(callee).second) continue;
      out << "function " << callee << "\n";
      printFunction(out, module, module.functions[callee], printed);
    }
}

// The builds of everything that makes code or that code is linked against: driver and runtime, compiler, and of what the
// compiler needs libMLIR and libLLVM. Empty when one of them cannot be found: a new one would not be noticed.
static std::string toolchain() {
  std::string compiler = compilerLibraryPath();
  if (compiler.find('/') == compiler.npos) // the linker's to find
    compiler = findLibrary(compiler, needsOf(driverLibraryPath()).value_or(ElfNeeds{}));
  std::string all = "abi " + std::to_string(FLX_ABI_VERSION), missing;
  auto add = [&](const std::string &name, const std::string &path) {
    std::string build = path.empty() ? "" : buildOf(path);
    if (build.empty()) missing += name;
    all += " " + name + " " + build;
  };
  add("driver", driverLibraryPath());
  add("compiler", compiler);
  std::optional<ElfNeeds> needs = needsOf(compiler);
  if (!needs) return "";
  for (const std::string &library : needs->libraries)
    if (library.starts_with("libMLIR") || library.starts_with("libLLVM")) add(library, findLibrary(library, *needs));
  return missing.empty() ? all : "";
}

std::string cacheKey(const CompileRequest &request) {
  static const std::string build = toolchain();
  if (build.empty()) return "";
  std::ostringstream out;
  out << "fluxion " << FLUXION_VERSION << " " << build << "\n";
  // The machine even where a CPU is named: the compiler has seen that it can run such code, another machine may not.
  out << "cpu " << request.options.cpu << " " << hostCpuIdentity() << "\n";
  out << "fast-math " << request.options.fastMath << " strict " << request.options.strict << " simplify " << request.options.simplify << " level " << request.options.optimizationLevel << "\n";
  for (const auto &[name, extent] : request.dimensions) out << name << " = " << extent << "\n";
  for (uint32_t result : request.results) out << "result " << result << " ";
  out << "\n" << request.function << "\n";
  std::set<uint32_t> printed;
  if (const Function *function = request.module->find(request.function))
    printFunction(out, *request.module, *function, printed);
  return out.str();
}

} // namespace fluxion
