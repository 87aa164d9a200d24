// Programs of several files through the C++ API: folders for imports, sources in memory, and the key that compiled code is
// kept under.
#include "Programs.h"
#include "compiler/Driver/Cache.h"
#include <cstdlib>
#include <fstream>

using namespace fluxion;

namespace {

struct ModuleFiles : ::testing::Test {
  samples::TemporaryFolder folder;
  void SetUp() override { unsetenv("FLUXION_PATH"); }
  void TearDown() override { unsetenv("FLUXION_PATH"); }
  std::string write(const std::string &name, const std::string &text) {
    std::string path = folder / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    return path;
  }
  static api::Session session(std::vector<std::string> searchPath) {
    api::SessionOptions options;
    options.cache = false;
    options.searchPath = std::move(searchPath);
    return api::Session(options);
  }
  // The extent of the only parameter of `f`.
  static std::string extent(const api::Expected<api::Module> &module) {
    if (!module) return module.error().render();
    auto function = (*module).function("f");
    return function ? (*function).parameters()[0].type : function.error().render();
  }
};

const char *const program = "import \"size.flx\"\nfn f(x: f32[n]) -> f32[n] = x\n";
std::string size(int n) { return "export const n = " + std::to_string(n) + "\n"; }

TEST_F(ModuleFiles, AreFoundBesideTheProgramThenOnTheSearchPathThenOnThatOfTheEnvironment) {
  std::string main = write("m/m.flx", program);
  EXPECT_NE(extent(session({}).compileFile(main)).find("E0620"), std::string::npos);
  write("environment/size.flx", size(3));
  setenv("FLUXION_PATH", (":" + folder.path + "/nowhere:" + folder.path + "/environment").c_str(), 1);
  EXPECT_EQ(extent(session({}).compileFile(main)), "f32[3]");
  write("given/size.flx", size(2));
  EXPECT_EQ(extent(session({folder / "given"}).compileFile(main)), "f32[2]");
  write("m/size.flx", size(1));
  EXPECT_EQ(extent(session({folder / "given"}).compileFile(main)), "f32[1]");
}

TEST_F(ModuleFiles, SourcesInMemory) {
  api::Session session = ModuleFiles::session({folder / "given"});
  EXPECT_EQ(extent(session.compileSource({{"a/m.flx", program}, {"a/size.flx", size(5)}, {"size.flx", size(6)}})), "f32[5]");
  EXPECT_EQ(extent(session.compileSource({{"m.flx", "import \"a/b.flx\"\nfn f(x: f32[k]) -> f32[k] = x\n"},
                                          {"a/b.flx", "import \"../size.flx\"\nexport const k = 2 * n\n"},
                                          {"size.flx", size(6)}})),
            "f32[12]");
  write("given/size.flx", size(7)); // what is not in memory is looked for on disk
  EXPECT_EQ(extent(session.compileSource({{"m.flx", program}})), "f32[7]");
  EXPECT_EQ(extent(session.compileString(program)), "f32[7]");
  auto none = session.compileSource({});
  ASSERT_FALSE(none);
  auto broken = session.compileSource({{"m.flx", program}, {"size.flx", "export const n = = 2\n"}});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().file(), "size.flx");
  EXPECT_NE(broken.error().render().find("`size.flx` is imported here"), std::string::npos) << broken.error().render();
}

TEST_F(ModuleFiles, FunctionsOfImportedFilesAreNotThoseOfTheModule) {
  auto module = session({}).compileSource({{"m.flx", "import \"a.flx\" as a\nfn f(x: f32) -> f32 = a.g(x)\n"},
                                           {"a.flx", "export fn g(x: f32) -> f32 = h(x)\nfn h(x: f32) -> f32 = 2 * x\n"}});
  ASSERT_TRUE(module) << module.error().render();
  EXPECT_EQ((*module).functions(), std::vector<std::string>{"f"});
  auto alone = session({}).compileSource({{"a.flx", "export fn g(x: f32) -> f32 = h(x)\nfn h(x: f32) -> f32 = 2 * x\n"}});
  ASSERT_TRUE(alone);
  EXPECT_EQ((*alone).functions(), (std::vector<std::string>{"g", "h"})); // exported or not
}

// The key is made of the graph, so whatever of an imported file changes the code changes it, and nothing else does.
TEST_F(ModuleFiles, TheKeyOfCompiledCodeKnowsImportedText) {
  auto key = [&](const std::string &imported) {
    auto module = session({}).compileSource({{"m.flx", "import \"a.flx\" as a\nfn f(x: f32[N], i: i32[K]) -> f32[K] = a.g(x, i)\n"},
                                             {"a.flx", imported}});
    EXPECT_TRUE(module);
    if (!module) return std::string();
    CompileRequest request;
    std::shared_ptr<const fluxion::Module> graph((*module).shared(), &(*module).internals().graph);
    request.module = graph.get();
    request.function = "f";
    return cacheKey(request);
  };
  std::string plain = "export fn g(x: f32[N], i: i32[K]) -> f32[K] = gather(2 * x, i, axis = 0)\n";
  EXPECT_EQ(key(plain), key(plain));
  EXPECT_EQ(key(plain), key(plain + "// a comment\nfn other(x: f32) -> f32 = x\n"));
  EXPECT_NE(key(plain), key("export fn g(x: f32[N], i: i32[K]) -> f32[K] = gather(3 * x, i, axis = 0)\n"));
  EXPECT_NE(key(plain), key("\n" + plain)); // a fault would be told at another line
}

} // namespace
