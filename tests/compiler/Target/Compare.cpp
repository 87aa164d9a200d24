#include "tests/compiler/Target/Compare.h"
#include "compiler/Reference/Interpreter.h"
#include "dialects/Dialect.h"
#include "mlir/Parser/Parser.h"
#include <cmath>

using namespace mlir;

namespace fluxion::cpu {
namespace {

using reference::Element;
using reference::HostTensor;

// A tensor as compiled code sees it.
struct Memory {
  Element element;
  std::vector<char> bytes;

  explicit Memory(const HostTensor &tensor) : element(tensor.element), bytes(tensor.size() * 8 + 1) {
    for (int64_t i = 0; i < tensor.size(); ++i) switch (element) {
      case Element::F32:
        at<float>(i) = float(tensor.reals[i]);
        break;
      case Element::F64:
        at<double>(i) = tensor.reals[i];
        break;
      case Element::I32:
        at<int32_t>(i) = int32_t(tensor.integers[i]);
        break;
      case Element::I64:
        at<int64_t>(i) = tensor.integers[i];
        break;
      case Element::I1:
        at<uint8_t>(i) = tensor.integers[i] != 0;
        break;
      }
  }
  double value(int64_t i) {
    switch (element) {
    case Element::F32:
      return at<float>(i);
    case Element::F64:
      return at<double>(i);
    case Element::I32:
      return at<int32_t>(i);
    case Element::I64:
      return double(at<int64_t>(i));
    case Element::I1:
      return at<uint8_t>(i);
    }
    return 0;
  }
  template <class T> T &at(int64_t i) { return reinterpret_cast<T *>(bytes.data())[i]; }
};

HostTensor sampleOf(Type type, unsigned seed) {
  HostTensor tensor = llvm::cantFail(reference::zerosOf(type));
  bool real = tensor.element == Element::F32 || tensor.element == Element::F64;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    int64_t value = int64_t((i * 7 + seed) % 13) - 6;
    if (real)
      tensor.reals[i] = double(value);
    else
      tensor.integers[i] = tensor.element == Element::I1 ? value > 0 : value;
  }
  return tensor;
}

bool near(double a, double b, double tolerance) {
  if (a == b || (a != a && b != b)) return true;
  return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
}

struct Reference {
  SmallVector<HostTensor> arguments;
  reference::HostTensors results;
  SmallVector<int64_t> donated;
};

void interpret(const std::string &text, unsigned seed, Reference &reference) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<flx::FlxDialect, func::FuncDialect>();
  auto module = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(module) << text;
  auto function = *module->getOps<func::FuncOp>().begin();
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    reference.arguments.push_back(sampleOf(type, seed + 3 * i));
  auto results = reference::interpret(function, reference.arguments);
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError()) << text;
  reference.results = std::move(*results);
  reference.donated = donatedArguments(function);
}

void compare(Program &program, const Reference &reference, bool inPlace, double tolerance, const std::string &what) {
  std::vector<Memory> in(reference.arguments.begin(), reference.arguments.end()), out;
  std::vector<const void *> from;
  std::vector<void *> to;
  for (const HostTensor &result : reference.results) out.emplace_back(result);
  for (Memory &memory : out) std::fill(memory.bytes.begin(), memory.bytes.end(), char(0x5A));
  for (Memory &memory : in) from.push_back(memory.bytes.data());
  auto place = [&](size_t j) -> Memory & {
    return inPlace && reference.donated[j] >= 0 ? in[reference.donated[j]] : out[j];
  };
  for (size_t j = 0; j < out.size(); ++j) to.push_back(place(j).bytes.data());
  program.call(from, to);
  for (size_t j = 0; j < out.size(); ++j) {
    const HostTensor &expected = reference.results[j];
    bool real = expected.element == Element::F32 || expected.element == Element::F64;
    for (int64_t i = 0; i < expected.size(); ++i) {
      double want = real ? expected.reals[i] : double(expected.integers[i]);
      ASSERT_TRUE(near(place(j).value(i), want, tolerance))
          << "got " << place(j).value(i) << " for " << want << ", result " << j << " at " << i << ", " << what;
    }
  }
}

} // namespace

void expectReference(const std::string &text, unsigned seed, double tolerance) {
  Reference reference;
  interpret(text, seed, reference);
  if (::testing::Test::HasFatalFailure()) return;
  for (HarnessOptions way : everyWay()) {
    Program program(text, way);
    ASSERT_TRUE(program.valid()) << program.error << text;
    for (bool inPlace : {false, true}) {
      std::string what = "seed " + std::to_string(seed) + " on " + way.cpu + (way.fuse ? "" : " unfused") +
                         (way.simplify ? " simplified" : "") + (inPlace ? " in place\n" : "\n") + text;
      compare(program, reference, inPlace, tolerance, what);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

} // namespace fluxion::cpu
