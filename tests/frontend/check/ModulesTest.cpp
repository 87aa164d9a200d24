// Modules: what an import brings into sight, what it keeps out, where files are looked for, and what is said when they are
// not there. Files are held in memory; the disk is asked in the tests of the driver.
#include "Support.h"
#include "frontend/Check/Library.h"
#include "frontend/Syntax/Parser.h"

using namespace fluxion;

namespace {

struct Files {
  MemoryLoader loader;
  SourceOptions options;
  DiagnosticSink sink;
  std::unique_ptr<Module> module;

  Files(std::initializer_list<std::pair<std::string, std::string>> files, std::vector<std::string> searchPath = {}) {
    for (const auto &[path, text] : files) loader.add(path, text);
    options = {std::move(searchPath), &loader};
    module = moduleFromFile(files.begin()->first, sink, options);
  }
  std::string said() const { return render(sink); }
  const Diagnostic *find(const std::string &number) const {
    for (const Diagnostic &d : sink.all())
      if (d.number == number) return &d;
    return nullptr;
  }
  bool clean() const { return sink.all().empty(); }
};

// The one diagnostic is `number`, at line:column of `file`, and says all of `words`.
void expectAt(const Files &files, const std::string &number, const std::string &place, std::vector<std::string> words) {
  ASSERT_EQ(files.sink.all().size(), 1u) << files.said();
  const Diagnostic &d = files.sink.all()[0];
  EXPECT_EQ(d.number, number) << files.said();
  EXPECT_NE(findError(number), nullptr) << number << " has no page";
  std::string said = files.said();
  EXPECT_NE(said.find("--> " + place + "\n"), std::string::npos) << place << " in\n" << said;
  for (const std::string &each : words) EXPECT_NE(said.find(each), std::string::npos) << each << " in\n" << said;
}

const char *const layers = "/// A layer.\n"
                           "export struct Dense { W: f32[I,O] ~ he_normal, b: f32[O] ~ zeros }\n"
                           "export fn dense(p: Dense, x: f32[B,I]) -> f32[B,O] = helper(linear(x, p.W, p.b))\n"
                           "fn helper[T: float](x: T[..S]) -> T[..S] = relu(x) * slope\n"
                           "const slope = 2\n"
                           "export const width = 16\n";

TEST(Modules, ExportedNamesAreInSight) {
  Files files{{"m.flx", "import \"layers.flx\"\n"
                        "struct Net { a: Dense[8, width], b: Dense[width, 2] }\n"
                        "fn net(p: Net, x: f32[B,8]) -> f32[B,2] = dense(p.b, dense(p.a, x))\n"
                        "fn start(key: i64) -> Net = init(Net, key)\n"},
              {"layers.flx", layers}};
  EXPECT_TRUE(files.clean()) << files.said();
  ASSERT_EQ(files.module->functions.size(), 2u);
  EXPECT_EQ(files.module->functions[0].parameters[0].type.print(), "f32[8,16]");
  ASSERT_EQ(files.module->sources.size(), 2u);
  EXPECT_EQ(files.module->sources[0]->path, "m.flx");
}

TEST(Modules, NamesUnderAnAlias) {
  Files files{{"m.flx", "import \"layers.flx\" as nn\n"
                        "struct Net { a: nn.Dense[8, nn.width], b: [2]nn.Dense[16, 16] }\n"
                        "fn net(p: Net, x: f32[B,8]) -> f32[B,16] = nn.dense(p.b.0, nn.dense(p.a, x))\n"
                        "fn start(key: i64) = (init(Net, key), init(nn.Dense[3, 4], key))\n"
                        "fn wide(x: f32[N]) -> f32[N] = x * nn.width\n"
                        "fn made(W: f32[2,3]) -> f32[5,3] = nn.dense(nn.Dense(W, fill(f32[3], 0)), fill(f32[5,2], 1))\n"},
              {"layers.flx", layers}};
  EXPECT_TRUE(files.clean()) << files.said();
  EXPECT_EQ(files.module->functions.size(), 4u);
}

TEST(Modules, TheSameGraphAsInOneFile) {
  Files parts{{"m.flx", "import \"layers.flx\" as nn\nfn f(p: nn.Dense, x: f32[B,I]) -> f32[B,O] = nn.dense(p, x)\n"},
              {"layers.flx", layers}};
  Files whole{{"m.flx", std::string(layers) + "fn f(p: Dense, x: f32[B,I]) -> f32[B,O] = dense(p, x)\n"}};
  ASSERT_TRUE(parts.clean() && whole.clean()) << parts.said() << whole.said();
  EXPECT_TRUE(structurallyEqual(*parts.module->find("f"), *whole.module->find("f")));
}

TEST(Modules, ALocalNameHidesAModule) {
  Files files{{"m.flx", "import \"layers.flx\" as nn\n"
                        "struct P { width: f32 }\n"
                        "fn f(nn: P) -> f32 = nn.width\nfn g() -> f32 = f32(nn.width)\n"},
              {"layers.flx", layers}};
  EXPECT_TRUE(files.clean()) << files.said();
}

TEST(Modules, TrainingTakesOptimizersSchedulesLossesAndInitializersOfModules) {
  Files files{{"m.flx", "import \"mine.flx\" as my\n"
                        "struct P { w: f32[3] ~ my.tiny, b: f32 ~ my.at(value = 0.5) }\n"
                        "train fit {\n  data (x: f32[B,3], y: f32[B]) = npy(\"x.npy\", \"y.npy\") batch 4\n"
                        "  test (x, y) = npy(\"x.npy\", \"y.npy\")\n  model p: P\n"
                        "  loss = my.distance(x @ p.w + p.b, y)\n  eval my.distance(x @ p.w + p.b, y)\n"
                        "  optimizer my.sign_descent(lr = my.falling(0.1), strength = my.strong)\n}\n"},
              {"mine.flx", "export fn tiny[T: float](key: i64) -> T[..S] = fill(T[..S], 1e-3)\n"
                           "export fn at[T: float](key: i64, value: T) -> T[..S] = fill(T[..S], value)\n"
                           "export fn distance(a: f32[N], b: f32[N]) -> f32 = mean(abs(a - b))\n"
                           "export fn falling[T: float](t: T, lr: T) -> T = lr / t\n"
                           "export const strong = 2\n"
                           "export optimizer sign_descent(strength = 1) { update { p - rate * strength * own(g) } }\n"
                           "fn own[T: float](g: T[..S]) -> T[..S] = sign(g)\n"}};
  EXPECT_TRUE(files.clean()) << files.said();
  ASSERT_EQ(files.module->trains.size(), 1u);
  EXPECT_EQ(files.module->trains[0]->evalMetrics, (std::vector<std::string>{"loss", "distance"}));
}

TEST(Modules, FilesKeepTheirNamesToThemselves) {
  Files files{{"m.flx", "import \"layers.flx\"\nfn f(x: f32[N]) -> f32[N] = helper(x)\nfn g(p: Dense) -> f32[O] = p.b\n"},
              {"layers.flx", layers}};
  expectAt(files, "E0627", "m.flx:2:29", {"`helper` of `layers.flx` is not exported", "layers.flx:4", "write `export`"});
  ASSERT_EQ(files.sink.all()[0].fixes.size(), 1u);
  EXPECT_EQ(files.sink.all()[0].fixes[0].range.file->path, "layers.flx");
  Files dotted{{"m.flx", "import \"layers.flx\" as nn\nfn f(x: f32[N]) -> f32[N] = nn.helper(x) * nn.width\n"},
               {"layers.flx", layers}};
  expectAt(dotted, "E0627", "m.flx:2:29", {"`helper` of `layers.flx` is not exported"});
  // Nor does an imported file see the names of the one that imports it.
  Files back{{"m.flx", "import \"a.flx\"\nfn mine(x: f32) -> f32 = x\nfn f(x: f32) -> f32 = g(x)\n"},
             {"a.flx", "export fn g(x: f32) -> f32 = mine(x)\n"}};
  expectAt(back, "E0201", "a.flx:1:30", {"`mine` is not known", "`a.flx` is imported here", "m.flx:1:8"});
}

TEST(Modules, MisspeltNamesOfModules) {
  Files files{{"m.flx", "import \"layers.flx\" as nn\nfn f(p: nn.Dense, x: f32[B,I]) -> f32[B,O] = nn.dens(p, x)\n"},
              {"layers.flx", layers}};
  expectAt(files, "E0201", "m.flx:2:46", {"`layers.flx` exports no `dens`", "did you mean `nn.dense`?"});
  Files type{{"m.flx", "import \"layers.flx\" as nn\nfn f(p: nn.Dens, w: f32[nn.width]) -> f32 = 1\n"}, {"layers.flx", layers}};
  expectAt(type, "E0201", "m.flx:2:9", {"did you mean `nn.Dense`?"});
  Files bare{{"m.flx", "import \"layers.flx\" as nn\nfn f(p: nn.Dense, x: f32[B,I]) -> f32[B,O] = dense(p, x)\n"},
             {"layers.flx", layers}};
  expectAt(bare, "E0201", "m.flx:2:46", {"did you mean `nn.dense`?"});
  Files value{{"m.flx", "import \"layers.flx\" as nn\nfn f(p: nn.Dense) -> f32 = nn\n"}, {"layers.flx", layers}};
  expectAt(value, "E0201", "m.flx:2:28", {"`nn` is a module"});
}

TEST(Modules, ErrorsInsideShowTheirLines) {
  Files files{{"m.flx", "import \"a.flx\"\nfn f(x: f32) -> f32 = g(x)\n"},
              {"a.flx", "import \"b.flx\"\nexport fn g(x: f32) -> f32 = h(x)\n"},
              {"b.flx", "export fn h(x: f32) -> f32 = x + +\nexport fn k(x: f32[N], y: f32[M]) -> f32[N] = x + y\n"}};
  ASSERT_EQ(files.sink.all().size(), 2u) << files.said();
  std::string said = files.said();
  for (const char *each : {"b.flx:1:", "b.flx:2:", "`b.flx` is imported here", "a.flx:1:8", "`a.flx` is imported here", "m.flx:1:8"})
    EXPECT_NE(said.find(each), std::string::npos) << each << " in\n" << said;
  // A body that fails only for what it is called with says by whom.
  Files called{{"m.flx", "import \"a.flx\" as a\nfn f(x: i32[N]) -> i32[N] = a.g(x)\n"},
               {"a.flx", "export fn g(x: f32[N]) -> f32[N] = x\n"}};
  ASSERT_EQ(called.sink.all().size(), 1u) << called.said();
  EXPECT_EQ(called.sink.all()[0].where.range.file->path, "m.flx");
}

TEST(Modules, WarningsOfImportedFilesAreTheirOwn) {
  Files files{{"m.flx", "import \"a.flx\"\nfn f(x: f32) -> f32 = g(x)\n"},
              {"a.flx", "export fn g(x: f32) -> f32 {\n  let y = x\n  x\n}\n"}};
  EXPECT_TRUE(files.clean()) << files.said();
  Files alone{{"a.flx", "export fn g(x: f32) -> f32 {\n  let y = x\n  x\n}\n"}};
  EXPECT_NE(alone.find("E0208"), nullptr);
}

TEST(Modules, NotFound) {
  Files near{{"nets/m.flx", "import \"layer.flx\"\nfn f(x: f32) -> f32 = unheard_of(x)\n"}, {"nets/layers.flx", layers}};
  expectAt(near, "E0620", "nets/m.flx:1:8", {"there is no file `layer.flx`", "looked for it in nets", "did you mean `\"layers.flx\"`?"});
  Files ending{{"m.flx", "import \"nets/layers\"\n"}, {"nets/layers.flx", layers}};
  expectAt(ending, "E0620", "m.flx:1:8", {"did you mean `\"nets/layers.flx\"`?"});
  Files path{{"m.flx", "import \"zzz.flx\" as z\nfn f(x: f32) -> f32 = z.f(x)\nfn g(p: z.P) -> f32 = 1\n"}, {"q/a.flx", ""}, };
  expectAt(path, "E0620", "m.flx:1:8", {"-I DIR"});
  Files searched({{"m.flx", "import \"zzz.flx\"\n"}}, {"one", "two/three"});
  expectAt(searched, "E0620", "m.flx:1:8", {"looked for it in ., one, two/three"});
  Files empty{{"m.flx", "import \"\"\n"}};
  expectAt(empty, "E0620", "m.flx:1:8", {});
  Files escaped{{"m.flx", "import \"a\\nb.flx\"\n"}};
  expectAt(escaped, "E0620", "m.flx:1:8", {"there is no file `a\\nb.flx`"});
}

TEST(Modules, TheSearchPathIsAskedInOrder) {
  auto text = [](const char *value) { return "export const c = " + std::string(value) + "\n"; };
  const char *main = "import \"c.flx\"\nfn f(x: f32[c]) -> f32[c] = x\n";
  auto extent = [](Files &files) {
    EXPECT_TRUE(files.clean()) << files.said();
    const Function *f = files.module->find("f");
    return f ? f->parameters[0].type.print() : "";
  };
  Files own({{"m/m.flx", main}, {"m/c.flx", text("1")}, {"one/c.flx", text("2")}}, {"one", "two"});
  EXPECT_EQ(extent(own), "f32[1]");
  Files one({{"m/m.flx", main}, {"two/c.flx", text("3")}, {"one/c.flx", text("2")}}, {"one", "two"});
  EXPECT_EQ(extent(one), "f32[2]");
  // An imported file's own imports begin at its own folder.
  Files chain{{"m.flx", "import \"nets/a.flx\"\nfn f(x: f32[d]) -> f32[d] = x\n"},
              {"nets/a.flx", "import \"../sizes/c.flx\"\nexport const d = c + 1\n"},
              {"sizes/c.flx", text("4")},
              {"c.flx", text("9")}};
  EXPECT_EQ(extent(chain), "f32[5]");
}

TEST(Modules, OneFileIsOneModuleHoweverItIsReached) {
  Files files{{"m.flx", "import \"a.flx\"\nimport \"b.flx\"\nimport \"nets/../s.flx\" as s\n"
                        "fn f(p: s.S) -> f32 = a(p) + b(p)\n"},
              {"a.flx", "import \"s.flx\"\nexport fn a(p: S) -> f32 = p.x\n"},
              {"b.flx", "import \"./s.flx\" as t\nexport fn b(p: t.S) -> f32 = p.x\n"},
              {"s.flx", "export struct S { x: f32 }\n"}};
  EXPECT_TRUE(files.clean()) << files.said();
  EXPECT_EQ(files.module->sources.size(), 4u);
}

TEST(Modules, Cycles) {
  Files self{{"m.flx", "import \"m.flx\"\n"}};
  expectAt(self, "E0622", "m.flx:1:8", {"a file cannot import itself"});
  Files three{{"a.flx", "import \"b.flx\" as b\nfn f(x: f32) -> f32 = b.g(x)\n"},
              {"b.flx", "import \"c.flx\" as c\nexport fn g(x: f32) -> f32 = c.h(x)\n"},
              {"c.flx", "import \"a.flx\"\nexport fn h(x: f32) -> f32 = x\n"}};
  expectAt(three, "E0622", "c.flx:1:8", {"a cycle", "`a.flx` imports `b.flx`", "`b.flx` imports `c.flx`", "a third file"});
}

TEST(Modules, ImportsAreNotHandedOn) {
  Files files{{"m.flx", "import \"a.flx\"\nfn f(x: f32) -> f32 = deep(a(x))\n"},
              {"a.flx", "import \"b.flx\"\nexport fn a(x: f32) -> f32 = deep(x)\n"},
              {"b.flx", "export fn deep(x: f32) -> f32 = x\n"}};
  expectAt(files, "E0201", "m.flx:2:23", {"`deep` is not known"});
  Files open{{"m.flx", "import \"a.flx\"\nfn f(x: f32) -> f32 = deep(a(x))\n"},
             {"a.flx", "export import \"b.flx\"\nexport fn a(x: f32) -> f32 = deep(x)\n"},
             {"b.flx", "export fn deep(x: f32) -> f32 = x\n"}};
  EXPECT_TRUE(open.clean()) << open.said();
  Files named{{"m.flx", "import \"all.flx\" as all\nfn f(p: all.nn.P) -> f32 = all.nn.deep(p.x)\n"},
              {"all.flx", "export import \"b.flx\" as nn\nimport \"b.flx\" as hidden\nexport const k = hidden.one\n"},
              {"b.flx", "export fn deep(x: f32) -> f32 = x\nexport struct P { x: f32 }\nexport const one = 1\n"}};
  EXPECT_TRUE(named.clean()) << named.said();
  Files hidden{{"m.flx", "import \"all.flx\" as all\nfn f(x: f32) -> f32 = all.hidden.deep(x) * all.k\n"},
               {"all.flx", "import \"b.flx\" as hidden\nexport const k = hidden.one\n"},
               {"b.flx", "export fn deep(x: f32) -> f32 = x\nexport const one = 1\n"}};
  expectAt(hidden, "E0201", "m.flx:2:23", {"`all.flx` exports no `hidden`"});
}

TEST(Modules, Clashes) {
  Files two{{"m.flx", "import \"a.flx\"\nimport \"b.flx\"\nfn f(x: f32) -> f32 = g(x)\n"},
            {"a.flx", "export fn g(x: f32) -> f32 = x\n"},
            {"b.flx", "export fn g(x: f32) -> f32 = 2 * x\n"}};
  expectAt(two, "E0623", "m.flx:2:8", {"`g` comes from two imports", "a.flx:1:11", "b.flx:1:11", "as m`"});
  Files own{{"m.flx", "import \"a.flx\"\nfn g(x: f32) -> f32 = x\n"}, {"a.flx", "export fn g(x: f32) -> f32 = x\n"}};
  expectAt(own, "E0623", "m.flx:1:8", {"declared in this file and exported by `a.flx`", "declared here", "a.flx:1:11"});
  Files alias{{"m.flx", "import \"a.flx\" as g\nfn g(x: f32) -> f32 = x\n"}, {"a.flx", "export fn h(x: f32) -> f32 = x\n"}};
  EXPECT_NE(alias.find("E0202"), nullptr) << alias.said();
  // The library's names may be taken; a diamond is no clash.
  Files diamond{{"m.flx", "import \"a.flx\"\nimport \"b.flx\"\nfn f(x: f32) -> f32 = relu(g(x))\n"},
                {"a.flx", "export import \"c.flx\"\nexport fn relu(x: f32) -> f32 = x\n"},
                {"b.flx", "export import \"c.flx\"\n"},
                {"c.flx", "export fn g(x: f32) -> f32 = x\n"}};
  EXPECT_EQ(diamond.sink.errorCount(), 0u) << diamond.said();
}

TEST(Modules, UnusedImportsAndThoseThatExportNothing) {
  Files unused{{"m.flx", "import \"a.flx\"\nimport \"a.flx\" as a\nfn f(x: f32) -> f32 = a.g(x)\n"},
               {"a.flx", "export fn g(x: f32) -> f32 = x\n"}};
  expectAt(unused, "E0628", "m.flx:1:8", {"nothing of this import is used"});
  EXPECT_FALSE(unused.sink.hasErrors());
  // What is only named in a function that is expanded nowhere is used, too.
  Files generic{{"m.flx", "import \"a.flx\"\nimport \"b.flx\" as b\nfn f(h: fn(f32) -> f32, x: f32) -> f32 = g(h(b.k(x)))\n"},
                {"a.flx", "export fn g(x: f32) -> f32 = x\n"},
                {"b.flx", "export fn k(x: f32) -> f32 = x\n"}};
  EXPECT_TRUE(generic.clean()) << generic.said();
  Files nothing{{"m.flx", "import \"a.flx\"\n"}, {"a.flx", "fn g(x: f32) -> f32 = x\n"}};
  ASSERT_NE(nothing.find("E0626"), nullptr) << nothing.said();
}

TEST(Modules, Bounds) {
  MemoryLoader loader;
  for (int i = 0; i < 1100; ++i)
    loader.add("f" + std::to_string(i) + ".flx", "import \"f" + std::to_string(i + 1) + ".flx\"\nexport const c" + std::to_string(i) + " = 1\n");
  DiagnosticSink deep;
  moduleFromFile("f0.flx", deep, {{}, &loader});
  ASSERT_FALSE(deep.all().empty());
  EXPECT_EQ(deep.all()[0].number, "E0625");
  MemoryLoader large;
  large.add("m.flx", "import \"big.flx\"\n");
  large.add("big.flx", std::string(FileLoader::mostBytes + 1, ' '));
  DiagnosticSink sink;
  moduleFromFile("m.flx", sink, {{}, &large});
  ASSERT_EQ(sink.all().size(), 1u);
  EXPECT_EQ(sink.all()[0].number, "E0624");
}

TEST(Modules, PathsByTheirLetters) {
  EXPECT_EQ(normalPath("a/./b/../c.flx"), "a/c.flx");
  EXPECT_EQ(normalPath("../a//b"), "../a/b");
  EXPECT_EQ(normalPath("/../a"), "/a");
  EXPECT_EQ(joinedPath("a", "./b.flx"), "a/b.flx");
  EXPECT_EQ(joinedPath("a", "/b.flx"), "/b.flx");
  EXPECT_EQ(folderOf("a/b.flx"), "a");
  EXPECT_EQ(folderOf("b.flx"), "");
}

// The index reads only the first letters of lines; it must know what the parser finds.
TEST(StandardLibrary, TheIndexKnowsEveryDeclaration) {
  const check::Library &library = check::Library::instance();
  EXPECT_TRUE(library.twice().empty()) << library.twice()[0] << " is declared twice";
  size_t declarations = 0;
  for (size_t i = 0; i < library.fileCount(); ++i)
    for (const ast::DeclPtr &decl : library.file(i).declarations) {
      auto entry = library.names().find(decl->name.text);
      ASSERT_NE(entry, library.names().end()) << decl->name.text;
      EXPECT_TRUE(entry->second.file == i && entry->second.kind == decl->kind) << decl->name.text;
      EXPECT_EQ(library.find(decl->name.text), decl.get());
      ++declarations;
    }
  EXPECT_EQ(declarations, library.names().size());
}

} // namespace
