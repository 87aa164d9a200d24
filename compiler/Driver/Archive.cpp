// Writing and reading archives; see Archive.h.
#include "compiler/Driver/Archive.h"
#include <cstring>

namespace fluxion {

namespace {

struct Writer {
  std::string out;

  void number(uint64_t value) { out.append(reinterpret_cast<const char *>(&value), sizeof value); }
  void text(const std::string &value) {
    number(value.size());
    out += value;
  }
  void leaves(const std::vector<LeafManifest> &values) {
    number(values.size());
    for (const LeafManifest &leaf : values) {
      text(leaf.path);
      number(uint64_t(leaf.element));
      number(uint64_t(int64_t(leaf.donated)));
      number(leaf.shape.size());
      for (int64_t extent : leaf.shape) number(uint64_t(extent));
    }
  }
};

struct Reader {
  std::string_view in;
  bool valid = true;

  uint64_t number() {
    uint64_t value = 0;
    if (in.size() < sizeof value) return valid = false, 0;
    memcpy(&value, in.data(), sizeof value);
    in.remove_prefix(sizeof value);
    return value;
  }
  // A count of things that take at least eight bytes each.
  uint64_t count() {
    uint64_t value = number();
    if (value > in.size() / 8) return valid = false, 0;
    return value;
  }
  std::string text() {
    uint64_t size = number();
    if (size > in.size()) return valid = false, "";
    std::string value(in.substr(0, size));
    in.remove_prefix(size);
    return value;
  }
  std::vector<LeafManifest> leaves() {
    std::vector<LeafManifest> values(count());
    for (LeafManifest &leaf : values) {
      leaf.path = text();
      uint64_t element = number();
      if (element > uint64_t(ElementType::Bool)) valid = false, element = 0;
      leaf.element = ElementType(element);
      leaf.donated = int32_t(int64_t(number()));
      leaf.shape.resize(count());
      for (int64_t &extent : leaf.shape) valid &= (extent = int64_t(number())) >= 0;
      if (!valid) return {};
    }
    return values;
  }
};

} // namespace

std::string archive(const CompiledObject &object) {
  Writer writer;
  writer.text(object.entry);
  writer.number(object.arenaBytes);
  writer.leaves(object.arguments);
  writer.leaves(object.results);
  writer.number(object.faultSites.size());
  for (const FaultSite &site : object.faultSites) {
    writer.text(site.where);
    writer.text(site.message);
  }
  writer.text(object.object);
  return std::move(writer.out);
}

std::optional<CompiledObject> unarchive(std::string_view bytes) {
  Reader reader{bytes};
  CompiledObject object;
  object.entry = reader.text();
  object.arenaBytes = reader.number();
  object.arguments = reader.leaves();
  object.results = reader.leaves();
  object.faultSites.resize(reader.count());
  for (FaultSite &site : object.faultSites) {
    site.where = reader.text();
    site.message = reader.text();
  }
  object.object = reader.text();
  if (!reader.valid || !reader.in.empty()) return std::nullopt;
  return object;
}

} // namespace fluxion
