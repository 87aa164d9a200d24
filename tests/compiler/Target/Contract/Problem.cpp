#include "Problem.h"
#include "dialects/Dialect.h"
#include "dialects/Equation.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include <cmath>
#include <random>
using namespace mlir;

namespace fluxion::cpu {
namespace {

std::string typeText(const Problem &p, const std::string &letters, const std::string &element) {
  std::string text = "tensor<";
  for (char c : letters) text += std::to_string(p.extents.at(c)) + "x";
  return text + element + ">";
}

int64_t sizeOf(const Problem &p, const std::string &letters) {
  int64_t size = 1;
  for (char c : letters) size *= p.extents.at(c);
  return size;
}

int64_t offsetOf(const Problem &p, const std::string &letters, std::map<char, int64_t> &at) {
  int64_t offset = 0;
  for (char c : letters) offset = offset * p.extents.at(c) + at[c];
  return offset;
}

std::string biasLetters(const Problem &p) {
  std::string out = flx::Equation::parse(p.equation)->output;
  return out.empty() ? "" : out.substr(out.size() / 2, 1);
}

bool hasFullSide(const Problem &p) { return p.after >= After::Residual; }
bool hasNorm(const Problem &p) { return p.after == After::Norm || p.after == After::OnlyNorm; }
bool hasBias(const Problem &p) { return p.after == After::Bias || p.after == After::TwoResults; }

struct Memory {
  char kind;
  std::vector<char> bytes;
  double get(int64_t i) const {
    const char *at = bytes.data() + i * (kind == 'f' ? 4 : kind == 'd' ? 8 : 1);
    return kind == 'f'   ? *reinterpret_cast<const float *>(at)
           : kind == 'd' ? *reinterpret_cast<const double *>(at)
                         : *at;
  }
};

// Operands in the order of the frame: contracted, full side, bias, results.
struct Run {
  const Problem &p;
  flx::Equation equation;
  std::vector<HarnessOperand> shapes;
  std::vector<Memory> memory;
  unsigned side = 0, bias = 0, result = 0;

  explicit Run(const Problem &p) : p(p), equation(*flx::Equation::parse(p.equation)) {
    auto add = [&](const std::string &letters, char kind) { shapes.push_back({sizeOf(p, letters), kind}); };
    for (const std::string &letters : equation.operands) add(letters, p.kind);
    if (hasFullSide(p)) side = shapes.size(), add(equation.output, p.kind);
    if (hasBias(p)) bias = shapes.size(), add(biasLetters(p), p.kind);
    result = shapes.size();
    if (p.after != After::OnlyNorm) add(equation.output, p.kind);
    if (hasNorm(p)) add("", p.kind);
    if (p.after == After::TwoResults) add(equation.output, 'b');
    std::mt19937_64 random(11);
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (const HarnessOperand &shape : shapes) {
      Memory m{shape.kind, std::vector<char>(shape.elements * 8 + 64)};
      for (int64_t i = 0; i < shape.elements && shape.kind != 'b'; ++i)
        if (shape.kind == 'f')
          reinterpret_cast<float *>(m.bytes.data())[i] = float(uniform(random));
        else
          reinterpret_cast<double *>(m.bytes.data())[i] = uniform(random);
      memory.push_back(std::move(m));
    }
  }
  double truth(std::vector<double> &scale, std::vector<double> &sums) const;
  double error(const std::vector<Memory> &before) const;
};

void forEach(const Problem &p, const std::string &letters, std::map<char, int64_t> &at, size_t from,
             const std::function<void()> &body) {
  if (from == letters.size()) return body();
  for (int64_t i = 0; i < p.extents.at(letters[from]); ++i)
    at[letters[from]] = i, forEach(p, letters, at, from + 1, body);
}

double Run::error(const std::vector<Memory> &before) const {
  std::vector<double> sums(sizeOf(p, equation.output)), scale(sums.size());
  std::map<char, int64_t> at;
  forEach(p, equation.letters(), at, 0, [&] {
    double term = 1;
    for (auto [i, letters] : llvm::enumerate(equation.operands)) term *= before[i].get(offsetOf(p, letters, at));
    int64_t out = offsetOf(p, equation.output, at);
    sums[out] += term, scale[out] += std::fabs(term);
  });
  double worst = 0, norm = 0;
  forEach(p, equation.output, at, 0, [&] {
    int64_t out = offsetOf(p, equation.output, at);
    double value = sums[out];
    if (hasBias(p)) value += before[bias].get(offsetOf(p, biasLetters(p), at));
    if (hasFullSide(p)) value += before[side].get(out);
    if (p.after != After::Nothing) value = std::max(value, 0.0);
    norm += value * value;
    if (p.after == After::OnlyNorm) return;
    worst = std::max(worst, std::fabs(value - memory[result].get(out)) / (scale[out] + 1));
    if (p.after == After::TwoResults && memory[result + 1].get(out) != (memory[result].get(out) > 0)) worst = 1e300;
  });
  if (hasNorm(p)) worst = std::max(worst, std::fabs(norm - memory.back().get(0)) / (norm + 1) / 4); // a sum more
  return worst;
}

bool execute(Run &run, const Machine &machine, const std::function<KernelPlan(flx::ContractOp, const Machine &)> &plan,
             int threads) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  loadKernelDialects(context);
  context.loadDialect<flx::FlxDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(run.p.text(), &context);
  if (!module) return false;
  flx::ContractOp op;
  module->walk([&](flx::ContractOp found) { op = found; });
  KernelPlan kernel = plan(op, machine);
  if (kernel.steps.empty()) return true;
  auto compiled = CompiledPlan::compile(context, kernel, run.shapes, machine);
  if (!compiled) return false;
  std::vector<void *> pointers;
  for (Memory &m : run.memory) pointers.push_back(m.bytes.data());
  if (run.p.after == After::InPlace) {
    if (kernel.inPlace.size() != 1 || kernel.inPlace[0].operand != run.side || kernel.inPlace[0].result != 0)
      return false;
    pointers[run.result] = pointers[run.side];
  }
  flx_context *frame = flx_context_create(threads);
  compiled->run(frame, pointers);
  flx_context_destroy(frame);
  if (run.p.after == After::InPlace) run.memory[run.result].bytes = run.memory[run.side].bytes;
  return true;
}

} // namespace

std::string Problem::name() const {
  std::string text = equation;
  for (auto [letter, extent] : extents) text += std::string(" ") + letter + "=" + std::to_string(extent);
  return text + (kind == 'f' ? " f32" : " f64") + " after " + std::to_string(int(after));
}

std::string Problem::text() const {
  flx::Equation e = *flx::Equation::parse(equation);
  std::string element = kind == 'f' ? "f32" : "f64", out = typeText(*this, e.output, element);
  std::string contracted, contractedTypes, arguments;
  for (auto [i, letters] : llvm::enumerate(e.operands)) {
    std::string type = typeText(*this, letters, element), comma = i ? ", " : "";
    contracted += comma + "%a" + std::to_string(i), contractedTypes += comma + type;
    arguments += comma + "%a" + std::to_string(i) + ": " + type;
  }
  std::string dims, side, sideTypes, maps, blockArguments = "%acc: " + element, body, value = "%acc";
  for (size_t i = 0; i < e.output.size(); ++i) dims += (i ? ", d" : "d") + std::to_string(i);
  auto addSide = [&](const std::string &name, const std::string &type, const std::string &map) {
    std::string comma = side.empty() ? "" : ", ";
    side += comma + "%" + name, sideTypes += comma + type,
        maps += comma + "affine_map<(" + dims + ") -> (" + map + ")>";
    arguments += ", %" + name + ": " + type;
    blockArguments += ", %" + name + "_e: " + element;
    body += "  %" + name + "_s = flx.add " + value + ", %" + name + "_e : " + element + "\n";
    value = "%" + name + "_s";
  };
  if (hasFullSide(*this)) addSide("full", out, dims);
  if (hasBias(*this)) {
    std::string letters = biasLetters(*this);
    addSide("bias", typeText(*this, letters, element),
            letters.empty() ? "" : "d" + std::to_string(e.output.find(letters)));
  }
  std::string results = out, yield = value, yieldTypes = element;
  if (after != After::Nothing) {
    body += "  %zero = flx.constant 0.0 : " + element + "\n  %relu = flx.max " + value + ", %zero : " + element + "\n";
    yield = "%relu";
  }
  if (after == After::TwoResults) {
    body += "  %positive = flx.gt %relu, %zero : " + element + "\n";
    yield += ", %positive", yieldTypes += ", i1", results = "(" + out + ", " + typeText(*this, e.output, "i1") + ")";
  }
  std::string arrow = results, summed;
  if (hasNorm(*this)) {
    body += "  %square = flx.mul %relu, %relu : " + element + "\n";
    bool only = after == After::OnlyNorm;
    yield = only ? "%square" : yield + ", %square", yieldTypes = only ? element : yieldTypes + ", " + element;
    arrow = only ? "tensor<" + element + ">" : "(" + out + ", tensor<" + element + ">)";
    summed = std::string(" {summed = array<i64: ") + (only ? "0" : "1") + ">}";
  }
  std::string epilogue = side.empty() ? "" : " epilogue(" + side + " : " + sideTypes + ") maps [" + maps + "]";
  return "func.func @f(" + arguments + ") {\n%r" + (after == After::TwoResults || after == After::Norm ? ":2" : "") +
         " = flx.contract \"" + equation + "\"(" + contracted + ")" + epilogue + " {\n^bb0(" + blockArguments + "):\n" +
         body + "  flx.yield " + yield + " : " + yieldTypes + "\n}" + summed + " : (" + contractedTypes + ") -> " +
         arrow + "\nreturn\n}\n";
}

double errorOf(const Problem &p, const Machine &machine,
               std::function<KernelPlan(flx::ContractOp, const Machine &)> plan, int threads) {
  Run run(p);
  std::vector<Memory> before = run.memory;
  return execute(run, machine, plan, threads) ? run.error(before) : 1e300;
}

std::vector<char> resultsOf(const Problem &p, const Machine &machine, int threads) {
  Run run(p);
  if (!execute(run, machine, planContract, threads)) return {};
  return run.memory[run.result].bytes;
}

} // namespace fluxion::cpu
