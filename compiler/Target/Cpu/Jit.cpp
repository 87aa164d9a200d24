// Loading object code with LLVM's in-process linker.
#include "compiler/Target/Cpu/Jit.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"

using namespace llvm;

namespace fluxion::cpu {
namespace {

class OrcCode : public LoadedCode {
public:
  std::unique_ptr<orc::LLJIT> jit;
};

Error link(OrcCode &code, StringRef object, StringRef entryName, const flx_symbol *symbols) {
  static const bool ready = !InitializeNativeTarget();
  if (!ready) return createStringError("this host is no target of the linked LLVM");
  auto jit = orc::LLJITBuilder().setNumCompileThreads(0).create();
  if (!jit) return jit.takeError();
  code.jit = std::move(*jit);
  orc::JITDylib &library = code.jit->getMainJITDylib();

  orc::SymbolMap absolute;
  for (const flx_symbol *s = symbols; s && s->name; ++s)
    absolute[code.jit->mangleAndIntern(s->name)] = {orc::ExecutorAddr::fromPtr(s->address),
                                                    JITSymbolFlags::Exported | JITSymbolFlags::Callable};
  if (!absolute.empty())
    if (Error e = library.define(orc::absoluteSymbols(std::move(absolute)))) return e;
  auto process = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(code.jit->getDataLayout().getGlobalPrefix());
  if (!process) return process.takeError();
  library.addGenerator(std::move(*process));

  // The linker keeps no reference into the buffer once symbols are resolved, and they are before this function returns.
  auto buffer = MemoryBuffer::getMemBuffer(object, entryName, /*RequiresNullTerminator=*/false);
  if (Error e = code.jit->addObjectFile(std::move(buffer))) return e;
  auto entry = code.jit->lookup(entryName);
  if (!entry) return entry.takeError();
  code.entry = entry->toPtr<flx_entry>();
  return Error::success();
}

} // namespace

std::unique_ptr<LoadedCode> load(std::string_view object, std::string_view entry, const flx_symbol *symbols,
                                 std::string &error) {
  auto code = std::make_unique<OrcCode>();
  if (Error e = link(*code, object, entry, symbols)) {
    error = toString(std::move(e));
    return nullptr;
  }
  return code;
}

} // namespace fluxion::cpu
