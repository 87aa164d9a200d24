// An ELF relocatable for x86-64, laid out, relocated and protected; see ObjectLoader.h.
#include "compiler/Driver/ObjectLoader.h"
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace fluxion {

namespace {

constexpr uint64_t none = ~uint64_t(0);

class Loader {
public:
  Loader(std::string_view file, std::string &why) : file(file), why(why) {}

  bool load(const std::string &entryName, LoadedObject &out) {
    if (!readHeader() || !readSymbolTable() || !layOut() || !map() || !resolve() || !relocate()) return false;
    uint64_t entry = none;
    for (size_t i = 0; i < symbols.size(); ++i)
      if (symbols[i].st_shndx != SHN_UNDEF && nameOf(symbols[i]) == entryName) entry = addresses[i];
    if (entry == none || entry - base >= sectionsEnd) return refuse("it does not define " + entryName);
    if (!protect()) return refuse("memory cannot be made executable");
    out.entry = reinterpret_cast<flx_entry>(entry);
    out.memory = std::move(memory);
    return true;
  }

private:
  std::string_view file;
  std::string &why;
  std::vector<Elf64_Shdr> sections;
  std::vector<Elf64_Sym> symbols;
  std::string_view strings, sectionNames;
  std::vector<uint64_t> offsets;   // of each section in the mapping; none: it is not loaded
  std::vector<uint64_t> addresses; // of each symbol
  std::vector<bool> external;
  // The mapping: code and jumps, then constants and the table of addresses, then data.
  uint64_t stubs = 0, codeEnd = 0, table = 0, constantsEnd = 0, sectionsEnd = 0, base = 0;
  std::shared_ptr<void> memory;

  bool refuse(std::string reason) { return why = std::move(reason), false; }

  template <class T> bool read(uint64_t at, T &out) const {
    if (at > file.size() || file.size() - at < sizeof(T)) return false;
    memcpy(&out, file.data() + at, sizeof(T));
    return true;
  }
  bool contents(const Elf64_Shdr &section, std::string_view &out) const {
    if (section.sh_offset > file.size() || section.sh_size > file.size() - section.sh_offset) return false;
    out = file.substr(section.sh_offset, section.sh_size);
    return true;
  }
  static std::string_view text(std::string_view table, uint64_t at) {
    if (at >= table.size()) return "";
    std::string_view rest = table.substr(at);
    return rest.substr(0, rest.find('\0'));
  }
  std::string_view nameOf(const Elf64_Sym &symbol) const { return text(strings, symbol.st_name); }

  bool readHeader() {
    Elf64_Ehdr header;
    if (!read(0, header) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return refuse("it is no ELF file");
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_type != ET_REL || header.e_machine != EM_X86_64 ||
        header.e_shentsize != sizeof(Elf64_Shdr))
      return refuse("it is not a relocatable object for x86-64");
    sections.resize(header.e_shnum);
    for (size_t i = 0; i < sections.size(); ++i)
      if (!read(header.e_shoff + i * sizeof(Elf64_Shdr), sections[i])) return refuse("its section table is cut short");
    if (header.e_shstrndx >= sections.size() || !contents(sections[header.e_shstrndx], sectionNames))
      return refuse("its sections have no names");
    return true;
  }

  bool readSymbolTable() {
    for (const Elf64_Shdr &section : sections) {
      if (section.sh_type == SHT_SYMTAB_SHNDX) return refuse("it has too many sections");
      if (section.sh_type != SHT_SYMTAB) continue;
      std::string_view bytes;
      if (!contents(section, bytes) || section.sh_link >= sections.size() ||
          !contents(sections[section.sh_link], strings))
        return refuse("its symbol table is damaged");
      symbols.resize(bytes.size() / sizeof(Elf64_Sym));
      if (!symbols.empty()) memcpy(symbols.data(), bytes.data(), symbols.size() * sizeof(Elf64_Sym));
    }
    return !symbols.empty() || refuse("it has no symbols");
  }

  // Unwind tables stay behind: nothing throws through compiled code.
  bool isLoaded(const Elf64_Shdr &section) const {
    return (section.sh_flags & SHF_ALLOC) && section.sh_type != SHT_X86_64_UNWIND &&
           text(sectionNames, section.sh_name) != ".eh_frame";
  }

  bool layOut() {
    const uint64_t page = uint64_t(sysconf(_SC_PAGESIZE));
    auto align = [](uint64_t at, uint64_t to) { return (at + to - 1) / to * to; };
    offsets.assign(sections.size(), none);
    uint64_t at = 64; // checks of indirect calls read what stands before a function
    bool sane = true;
    auto place = [&](auto wanted) {
      for (size_t i = 0; i < sections.size(); ++i) {
        const Elf64_Shdr &section = sections[i];
        if (!isLoaded(section) || !wanted(section)) continue;
        uint64_t alignment = section.sh_addralign ? section.sh_addralign : 1;
        sane &= alignment <= page && (alignment & (alignment - 1)) == 0 && section.sh_size < uint64_t(1) << 31 &&
                !(section.sh_flags & SHF_TLS) &&
                (section.sh_type == SHT_PROGBITS || section.sh_type == SHT_NOBITS || section.sh_type == SHT_NOTE);
        if (!sane) return;
        offsets[i] = at = align(at, alignment);
        at += section.sh_size;
        sane &= at < uint64_t(1) << 31;
      }
    };
    place([](const Elf64_Shdr &s) { return (s.sh_flags & SHF_EXECINSTR) && !(s.sh_flags & SHF_WRITE); });
    stubs = align(at, 16);
    codeEnd = at = align(stubs + 8 * symbols.size(), page);
    place([](const Elf64_Shdr &s) { return !(s.sh_flags & (SHF_EXECINSTR | SHF_WRITE)); });
    table = align(at, 16);
    constantsEnd = at = align(table + 8 * symbols.size(), page);
    place([](const Elf64_Shdr &s) { return (s.sh_flags & SHF_WRITE) && !(s.sh_flags & SHF_EXECINSTR); });
    sectionsEnd = align(at + 1, page);
    for (size_t i = 0; sane && i < sections.size(); ++i) sane &= !isLoaded(sections[i]) || offsets[i] != none;
    return sane || refuse("it has a section of a kind that is not loaded here");
  }

  bool map() {
    void *mapped = mmap(nullptr, sectionsEnd, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return refuse(loaderOutOfMemory);
    memory = std::shared_ptr<void>(mapped, [size = sectionsEnd](void *at) { munmap(at, size); });
    base = reinterpret_cast<uint64_t>(mapped);
    for (size_t i = 0; i < sections.size(); ++i) {
      if (offsets[i] == none || sections[i].sh_type == SHT_NOBITS) continue;
      std::string_view bytes;
      if (!contents(sections[i], bytes)) return refuse("a section is cut short");
      memcpy(static_cast<char *>(mapped) + offsets[i], bytes.data(), bytes.size());
    }
    return true;
  }

  static void *findExternal(const std::string &name) {
    for (const flx_symbol *symbol = flx_runtime_symbols(); symbol->name; ++symbol)
      if (name == symbol->name) return symbol->address;
    return dlsym(RTLD_DEFAULT, name.c_str());
  }

  bool resolve() {
    addresses.assign(symbols.size(), 0);
    external.assign(symbols.size(), false);
    for (size_t i = 1; i < symbols.size(); ++i) {
      const Elf64_Sym &symbol = symbols[i];
      if (symbol.st_shndx == SHN_UNDEF) {
        void *found = findExternal(std::string(nameOf(symbol)));
        if (!found && ELF64_ST_BIND(symbol.st_info) != STB_WEAK)
          return refuse("nobody defines " + std::string(nameOf(symbol)));
        addresses[i] = reinterpret_cast<uint64_t>(found);
        external[i] = true;
      } else if (symbol.st_shndx == SHN_ABS) {
        addresses[i] = symbol.st_value;
      } else if (symbol.st_shndx >= sections.size()) {
        return refuse("a symbol is in no section");
      } else if (offsets[symbol.st_shndx] != none) {
        addresses[i] = base + offsets[symbol.st_shndx] + symbol.st_value;
      }
    }
    return true;
  }

  template <class T> void store(uint64_t address, T value) { memcpy(reinterpret_cast<void *>(address), &value, sizeof value); }

  // The symbol's slot in the table of addresses.
  uint64_t slotOf(size_t symbol) {
    uint64_t slot = base + table + 8 * symbol;
    store(slot, addresses[symbol]);
    return slot;
  }
  // jmp *slot(%rip): calls reach two gigabytes, and the C library may be farther.
  uint64_t stubOf(size_t symbol) {
    uint64_t stub = base + stubs + 8 * symbol;
    store(stub, uint16_t(0x25ff));
    store(stub + 2, int32_t(int64_t(slotOf(symbol) - (stub + 6))));
    return stub;
  }

  bool relocate() {
    for (const Elf64_Shdr &section : sections) {
      if (section.sh_type != SHT_RELA || section.sh_info >= sections.size() || offsets[section.sh_info] == none) continue;
      std::string_view bytes;
      if (!contents(section, bytes)) return refuse("its relocations are cut short");
      for (size_t at = 0; at + sizeof(Elf64_Rela) <= bytes.size(); at += sizeof(Elf64_Rela)) {
        Elf64_Rela entry;
        memcpy(&entry, bytes.data() + at, sizeof entry);
        if (!apply(entry, sections[section.sh_info].sh_size, base + offsets[section.sh_info])) return false;
      }
    }
    return true;
  }

  // Notation of the psABI: S the symbol, A the addend, P the place, G the symbol's slot, L its stub.
  bool apply(const Elf64_Rela &entry, uint64_t size, uint64_t section) {
    size_t symbol = ELF64_R_SYM(entry.r_info);
    uint32_t type = ELF64_R_TYPE(entry.r_info);
    if (type == R_X86_64_NONE) return true;
    bool wide = type == R_X86_64_64 || type == R_X86_64_PC64;
    if (symbol >= symbols.size() || entry.r_offset > size || size - entry.r_offset < (wide ? 8u : 4u))
      return refuse("a relocation points outside of its section");
    uint64_t P = section + entry.r_offset, S = addresses[symbol], value;
    switch (type) {
    case R_X86_64_64: return store(P, S + uint64_t(entry.r_addend)), true;
    case R_X86_64_PC64: return store(P, S + uint64_t(entry.r_addend) - P), true;
    case R_X86_64_PC32: value = S - P; break;
    case R_X86_64_PLT32: value = (external[symbol] ? stubOf(symbol) : S) - P; break;
    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX: value = slotOf(symbol) - P; break;
    default: return refuse("it has a relocation of type " + std::to_string(type));
    }
    int64_t distance = int64_t(value + uint64_t(entry.r_addend));
    if (distance != int32_t(distance)) return refuse("a symbol is out of reach");
    return store(P, int32_t(distance)), true;
  }

  bool protect() {
    char *start = static_cast<char *>(memory.get());
    return mprotect(start, codeEnd, PROT_READ | PROT_EXEC) == 0 &&
           mprotect(start + codeEnd, constantsEnd - codeEnd, PROT_READ) == 0;
  }
};

} // namespace

bool loadObject(std::string_view object, const std::string &entry, LoadedObject &out, std::string &why) {
  return Loader(object, why).load(entry, out);
}

} // namespace fluxion
