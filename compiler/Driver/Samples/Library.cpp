// Samples of the standard library. Argument types follow from the declared parameter types: a dimension name gets one
// extent throughout a function, `..S` is tried as nothing, one axis and two. Initializers, whose result takes the type
// expected of it, stand in a struct; optimizers and schedules in a training.
#include "compiler/Driver/Samples/Samples.h"
#include "frontend/Frontend.h"
#include "frontend/Syntax/Ast.h"
#include "frontend/Syntax/Parser.h"
#include <algorithm>
#include <map>

namespace fluxion::samples {

namespace {

// Extents in the order in which a function names its dimensions. The second row is wider than a vector.
constexpr int64_t extents[2][6] = {{5, 3, 7, 2, 4, 6}, {37, 19, 17, 5, 3, 2}};

struct Choice {
  std::vector<Dim> pack; // ..S
  int row;
};
const Choice choices[] = {{{}, 0}, {{4}, 0}, {{2, 3}, 0}, {{3}, 1}};

class Arguments {
public:
  Arguments(ElementType real, const Choice &choice) : real(real), choice(choice) {}

  // "T[..S, C]" -> f32[4,5]; nullopt: not the type of a tensor.
  std::optional<TensorType> typeOf(const std::string &declared) {
    size_t bracket = declared.find('[');
    std::string head = declared.substr(0, bracket);
    TensorType type;
    if (auto element = elementTypeNamed(head))
      type.element = *element;
    else if (head == "T")
      type.element = real;
    else if (head == "I")
      type.element = ElementType::I32;
    else
      return std::nullopt;
    if (bracket == std::string::npos) return type;
    for (size_t at = bracket + 1; at < declared.size();) {
      size_t end = declared.find_first_of(",]", at);
      if (end == std::string::npos) return std::nullopt;
      std::string name = declared.substr(at, end - at);
      name.erase(std::remove(name.begin(), name.end(), ' '), name.end());
      if (name.rfind("..", 0) == 0) {
        packed = true;
        type.shape.insert(type.shape.end(), choice.pack.begin(), choice.pack.end());
      } else if (!name.empty()) {
        type.shape.push_back(extentOf(name));
      }
      at = end + 1;
    }
    return type;
  }
  // "Linear[T, I, O]" -> "Linear[f32, 5, 3]"
  std::string structOf(const std::string &declared) {
    size_t at = declared.find('[');
    std::string made = declared.substr(0, at);
    while (at != std::string::npos && at + 1 < declared.size()) {
      size_t end = declared.find_first_of(",]", at + 1);
      std::string name = declared.substr(at + 1, end - at - 1);
      name.erase(std::remove(name.begin(), name.end(), ' '), name.end());
      made += std::string(made.find('[') == std::string::npos ? "[" : ", ") +
              (name == "T" ? spelling(real) : extentOf(name).print());
      at = declared[end] == ']' ? std::string::npos : end;
    }
    return made + "]";
  }
  bool packed = false; // there was a ..S

private:
  Dim extentOf(const std::string &name) { // "N", "4", "2*E"
    if (size_t star = name.find('*'); star != std::string::npos)
      return extentOf(name.substr(0, star)) * extentOf(name.substr(star + 1));
    if (std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::stoll(name);
    auto [known, fresh] = named.emplace(name, extents[choice.row][std::min<size_t>(named.size(), 5)]);
    return known->second;
  }
  ElementType real;
  const Choice &choice;
  std::map<std::string, int64_t> named;
};

bool isStruct(const LibraryFunction::Parameter &parameter) { // "Linear[T, I, O]", not "T[..S]"
  return parameter.type.find('[') != 1 && parameter.type.size() > 1 && parameter.type[0] >= 'A' && parameter.type[0] <= 'Z';
}

DimBinding bound(const Function &function) {
  DimBinding binding;
  for (const std::string &name : function.dimensions) binding[name] = 4;
  return binding;
}

// Every function of a source text.
void addSource(Collection &collection, const std::string &subject, const std::string &text) {
  DiagnosticSink sink;
  std::shared_ptr<const Module> module = moduleFromSource(subject + ".flx", text, sink);
  if (sink.hasErrors()) {
    collection.faults.push_back("the program of `" + subject + "` has errors\n" + render(sink));
    return;
  }
  for (const Function &function : module->functions)
    if (function.isPublic) collection.samples.push_back({subject, module, function.name, bound(function)});
}

// A function of structs, and draws of these.
void addCaller(Collection &collection, const LibraryFunction &function, ElementType real, const Choice &choice) {
  Arguments arguments(real, choice);
  std::string head = "fn sample(", call, draws;
  for (const auto &parameter : function.parameters) {
    std::string type;
    if (isStruct(parameter)) {
      type = arguments.structOf(parameter.type);
      draws += "fn draw_" + parameter.name + "(key: i64) -> " + type + " = init(" + type + ", key)\n";
    } else {
      auto tensor = arguments.typeOf(parameter.type);
      type = tensor ? tensor->print() : parameter.type;
    }
    head += (call.empty() ? "" : ", ") + parameter.name + ": " + type;
    call += (call.empty() ? "" : ", ") + parameter.name;
  }
  bool again = &choice != &choices[0] && &choice != &choices[3] && !arguments.packed;
  if (!again)
    addSource(collection, function.name,
              head + ") = " + function.name + "(" + call + ")\n" + (&choice == &choices[0] ? draws : ""));
}

void addInstance(Collection &collection, const LibraryFunction &function, ElementType real, const Choice &choice) {
  if (std::any_of(function.parameters.begin(), function.parameters.end(), isStruct))
    return addCaller(collection, function, real, choice);
  Arguments arguments(real, choice);
  std::vector<TensorType> types;
  for (const auto &parameter : function.parameters) {
    auto type = arguments.typeOf(parameter.type);
    if (!type) {
      collection.faults.push_back("no argument is known for `" + parameter.name + ": " + parameter.type + "` of " +
                                  function.name);
      return;
    }
    types.push_back(*type);
  }
  if (&choice != &choices[0] && &choice != &choices[3] && !arguments.packed) return;
  DiagnosticSink sink;
  Program program = programFromSource("library", "", sink);
  auto index = instantiate(program, function.name, types, sink);
  if (!index) {
    collection.faults.push_back("`" + function.name + "` of " + function.file + " cannot be instantiated\n" +
                                render(sink));
    return;
  }
  Function &made = program.module->functions[*index];
  made.isPublic = true;
  std::string name = made.name;
  collection.samples.push_back({function.name, std::shared_ptr<const Module>(std::move(program.module)), name, {}});
}

bool isIn(const std::string &path, const char *file) { return path.find(file) != std::string::npos; }

void addInitializer(Collection &collection, const LibraryFunction &function, const std::string &real) {
  std::string draw = function.name;
  for (const auto &parameter : function.parameters)
    if (parameter.name != "key" && !parameter.hasDefault)
      draw += (draw == function.name ? "(" : ", ") + parameter.name + " = 0.5";
  if (draw != function.name) draw += ")";
  if (draw == "identity") { // of square matrices alone
    addSource(collection, draw,
              "struct P { W: " + real + "[5, 5] ~ identity }\nfn draw(key: i64) -> P = init(P, key)\n");
    return;
  }
  addSource(collection, function.name,
            "struct P { W: " + real + "[7, 5] ~ " + draw + ", V: " + real + "[3, 2, 11] ~ " + draw + " }\n" +
                "fn draw(key: i64) -> P = init(P, key)\n");
}

std::string training(const std::string &real, const std::string &optimizer) {
  return "struct P { W: " + real + "[3, 2] ~ he_normal, b: " + real + "[2] ~ zeros }\n" +
         "train fit {\n  data (x: " + real + "[B, 3], y: " + real + "[B, 2]) = npy(\"x.npy\", \"y.npy\")\n" +
         "  model p: P\n  loss = mse(tanh(x @ p.W + p.b), y)\n  optimizer " + optimizer + "\n  epochs 2\n}\n";
}

// Settings without a default: numbers of batches, bounds, weights. Adafactor divides by gradients that may be 0, where
// its 1e-30 beside them lets no derivative of the step be finite in f32.
std::string callOf(const ast::OptimizerDecl &optimizer) {
  std::string call = optimizer.name.text + "(lr = 0.01";
  if (optimizer.name.text == "adafactor") call += ", eps1 = 1e-8";
  for (const ast::Parameter &setting : optimizer.settings)
    if (!setting.defaultValue)
      call += ", " + setting.name.text + " = " +
              (setting.name.text == "batches" ? "3" : setting.name.text == "low" ? "-0.5" : "0.5");
  return call + ")";
}

void addOptimizers(Collection &collection, const std::string &real) {
  for (const auto &file : standardLibrary()) {
    DiagnosticSink ignored;
    ast::Program program = parse(file, ignored);
    for (const ast::DeclPtr &decl : program.declarations)
      if (auto *optimizer = ast::as<ast::OptimizerDecl>(decl); optimizer && collection.wants(optimizer->name.text))
        for (const char *clip : {"", ", clip global_norm 1.0"})
          addSource(collection, optimizer->name.text, training(real, callOf(*optimizer) + clip));
  }
}

// As the rate of a training, beside the plain function.
void addSchedule(Collection &collection, const LibraryFunction &function, const std::string &real) {
  std::string call;
  for (const auto &parameter : function.parameters)
    if (parameter.name != "t" && parameter.name != "total" && !parameter.hasDefault)
      call += (call.empty() ? "" : ", ") + parameter.name + " = " +
              (parameter.name == "lr"      ? "0.01"
               : parameter.name == "gamma" ? "0.5"
               : parameter.name == "cycle" ? "7"
                                           : "3");
  addSource(collection, function.name, training(real, "sgd(lr = " + function.name + "(" + call + "))"));
}

} // namespace

void addLibrary(Collection &collection, ElementType real) {
  for (const LibraryFunction &function : libraryFunctions()) {
    if (!collection.wants(function.name)) continue;
    if (isIn(function.file, "init.flx")) {
      addInitializer(collection, function, spelling(real));
      continue;
    }
    for (const Choice &choice : choices) addInstance(collection, function, real, choice);
    if (isIn(function.file, "schedules.flx")) addSchedule(collection, function, spelling(real));
  }
  addOptimizers(collection, spelling(real));
}

} // namespace fluxion::samples
