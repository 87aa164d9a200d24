// Variables, the pool they are drawn from, and calls of library functions.
#include "tests/campaign/Generator.h"
#include <algorithm>

namespace fluxion::campaign {

static std::string list(const std::vector<int64_t> &numbers) {
  std::string text;
  for (int64_t n : numbers) text += (text.empty() ? "" : ", ") + std::to_string(n);
  return text;
}

std::string Variable::type() const {
  return spelling(element) + (shape.empty() ? "" : "[" + list(shape) + "]");
}

int64_t Variable::size() const {
  int64_t count = 1;
  for (int64_t n : shape) count *= n;
  return count;
}

std::string Drawn::text(size_t result) const {
  std::string text = "fn f(";
  for (const Variable &p : parameters) text += (&p == &parameters[0] ? "" : ", ") + p.name + ": " + p.type();
  text += ") -> " + values[result].type() + " {\n";
  for (const std::string &line : lines) text += "  " + line + "\n";
  text += "  " + values[result].name + "\n}\n";
  if (wrt.empty()) return text;
  std::string head, call;
  for (const Variable &p : parameters) {
    head += (head.empty() ? "" : ", ") + p.name + ": " + p.type();
    call += (call.empty() ? "" : ", ") + p.name;
  }
  std::string total = values[result].shape.empty() ? "f(" + call + ")" : "sum(f(" + call + "))";
  return text + "fn total(" + head + ") = " + total + "\nfn g = grad(total, wrt = " + wrt + ")\n";
}

// Around the sizes at which code takes another path: vectors of 4, 8 and 16, blocks, pieces of a cut reduction.
int64_t Generator::extent() {
  static const int64_t common[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33};
  static const int64_t large[] = {63, 64, 65, 127, 128, 129, 255, 257, 511, 513, 1023, 1025, 4095, 4097, 7813};
  return chance(88) ? common[below(std::size(common))] : large[below(std::size(large))];
}

Variable Generator::fresh(ElementType element, std::vector<int64_t> shape) {
  Variable v{"x" + std::to_string(drawn.parameters.size()), element, std::move(shape)};
  drawn.parameters.push_back(v);
  pool.push_back(v);
  return v;
}

// Later values are preferred, so that programs are deep.
const Variable *Generator::find(const std::function<bool(const Variable &)> &fits) {
  std::vector<const Variable *> fitting;
  for (const Variable &v : pool)
    if (fits(v)) fitting.push_back(&v);
  if (fitting.empty()) return nullptr;
  int64_t n = int64_t(fitting.size());
  return fitting[size_t(std::max(below(n), below(n)))];
}

constexpr int64_t largest = 20000; // elements of a new parameter

Variable Generator::some(ElementType element) {
  if (const Variable *v = chance(85) ? find([&](const Variable &v) { return v.element == element; }) : nullptr) return *v;
  std::vector<int64_t> shape;
  for (int64_t rank = below(4), size = 1; rank > 0; --rank) {
    int64_t n = extent();
    if (size * n <= largest) shape.push_back(n), size *= n;
  }
  return fresh(element, shape);
}

Variable Generator::shaped(ElementType element, const std::vector<int64_t> &shape) {
  auto fits = [&](const Variable &v) { return v.element == element && v.shape == shape; };
  if (const Variable *v = chance(80) ? find(fits) : nullptr) return *v;
  return fresh(element, shape);
}

void Generator::keep(const std::string &expression, ElementType element, std::vector<int64_t> shape, const char *subject) {
  Variable v{"v" + std::to_string(drawn.values.size()), element, std::move(shape)};
  drawn.lines.push_back("let " + v.name + " = " + expression);
  drawn.subjects.insert(subject);
  drawn.values.push_back(v);
  pool.push_back(v);
}

// "T[..S, C]" with what C and S stand for so far; a parameter is made where nothing fits. nullopt: not a tensor.
std::optional<Variable> Generator::argument(const std::string &declared, std::map<std::string, int64_t> &dims,
                                            std::optional<std::vector<int64_t>> &pack) {
  size_t bracket = declared.find('[');
  std::string head = declared.substr(0, bracket);
  std::optional<ElementType> element = elementTypeNamed(head);
  if (head == "T") element = real;
  if (head == "I") element = ElementType::I32;
  if (!element) return std::nullopt;
  std::vector<std::string> axes;
  for (size_t at = bracket == std::string::npos ? declared.size() : bracket + 1; at < declared.size();) {
    size_t end = std::min(declared.find_first_of(",]", at), declared.size());
    std::string name = declared.substr(at, end - at);
    name.erase(std::remove(name.begin(), name.end(), ' '), name.end());
    if (!name.empty()) axes.push_back(name);
    at = end + 1;
  }
  bool rest = !axes.empty() && axes[0].rfind("..", 0) == 0;
  if (rest) axes.erase(axes.begin());
  auto matches = [&](const Variable &v) {
    if (v.element != *element || v.shape.size() < axes.size() || (!rest && v.shape.size() != axes.size())) return false;
    size_t front = v.shape.size() - axes.size();
    if (rest && pack && std::vector<int64_t>(v.shape.begin(), v.shape.begin() + front) != *pack) return false;
    std::map<std::string, int64_t> trial = dims;
    for (size_t i = 0; i < axes.size(); ++i)
      if (!isalpha(axes[i][0]) || axes[i].find_first_of("*+-") != std::string::npos ||
          trial.emplace(axes[i], v.shape[front + i]).first->second != v.shape[front + i])
        return false;
    return true;
  };
  const Variable *known = chance(80) ? find(matches) : nullptr;
  std::vector<int64_t> shape;
  if (rest && !pack && !known) {
    pack.emplace();
    for (int64_t rank = below(3); rank > 0; --rank) pack->push_back(extent() % 10 + 1);
  }
  if (known) {
    size_t front = known->shape.size() - axes.size();
    if (rest) pack = std::vector<int64_t>(known->shape.begin(), known->shape.begin() + front);
    for (size_t i = 0; i < axes.size(); ++i) dims[axes[i]] = known->shape[front + i];
    return *known;
  }
  if (rest) shape = *pack;
  for (const std::string &axis : axes) {
    size_t star = axis.find('*');
    if (isdigit(axis[0]) && star == std::string::npos) {
      shape.push_back(std::stoll(axis));
    } else if (isdigit(axis[0])) {
      int64_t n = dims.emplace(axis.substr(star + 1), extent() % 20 + 1).first->second;
      shape.push_back(std::stoll(axis) * n);
    } else {
      shape.push_back(dims.emplace(axis, extent()).first->second);
    }
  }
  Variable v{"", *element, shape};
  if (v.size() > largest) return std::nullopt;
  return fresh(*element, shape);
}

Generator::Signatures &Generator::signatures() {
  static Signatures known;
  return known;
}

static const std::vector<TensorType> &signatureOf(const std::string &name, const std::vector<Variable> &arguments) {
  static Program program;
  static int made = 0;
  std::string key = name;
  std::vector<TensorType> types;
  for (const Variable &v : arguments) {
    types.push_back({v.element, {v.shape.begin(), v.shape.end()}});
    key += " " + v.type();
  }
  auto [entry, isNew] = Generator::signatures().try_emplace(key);
  if (!isNew) return entry->second;
  DiagnosticSink sink;
  if (made++ % 200 == 0) program = programFromSource("library", "", sink); // which every instance makes longer
  if (auto index = instantiate(program, name, types, sink))
    for (const Result &result : program.module->functions[*index].results)
      entry->second.push_back(program.module->functions[*index].typeOf(result.value));
  return entry->second;
}

bool Generator::library() {
  static const std::vector<LibraryFunction> functions = [] {
    std::vector<LibraryFunction> all = libraryFunctions();
    // Initializers take their type from a field; draws are held to their distributions elsewhere.
    std::erase_if(all, [](const LibraryFunction &f) {
      return f.file.find("init.flx") != std::string::npos || f.file.find("random.flx") != std::string::npos;
    });
    return all;
  }();
  const LibraryFunction &function = functions[size_t(below(int64_t(functions.size())))];
  Drawn before = drawn;
  std::vector<Variable> poolBefore = pool, arguments;
  std::map<std::string, int64_t> dims;
  std::optional<std::vector<int64_t>> pack;
  std::string call = function.name + "(";
  for (const LibraryFunction::Parameter &parameter : function.parameters) {
    if (parameter.hasDefault) {
      static const char *const settings[] = {"0.5", "1", "2", "0", "1e-3", "3"};
      if (parameter.type == "T" && chance(15)) call += ", " + parameter.name + " = " + settings[below(6)];
      continue;
    }
    auto v = parameter.name == "key" ? Variable{"7", ElementType::I64, {}} : argument(parameter.type, dims, pack);
    if (!v) return drawn = before, pool = poolBefore, false;
    call += (call.back() == '(' ? "" : ", ") + (parameter.name == "key" ? "i64(7)" : v->name);
    arguments.push_back(*v);
  }
  const std::vector<TensorType> &results = signatureOf(function.name, arguments);
  if (results.size() != 1 || !isSupported(results[0])) return drawn = before, pool = poolBefore, false;
  std::vector<int64_t> shape;
  for (const Dim &n : results[0].shape) shape.push_back(n.constant().value_or(-1));
  if (std::count(shape.begin(), shape.end(), -1)) return drawn = before, pool = poolBefore, false;
  drawn.elementwise = false;
  keep(call + ")", results[0].element, shape, function.name.c_str());
  return true;
}

Drawn Generator::draw(ElementType real, bool gradient) {
  this->real = real;
  drawn = {}, pool = {};
  for (int64_t steps = 1 + below(chance(75) ? 3 : 6); steps > 0; --steps) step();
  if (!gradient) return drawn;
  // The interpreter evaluates once for each element of the parameter.
  if (const Variable *x = find([&](const Variable &v) { return v.name[0] == 'x' && v.element == real && v.size() <= 40; }))
    drawn.wrt = x->name, drawn.elementwise = false;
  return drawn;
}

void Generator::step() {
  if (chance(45))
    for (int i = 0; i < 20; ++i)
      if (library()) return;
  switch (below(14)) {
  case 0: case 1: return unary();
  case 2: case 3: case 4: return binary();
  case 5: return choose();
  case 6: case 7: return reduce();
  case 8: return cumulate();
  case 9: return contract();
  case 10: case 11: return move();
  case 12: return index();
  default: return loop();
  }
}

} // namespace fluxion::campaign
