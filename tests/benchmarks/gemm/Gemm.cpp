// Speed of the matrix products that our compiler emits, as shares of this machine's own peak: a row a shape.
//   gemm [--isa avx2|avx512|native] [--threads N] [--only TEXT] [--time SECONDS] [--list] [--asm FILE] [--json FILE]
// Every kernel is checked against a plain loop in f64 before it is timed.
#include "Peak.h"
#include "Shapes.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/compiler/Target/Contract/Harness.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
using namespace fluxion;
using namespace fluxion::cpu;

namespace {

struct Options {
  std::string isa = "native", only, assembly, json;
  int threads = 1;
  double seconds = 0.25;
  bool list = false;
};

// Values of either element type behind one face.
struct Buffer {
  char kind;
  int64_t elements;
  void *data;
  Buffer(char kind, int64_t elements) : kind(kind), elements(elements), data(flx_allocate((elements + 16) * 8)) {}
  Buffer(const Buffer &) = delete;
  ~Buffer() { flx_free(data); }
  double get(int64_t i) const { return kind == 'f' ? static_cast<float *>(data)[i] : static_cast<double *>(data)[i]; }
  void set(int64_t i, double x) {
    if (kind == 'f')
      static_cast<float *>(data)[i] = float(x);
    else
      static_cast<double *>(data)[i] = x;
  }
};

using Buffers = std::vector<std::unique_ptr<Buffer>>;

Buffers makeBuffers(const BenchShape &shape, const std::vector<HarnessOperand> &operands) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  Buffers buffers;
  for (const HarnessOperand &o : operands) {
    auto buffer = std::make_unique<Buffer>(o.kind, o.elements);
    for (int64_t i = 0; i < o.elements; ++i) buffer->set(i, normal(random));
    if (shape.epilogue == Epilogue::AdamW) // second moments are not negative
      for (int64_t i = 0; i < o.elements; ++i)
        buffer->set(i, buffers.size() == 4 ? std::fabs(buffer->get(i)) : buffer->get(i));
    buffers.push_back(std::move(buffer));
  }
  return buffers;
}

// The largest error over some elements, in units of the sum's own rounding scale.
double check(const BenchShape &s, const Buffers &buffers, const std::vector<double> &before) {
  std::mt19937_64 random(3);
  double worst = 0;
  int64_t total = s.batch * s.m * s.n, samples = std::min<int64_t>(total, 4096);
  for (int64_t sample = 0; sample < samples; ++sample) {
    int64_t at = samples == total ? sample : int64_t(random() % total), batch = at / (s.m * s.n), i = at / s.n % s.m,
            j = at % s.n;
    double sum = 0, scale = 0;
    for (int64_t k = 0; k < s.k; ++k) {
      double x = buffers[0]->get(batch * s.m * s.k + (s.transposeA ? k * s.m + i : i * s.k + k));
      double y = buffers[1]->get(batch * s.k * s.n + (s.transposeB ? j * s.k + k : k * s.n + j));
      sum += x * y, scale += std::fabs(x * y);
    }
    double expected = referenceEpilogue(s, sum, i, j, buffers, before), got = buffers[resultIndex(s)]->get(at);
    worst = std::max(worst, std::fabs(expected - got) / (scale + 1));
  }
  return worst;
}

struct Row {
  std::string name;
  double nanoseconds, gflops, share;
};

class Bench {
public:
  Bench(Options options) : options(std::move(options)), machine(machineOf(this->options.isa)) {
    loadKernelDialects(context);
    frame = flx_context_create(this->options.threads);
    peak32 = measurePeak(machine.vectorBytes, false), peak64 = measurePeak(machine.vectorBytes, true);
    std::printf("peak of one core, GF/s: f32 AVX2 %.0f", measurePeak(32, false));
    if (Machine::host().vectorBytes == 64) std::printf(", AVX-512 %.0f", measurePeak(64, false));
    std::printf("; vectors of %ld bytes, %d thread%s\n", long(machine.vectorBytes), this->options.threads,
                this->options.threads > 1 ? "s" : "");
    std::printf("%-36s %9s %7s %6s %6s %8s %9s %4s\n", "product", "us", "GF/s", "share", "GB/s", "error", "compile",
                "chunks");
  }
  ~Bench() { flx_context_destroy(frame); }

  bool run(const BenchShape &shape);
  std::vector<Row> rows;

private:
  static Machine machineOf(const std::string &isa) {
    Machine m = Machine::host();
    if (isa == "avx2" && m.vectorBytes == 64) {
      Machine narrow = Machine::named("x86-64-v3");
      narrow.l1Bytes = m.l1Bytes, narrow.l2Bytes = m.l2Bytes, narrow.l3Bytes = m.l3Bytes;
      return narrow;
    }
    return m;
  }
  double time(CompiledPlan &plan, llvm::ArrayRef<void *> pointers);

  Options options;
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  Machine machine;
  flx_context *frame;
  double peak32, peak64;
};

// Short bursts, of which the quickest counts: other programs disturb few of them.
double Bench::time(CompiledPlan &plan, llvm::ArrayRef<void *> pointers) {
  using Clock = std::chrono::steady_clock;
  auto nanoseconds = [](Clock::duration d) { return std::chrono::duration<double, std::nano>(d).count(); };
  auto begin = Clock::now();
  plan.run(frame, pointers);
  plan.run(frame, pointers);
  int64_t repeat = std::max<int64_t>(1, int64_t(2e5 / (nanoseconds(Clock::now() - begin) / 2)));
  double best = 1e300;
  auto end = Clock::now() + std::chrono::duration<double>(options.seconds);
  while (Clock::now() < end) {
    auto start = Clock::now();
    for (int64_t i = 0; i < repeat; ++i) plan.run(frame, pointers);
    best = std::min(best, nanoseconds(Clock::now() - start) / repeat);
  }
  return best;
}

bool Bench::run(const BenchShape &shape) {
  ContractShape contract = makeShape(context, shape);
  std::vector<HarnessOperand> operands = makeOperands(shape);
  Gemm gemm = gemmOf(contract);
  GemmBlocking cut = chooseBlocking(gemm, machine);
  overrideBlocking(cut, gemm);
  bool matrices = chooseForm(contract, machine) == ContractForm::Gemm && shape.n > 1 && shape.m > 1;
  KernelPlan plan = matrices ? planGemm(gemm, cut) : planShape(contract, machine);
  std::string assembly;
  auto compiled =
      CompiledPlan::compile(context, plan, operands, machine, options.assembly.empty() ? nullptr : &assembly);
  if (!compiled) return std::printf("%-36s does not compile\n", shape.name.c_str()), false;
  if (!options.assembly.empty()) std::ofstream(options.assembly) << assembly;

  Buffers buffers = makeBuffers(shape, operands);
  std::vector<double> before;
  for (int64_t i = 0; shape.epilogue == Epilogue::AdamW && i < buffers[2]->elements; ++i)
    before.push_back(buffers[2]->get(i));
  std::vector<void *> pointers;
  for (auto &buffer : buffers) pointers.push_back(buffer->data);
  if (shape.epilogue == Epilogue::AdamW) // parameters and moments are updated in place
    for (int i = 0; i < 3; ++i) pointers[6 + i] = pointers[2 + i];
  compiled->run(frame, pointers);
  double error = check(shape, buffers, before), limit = shape.kind == 'f' ? 2e-6 : 4e-15;
  double nanoseconds = time(*compiled, pointers);
  double flops = 2.0 * shape.batch * shape.m * shape.n * shape.k, gflops = flops / nanoseconds;
  double share = gflops / ((shape.kind == 'f' ? peak32 : peak64) * options.threads);
  double bytes = 0;
  for (const HarnessOperand &o : operands) bytes += double(o.elements) * (o.kind == 'f' ? 4 : 8);
  std::printf("%-36s %9.2f %7.1f %5.1f%% %6.1f %8.1e %3.0f+%2.0f ms %4ld  ", shape.name.c_str(), nanoseconds / 1e3,
              gflops, 100 * share, bytes / nanoseconds, error, compiled->mlirMilliseconds, compiled->llvmMilliseconds,
              long(plan.steps.back().chunks));
  if (matrices)
    std::printf("%ldx%ld kc=%ld%s%s%s%s", long(cut.rows), long(cut.vectors * cut.lanes), long(cut.depthBlock),
                cut.a != GemmAccess::InPlace ? " packA" : "", cut.b != GemmAccess::InPlace ? " packB" : "",
                cut.exchanged ? " exchanged" : "", cut.turned ? " turned" : "");
  std::puts("");
  std::fflush(stdout);
  rows.push_back({shape.name, nanoseconds, gflops, share});
  if (error <= limit) return true;
  std::printf("%-36s WRONG by %.2e\n", shape.name.c_str(), error);
  return false;
}

} // namespace

int main(int argc, char **argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    std::string flag = argv[i];
    auto value = [&] { return i + 1 < argc ? argv[++i] : ""; };
    if (flag == "--isa")
      o.isa = value();
    else if (flag == "--threads")
      o.threads = std::atoi(value());
    else if (flag == "--only")
      o.only = value();
    else if (flag == "--time")
      o.seconds = std::atof(value());
    else if (flag == "--asm")
      o.assembly = value();
    else if (flag == "--json")
      o.json = value();
    else if (flag == "--list")
      o.list = true;
    else
      return std::fprintf(stderr, "gemm: unknown option %s\n", argv[i]), 2;
  }
  bool good = true;
  std::vector<BenchShape> shapes = benchShapes();
  if (o.list) {
    for (const BenchShape &s : shapes) std::puts(s.name.c_str());
    return 0;
  }
  Bench bench(o);
  double logSum = 0;
  for (const BenchShape &s : shapes)
    if (s.name.find(o.only) != std::string::npos) good &= bench.run(s);
  for (const Row &row : bench.rows) logSum += std::log(row.share);
  if (!bench.rows.empty()) std::printf("geometric mean of shares %.1f%%\n", 100 * std::exp(logSum / bench.rows.size()));
  if (!o.json.empty()) {
    std::ofstream out(o.json);
    for (const Row &row : bench.rows)
      out << "{\"name\": \"" << row.name << "\", \"threads\": " << o.threads << ", \"gflops\": " << row.gflops
          << ", \"share\": " << row.share << "}\n";
  }
  return good ? 0 : 1;
}
