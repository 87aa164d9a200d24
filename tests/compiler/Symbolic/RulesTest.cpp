// Every rule of the simplifier, on every special value: the program as written and as simplified are both compiled, and
// must agree as far as the rule promises. A rule without a case here fails the last test.
#include "compiler/Symbolic/Simplify.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "tests/compiler/Symbolic/RuleCases.h"
#include "tests/compiler/Target/Harness.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

using namespace mlir;
using namespace fluxion;
using namespace fluxion::test;

namespace {

// "fluxion::(anonymous namespace)::signs::PlusNegated" is PlusNegated.
std::string shortName(StringRef name) {
  size_t bracket = name.find('<'), scope = name.take_front(bracket).rfind("::");
  return name.drop_front(scope == StringRef::npos ? 0 : scope + 2).str();
}

struct Acted : RewriterBase::Listener {
  void notifyPatternBegin(const Pattern &pattern, Operation *) override { current = shortName(pattern.getDebugName()); }
  void notifyPatternEnd(const Pattern &, LogicalResult status) override {
    if (succeeded(status)) names.insert(current);
  }
  std::string current;
  std::set<std::string> names;
};

std::string replaced(std::string text, const std::string &word, const std::string &by) {
  auto isWord = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '%'; };
  for (size_t at = 0; (at = text.find(word, at)) != std::string::npos;) {
    bool alone = (at == 0 || !isWord(text[at - 1]) || (word == "E" && text[at - 1] == 'x')) &&
                 (at + 1 == text.size() || !isWord(text[at + 1]));
    if (alone) text.replace(at, word.size(), by);
    at += alone ? by.size() : 1;
  }
  return text;
}

template <class F> std::vector<F> specials() {
  using L = std::numeric_limits<F>;
  std::vector<F> values{0, L::denorm_min(), L::min(), F(1e-30), F(0.3), 1, 1.5, 3, F(7e9), L::max() / 2, L::max(), L::infinity()};
  for (size_t i = 0, n = values.size(); i < n; ++i) values.push_back(-values[i]);
  values.push_back(L::quiet_NaN());
  return values;
}

template <class F> struct Trial {
  const RuleCase &rule;
  std::vector<F> x, y;
  std::string text;

  explicit Trial(const RuleCase &rule, bool ordinary) : rule(rule) {
    std::vector<F> values = ordinary ? std::vector<F>{F(0.3), 1, 1.5, 3, F(-0.7), -2} : specials<F>();
    for (F a : values)
      for (F b : values) x.push_back(a), y.push_back(b);
    if (rule.count) { // in an order that mixes them
      std::vector<F> p, q;
      for (int64_t i = 0; i < rule.count; ++i) {
        size_t at = size_t(i * 37 + 5) % x.size();
        p.push_back(x[at]), q.push_back(y[at]);
      }
      x = p, y = q;
    }
    std::string n = std::to_string(x.size()), e = sizeof(F) == 4 ? "f32" : "f64";
    std::string body = "func.func @f(%x: T, %y: T) -> " + rule.type + " {\n" + rule.body + "\nreturn %r : " + rule.type + "\n}";
    body = replaced(body, "B", "tensor<" + n + "xi1>");
    text = replaced(replaced(body, "T", "tensor<" + n + "xE>"), "E", e);
  }

  std::vector<F> values(const std::string &program) {
    cpu::Program compiled(program);
    EXPECT_TRUE(compiled.valid()) << compiled.error << program;
    if (!compiled.valid()) return {};
    std::vector<F> result(4096);
    compiled.call({x.data(), y.data()}, {result.data()});
    return result;
  }
};

// The text after simplification, and what acted.
std::string simplified(const std::string &text, SimplifyOptions options, std::set<std::string> &acted, int64_t &elements) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  cpu::loadDialects(context);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  EXPECT_TRUE(bool(module)) << text;
  if (!module) return text;
  Acted listener;
  EXPECT_TRUE(succeeded(Simplifier(&context, options).run(*module, &listener)));
  acted.insert(listener.names.begin(), listener.names.end());
  auto function = cast<func::FuncOp>(module->getBody()->front());
  elements = cast<RankedTensorType>(function.getResultTypes()[0]).getNumElements();
  std::string out;
  llvm::raw_string_ostream stream(out);
  function.print(stream);
  return out;
}

template <class F> bool sameBits(F a, F b) { return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0; }
template <class F> bool isNear(F a, F b) {
  return sameBits(a, b) || std::fabs(a - b) <= 64 * std::numeric_limits<F>::epsilon() * std::max({F(1), std::fabs(a), std::fabs(b)});
}

template <class F> void compare(const RuleCase &rule, SimplifyOptions options, bool ordinary, bool mustAct) {
  Trial<F> run(rule, ordinary);
  std::set<std::string> acted;
  int64_t elements = 0;
  std::string simple = simplified(run.text, options, acted, elements);
  for (const std::string &name : rule.rules) EXPECT_EQ(acted.count(name) > 0, mustAct) << name << "\n" << run.text << simple;
  std::vector<F> before = run.values(run.text), after = run.values(simple);
  if (before.empty() || after.empty()) return;
  for (int64_t i = 0; i < elements; ++i) {
    bool same = ordinary ? isNear(before[i], after[i]) : sameBits(before[i], after[i]);
    ASSERT_TRUE(same) << rule.rules.front() << " at " << i << ": " << before[i] << " became " << after[i] << "\n" << run.text << simple;
  }
}

template <class F> void check(const RuleCase &rule) {
  SimplifyOptions plain, strict{.strict = true}, fast{.fastMath = true};
  SimplifyOptions powers = plain; // squares of x^2 are met before it becomes x·x
  if (rule.rules.front() == "RootOfPower" || rule.rules.front() == "squaredRootAsPower") powers.powers = false;
  switch (rule.promise) {
  case Promise::Bits:
    compare<F>(rule, plain, false, true);
    compare<F>(rule, strict, false, true);
    return;
  case Promise::Accuracy: compare<F>(rule, powers, true, true); return;
  case Promise::SumOrder: compare<F>(rule, plain, true, true); return;
  case Promise::Derivative:
    compare<F>(rule, plain, false, false);
    compare<F>(rule, fast, true, true);
    return;
  }
}

std::vector<RuleCase> everyCase() {
  std::vector<RuleCase> all = elementwiseRuleCases();
  for (RuleCase &each : structuralRuleCases()) all.push_back(each);
  return all;
}

TEST(Rules, KeepWhatTheyPromise) {
  for (const RuleCase &rule : everyCase()) {
    check<double>(rule);
    check<float>(rule);
  }
}

// Sums keep their form under strict: bit for bit, of whatever values.
TEST(Rules, StrictRegroupsNothing) {
  for (const RuleCase &rule : everyCase())
    if (rule.promise == Promise::SumOrder && rule.rules.front() != "transposeOfEinsum")
      compare<double>(rule, {.strict = true}, false, false);
}

// What folds with a constant keeps every bit: each operation of two operands, on either side.
TEST(Folding, ConstantOperands) {
  const StringRef names[] = {
#define FLX_UNARY(Class, name)
#define FLX_BINARY(Class, name) flx::Class::getOperationName(),
#define FLX_LOGICAL(Class, name)
#define FLX_COMPARISON(Class, name)
#include "dialects/OpLists.inc"
  };
  for (StringRef name : names)
    for (const char *number : {"0.0", "-0.0", "1.0", "-1.0", "2.0", "0.5", "0x7F800000", "0x7FC00000"})
      for (const char *operands : {"%x, %k", "%k, %x"})
        compare<float>({{}, Promise::Bits, "%k = flx.constant dense<" + std::string(number) + "> : T\n%r = " + name.str() + " " +
                                               operands + " : T"},
                       {}, false, true);
}

// Of constants alone: what is folded is what would have been computed. Functions may differ by their rounding.
TEST(Folding, Constants) {
  for (const char *op : {"add", "sub", "mul", "div", "max", "min", "rem", "floordiv"})
    for (const char *a : {"-0.0", "1.0", "-7.5", "0x7F800000", "0x7FC00000", "1.0e-40"})
      for (const char *b : {"0.0", "0.1", "-2.5", "0xFF800000", "0x7FC00000"}) {
        std::string constants = "%a = flx.constant dense<" + std::string(a) + "> : T\n%b = flx.constant dense<" + b + "> : T\n";
        compare<float>({{}, Promise::Bits, constants + "%c = flx." + op + " %a, %b : T\n%r = flx.mul %c, %x : T"}, {}, false, true);
      }
}

TEST(Rules, EachHasItsCase) {
  std::set<std::string> acted;
  int64_t elements;
  for (const RuleCase &rule : everyCase())
    for (bool powers : {false, true})
      simplified(Trial<double>(rule, true).text, {.fastMath = rule.promise == Promise::Derivative, .powers = powers}, acted, elements);
  MLIRContext context(MLIRContext::Threading::DISABLED);
  cpu::loadDialects(context);
  for (bool powers : {false, true}) {
    Simplifier simplifier(&context, {.fastMath = true, .powers = powers});
    std::vector<std::string> missing;
    auto need = [&](const Pattern &pattern) {
      std::string name = shortName(pattern.getDebugName());
      if (!acted.count(name)) missing.push_back(name);
    };
    for (const RewritePattern &pattern : simplifier.patterns().getMatchAnyOpNativePatterns()) need(pattern);
    for (const auto &[op, patterns] : simplifier.patterns().getOpSpecificNativePatterns())
      for (const RewritePattern *pattern : patterns) need(*pattern);
    for (const std::string &name : missing) ADD_FAILURE() << name << " has no case in RuleCases*.cpp on which it acts";
  }
}

} // namespace
