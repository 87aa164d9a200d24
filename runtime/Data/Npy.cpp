// NumPy's npy: "\x93NUMPY", a version, the length of a Python dictionary {'descr', 'fortran_order', 'shape'}, it, the
// elements.
#include "runtime/Data/Payload.h"
#include "runtime/Data/Readers.h"
#include "runtime/Support/Errors.h"
#include <charconv>
#include <cstring>

namespace fluxion::runtime {

namespace {

struct NpyHeader {
  ElementType type = ElementType::F32;
  bool bigEndian = false, fortran = false;
  std::vector<int64_t> shape;
};

/// The dictionary of the header: keys in any order, spaces anywhere. On failure `problem` says what and `at` where.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}
  bool parse(NpyHeader &header);
  std::string problem;
  const char *number = errors::badHeader;
  size_t at = 0;

private:
  bool fail(std::string why, const char *errorNumber = errors::badHeader) {
    problem = std::move(why), number = errorNumber;
    return false;
  }
  char peek() {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r')) ++at;
    return at < text.size() ? text[at] : '\0';
  }
  bool eat(char c) {
    if (peek() != c) return false;
    ++at;
    return true;
  }
  bool expect(char c) { return eat(c) || fail(std::string("'") + c + "' expected in the header"); }
  bool quoted(std::string &value);
  bool boolean(bool &value);
  bool tuple(std::vector<int64_t> &shape);
  bool descr(NpyHeader &header);

  std::string_view text;
};

bool HeaderParser::quoted(std::string &value) {
  char quote = peek();
  if (quote != '\'' && quote != '"') return fail("a quoted name expected in the header");
  size_t end = text.find(quote, at + 1);
  if (end == text.npos) return fail("a quote is not closed in the header");
  value = text.substr(at + 1, end - at - 1), at = end + 1;
  return true;
}

bool HeaderParser::boolean(bool &value) {
  peek();
  for (bool candidate : {true, false}) {
    std::string_view word = candidate ? "True" : "False";
    if (text.substr(at, word.size()) != word) continue;
    at += word.size(), value = candidate;
    return true;
  }
  return fail("True or False expected in the header");
}

bool HeaderParser::tuple(std::vector<int64_t> &shape) {
  if (!expect('(')) return false;
  while (!eat(')')) {
    peek();
    int64_t extent;
    auto [end, code] = std::from_chars(text.data() + at, text.data() + text.size(), extent);
    if (code == std::errc::result_out_of_range) return fail("an extent is out of range", errors::badSize);
    if (code != std::errc()) return fail("an extent expected in the header");
    if (extent < 0) return fail("the extent " + std::to_string(extent) + " is negative", errors::badSize);
    at = size_t(end - text.data());
    eat('L'); // Python 2 wrote long integers so
    shape.push_back(extent);
    if (!eat(',') && peek() != ')') return fail("',' or ')' expected in the header");
  }
  return true;
}

/// "<f4": byte order, kind, width.
bool HeaderParser::descr(NpyHeader &header) {
  if (peek() == '[') return fail("structured elements are not supported", errors::unsupported);
  std::string code;
  if (!quoted(code)) return false;
  std::string_view rest = code;
  if (!rest.empty() && std::string_view("<>|=").find(rest[0]) != std::string_view::npos) {
    header.bigEndian = rest[0] == '>';
    rest.remove_prefix(1);
  }
  static constexpr std::pair<std::string_view, ElementType> codes[] = {
      {"b1", ElementType::Bool}, {"?", ElementType::Bool}, {"i1", ElementType::I8},  {"u1", ElementType::U8},
      {"i2", ElementType::I16},  {"u2", ElementType::U16}, {"i4", ElementType::I32}, {"u4", ElementType::U32},
      {"i8", ElementType::I64},  {"u8", ElementType::U64}, {"f2", ElementType::F16}, {"f4", ElementType::F32},
      {"f8", ElementType::F64}};
  for (auto &[name, type] : codes)
    if (rest == name) {
      header.type = type;
      return true;
    }
  return fail("elements of type '" + code + "' are not supported", errors::unsupported);
}

bool HeaderParser::parse(NpyHeader &header) {
  bool sawType = false, sawOrder = false, sawShape = false;
  if (!expect('{')) return false;
  while (!eat('}')) {
    std::string key;
    size_t keyAt = at;
    if (!quoted(key) || !expect(':')) return false;
    bool *seen = key == "descr" ? &sawType : key == "fortran_order" ? &sawOrder : key == "shape" ? &sawShape : nullptr;
    if (!seen || *seen) {
      at = keyAt;
      return fail((seen ? "twice in the header: '" : "unknown key in the header: '") + key + "'");
    }
    *seen = true;
    if (!(seen == &sawType ? descr(header) : seen == &sawOrder ? boolean(header.fortran) : tuple(header.shape)))
      return false;
    if (!eat(',') && peek() != '}') return fail("',' or '}' expected in the header");
  }
  if (peek() != '\0') return fail("the header goes on after its '}'");
  return (sawType && sawOrder && sawShape) || fail("the header lacks 'descr', 'fortran_order' or 'shape'");
}

/// Column-major elements of this shape to row-major: the last axis has the largest stride, the first the stride 1.
template <class Word>
void transposeFrom(const Word *source, Word *target, std::span<const int64_t> shape, int64_t count) {
  size_t last = shape.size() - 1;
  std::vector<int64_t> index(shape.size(), 0), stride(shape.size(), 1);
  for (size_t axis = 1; axis < shape.size(); ++axis) stride[axis] = stride[axis - 1] * shape[axis - 1];
  int64_t offset = 0;
  for (int64_t done = 0; done < count; done += shape[last]) {
    for (int64_t i = 0; i < shape[last]; ++i) target[done + i] = source[offset + i * stride[last]];
    for (size_t axis = last; axis-- > 0;) {
      offset += stride[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= stride[axis] * shape[axis], index[axis] = 0;
    }
  }
}

Result<HostArray> fromFortran(HostArray array) {
  if (array.rank() < 2 || array.elements() == 0) return array;
  auto result = HostArray::allocate(array.type, array.shape);
  if (!result) return result;
  auto run = [&]<class Word>(Word) {
    transposeFrom(reinterpret_cast<const Word *>(array.data()), reinterpret_cast<Word *>(result->data()), array.shape,
                  array.elements());
  };
  switch (byteWidth(array.type)) {
  case 1:
    run(uint8_t());
    break;
  case 2:
    run(uint16_t());
    break;
  case 4:
    run(uint32_t());
    break;
  default:
    run(uint64_t());
  }
  return result;
}

} // namespace

Result<HostArray> readNpyFrom(ByteSource &source) {
  unsigned char prefix[12];
  if (auto status = source.readExactly(prefix, 8, "the header"); !status) return status.error();
  if (std::memcmp(prefix, "\x93NUMPY", 6) != 0)
    return Error{errors::wrongFormat, "an npy file starts with \\x93NUMPY", source.path, 0};
  int version = prefix[6];
  if (version < 1 || version > 3)
    return Error{errors::unsupported, "npy version " + std::to_string(version) + " is not supported", source.path, 6};
  size_t width = version == 1 ? 2 : 4;
  if (auto status = source.readExactly(prefix + 8, width, "the header"); !status) return status.error();
  uint32_t length = prefix[8] | prefix[9] << 8;
  if (width == 4) length |= uint32_t(prefix[10]) << 16 | uint32_t(prefix[11]) << 24;
  if (length > (1u << 20) || int64_t(length) > source.remainingAtMost())
    return Error{errors::badHeader, "a header of " + std::to_string(length) + " bytes is not believable", source.path,
                 8};
  std::string text(length, '\0');
  int64_t begin = source.position;
  if (auto status = source.readExactly(text.data(), length, "the header"); !status) return status.error();
  NpyHeader header;
  HeaderParser parser(text);
  if (!parser.parse(header)) return Error{parser.number, parser.problem, source.path, begin + int64_t(parser.at)};
  auto array = readPayload(source, header.type, std::move(header.shape), header.bigEndian);
  if (!array) return array;
  if (auto status = source.expectEnd(); !status) return status.error();
  return header.fortran ? fromFortran(std::move(*array)) : std::move(array);
}

Result<HostArray> readNpy(const std::string &path) {
  auto source = openSource(path);
  if (!source) return source.error();
  return readNpyFrom(**source);
}

Result<std::string> npyHeader(ElementType type, std::span<const int64_t> shape) {
  // In the order of the enumeration; bf16 is not NumPy's.
  static constexpr const char *codes[] = {"|b1", "|i1", "|u1", "<i2",   "<u2", "<i4", "<u4",
                                          "<i8", "<u8", "<f2", nullptr, "<f4", "<f8"};
  if (!codes[int(type)]) return Error{errors::unsupported, "npy has no element type for " + std::string(name(type))};
  std::string text = std::string("{'descr': '") + codes[int(type)] + "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? " " : "") + std::to_string(shape[i]) + ",";
  text += "), }";
  bool longForm = text.size() > 60000;
  size_t prefix = longForm ? 12 : 10;
  text.append(63 - (prefix + text.size()) % 64, ' ');
  text += '\n';
  std::string header = longForm ? std::string("\x93NUMPY\x02\x00", 8) : std::string("\x93NUMPY\x01\x00", 8);
  for (size_t i = 0; i < prefix - 8; ++i) header += char(text.size() >> (8 * i) & 0xFF);
  return header + text;
}

} // namespace fluxion::runtime
