// What a user calls a function meets nothing: no function of C, libm, the compiler's support library or the runtime, and
// nothing the compiler makes itself.
#include "compiler/Target/Cpu/Buffers.h"
#include "tests/compiler/Target/Harness.h"
#include "llvm/IR/RuntimeLibcalls.h"
#include "llvm/Object/ELFObjectFile.h"
#include <set>

using namespace fluxion;
using namespace fluxion::cpu;

namespace {

// Calls libm and the runtime, is cut into chunks, loops and branches, and has a constant.
std::string programNamed(const std::string &name) {
  return "func.func @\"" + name + R"("(%x: tensor<60000xf32>) -> (tensor<60000xf32>, tensor<8xf32>, tensor<f32>) {
  %0 = flx.asin %x : tensor<60000xf32>
  %1 = flx.lgamma %x : tensor<60000xf32>
  %2 = flx.atan2 %0, %1 : tensor<60000xf32>
  %3 = flx.rem %2, %x : tensor<60000xf32>
  %h = flx.slice %x offsets [0] strides [1] : tensor<60000xf32> -> tensor<8xf32>
  %values:2 = flx.sort %h axis 0 : tensor<8xf32> -> tensor<8xi32>
  %c = flx.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32>
  %4 = flx.add %values#0, %c : tensor<8xf32>
  %5 = flx.sum %3 axes [0] : tensor<60000xf32> -> tensor<f32>
  %6 = flx.scan init(%5) over() length 3 : (tensor<f32>) -> (tensor<f32>) {
  ^bb0(%i: tensor<i32>, %carry: tensor<f32>):
    %7 = flx.tanh %carry : tensor<f32>
    flx.yield %7 : tensor<f32>
  }
  return %3, %4, %6 : tensor<60000xf32>, tensor<8xf32>, tensor<f32>
})";
}

struct Outcome {
  std::vector<float> elements = std::vector<float>(60000), sorted = std::vector<float>(8);
  float last = 0;
  bool operator==(const Outcome &) const = default;
};

Outcome run(Program &program) {
  auto x = sample<float>(60000);
  for (float &each : x) each = 0.1f + 0.4f * std::abs(each);
  Outcome outcome;
  program.call({x.data()}, {outcome.elements.data(), outcome.sorted.data(), &outcome.last});
  return outcome;
}

// Every symbol of the object; those that others see in `exported`.
std::set<std::string> symbolsOf(const CompiledObject &compiled, std::set<std::string> &exported) {
  std::set<std::string> names;
  auto file = llvm::object::ObjectFile::createELFObjectFile(llvm::MemoryBufferRef(compiled.object, "object"));
  if (!file) return ADD_FAILURE() << llvm::toString(file.takeError()), names;
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    auto name = symbol.getName();
    auto flags = symbol.getFlags();
    if (!name || !flags) return ADD_FAILURE(), names;
    if (name->empty()) continue;
    names.insert(name->str());
    if ((*flags & llvm::object::SymbolRef::SF_Global) && !(*flags & llvm::object::SymbolRef::SF_Undefined))
      exported.insert(name->str());
  }
  return names;
}

// What the code generator may call for an operation, on any target.
std::set<std::string> generatorsNames() {
  std::set<std::string> names;
  for (llvm::RTLIB::LibcallImpl call : llvm::RTLIB::libcall_impls())
    if (llvm::StringRef name = llvm::RTLIB::RuntimeLibcallsInfo::getLibcallImplName(call); !name.empty())
      names.insert(name.str());
  return names;
}

// The runtime's and the C library's.
std::set<std::string> libraryNames() {
  std::set<std::string> names;
  for (const flx_symbol *symbol = flx_runtime_symbols(); symbol->name; ++symbol) names.insert(symbol->name);
  for (const char *function :
       {"acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh", "erf", "erfc",
        "exp", "exp10", "exp2", "expm1", "fabs", "fdim", "floor", "fma", "fmax", "fmin", "fmod", "frexp", "hypot", "ilogb",
        "j0", "j1", "jn", "ldexp", "lgamma", "llrint", "llround", "log", "log10", "log1p", "log2", "logb", "lrint", "lround",
        "modf", "nan", "nearbyint", "nextafter", "nexttoward", "pow", "remainder", "remquo", "rint", "round", "roundeven",
        "scalbln", "scalbn", "sin", "sincos", "sinh", "sqrt", "tan", "tanh", "tgamma", "trunc", "y0", "y1", "yn"})
    for (const char *suffix : {"", "f", "l"}) names.insert(std::string(function) + suffix);
  for (const char *name : {"main", "memcpy", "memmove", "memset", "malloc", "free", "abort", "exit", "printf", "write", "dlsym",
                           "_start", "_GLOBAL_OFFSET_TABLE_", "environ", "errno"})
    names.insert(name);
  return names;
}

// The program is compiled under the name of each symbol it consists of, which are found in its own object.
TEST(Names, OfEverySymbolTheCodeHas) {
  Program plain(programNamed("f"));
  ASSERT_TRUE(plain.valid()) << plain.error;
  const Outcome expected = run(plain);
  std::set<std::string> exported, names = symbolsOf(plain.compiled, exported);
  EXPECT_EQ(exported, std::set<std::string>{"fluxion.f"});
  for (const char *name : {"asinf", "atan2f", "flx_lgamma", "flx_sort_f32", "flx_parallel_for", "kernel0", "scan0_body"})
    EXPECT_TRUE(names.contains(name)) << name; // or this test tests nothing
  for (const std::string &name : names) {
    if (name.find_first_of("\"\\") != std::string::npos) continue;
    Program named(programNamed(name));
    ASSERT_TRUE(named.valid()) << name << ": " << named.error;
    EXPECT_EQ(run(named), expected) << name;
  }
}

TEST(Names, OfEveryFunctionThatCodeMayCall) {
  const std::set<std::string> library = libraryNames();
  std::set<std::string> foreign = generatorsNames();
  EXPECT_GT(foreign.size(), 400u);
  foreign.insert(library.begin(), library.end());
  for (const std::string &name : foreign) EXPECT_FALSE(foreign.contains(entrySymbol(name))) << name;
  for (const std::string &name : library) {
    Program named("func.func @\"" + name + "\"(%x: tensor<2xf32>) -> tensor<2xf32> {\n  %0 = flx.neg %x : tensor<2xf32>\n"
                  "  return %0 : tensor<2xf32>\n}");
    ASSERT_TRUE(named.valid()) << name << ": " << named.error;
    std::set<std::string> exported;
    symbolsOf(named.compiled, exported);
    ASSERT_EQ(exported.size(), 1u) << name;
    EXPECT_FALSE(foreign.contains(*exported.begin())) << name;
    float x[2] = {1, -2}, y[2] = {};
    named.call({x}, {y});
    ASSERT_EQ(y[0], -1) << name;
    ASSERT_EQ(y[1], 2) << name;
  }
}

} // namespace
