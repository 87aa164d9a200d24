// Expressions: precedence is told by where the printer must put parentheses back.
#include "SyntaxTesting.h"

namespace fluxion {
using namespace testing;

static void expectSame(const std::string &text) { EXPECT_EQ(expressionOf(text), text); }

TEST(Expression, DropsParenthesesThatSayNothing) {
  EXPECT_EQ(expressionOf("((a) * (b))"), "a * b");
  EXPECT_EQ(expressionOf("(X @ w) + b"), "X @ w + b");
  EXPECT_EQ(expressionOf("(a ^ b) ^ c"), "(a ^ b) ^ c");
  EXPECT_EQ(expressionOf("a ^ (b ^ c)"), "a ^ b ^ c");
  EXPECT_EQ(expressionOf("-(x ^ 2)"), "-x ^ 2");
  EXPECT_EQ(expressionOf("(-x) ^ 2"), "(-x) ^ 2");
  EXPECT_EQ(expressionOf("2 ^ -1"), "2 ^ -1");
  EXPECT_EQ(expressionOf("a - (b - c)"), "a - (b - c)");
  EXPECT_EQ(expressionOf("not (a < b) and c or d"), "not a < b and c or d");
  EXPECT_EQ(expressionOf("a == (b < c)"), "a == (b < c)");
}
TEST(Expression, ReadsPostfixForms) {
  for (const char *text :
       {"f(x, axis = K)", "A[i, k]", "x[0:3, :]", "x[::2]", "x[1:, ..]", "p.W1", "t.0.1", "f(x)[0].y(z)",
        "reshape(x, [..S, C])", "fill(T[F, ..S], 0)", "Mlp(W1 = a, b1 = b)", "x.T", "grad(f, wrt = (w, p.b))", "Mlp(..p, b1 = x)",
        "nn.Mlp(..p)", "Net(..n, first = Lin(..n.first, b = -x))", "(mean[x])(..-a + b, c = d)"})
    expectSame(text);
}
TEST(Expression, ReadsTuplesAndLists) {
  for (const char *text : {"()", "(a,)", "(a, b)", "[]", "[a, 2 * b]", "\"ij,jk->ik\"", "true", "1e-3"})
    expectSame(text);
  EXPECT_EQ(expressionOf("(a, b,)"), "(a, b)");
  EXPECT_EQ(expressionOf("0x1F + 1_000"), "31 + 1000");
}
TEST(Expression, ReadsIndexNotation) {
  expectSame("sum[k](A[i, k] * B[k, j])");
  expectSame("max[i, j](A[i, j])");
  expectSame("sum[0]");
}
TEST(Expression, ReadsIfAndFunctions) {
  expectSame("if a < b then a else if c then b else c");
  expectSame("1 + (if c then a else b)");
  expectSame("fn(x, y: f32[N]) = x * y");
  EXPECT_EQ(expressionOf("if c { a } else { b }"), "if c {\n  a\n} else {\n  b\n}");
}
TEST(Expression, ReadsChainsOfElseIf) {
  const std::string chain = "if c {\n  a\n} else if d {\n  b\n} else if e {\n  a\n} else {\n  0\n}";
  expectSame(chain);
  // What follows the last block applies to the whole chain, as it does without `else if`.
  EXPECT_EQ(expressionOf("if c { a } else { b } + 1"), "(if c {\n  a\n} else {\n  b\n}) + 1");
  EXPECT_EQ(expressionOf("if c { a } else if d { b } else { e } + 1"),
            "(if c {\n  a\n} else if d {\n  b\n} else {\n  e\n}) + 1");
  expectSame("if c then {\n  a\n} else b");
  expectSame("if c {\n  a\n} else if d then a else b + 1");
}
TEST(Expression, ReadsLoops) {
  EXPECT_EQ(expressionOf("scan(x in xs, h = h0) { (h, x) }"), "scan(x in xs, h = h0) {\n  (h, x)\n}");
  EXPECT_EQ(expressionOf("for(i in 0:n, (a, b) = s) { (a, b) }"), "for(i in 0:n, (a, b) = s) {\n  (a, b)\n}");
  EXPECT_EQ(expressionOf("while(h = h0; h > 1) { h / 2 }"), "while(h = h0; h > 1) {\n  h / 2\n}");
  EXPECT_EQ(expressionOf("for(b in p.blocks, h = x) { b.W @ h }"), "for(b in p.blocks, h = x) {\n  b.W @ h\n}");
  EXPECT_EQ(expressionOf("scan(x in xs, y in ys, h = h0, c = c0) { ((h, c), x) }"),
            "scan(x in xs, y in ys, h = h0, c = c0) {\n  ((h, c), x)\n}");
  EXPECT_EQ(expressionOf("for(i in 0:2 * n, h = x,) { h }"), "for(i in 0:2 * n, h = x) {\n  h\n}");
}
TEST(Expression, ReadsBlocks) {
  EXPECT_EQ(expressionOf("{ let (a, _) = f(x); let C[i, j] = A[j, i]\n let y: f32 = 2; a + y }"),
            "{\n  let (a, _) = f(x)\n  let C[i, j] = A[j, i]\n  let y: f32 = 2\n  a + y\n}");
}
TEST(Expression, TakesAValueOnTheLineOfTheStatementBeforeIt) {
  EXPECT_EQ(expressionOf("{ let C[i,j] = sum[k](A[i,k] * B[k,j])  C }"),
            "{\n  let C[i, j] = sum[k](A[i, k] * B[k, j])\n  C\n}");
  EXPECT_EQ(expressionOf("{ let z = x y\n z }"), "! E0105 1:13");
}
TEST(Expression, ContinuesALineThatBeginsWithAnOperator) {
  EXPECT_EQ(expressionOf("{ let a = b\n + c\n - d\n a }"), "{\n  let a = b + c - d\n  a\n}");
  EXPECT_EQ(expressionOf("{ let a = b\n (a, c) }"), "{\n  let a = b\n  (a, c)\n}");
  EXPECT_EQ(expressionOf("{ let a = f(b,\n (c)\n [0]) \n a }"), "{\n  let a = f(b, c[0])\n  a\n}");
}
TEST(Expression, PrintsALeadingMinusSoThatItStaysAStatement) {
  EXPECT_EQ(expressionOf("{ let a = b; -a + 1 }"), "{\n  let a = b\n  -a + 1\n}");
}
TEST(Expression, RangesCoverTheText) {
  DiagnosticSink sink;
  auto file = source("f(a + b * c)");
  ast::ExprPtr e = parseExpression(file, sink);
  auto *sum = ast::as<ast::Binary>(ast::as<ast::Call>(e)->arguments[0].value);
  ASSERT_TRUE(sum);
  EXPECT_EQ(file->text.substr(sum->range.begin, sum->range.end - sum->range.begin), "a + b * c");
  EXPECT_EQ(file->text.substr(sum->opRange.begin, 1), "+");
  EXPECT_EQ(sum->right->height, 2u);
  EXPECT_EQ(e->height, 4u);
}

TEST(ExpressionErrors, StandAtTheToken) {
  EXPECT_EQ(expressionOf("a +"), "! E0105 1:4");
  EXPECT_EQ(expressionOf("f(a b)"), "! E0105 1:5");
  EXPECT_EQ(expressionOf("f(a"), "! E0106 1:2");
  EXPECT_EQ(expressionOf("a < b < c"), "! E0107 1:7");
  EXPECT_EQ(expressionOf("x[a, ,]"), "! E0105 1:6");
  EXPECT_EQ(expressionOf("if a then b"), "! E0105 1:12");
  EXPECT_EQ(expressionOf("{ let a = 1 }"), "! E0111 1:13");
  EXPECT_EQ(expressionOf("{ }"), "! E0111 1:3");
  EXPECT_EQ(expressionOf("p."), "! E0105 1:3");
  EXPECT_EQ(expressionOf(""), "! E0105 1:1");
  EXPECT_EQ(expressionOf("+x"), "! E0107 1:1");
}
TEST(Expressions, AMinusCloseToItsOperandBeginsAStatementOfABlock) {
  EXPECT_EQ(expressionOf("{ let a = x\n -y }"), expressionOf("{ let a = x; (-y) }"));
  EXPECT_EQ(expressionOf("{ let a = x\n -y + z\n - w }"), expressionOf("{ let a = x; (-y + z - w) }"));
  EXPECT_EQ(expressionOf("{ let a = x\n - y\n a }"), expressionOf("{ let a = x - y; a }"));
  EXPECT_EQ(expressionOf("{ let a = (x\n -y)\n a }"), expressionOf("{ let a = x - y; a }")); // lines do not matter there
  EXPECT_EQ(expressionOf("x\n -y"), expressionOf("x - y"));                                  // nor is this a block
}
TEST(ExpressionErrors, HelpWithHabitsFromElsewhere) {
  auto helpOf = [](const std::string &text) {
    DiagnosticSink sink;
    parseExpression(source(text), sink);
    return sink.all().empty() ? "" : sink.all()[0].suggestion;
  };
  EXPECT_EQ(helpOf("{ x = 3\n x }"), "write `let x = …`");
  EXPECT_EQ(helpOf("{ return x }"), "the last expression of a block is its value");
  EXPECT_EQ(helpOf("a < b < c"), "write `a < b and b < c`");
  EXPECT_EQ(helpOf("if a then b"), "an `if` is a value, so both branches must be given");
}

} // namespace fluxion
