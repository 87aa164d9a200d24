// Files that import each other at random and declare things that refer at random: whatever they are, they are answered, every
// time alike, and every place that is told is one of a file.
#include "Support.h"
#include <random>

using namespace fluxion;

namespace {

class RandomFiles {
public:
  explicit RandomFiles(uint32_t seed) : random(seed) {}

  void fill(MemoryLoader &loader) {
    for (const char *name : {"m.flx", "a.flx", "b.flx", "c.flx", "sub/d.flx", "sub/e.flx"}) {
      std::string text;
      for (int i = below(4); i > 0; --i) text += import(name[0] == 's');
      for (int i = below(6); i > 0; --i) text += declaration();
      loader.add(name, text);
    }
  }

private:
  std::mt19937 random;
  int below(int n) { return int(random() % uint32_t(n)); }
  template <size_t n> std::string pick(const char *const (&choices)[n]) { return choices[below(int(n))]; }

  std::string exported() { return pick({"", "export "}); }
  std::string name() { return pick({"g", "h", "S", "k", "nn", "relu", "adam", "x"}); }
  std::string qualified() { return pick({"", "", "nn.", "m.", "nn.m."}) + name(); }
  std::string import(bool below) {
    std::string path = pick({"m.flx", "a.flx", "b.flx", "c.flx", "sub/d.flx", "sub/e.flx", "gone.flx", "", "./a.flx"});
    return exported() + "import \"" + (below ? "../" : "") + path + "\"" + pick({"", "", " as nn", " as m"}) + "\n";
  }
  std::string declaration() {
    switch (below(8)) {
    case 0: return exported() + "fn " + name() + "(x: f32[N]) -> f32[N] = " + qualified() + "(x)\n";
    case 1: return exported() + "struct " + name() + " { a: " + qualified() + ", b: f32[" + qualified() + "] ~ " + qualified() + " }\n";
    case 2: return exported() + "const " + name() + " = " + qualified() + " + 1\n";
    case 3: return exported() + "fn " + name() + "(p: " + qualified() + "[N], q: [2]" + qualified() + ") -> f32 = " + qualified() + "\n";
    case 4: return exported() + "optimizer " + name() + "() { update { p - " + qualified() + "(g) } }\n";
    case 5: return exported() + "fn " + name() + "(key: i64) = init(" + qualified() + ", key)\n";
    case 6: return exported() + "fn " + name() + " = grad(" + qualified() + ")\n";
    default:
      return "train t {\n  data (x: f32[B]) = npy(\"x.npy\")\n  model p: " + qualified() + "\n  loss = " + qualified() +
             "(p, x)\n  eval " + qualified() + "(p)\n  optimizer " + qualified() + "(lr = " + qualified() + "(1))\n}\n";
    }
  }
};

TEST(ModulesAtRandom, AreAnswered) {
  size_t clean = 0, wrong = 0;
  for (uint32_t seed = 0; seed < 400; ++seed) {
    std::string first;
    for (int again = 0; again < 2; ++again) {
      MemoryLoader loader;
      RandomFiles(seed).fill(loader);
      DiagnosticSink sink;
      auto module = moduleFromFile("m.flx", sink, {{}, &loader});
      std::string said = render(sink);
      for (const Diagnostic &d : sink.all()) {
        ASSERT_TRUE(d.where.range.file) << seed << "\n" << said;
        EXPECT_LE(d.where.range.end, d.where.range.file->text.size()) << seed << "\n" << said;
        EXPECT_NE(findError(d.number), nullptr) << d.number;
      }
      for (const Function &function : module->functions) said += print(function);
      if (again) EXPECT_EQ(said, first) << seed;
      first = said;
      ++(sink.hasErrors() ? wrong : clean);
    }
  }
  EXPECT_GT(clean, 20u);
  EXPECT_GT(wrong, 200u);
}

} // namespace
