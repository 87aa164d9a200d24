// What code is made for, and the few facts of the kernel seam that no emitter owns.
#include "compiler/Target/Cpu/Kernel.h"
#include "compiler/Target/Cpu/Thresholds.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"
#include "llvm/TargetParser/X86TargetParser.h"
#include <unistd.h>

using namespace mlir;

namespace fluxion::cpu {

static void widen(Machine &machine, bool avx512, bool avx, bool fma) {
  machine.vectorBytes = avx512 ? 64 : avx ? 32 : 16;
  machine.vectorRegisters = avx512 ? 32 : 16;
  machine.hasFma = fma;
}

static int64_t cacheBytes(int name, int64_t otherwise) {
  long bytes = sysconf(name);
  return bytes > 0 ? bytes : otherwise;
}

Machine Machine::host() {
  static const Machine machine = [] {
    Machine m;
    m.cpu = llvm::sys::getHostCPUName().str();
    llvm::StringMap<bool> present = llvm::sys::getHostCPUFeatures();
    llvm::SubtargetFeatures features;
    llvm::SmallVector<llvm::StringRef> names(present.keys());
    llvm::sort(names); // the string is part of cache keys
    for (llvm::StringRef name : names) features.AddFeature(name, present[name]);
    m.features = features.getString();
    widen(m, present.lookup("avx512f") && present.lookup("avx512dq") && present.lookup("avx512vl"),
          present.lookup("avx"), present.lookup("fma"));
    m.l1Bytes = cacheBytes(_SC_LEVEL1_DCACHE_SIZE, m.l1Bytes);
    m.l2Bytes = cacheBytes(_SC_LEVEL2_CACHE_SIZE, m.l2Bytes);
    m.l3Bytes = cacheBytes(_SC_LEVEL3_CACHE_SIZE, m.l3Bytes);
    return m;
  }();
  return machine;
}

Machine Machine::named(llvm::StringRef cpu) {
  if (cpu.empty() || cpu == "native") return host();
  Machine m;
  m.cpu = cpu.str();
  llvm::SmallVector<llvm::StringRef> implied;
  llvm::X86::getFeaturesForCPU(cpu, implied);
  auto has = [&](llvm::StringRef name) { return llvm::is_contained(implied, name); };
  widen(m, has("avx512dq") && has("avx512vl"), has("avx") || has("avx2"), has("fma"));
  return m;
}

// Of what a processor has, code that computes may use these: the rest is for systems (wbnoinvd, rdpru, …), and a
// virtual machine may well hide it.
static constexpr llvm::StringLiteral usedByCode =
    " sse3 ssse3 sse4.1 sse4.2 sse4a popcnt lzcnt bmi bmi2 adx movbe f16c avx avx2 fma fma4 xop tbm avxvnni gfni avx512f "
    "avx512cd avx512bw avx512dq avx512vl avx512vnni avx512ifma avx512vbmi avx512vbmi2 avx512bitalg avx512vpopcntdq "
    "avx512bf16 avx512fp16 avxifma avxneconvert avxvnniint8 avxvnniint16 avx10.1 avx10.2 egpr ndd ccmp nf movrs cmpccxadd ";

std::vector<std::string> Machine::missingHere(llvm::StringRef cpu) {
  std::vector<std::string> missing;
  if (cpu.empty() || cpu == "native") return missing;
  llvm::StringMap<bool> present = llvm::sys::getHostCPUFeatures();
  llvm::SmallVector<llvm::StringRef> implied;
  llvm::X86::getFeaturesForCPU(cpu, implied);
  for (llvm::StringRef feature : implied)
    if (usedByCode.contains((" " + feature + " ").str()) && !present.lookup(feature)) missing.push_back(feature.str());
  llvm::sort(missing);
  return missing;
}

int64_t Machine::lanes(Type element) const {
  return vectorBytes * 8 / std::max<int64_t>(8, memoryElement(element).getIntOrFloatBitWidth());
}

Type memoryElement(Type element) { return element.isInteger(1) ? IntegerType::get(element.getContext(), 8) : element; }

MemRefType memoryType(RankedTensorType type) {
  llvm::SmallVector<int64_t> shape(type.getShape());
  for (int64_t &extent : shape) // nothing touches the memory of an empty tensor, but bare pointers need an extent
    extent = std::max<int64_t>(extent, 1);
  return MemRefType::get(shape, memoryElement(type.getElementType()));
}

int64_t chunksFor(double workNanoseconds, int64_t pieces) {
  int64_t wanted = int64_t(workNanoseconds / threshold::chunkNanoseconds);
  return std::max<int64_t>(1, std::min({wanted, pieces, threshold::mostChunks}));
}

func::CallOp callRuntime(OpBuilder &builder, Location loc, llvm::StringRef name, TypeRange results,
                         ValueRange arguments) {
  auto module = builder.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  if (!module.lookupSymbol(name)) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    auto type = builder.getFunctionType(arguments.getTypes(), results);
    func::FuncOp::create(builder, builder.getUnknownLoc(), name, type).setPrivate();
  }
  return func::CallOp::create(builder, loc, name, results, arguments);
}

Value pointerTo(OpBuilder &b, Location loc, Value memref) {
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, memref);
  Value bits = arith::IndexCastOp::create(b, loc, b.getI64Type(), address);
  return LLVM::IntToPtrOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext()), bits);
}

} // namespace fluxion::cpu
