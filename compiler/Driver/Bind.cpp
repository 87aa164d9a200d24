// Matching, checking and binding arguments; see Bind.h.
#include "compiler/Driver/Bind.h"
#include "compiler/Driver/ErrorText.h"
#include "fluxion/runtime.h"
#include <cmath>
#include <cstring>
#include <set>

namespace fluxion {

static Diagnostic callError(const Function &function, std::string number, std::string message) {
  Diagnostic diagnostic;
  diagnostic.number = std::move(number);
  diagnostic.where = function.where;
  diagnostic.message = std::move(message);
  return diagnostic;
}

// "w, b, X": what a call takes, structs by their own name.
static std::string listOf(const std::vector<std::string> &names) {
  std::string out;
  for (size_t i = 0; i < names.size() && i < 8; ++i) out += (i ? ", `" : "`") + names[i] + "`";
  if (names.size() > 8) out += " and " + std::to_string(names.size() - 8) + " more";
  return out;
}

namespace {

class Matcher {
public:
  explicit Matcher(const Function &function) : function(function), values(function.parameters.size()) {}

  api::Expected<std::vector<LeafValue>> match(const std::vector<api::Argument> &arguments) {
    for (const api::Argument &argument : arguments)
      if (auto done = take(argument); !done) return done.error();
    std::vector<std::string> missing;
    for (size_t i = 0; i < values.size(); ++i)
      if (values[i].index() == 0 && !function.parameters[i].defaultValue) missing.push_back(function.parameters[i].path);
    if (missing.empty()) return std::move(values);
    return errorOf(callError(function, "E0703",
                             "`" + function.name + "` needs " + (missing.size() == 1 ? "argument " : "arguments ") +
                                 listOf(missing)));
  }

private:
  const Function &function;
  std::vector<LeafValue> values;

  int leafNamed(const std::string &path) const {
    for (size_t i = 0; i < function.parameters.size(); ++i)
      if (function.parameters[i].path == path) return int(i);
    return -1;
  }

  api::Expected<void> take(const api::Argument &argument) {
    if (auto *fields = std::get_if<api::Fields>(&argument.value)) return takeStruct(argument.name, *fields);
    int leaf = leafNamed(argument.name);
    if (auto *fill = std::get_if<api::Fill>(&argument.value); fill && leaf < 0) return fillStruct(argument.name, *fill);
    if (leaf < 0) return unknown(argument.name);
    return put(size_t(leaf), std::visit([](const auto &value) -> LeafValue {
                 if constexpr (std::is_same_v<std::decay_t<decltype(value)>, api::Fields>) return {};
                 else return value;
               }, argument.value));
  }

  api::Expected<void> put(size_t leaf, LeafValue value) {
    if (values[leaf].index() != 0)
      return errorOf(callError(function, "E0709", "argument `" + function.parameters[leaf].path + "` is given twice"));
    values[leaf] = std::move(value);
    return {};
  }

  api::Expected<void> takeStruct(const std::string &name, const api::Fields &fields) {
    std::set<std::string> left, wanted;
    for (const auto &[field, view] : fields) left.insert(field);
    std::vector<std::string> missing;
    for (size_t i = 0; i < function.parameters.size(); ++i) {
      const std::string &path = function.parameters[i].path;
      if (path.compare(0, name.size() + 1, name + ".") != 0) continue;
      std::string field = path.substr(name.size() + 1);
      wanted.insert(field);
      auto found = fields.find(field);
      if (found == fields.end()) {
        missing.push_back(field);
        continue;
      }
      left.erase(field);
      if (auto done = put(i, found->second); !done) return done;
    }
    if (wanted.empty()) return unknown(name);
    if (!missing.empty())
      return errorOf(callError(function, "E0703", "argument `" + name + "` lacks the fields " + listOf(missing)));
    if (!left.empty())
      return errorOf(callError(function, "E0704", "parameter `" + name + "` has no field `" + *left.begin() + "`")
                         .note("it has " + listOf({wanted.begin(), wanted.end()})));
    return {};
  }

  api::Expected<void> fillStruct(const std::string &name, api::Fill fill) {
    bool any = false;
    for (size_t i = 0; i < function.parameters.size(); ++i)
      if (function.parameters[i].path.compare(0, name.size() + 1, name + ".") == 0) {
        any = true;
        if (auto done = put(i, fill); !done) return done;
      }
    if (!any) return unknown(name);
    return {};
  }

  api::Error unknown(const std::string &name) const {
    std::vector<std::string> paths, fields;
    for (const Parameter &parameter : function.parameters) {
      paths.push_back(parameter.path);
      if (parameter.path.compare(0, name.size() + 1, name + ".") == 0) fields.push_back(parameter.path);
    }
    if (!fields.empty())
      return errorOf(callError(function, "E0708", "parameter `" + name + "` is a struct, the argument a single value")
                         .help("give its fields: " + listOf(fields)));
    Diagnostic diagnostic = callError(function, "E0704", "`" + function.name + "` has no parameter `" + name + "`");
    if (auto near = nearestName(name, paths)) diagnostic.help("did you mean `" + *near + "`?");
    else diagnostic.note(paths.empty() ? "it takes no arguments" : "it takes " + listOf(paths));
    return errorOf(std::move(diagnostic));
  }
};

std::string typeName(const api::View &view) { return api::printType(view.dtype(), view.shape()); }

// A view may be read at all: it has memory, sane extents, and as many elements as its shape says.
api::Expected<void> checkView(const Function &function, const Parameter &parameter, const api::View &view) {
  std::string name = "argument `" + parameter.path + "`";
  if (view.strides().size() != view.shape().size())
    return errorOf(callError(function, "E0710", name + " has " + std::to_string(view.shape().size()) + " extents but " +
                                                    std::to_string(view.strides().size()) + " strides"));
  int64_t count = view.size();
  if (count < 0)
    return errorOf(callError(function, "E0712", name + " has an extent that is negative or too large"));
  if (!view.data() && count > 0) return errorOf(callError(function, "E0713", name + " has no data: a null pointer"));
  if (view.available() >= 0 && count > view.available())
    return errorOf(callError(function, "E0713", name + " claims " + typeName(view) + ", " + std::to_string(count) +
                                                    " elements, but its memory holds " +
                                                    std::to_string(view.available())));
  if (view.dtype() != api::DType(parameter.type.element))
    return errorOf(callError(function, "E0708", name + " is " + typeName(view) + ", but parameter `" + parameter.path +
                                                    "` is " + parameter.type.print())
                       .help(std::string("convert the data to ") + spelling(parameter.type.element) +
                             "; nothing is converted silently"));
  return {};
}

LeafValue numberOf(const api::Fill &fill) {
  return std::visit([](auto number) -> LeafValue { return number; }, fill.number);
}

// A number, or the number that fills a tensor, can be what the parameter's elements are.
api::Expected<void> checkNumber(const Function &function, const Parameter &parameter, const LeafValue &number) {
  std::string name = "argument `" + parameter.path + "`";
  const auto *fill = std::get_if<api::Fill>(&number);
  if (parameter.type.rank() != 0 && !fill)
    return errorOf(callError(function, "E0708", name + " is a number, but parameter `" + parameter.path + "` is " +
                                                    parameter.type.print())
                       .help("`fluxion::fill(number)` is a tensor of it"));
  double ignored[2];
  if (fill && !storeScalar(parameter.type.element, int64_t(0), ignored)) return {}; // no code is made for such elements
  if (!storeScalar(parameter.type.element, fill ? numberOf(*fill) : number, ignored))
    return errorOf(callError(function, "E0708", name + " is a number that " + spelling(parameter.type.element) +
                                                    " cannot hold"));
  return {};
}

} // namespace

api::Expected<std::vector<LeafValue>> matchArguments(const Function &function,
                                                     const std::vector<api::Argument> &arguments) {
  return Matcher(function).match(arguments);
}

api::Expected<KnownShapes> shapesOf(const Function &function, const std::vector<LeafValue> &values) {
  KnownShapes shapes(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const auto *fill = std::get_if<api::Fill>(&values[i]);
    if (values[i].index() == 0 || (fill && fill->kind == api::Fill::Random)) continue;
    const auto *view = std::get_if<api::View>(&values[i]);
    auto good = view ? checkView(function, function.parameters[i], *view)
                     : checkNumber(function, function.parameters[i], values[i]);
    if (!good) return good.error();
    if (fill) continue;
    shapes[i] = view ? view->shape() : std::vector<int64_t>{};
  }
  return shapes;
}

template <class T> static bool storeInteger(const LeafValue &number, void *target) {
  int64_t whole = 0;
  if (auto *i = std::get_if<int64_t>(&number)) whole = *i;
  else if (auto *d = std::get_if<double>(&number)) {
    if (!(std::fabs(*d) < 9.2e18) || std::floor(*d) != *d) return false;
    whole = int64_t(*d);
  } else return false;
  T value = T(whole);
  memcpy(target, &value, sizeof value);
  return int64_t(value) == whole;
}

template <class T> static bool storeReal(const LeafValue &number, void *target) {
  T value;
  if (auto *i = std::get_if<int64_t>(&number)) value = T(*i);
  else if (auto *d = std::get_if<double>(&number)) value = T(*d);
  else return false;
  memcpy(target, &value, sizeof value);
  return true;
}

bool storeScalar(ElementType element, const LeafValue &number, void *target) {
  switch (element) {
  case ElementType::F32: return storeReal<float>(number, target);
  case ElementType::F64: return storeReal<double>(number, target);
  case ElementType::I32: return storeInteger<int32_t>(number, target);
  case ElementType::I64: return storeInteger<int64_t>(number, target);
  case ElementType::Bool:
    if (auto *truth = std::get_if<bool>(&number)) return *static_cast<uint8_t *>(target) = *truth, true;
    if (auto *i = std::get_if<int64_t>(&number); i && (*i == 0 || *i == 1)) // as zeros and ones
      return *static_cast<uint8_t *>(target) = uint8_t(*i), true;
    return false;
  default: return false;
  }
}

BoundArguments::~BoundArguments() {
  for (auto [address, bytes] : packed) memory->give(address, bytes);
}

static int64_t hashOf(const std::string &path) {
  uint64_t hash = 0xcbf29ce484222325u; // FNV-1a
  for (unsigned char c : path) hash = (hash ^ c) * 0x100000001b3u;
  return int64_t(hash);
}

// False when memory is out.
template <class T> static bool drawBits(int64_t key, T *out, int64_t count) {
  auto *draws = static_cast<float *>(flx_allocate(size_t(count) * sizeof(float)));
  if (!draws) return false;
  flx_random_uniform_f32(draws, 0, count, key);
  for (int64_t i = 0; i < count; ++i) out[i] = T(draws[size_t(i)] >= 0.5f);
  flx_free(draws);
  return true;
}

// The numbers an f64 would have, rounded: instances of one function can be compared. False when memory is out.
static bool drawFloats(int64_t key, float *out, int64_t count) {
  auto *draws = static_cast<double *>(flx_allocate(size_t(count) * sizeof(double) + 1));
  if (!draws) return false;
  flx_random_normal_f64(draws, 0, count, key);
  std::copy_n(draws, count, out);
  flx_free(draws);
  return true;
}

static bool draw(const Parameter &parameter, int64_t seed, void *target, int64_t count) {
  int64_t key = flx_random_fold(seed, hashOf(parameter.path));
  switch (parameter.type.element) {
  case ElementType::F32: return drawFloats(key, static_cast<float *>(target), count);
  case ElementType::F64: flx_random_normal_f64(static_cast<double *>(target), 0, count, key); break;
  case ElementType::I32: return drawBits(key, static_cast<int32_t *>(target), count);
  case ElementType::I64: return drawBits(key, static_cast<int64_t *>(target), count);
  case ElementType::Bool: return drawBits(key, static_cast<uint8_t *>(target), count);
  default: memset(target, 0, size_t(count) * size_t(byteSize(parameter.type.element))); // refused when it is compiled
  }
  return true;
}

static bool fill(const Parameter &parameter, const api::Fill &fill, void *target, int64_t count) {
  if (fill.kind == api::Fill::Random) return draw(parameter, fill.seed, target, count);
  size_t width = size_t(byteSize(parameter.type.element));
  char element[16] = {};
  storeScalar(parameter.type.element, numberOf(fill), element);
  for (int64_t i = 0; i < count; ++i) memcpy(static_cast<char *>(target) + size_t(i) * width, element, width);
  return true;
}

static void storeDefault(const Parameter &parameter, const DimBinding &dimensions, void *target) {
  auto value = parameter.defaultValue->evaluate(dimensions).value_or(Weak::DoubleDouble{0, 0});
  if (parameter.type.element == ElementType::F32) {
    float nearest = value.nearestFloat();
    memcpy(target, &nearest, sizeof nearest);
    return;
  }
  if (isInteger(parameter.type.element)) storeScalar(parameter.type.element, int64_t(__int128(value.hi) + __int128(value.lo)), target);
  else if (parameter.type.element == ElementType::Bool) storeScalar(parameter.type.element, value.hi != 0, target);
  else storeScalar(parameter.type.element, value.hi, target);
}

void *BoundArguments::allocate(size_t bytes) {
  packed.emplace_back(memory->take(bytes), bytes);
  return packed.back().first;
}

bool BoundArguments::bind(const Function &function, const std::vector<LeafValue> &values,
                          const DimBinding &dimensions) {
  addresses.assign(values.size(), nullptr);
  scalars.assign(values.size(), 0);
  for (size_t i = 0; i < values.size(); ++i) {
    const Parameter &parameter = function.parameters[i];
    size_t width = size_t(byteSize(parameter.type.element));
    if (auto *made = std::get_if<api::Fill>(&values[i])) {
      auto shape = shapeUnder(parameter.type, dimensions);
      int64_t count = shape ? api::elementCount(*shape) : 0;
      if (!(addresses[i] = allocate(size_t(count) * width)) || !fill(parameter, *made, addresses[i], count)) return false;
      continue;
    }
    const auto *view = std::get_if<api::View>(&values[i]);
    if (values[i].index() == 0) {
      storeDefault(parameter, dimensions, &scalars[i]);
      addresses[i] = &scalars[i];
      continue;
    }
    if (!view) {
      storeScalar(parameter.type.element, values[i], &scalars[i]);
      addresses[i] = &scalars[i];
      continue;
    }
    bool aligned = reinterpret_cast<uintptr_t>(view->data()) % std::min<size_t>(width, 8) == 0;
    if (view->data() && view->isContiguous() && aligned) {
      addresses[i] = const_cast<void *>(view->data());
      continue;
    }
    if (!(addresses[i] = allocate(size_t(view->size()) * width))) return false;
    view->packInto(addresses[i]);
  }
  return true;
}

} // namespace fluxion
