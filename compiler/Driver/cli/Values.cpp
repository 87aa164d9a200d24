// Reading values from the command line; see Values.h.
#include "compiler/Driver/cli/Values.h"
#include "compiler/Driver/State.h"
#include "compiler/Driver/TrainData.h"
#include "runtime/Data/Convert.h"
#include "runtime/Data/Readers.h"
#include "runtime/Train/Checkpoint.h"
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace fluxion::cli {

static const Parameter *leafNamed(const api::Function &function, const std::string &path) {
  for (const Parameter &parameter : function.internals().graph->parameters)
    if (parameter.path == path) return &parameter;
  return nullptr;
}

static std::string excerpt(const std::string &text) { return text.size() <= 60 ? text : text.substr(0, 60) + "…"; }

// A whole word as a number: an integer keeps all its digits, anything else becomes a double.
static bool readNumber(const std::string &text, std::variant<int64_t, double> &out) {
  if (text.empty() || isspace(static_cast<unsigned char>(text[0]))) return false;
  char *end;
  errno = 0;
  long long whole = strtoll(text.c_str(), &end, 10);
  if (*end == 0 && errno == 0) return out = int64_t(whole), true;
  double real = strtod(text.c_str(), &end);
  bool beyond = std::isinf(real) && isdigit(static_cast<unsigned char>(text[text.size() - 1]));
  if (*end != 0 || beyond) return false;
  return out = real, true;
}

int Values::read(const api::Function &function, const std::vector<std::string> &operands) {
  for (const std::string &operand : operands) {
    size_t equals = operand.find('=');
    if (equals == std::string::npos || equals == 0)
      return usageError("E0706", "`" + operand + "` is no argument", "arguments are NAME=VALUE, as in w=zeros or X=@x.npy");
    if (int status = readOne(function, operand.substr(0, equals), operand.substr(equals + 1))) return status;
  }
  return Done;
}

int Values::readOne(const api::Function &function, const std::string &name, const std::string &value) {
  std::variant<int64_t, double> number;
  const Parameter *leaf = leafNamed(function, name);
  bool fills = !leaf || leaf->type.rank() > 0; // a tensor, or every leaf of a struct
  auto take = [&](auto number) { fills ? list.emplace_back(name, api::fill(number)) : list.emplace_back(name, number); };
  if (value == "zeros") list.emplace_back(name, api::zeros());
  else if (value == "ones") list.emplace_back(name, api::ones());
  else if (value == "true" || value == "false") take(value == "true");
  else if (value.rfind("random:", 0) == 0) {
    auto seed = wholeNumber("random:SEED", value.substr(7), 0);
    if (!seed) return UsageFault;
    list.emplace_back(name, api::random(*seed));
  } else if (value.size() > 1 && value[0] == '@') {
    size_t colon = value.rfind(':');
    bool keyed = colon != std::string::npos && value.find('/', colon) == std::string::npos && colon > 1;
    return readFile(function, name, value.substr(1, keyed ? colon - 1 : std::string::npos),
                    keyed ? value.substr(colon + 1) : "");
  } else if (!value.empty() && value[0] == '[') return readList(function, name, value);
  else if (readNumber(value, number)) {
    std::visit(take, number);
  } else
    return usageError("E0706", "`" + excerpt(value) + "` is no value for `" + name + "`",
                      "a value is a number (of a tensor: every element), zeros, ones, random:SEED, @file.npy, @file.npz:key or [[1,2],[3,4]]");
  return Done;
}

int Values::keep(const api::Function &function, const std::string &leaf, runtime::HostArray array,
                 const std::string &path, api::View &view) {
  if (const Parameter *parameter = leafNamed(function, leaf)) {
    auto converted = runtime::convert(std::move(array), dataType(parameter->type.element), path);
    if (!converted) return fail(errorOf(converted.error()).note("for argument `" + leaf + "`, " + parameter->type.print()));
    array = std::move(*converted);
  }
  auto type = graphType(array.type);
  if (!type)
    return fail(api::Error("E0708", path + " holds " + runtime::describe(array.type, array.shape) +
                                        ", which is no type of the language"));
  arrays.push_back(std::make_unique<runtime::HostArray>(std::move(array)));
  view = api::View(arrays.back()->data(), api::DType(*type), arrays.back()->shape).withRoom(arrays.back()->elements());
  return Done;
}

static bool endsWith(const std::string &text, const char *end) {
  size_t length = strlen(end);
  return text.size() >= length && text.compare(text.size() - length, length, end) == 0;
}

int Values::readFile(const api::Function &function, const std::string &name, const std::string &path,
                     const std::string &key) {
  paths.push_back(path);
  bool isLeaf = leafNamed(function, name);
  if (!isLeaf && key.empty() && (endsWith(path, ".safetensors") || endsWith(path, ".npz")))
    return readStruct(function, name, path);
  if (endsWith(path, ".safetensors")) {
    auto file = runtime::Safetensors::open(path);
    if (!file) return fail(errorOf(file.error()));
    bool only = key.empty() && file->entries().size() == 1;
    auto array = file->read(only ? file->entries().front().name : key);
    if (!array) return fail(errorOf(array.error()));
    api::View view;
    if (int status = keep(function, name, std::move(*array), path, view)) return status;
    list.emplace_back(name, view);
    return Done;
  }
  auto format = runtime::formatFromPath(path);
  if (!format)
    return usageError("E0706", "the name of " + path + " does not say what it holds",
                      ".npy, .npz, .csv, .idx and .safetensors are read (also with .gz)");
  const Parameter *parameter = leafNamed(function, name);
  auto type = parameter ? dataType(parameter->type.element) : runtime::ElementType::F64;
  auto array = runtime::readArray(*format, path, key, type);
  if (!array) return fail(errorOf(array.error()));
  api::View view;
  if (int status = keep(function, name, std::move(*array), path, view)) return status;
  list.emplace_back(name, view);
  return Done;
}

int Values::readStruct(const api::Function &function, const std::string &name, const std::string &path) {
  api::Fields fields;
  std::vector<runtime::NamedArray> entries;
  if (endsWith(path, ".npz")) {
    auto all = runtime::readNpz(path);
    if (!all) return fail(errorOf(all.error()));
    entries = std::move(*all);
  } else {
    auto file = runtime::Safetensors::open(path);
    if (!file) return fail(errorOf(file.error()));
    for (const runtime::SafetensorsEntry &entry : file->entries()) {
      auto array = file->read(entry.name);
      if (!array) return fail(errorOf(array.error()));
      entries.push_back({entry.name, std::move(*array)});
    }
  }
  for (runtime::NamedArray &entry : entries)
    if (int status = keep(function, name + "." + entry.name, std::move(entry.array), path, fields[entry.name]))
      return status;
  list.emplace_back(name, std::move(fields));
  return Done;
}

namespace {

// [[1, 2], [3, 4.5]]: nested lists of numbers, all of one length at each depth.
class ListReader {
public:
  // `logical`: `true` and `false` are read, too.
  ListReader(const std::string &text, bool logical) : text(text), logical(logical) {}
  std::vector<int64_t> shape;
  std::vector<std::variant<int64_t, double>> elements;

  bool read() { return list(0) && (skip(), at == text.size()); }

private:
  const std::string &text;
  const bool logical;
  size_t at = 0, rank = 0; // the depth at which the first number stood; 0: none yet

  void skip() { while (at < text.size() && text[at] == ' ') ++at; }
  bool list(size_t depth) {
    if (depth > 15 || at >= text.size() || text[at] != '[') return false;
    ++at;
    bool first = shape.size() == depth;
    if (first) shape.push_back(0);
    int64_t count = 0;
    for (skip(); at < text.size() && text[at] != ']'; ++count) {
      if (count && (text[at++] != ',' || (skip(), false))) return false;
      if (!item(depth)) return false;
      skip();
    }
    if (at >= text.size()) return false;
    ++at;
    if (first) shape[depth] = count;
    return shape[depth] == count;
  }
  bool item(size_t depth) {
    if (at < text.size() && text[at] == '[') return (rank == 0 || depth + 1 < rank) && list(depth + 1);
    if (rank == 0) rank = depth + 1;
    if (rank != depth + 1 || shape.size() != rank) return false; // numbers and lists side by side
    size_t end = std::min(text.find_first_of(",] ", at), text.size());
    std::string word = text.substr(at, end - at);
    std::variant<int64_t, double> number;
    if (logical && (word == "true" || word == "false")) number = int64_t(word == "true");
    else if (!readNumber(word, number)) return false;
    elements.push_back(number);
    at = end;
    return true;
  }
};

} // namespace

int Values::readList(const api::Function &function, const std::string &name, const std::string &text) {
  const Parameter *parameter = leafNamed(function, name);
  ListReader reader(text, parameter && parameter->type.element == ElementType::Bool);
  if (!reader.read())
    return usageError("E0706", "`" + excerpt(text) + "` is no list of numbers, nor of lists of one length", "as in [[1,2],[3,4.5]]");
  // Whole numbers keep all their digits on the way to an integer parameter; everything else is read as f64.
  bool whole = parameter && isInteger(parameter->type.element) &&
               std::all_of(reader.elements.begin(), reader.elements.end(), [](const auto &e) { return e.index() == 0; });
  auto allocated = runtime::HostArray::allocate(whole ? runtime::ElementType::I64 : runtime::ElementType::F64, reader.shape);
  if (!allocated) return fail(errorOf(allocated.error()));
  size_t i = 0;
  if (whole)
    for (int64_t &element : allocated->as<int64_t>()) element = std::get<int64_t>(reader.elements[i++]);
  else
    for (double &element : allocated->as<double>())
      element = std::visit([](auto number) { return double(number); }, reader.elements[i++]);
  api::View view;
  if (int status = keep(function, name, std::move(*allocated), "the list", view)) return status;
  list.emplace_back(name, view);
  return Done;
}

} // namespace fluxion::cli
