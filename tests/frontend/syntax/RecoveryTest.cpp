// Several errors in one run, each with its number and place, and no follow-up noise.
#include "SyntaxTesting.h"

namespace fluxion {
using namespace testing;
using namespace ast;

static std::string errorsOf(const std::string &text) { return summary(Parsed(text).sink); }

TEST(Recovery, ResumesAtTheNextStatement) {
  EXPECT_EQ(
      errorsOf(
          "fn f(x: f32) -> f32 {\n  let a = x +\n  let b = * x\n  let c = g(a b)\n  a\n}\nfn g(x: f32 -> f32 = x\n"),
      "E0105 2:14, E0105 3:11, E0105 4:15, E0105 7:13");
}
TEST(Recovery, ResumesAtTheNextDeclaration) {
  Parsed p("fn f(x f32) = x\nfn g(x: f32) = x\nlet y = 2\nfn h(x: f32) = x\n");
  EXPECT_EQ(summary(p.sink), "E0105 1:8, E0107 3:1");
  ASSERT_EQ(p.program.declarations.size(), 4u);
  EXPECT_TRUE(p.program.declarations[0]->broken);
  EXPECT_FALSE(p.program.declarations[1]->broken);
  EXPECT_TRUE(p.program.declarations[2]->broken);
  EXPECT_FALSE(p.program.declarations[3]->broken);
}
TEST(Recovery, CountsBracketsFromTheStartOfTheStatement) {
  EXPECT_EQ(errorsOf("fn f(x: f32) -> f32 {\n  let a = g(x,\n    ?,\n    x)\n  let b = *\n  a\n}"),
            "E0101 3:5, E0105 5:11");
}
TEST(Recovery, NoticesAnUnclosedBlockAtTheNextDeclaration) {
  Parsed p("fn f(x: f32) -> f32 {\n  let a = x\n  a\nfn g(x: f32) = x\n");
  EXPECT_EQ(summary(p.sink), "E0106 1:21");
  EXPECT_EQ(p.program.declarations.size(), 2u);
}
TEST(Recovery, ContinuesInStructsAndTrain) {
  EXPECT_EQ(errorsOf("struct S {\n  a f32\n  b: f32 ~\n  c: f32\n}\n"), "E0105 2:5, E0105 3:11");
  Parsed p(
      "train t {\n  data (x: f32[B]) = npy(\"x.npy\") batch 4\n  modle p: S\n  loss = *\n  epochs 3\n  epochs 4\n}");
  EXPECT_EQ(summary(p.sink), "E0105 3:3, E0105 4:10, E0112 6:3");
  EXPECT_EQ(p.sink.all()[0].suggestion, "did you mean `model`?");
}
TEST(Recovery, ChecksOptimizers) {
  EXPECT_EQ(errorsOf("optimizer o() {\n}"), "E0505 1:11");
  EXPECT_EQ(errorsOf("optimizer o() {\n  update { p }\n  update { p }\n}"), "E0112 3:3");
}
TEST(Recovery, RefusesFormsOfOtherLanguages) {
  EXPECT_EQ(errorsOf("fn f(x: f32) -> f32 {\n  fn g(y: f32) = y\n  x\n}"), "E0107 2:3");
  EXPECT_EQ(errorsOf("def f(x): x"), "E0107 1:1");
  EXPECT_EQ(errorsOf("fn in(x: f32) = x"), "E0105 1:4");
}
TEST(Recovery, ReportsInTheOrderOfTheSource) {
  EXPECT_EQ(errorsOf("fn f(x: f32) = *\nfn g(x: f32) = x ** 2\n"), "E0105 1:16, E0113 2:18");
}
// One error each, and all the others found.
TEST(Recovery, TellsEveryMistakeOfABlockOnce) {
  EXPECT_EQ(errorsOf("fn f(x: f32) -> f32 {\n  let b = (x + 1\n  let c = x *\n  let d = g(x, [1, 2)\n  let e = x )\n  let s = \"abc\n"
                     "  let h = scan(x of xs) {\n    let h1 = x\n    h1\n  }\n  let q = if x > 0 { 1 } els { 2 }\n  b\n}\n"),
            "E0106 2:11, E0105 3:14, E0105 4:21, E0105 5:13, E0102 6:11, E0105 7:18, E0105 11:26");
}
TEST(Recovery, TellsEveryMistakeOfOneLine) {
  EXPECT_EQ(errorsOf("struct S { a: f32, b f32, c: [3 f32, d: f32 }\nfn f(x: f32) = *\n"),
            "E0105 1:22, E0105 1:33, E0105 2:16");
}
TEST(Recovery, KnowsFieldsAndClausesWhereABracketIsOpen) {
  EXPECT_EQ(errorsOf("struct S {\n  a: f32[N\n  b: f32 ~ normal(std = 1\n  c f32\n}\nfn f(x: f32) = *\n"),
            "E0105 3:3, E0105 4:3, E0105 6:16");
  EXPECT_EQ(errorsOf("train t {\n  data (x: f32[B]) = npy(\"x\"\n  model p: S\n  loss = f(p, x\n  epochs\n  seed 2 3\n}\nfn f(x: f32) = *"),
            "E0105 3:3, E0105 5:3, E0105 5:9, E0105 6:10, E0105 8:16");
}
TEST(Recovery, GoesOnAfterClausesOfUpdates) {
  EXPECT_EQ(errorsOf("train t {\n  data (x: f32[B]) = npy(\"x\") batch 4 to shuffle every 2\n  model p: S\n  accumulate\n  ema\n"
                     "  ema 0.5 every 2\n}\nfn f(x: f32) = *"),
            "E0105 4:13, E0105 5:6, E0105 6:11, E0105 8:16");
}
TEST(Recovery, GoesOnInOptimizers) {
  Parsed p("optimizer o(a = 1) {\n  stat m = p\n  state v = *\n  update { p + }\n}\nfn f(x: f32) = *\n");
  EXPECT_EQ(summary(p.sink), "E0105 2:3, E0105 3:13, E0105 4:16, E0105 6:16");
  EXPECT_EQ(p.program.declarations.size(), 2u);
}
TEST(Recovery, LeavesTheNextDeclarationWhole) {
  Parsed p("const c =\nfn h(x: f32) = x\nconst d: f32 =\nexport fn g(x: f32) = x\nfn last(\n");
  EXPECT_EQ(summary(p.sink), "E0105 1:10, E0105 3:15, E0105 5:9");
  ASSERT_EQ(p.program.declarations.size(), 5u);
  EXPECT_FALSE(p.program.declarations[1]->broken);
  EXPECT_FALSE(p.program.declarations[3]->broken);
}
TEST(Recovery, IsBounded) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "fn f(x: f32) = *\n";
  Parsed p(text);
  EXPECT_EQ(p.sink.all().size(), DiagnosticSink::limit);
}

//===--- Hard inputs ---------------------------------------------------------------------------------------------===//

static std::string repeat(const std::string &piece, size_t times) {
  std::string all;
  all.reserve(piece.size() * times);
  for (size_t i = 0; i < times; ++i) all += piece;
  return all;
}

// Answers within a second, with an error of `number` first, and a short message.
static void expectQuickError(std::string text, const std::string &number) {
  fluxion::test::ProcessorTime watch;
  Parsed p(std::move(text));
  std::string shown = p.errors();
  EXPECT_LT(watch.seconds(), 1.0);
  ASSERT_TRUE(p.sink.hasErrors());
  EXPECT_EQ(p.sink.all()[0].number, number);
  EXPECT_LT(shown.size(), 100000u);
}

TEST(HardInput, NestsAHundredThousandDeep) {
  const size_t n = 100000;
  expectQuickError("fn f(x: f32) = " + repeat("(", n) + "x" + repeat(")", n), "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("(", n), "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("{", n), "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("[", n), "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("-", n) + "x", "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("not ", n) + "x", "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("x^", n) + "x", "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("x+", n) + "x", "E0108");
  expectQuickError("fn f(x: f32) = x" + repeat(".a", n), "E0108");
  expectQuickError("fn f(x: f32) = x" + repeat("(0)", n), "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("f(", n), "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("x[", n), "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("if x then x else ", n), "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("fn(x) = ", n), "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("sum[k](", n), "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("{ let a = ", n), "E0108");
  expectQuickError("fn f(x: f32) = " + repeat("scan(x in ", n), "E0108");
  expectQuickError("fn f(x: " + repeat("(", n), "E0108");
  expectQuickError("fn f(x: " + repeat("[2]", n) + "f32", "E0108");
  expectQuickError("fn f(x: " + repeat("f32[", n), "E0108");
  expectQuickError("fn f(x: " + repeat("fn(", n), "E0108");
  expectQuickError("fn f(x: f32) -> f32 { let " + repeat("(", n), "E0108");
}
TEST(HardInput, AMegabyteOnOneLine) {
  fluxion::test::ProcessorTime watch;
  Parsed good("fn f(x: f32) -> f32 { " + repeat("let a = x * (x + 1.5); ", 45000) + "x }");
  EXPECT_FALSE(good.sink.hasErrors()) << good.errors();
  EXPECT_LT(watch.seconds(), 1.0);

  expectQuickError("fn f(x: f32) = " + repeat("x ", 500000), "E0105");
  expectQuickError(repeat("?", 1000000), "E0101");
  expectQuickError(repeat("? ", 500000), "E0101");
  expectQuickError(repeat("let a=b ", 130000), "E0107");
  expectQuickError("fn f(x: f32) -> f32 { " + repeat("let a=b ", 130000), "E0105");
  expectQuickError("fn f(x: f32) -> f32 { " + repeat("a=b;", 250000), "E0107");
  expectQuickError("fn f(x: f32) = " + repeat("“a", 250000), "E0101");
  expectQuickError("fn f(x: f32) = " + repeat("'a", 250000), "E0101");
  expectQuickError("fn f(x: f32) = " + repeat("lambda a", 100000), "E0107");
  expectQuickError("struct S { " + repeat("a ", 500000), "E0106");
  expectQuickError("train t { " + repeat("a ", 500000), "E0106");
  expectQuickError(repeat("7", 1000000), "E0103");
  expectQuickError(repeat("a", 1000000), "E0105");
  expectQuickError("\"" + repeat("a", 1000000), "E0102");
  expectQuickError(repeat("\xFF", 1000000), "E0104");
  expectQuickError(repeat("é", 500000) + " ?", "E0105");
  expectQuickError("/// " + repeat("d", 1000000) + "\n?", "E0101");
  expectQuickError(repeat("}", 1000000), "E0105");
  expectQuickError(repeat(")", 1000000), "E0105");
}
TEST(HardInput, EmptyAndBlankFilesAreEmptyPrograms) {
  for (const char *text : {"", "\n\n", "// nothing", "\xEF\xBB\xBF", " \t\r\n", "/// doc of nothing"}) {
    Parsed p(text);
    EXPECT_FALSE(p.sink.hasErrors()) << p.errors();
    EXPECT_TRUE(p.program.declarations.empty());
  }
}
TEST(HardInput, EveryPrefixOfAProgramIsAnswered) {
  const std::string text =
      "/// d\nexport fn f[T: float](x: T[..S, 4*b], p: (A, [L]B)) -> T { let C[i,j] = sum[k](A[i,k]); let (a, _) = "
      "\"s\\n\"\n"
      "if a then b.0 else scan(x in xs, h = h0) { (h, -x[1:, ..]) } }\nstruct S { a: f32 ~ he(x = 1) }\n"
      "train t { data (x: f32[B]) = npy(\"x\") batch 4 to 8 every 2 shuffle batches\n model p: S loss = f(x) eval a = g(p) "
      "optimizer sgd(lr = 1), clip value 1 accumulate 2 ema 0.9 epochs 2 seed 3 }\n"
      "optimizer o(b = 1) { state m = p, v = p update { (p, m, v) } }\nconst c: f32 = 1\nimport \"m.flx\"";
  Parsed whole(text);
  EXPECT_FALSE(whole.sink.hasErrors()) << whole.errors();
  for (size_t n = 0; n < text.size(); ++n) {
    Parsed cut(text.substr(0, n));
    Parsed gap(text.substr(0, n) + text.substr(n + 1));
    Parsed noise(text.substr(0, n) + "}(" + text.substr(n));
    EXPECT_LE(cut.sink.all().size(), DiagnosticSink::limit);
  }
}

} // namespace fluxion
