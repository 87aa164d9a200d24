// The formatter: what it makes of single forms, and what holds for every text: a second pass changes nothing, the tree
// and the comments stay.
#include "SyntaxTesting.h"
#include "frontend/Syntax/Format.h"
#include "frontend/Syntax/Lexer.h"
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace fluxion {
using namespace testing;
namespace fs = std::filesystem;

static std::string formatted(const std::string &text) {
  DiagnosticSink sink;
  std::optional<std::string> result = format({"m.flx", text}, sink);
  return result ? *result : "! " + summary(sink);
}
static void expectStays(const std::string &text) { EXPECT_EQ(formatted(text), text); }

static std::string treeOf(const std::string &text) {
  Parsed p(text);
  return p.sink.hasErrors() ? "! " + p.errors() : ast::print(p.program);
}
// Comments as the lexer sees them: what stands between tokens, without blanks.
static std::vector<std::string> commentsOf(const std::string &text) {
  DiagnosticSink sink;
  auto file = source(text);
  std::vector<std::string> all;
  size_t end = 0;
  for (const Token &t : lex(file, sink).tokens) {
    for (size_t i = text.find("//", end); i < t.begin;) {
      size_t stop = std::min(text.find('\n', i), size_t(t.begin));
      all.push_back(text.substr(i, text.find_last_not_of(" \t\r\v\f", stop - 1) + 1 - i));
      i = text.find("//", stop);
    }
    end = t.end;
  }
  return all;
}
static void expectInvariants(const std::string &text, const std::string &what) {
  std::string once = formatted(text);
  EXPECT_EQ(formatted(once), once) << what;
  EXPECT_EQ(treeOf(once), treeOf(text)) << what;
  EXPECT_EQ(commentsOf(once), commentsOf(text)) << what;
}

//===--- Forms ---------------------------------------------------------------------------------------------------===//

TEST(Format, SpacesOperatorsAndKeepsWordsAsWritten) {
  EXPECT_EQ(formatted("fn f(x:f32[ N , D ],n:i32=1_000)->f32[N,D]=x*( n+0x1F )-  1.50e-3"),
            "fn f(x: f32[N,D], n: i32 = 1_000) -> f32[N,D] = x * (n + 0x1F) - 1.50e-3\n");
  EXPECT_EQ(formatted("const c=- 2 ^ - x . a\nconst s=\"a\\\"b\""), "const c = -2^-x.a\nconst s = \"a\\\"b\"\n");
  EXPECT_EQ(formatted("fn f(x: T[..S,C], y: f32[4 * b, d*(d - 1)/2]) = x[ : , 0 ] + y[i , j-1] + g([N, 2*D, ..S])"),
            "fn f(x: T[..S, C], y: f32[4*b,d*(d-1)/2]) = x[:, 0] + y[i,j-1] + g([N, 2*D, ..S])\n");
  EXPECT_EQ(formatted("import   \"a.flx\"  as  nn\nexport   fn f[ T:float ](p :nn . Mlp[ f32,4 ], x: f32[dynamic  N,D])=p"),
            "import \"a.flx\" as nn\nexport fn f[T: float](p: nn.Mlp[f32,4], x: f32[dynamic N, D]) = p\n");
}
TEST(Format, BreaksListsOneItemALine) {
  const std::string a(40, 'a'), b(40, 'b'), c(40, 'c');
  EXPECT_EQ(formatted("const x = f(" + a + ", " + b + ", k = " + c + ",)"),
            "const x = f(\n  " + a + ",\n  " + b + ",\n  k = " + c + "\n)\n");
  EXPECT_EQ(formatted("fn " + a + "(" + b + ": f32, " + c + ": f32) -> f32 { x }"),
            "fn " + a + "(\n  " + b + ": f32,\n  " + c + ": f32\n) -> f32 { x }\n");
  EXPECT_EQ(formatted("const x = f(g(" + a + ", " + b + ", " + c + "))"),
            "const x = f(g(\n  " + a + ",\n  " + b + ",\n  " + c + "\n))\n");
}
TEST(Format, BreaksBeforeOperatorsOfTheLoosestLevel) {
  const std::string a(50, 'a'), b(50, 'b'), c(50, 'c');
  EXPECT_EQ(formatted("fn f(x: f32) -> f32 {\n let y = " + a + " * 2 + " + b + " - " + c + "\n y }"),
            "fn f(x: f32) -> f32 {\n  let y =\n    " + a + " * 2\n    + " + b + "\n    - " + c + "\n  y\n}\n");
  EXPECT_EQ(formatted("fn f(x: f32) -> f32 {\n" + a + " + " + b + " + " + c + "\n}"),
            "fn f(x: f32) -> f32 {\n  " + a + "\n    + " + b + "\n    + " + c + "\n}\n");
  EXPECT_EQ(formatted("fn f(x: f32) = if " + a + " then " + b + " else if c then d else " + c),
            "fn f(x: f32) =\n  if " + a + " then " + b + "\n  else if c then d\n  else " + c + "\n");
}
TEST(Format, PutsAValueOnTheNextLineWhereThatHoldsIt) {
  const std::string a(50, 'a'), b(50, 'b');
  EXPECT_EQ(formatted("fn name_of_function(x: f32) -> f32 = g(" + a + ", " + b + ")"),
            "fn name_of_function(x: f32) -> f32 =\n  g(" + a + ", " + b + ")\n");
}
TEST(Format, FillsLinesWithNumbers) {
  std::string all = "const x = [1.5";
  for (int i = 0; i < 40; ++i) all += ", -12.25";
  std::string result = formatted(all + "]");
  EXPECT_EQ(std::count(result.begin(), result.end(), '\n'), 5);
  EXPECT_EQ(result.substr(0, 22), "const x = [\n  1.5, -12");
}
TEST(Format, KeepsBlocksOnOneLineIfTheyWereAndFit) {
  expectStays("fn f(x: f32) -> f32 { let y = x; y * y }\n");
  expectStays("fn f(x: f32) -> f32 { let C[i,j] = A[j,i]  C }\n");
  expectStays("fn f(x: f32) -> f32 {\n  x\n}\n");
  const std::string a(100, 'a');
  EXPECT_EQ(formatted("fn f(x: f32) -> f32 { let y = " + a + "; let z = y; -z }"),
            "fn f(x: f32) -> f32 {\n  let y = " + a + "\n  let z = y;\n  -z\n}\n");
  expectStays("fn f(x: f32) = if x > 0 { x } else if x < 0 { -x } else { 0 }\n");
  EXPECT_EQ(formatted("fn f(x: f32) = if x > 0 { x } else {\n -x }"),
            "fn f(x: f32) = if x > 0 {\n  x\n} else {\n  -x\n}\n");
}
TEST(Format, LetsTheLastArgumentBreakAlone) {
  expectStays("fn f(x: f32[N]) = vmap(fn(a) {\n  let b = a * a\n  b + 1\n})(x)\n");
  expectStays("fn f(x: f32[N]) = custom(g, fn(a) {\n  a\n})\n");
  expectStays("fn f(xs: f32[T]) -> f32 {\n  let (h, _) = scan(x in xs, h = 0.0) {\n    (h + x, x)\n  }\n  h\n}\n");
}
TEST(Format, AlignsRowsAndComments) {
  EXPECT_EQ(formatted("struct P{\n W1:f32[4,8]~he_normal,b:f32[8]~zeros,\n gain:f32[D]~ones\n\n c:f32}\nfn a=grad(f)\nfn bcd=g"),
            "struct P {\n  W1:   f32[4,8] ~ he_normal, b: f32[8] ~ zeros\n  gain: f32[D]   ~ ones\n\n  c: f32\n}\n"
            "fn a   = grad(f)\nfn bcd = g\n");
  EXPECT_EQ(formatted("const a = 1 // one\nconst bcd = 2   // two\n\nconst e = 3 // three"),
            "const a = 1   // one\nconst bcd = 2 // two\n\nconst e = 3 // three\n");
  expectStays("train t {\n  data  (x: f32[B,4], y: i32[B]) = npy(\"x.npy\", \"y.npy\") batch 4 shuffle\n  model p: P\n"
              "  loss  = f(p, x, y)\n  eval  acc = g(p, x, y)\n  optimizer sgd(lr = 1), clip value 0.5\n  epochs 3  seed 7\n}\n");
  EXPECT_EQ(formatted("train t { data (x: f32[B]) = npy(\"x\")batch  (2*1)to 64   every 3  shuffle batches\n accumulate=4 ema 0.9}"),
            "train t {\n  data  (x: f32[B]) = npy(\"x\") batch (2 * 1) to 64 every 3 shuffle batches\n  accumulate = 4  ema 0.9\n}\n");
  expectStays("optimizer sam(rho = 0.05) tree {\n  state m = zeros_like(p), v = p\n  update { p - rate * g }\n}\n");
}
TEST(Format, KeepsCommentsWhereTheyAre) {
  expectStays("// head\n\n/// doc\nfn f(x: f32) -> f32 { // why\n  // one\n\n  // two\n  let y = x // y\n\n  y\n  // end\n}\n// tail\n");
  expectStays("fn f(x: f32) =\n  // why\n  x\n");
  expectStays("const x = f(\n  a, // first\n  // second\n  b\n  // none\n)\n");
  expectStays("const x =\n  a\n  // the rest\n  + b // b\n  + c\n");
  EXPECT_EQ(formatted("fn f(x: f32)\n\n\n\n= x  \n\n\n\n// end   \n\n"), "fn f(x: f32) = x\n\n// end\n");
  EXPECT_EQ(formatted("\xEF\xBB\xBF" "const x = 1\r\n// a\r\n"), "const x = 1\n// a\n");
  EXPECT_EQ(formatted("\n// only\n"), "// only\n");
  EXPECT_EQ(formatted(" \n\n"), "");
}
TEST(Format, LeavesFilesWithErrorsAlone) {
  EXPECT_EQ(formatted("fn f(x: f32) = *"), "! E0105 1:16");
  EXPECT_EQ(formatted("fn f(x: f32) = x ** 2"), "! E0113 1:18");
}

//===--- Every text ----------------------------------------------------------------------------------------------===//

static std::string readFile(const fs::path &path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}
// Every .flx file of the tree but those that show errors.
static std::vector<fs::path> programs() {
  std::vector<fs::path> all;
  for (const char *folder : {"frontend", "examples", "tests", "docs"})
    for (const auto &entry : fs::recursive_directory_iterator(fs::path(FLUXION_SOURCE_DIR) / folder)) {
      std::string path = entry.path().generic_string();
      if (entry.path().extension() == ".flx" && path.find("/errors/") == std::string::npos &&
          path.find("/fuzz/") == std::string::npos)
        all.push_back(entry.path());
    }
  return all;
}

TEST(FormatEvery, FileOfTheTreeIsFormatted) {
  std::vector<fs::path> all = programs();
  ASSERT_GE(all.size(), 40u);
  for (const fs::path &path : all) {
    std::string text = readFile(path);
    EXPECT_EQ(formatted(text), text) << path << " (fluxion fmt " << path << ")";
  }
}
TEST(FormatEvery, FileKeepsItsMeaning) {
  for (const fs::path &path : programs()) expectInvariants(readFile(path), path.string());
}
TEST(FormatEvery, SnippetOfTheDocumentsKeepsItsMeaning) {
  size_t found = 0;
  for (const auto &entry : fs::directory_iterator(FLUXION_SOURCE_DIR "/docs")) {
    if (entry.path().extension() != ".md") continue;
    std::string page = readFile(entry.path());
    for (size_t at = page.find("```flx\n"); at != std::string::npos; at = page.find("```flx\n", at)) {
      size_t begin = at + 7, end = page.find("```", begin);
      at = end;
      std::string text = page.substr(begin, end - begin);
      if (Parsed(text).sink.hasErrors()) continue; // those that show errors
      ++found;
      expectInvariants(text, entry.path().string() + ": " + text);
    }
  }
  EXPECT_GE(found, 8u);
}
// A comment or a line's end between any two tokens, and every file on as few lines as it can be.
TEST(FormatEvery, PlaceOfACommentIsKept) {
  const std::string text =
      "export fn f[T: float](x: T[..S, 4*b], p: (A, [L]B)) -> T { let C[i,j] = sum[k](A[i,k]); let (a, _) = g(-x, k = 1)\n"
      "if a then b.0 else scan(x in xs, h = h0) { (h, -x[1:, ..]) } }\nstruct S { a: f32 ~ he(x = 1), b: f32\n c: f32 }\n"
      "train t { data (x: f32[B]) = npy(\"x\") batch 4 to 8 every 2 shuffle batches\n model p: S loss = f(x) eval a = g(p) "
      "optimizer sgd(lr = 1), clip value 1 accumulate 2 ema 0.9 epochs 2 seed 3 }\n"
      "optimizer o(b = 1) { state m = p, v = p update { (p, m, v) } }\nconst c: f32 = (1 + [2, 3] * y)\nimport \"m.flx\" as n";
  DiagnosticSink sink;
  std::vector<Token> tokens = lex(source(text), sink).tokens;
  size_t kept = 0;
  for (const Token &t : tokens)
    for (const char *comment : {" // c\n", "\n// c\n", "\n\n/// c\n", " /// c\n// d\n\n"}) {
      std::string changed = text.substr(0, t.begin) + comment + text.substr(t.begin);
      if (Parsed(changed).sink.hasErrors()) continue; // a newline there means something
      ++kept;
      expectInvariants(changed, changed);
    }
  EXPECT_GE(kept, 500u);
}
TEST(FormatEvery, WidthMakesTheSame) {
  for (const fs::path &path : programs()) {
    // Long names drive every form to break somewhere.
    std::string text = readFile(path), longer;
    DiagnosticSink sink;
    size_t end = 0;
    for (const Token &t : lex(source(text), sink).tokens) {
      longer += text.substr(end, t.begin - end);
      std::string word = text.substr(t.begin, t.end - t.begin);
      bool free = t.kind == TokenKind::Identifier && word.size() <= 2 && word != "as";
      longer += word + (free ? std::string(28, '_') : "");
      end = t.end;
    }
    ASSERT_FALSE(Parsed(longer).sink.hasErrors()) << path;
    expectInvariants(longer, path.string());
  }
}
TEST(FormatEvery, LongFileTakesLittleTime) {
  std::string text;
  for (int i = 0; i < 1250; ++i)
    text += "/// Doc.\nfn f" + std::to_string(i) + "(w: f32[D], X: f32[N,D], y: f32[N]) -> f32 {\n  let z = X @ w\n"
            "  // the loss of one\n  let l = mean(softplus(z) - y * z) + 0.5 * dot(w, w) // all\n  where(l > 0, l, 0)\n}\n\n";
  fluxion::test::ProcessorTime watch;
  EXPECT_EQ(formatted(text).size(), text.size() - 1);
  EXPECT_LT(watch.seconds(), 1.0); // 20 ms where nothing is instrumented
}
TEST(FormatEvery, DeepNestIsFormatted) {
  std::string text = "const x = ";
  std::string tail;
  for (int i = 0; i < 120; ++i) {
    text += i % 3 == 0 ? "f(aaaa, " : i % 3 == 1 ? "[bbbb, " : "{ let c = d; ";
    tail = (i % 3 == 0 ? ")" : i % 3 == 1 ? "]" : " }") + tail;
  }
  expectInvariants(text + "y" + tail, "deep");
}

} // namespace fluxion
