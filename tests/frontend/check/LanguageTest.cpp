// Functions, generics, structs, tuples, blocks, warnings.
#include "Support.h"

using namespace fluxion;
using namespace fluxion::test;

TEST(Generics, AreInlinedAtTheTypesOfTheCall) {
  expectBody("fn sq[T: number](a: T[..S]) -> T[..S] = a * a\nfn f(x: f64[N,M]) = sq(x)", "f",
             "%0 = mul(x, x) : f64[N,M]\nreturn %0\n");
  auto checked = check("fn sq[T: number](a: T[..S]) -> T[..S] = a * a\n");
  EXPECT_TRUE(checked->module->functions.empty()) << "a generic function is checked, not emitted";
  EXPECT_TRUE(checked->sink.all().empty());
}

TEST(Generics, AreCheckedWhereDeclared) {
  expectDiagnostic("fn g[T: float](a: T[..S]) -> T[..S] = a + $lgama(a)\n", "E0201", "lgamma");
  expectDiagnostic("fn g[T: float](a: T[N]) -> T = $a\n", "E0310");
}

TEST(Generics, BindAndConflict) {
  expectDiagnostic("fn g[T: float](a: T[N], b: T[N]) -> T[N] = a + b\nfn f(x: f32[N], y: f64[N]) = g(x, $y)", "E0302",
                   "`T` is f32 already");
  expectDiagnostic("fn f(n: i32[N]) = relu($n)", "E0408", "must be a float type");
  expectDiagnostic("fn g(x: f32[N], y: f32[N]) = x + y\nfn f(a: f32[A], b: f32[B]) = g(a, $b)", "E0404",
                   "`N` is A by this");
  expectDiagnostic("fn f(a: f32[A], b: f32[B]) = mse(a, $b)", "E0404", "`..S` is [A] by this");
  expectDiagnostic("fn g(x: f32[2*N]) -> f32[N] = x[::2]\nfn f(a: f32[3]) = g($a)", "E0404", "no `N` makes");
  expectClean("struct P { V: f32[h*w] }\nfn g(p: P, x: f32[4*h,2*w]) = sum(x) * sum(p.V)\n"
              "fn f(p: P, x: f32[4*h,2*w]) = g(p, x)\n");
  expectBody("fn g(x: f32[2*N]) -> f32[N] = x[::2]\nfn f(a: f32[6]) = g(a)", "f",
             "%0 = slice(a) {offsets = [0], strides = [2]} : f32[3]\nreturn %0\n");
  expectBody("fn g(x: f32[N+1]) -> f32[N] = x[1:]\nfn f(a: f32[4*K]) = g(a)", "f",
             "%0 = slice(a) {offsets = [1], strides = [1]} : f32[4*K - 1]\nreturn %0\n");
}

TEST(Calls, Arguments) {
  const std::string g = "fn g(a: f32, b: f32 = 2) -> f32 = a - b\n";
  expectBody(g + "fn f(x: f32) = g(x)", "f", "%0 = constant() {value = 2} : f32\n%1 = sub(x, %0) : f32\nreturn %1\n");
  expectBody(g + "fn f(x: f32) = g(b = x, a = 1)", "f",
             "%0 = constant() {value = 1} : f32\n%1 = sub(%0, x) : f32\nreturn %1\n");
  expectDiagnostic(g + "fn f(x: f32) = $g(b = x)", "E0403", "`a`");
  expectDiagnostic(g + "fn f(x: f32) = g(x, x, $x)", "E0401");
  expectDiagnostic(g + "fn f(x: f32) = g(x, $c = x)", "E0402");
  expectDiagnostic(g + "fn f(x: f32) = g(x, $a = x)", "E0402", "two values");
  expectDiagnostic(g + "fn f(x: f32[N]) = g($x)", "E0404", "f32[N], not f32");
  expectDiagnostic("fn f(x: f32) = $x(1)", "E0405");
  expectDiagnostic("fn f(x: f32) = $f(x)", "E0406");
  expectDiagnostic("fn a(x: f32) = b(x)\nfn b(x: f32) = $a(x)", "E0406");
  expectDiagnostic("fn f(x: f32) = $nothing", "E0201");
  expectDiagnostic("fn f(x: f32) = exp(x, $x)", "E0401");
  expectDiagnostic("fn f(x: f32) = $exp()", "E0403");
}

TEST(Names, TypesAndDimensions) {
  expectDiagnostic("fn f(x: f32[N]) -> f32[$M] = x", "E0203");
  expectDiagnostic("fn f(x: $f31[N]) = x", "E0204", "f32");
  expectDiagnostic("fn f(x: f32, $x: f32) = x", "E0202");
  expectDiagnostic("fn f(x: f32) = x\nfn $f(y: f32) = y", "E0202");
  expectDiagnostic("const a = $b\nconst b = a\nfn f(x: f32) = x * b", "E0207");
  expectDiagnostic("fn f(x: f32[N]) { let y: f32[$K] = x\n y }", "E0203");
  expectDiagnostic("fn f(x: f32[$0.5]) = x", "E0315");
}

TEST(Results, AreWhatIsDeclared) {
  expectDiagnostic("fn f(x: f32[N]) -> f32 = $x", "E0310");
  expectDiagnostic("fn f(x: f32[N]) -> f32[N] { let y = x\n $sum(y) }", "E0310");
  expectDiagnostic("fn f(x: f32) -> f64 = $x", "E0310", "f64(x)");
  expectBody("fn f(x: f32) -> f64 = 2", "f", "%0 = constant() {value = 2} : f64\nreturn %0\n");
  expectBody("fn f(x: f32[N]) -> (f32, f32[N]) = (sum(x), x)", "f",
             "%0 = sum(x) {axes = [0]} : f32\nreturn 0 = %0, 1 = x\n");
}

TEST(Structs, DissolveIntoLeaves) {
  const std::string lin = "struct Lin { W: f32[I,O] ~ he_normal, b: f32[O] ~ zeros }\n"
                          "fn lin(l: Lin, x: f32[B,I]) -> f32[B,O] = x @ l.W + l.b\n";
  auto checked = check(lin + "struct Net { a: Lin[784, H], c: Lin[H, 10] }\nfn net(p: Net, x: f32[B,784]) -> f32[B,10] "
                             "= lin(p.c, relu(lin(p.a, x)))\n");
  EXPECT_TRUE(checked->sink.all().empty()) << render(checked->sink);
  EXPECT_EQ(checked->listing("net").substr(0, 99),
            "fn net<H, B>(p.a.W: f32[784,H], p.a.b: f32[H], p.c.W: f32[H,10], p.c.b: f32[10], x: f32[B,784]) {\n ");
  expectDiagnostic(lin + "fn f(l: Lin, x: f32[B,3]) = lin(l, $x)", "E0404", "axis 1 is 3, not I");
  expectDiagnostic(lin + "fn f(l: Lin) = l.$V", "E0205");
  expectDiagnostic(lin + "fn f(l: $Lin[3]) = l.W", "E0404", "Lin[I, O]");
  expectDiagnostic(lin + "fn f(w: f32[A,B]) = Lin(W = w, b = $w)", "E0404");
  expectDiagnostic(lin + "fn f(w: f32[A,B]) = $Lin(W = w)", "E0403");
  expectDiagnostic(lin + "fn f(w: f32[A,B]) = Lin(w, $c = w)", "E0205");
  expectDiagnostic("struct S { s: $S }\nfn f(x: f32) = x", "E0207");
  expectDiagnostic("struct S { a: f32, $a: f32 }", "E0202");
  expectDiagnostic("struct S { a: f32[3] ~ $he_norml }", "E0201", "he_normal");
}

TEST(Structs, Init) {
  expectBody(
      "struct S { a: f32[3] ~ zeros }\nfn f(k: i64) -> S = init(S, k)", "f",
      "%0 = constant() {value = -5808556873153909620} : i64\n%1 = fold_in(k, %0) : i64\n"
      "%2 = constant() {value = 0} : f32[3]\nreturn a = %2\n");
  expectDiagnostic("struct S { a: $f32[3] }\nfn f(k: i64) = init(S, k)", "E0507");
  expectDiagnostic("struct S { a: i32[3] ~ $he_normal }\nfn f(k: i64) = init(S, k)", "E0408");
  expectDiagnostic("struct S { a: f32 ~ $he_normal }\nfn f(k: i64) = init(S, k)", "E0404");
  expectDiagnostic("fn f(k: i64) = init($Mlp, k)", "E0204");
  expectDiagnostic("fn f(k: i64) = random_normal(k, f32[2]) + $random_normal(k, f32[2])", "E0413");
  expectClean("fn f(k: i64) = random_normal(fold_in(k, 1), f32[2]) + random_normal(fold_in(k, 2), f32[2])\n");
}

TEST(Blocks, PatternsAndWarnings) {
  expectBody("fn f(x: f32) { let (a, (b, _)) = (x, (x, x))\n a * b }", "f", "%0 = mul(x, x) : f32\nreturn %0\n");
  expectDiagnostic("fn f(x: f32) { let $(a, b, c) = (x, x)\n a }", "E0314", "3 parts");
  expectBody("fn f(x: f32) { let (a, (b, c)) = [x, [x, exp(x)]]\n a * b * c }", "f",
             "%0 = exp(x) : f32\n%1 = mul(x, x) : f32\n%2 = mul(%1, %0) : f32\nreturn %2\n");
  expectClean("fn f(k: i64) {\n  let (a, b) = split(k, 2)\n  random_normal(a, f32) + random_normal(b, f32)\n}\n");
  expectDiagnostic("fn f(k: i64) { let $(a, b) = split(k, 3)\n random_normal(a, f32) }", "E0314", "list of 3");
  expectDiagnostic("fn f(x: f32[2]) { let $(a, b) = x\n a }", "E0314", "f32[2]");
  expectDiagnostic("fn f(x: f32) { let $y = x\n x }", "E0208", "never used");
  expectDiagnostic("fn f(x: f32) { let $x = exp(1.5)\n x }", "E0209", "hides");
  expectDiagnostic("fn f(x: f32, y: f32) { let $x = exp(y)\n x }", "E0209", "hides");
  expectDiagnostic("fn f(x: f32) { $exp(x)\n x }", "E0208");
  expectClean("fn f(x: f32) { let _y = x\n x }\n");
}

TEST(Blocks, MayGoOnWithAName) {
  expectClean("fn f(x: f32[N]) {\n  let x = exp(x)\n  let (x, y) = (x * 2, x)\n  let x[i] = x[i] * y[i]\n  x\n}\n");
  expectClean("fn f(h: f32[N]) = for(i in 0:3, h = h) {\n  let h = exp(h)\n  let h = h * 2\n  h\n}\n");
  expectClean("fn f(h: f32) = while(h = h; h > 1) {\n  let h = h / 2\n  h\n}\n");
  expectClean("fn f(h: f32) = for(s in (1, 2), h = h) { h * s }\nfn g(x: f32[N]) = map(fn(x) = exp(x), [x])\n");
  // Lost at the end of the body, of the branch.
  expectDiagnostic("fn f(x: f32[N]) { let s = sum(x)\n for(v in x, t = 0.0) { let $s = s + v\n s } }", "E0209");
  expectDiagnostic("fn f(x: f32) { let s = exp(x)\n if x > 0 { let $s = s + 1\n s } else { s } }", "E0209");
}

TEST(Conditions, AreStaticOrWhere) {
  expectBody("const deep = true\nfn f(x: f32) = if deep then exp(x) else x", "f", "%0 = exp(x) : f32\nreturn %0\n");
  expectDiagnostic("fn f(x: f32[N]) = if $x > 0 then x else -x", "E0308", "where(c, a, b)");
  expectDiagnostic("fn f(x: f32) = where($x, x, -x)", "E0308");
  expectDiagnostic("fn f(x: f32) = $where(x > 0, 1, 2)", "E0313");
  expectDiagnostic("fn f(x: f32) = 1 $/ 0", "E0316", "division by zero");
  expectDiagnostic("fn f(x: f32[N]) = if N $> 3 then x else x", "E0311");
}

TEST(Errors, AreManyInOneRun) {
  auto checked = check("fn a(x: f32) = y1\nfn b(x: f32) = y2\nfn c(x: f32) = y3 + y4\nfn d(x: f32) = x\n");
  EXPECT_EQ(checked->sink.errorCount(), 4u);
  EXPECT_TRUE(checked->module->find("d"));
  EXPECT_FALSE(checked->module->find("a"));
}

TEST(Errors, OfAnInlinedFunctionAreSaidOnce) {
  auto checked = check("fn bad(x: f32[N]) = x + oops\nfn f(x: f32[N]) = bad(x)\nfn g(x: f32[N]) = bad(x)\n");
  EXPECT_EQ(checked->sink.errorCount(), 1u) << render(checked->sink);
}

TEST(Library, UserNamesComeFirstForTheUserOnly) {
  auto checked =
      check("fn relu(x: f32[N]) -> f32[N] = x - 1\nfn f(x: f32[N]) = relu(x)\nfn g(x: f32[N]) = hinge(x, x)\n");
  EXPECT_EQ(checked->listing("f").find("abs"), std::string::npos);
  EXPECT_NE(checked->listing("g").find("abs"), std::string::npos) << "the library calls its own relu";
}

TEST(Library, EveryFunctionChecks) {
  for (const LibraryFunction &function : libraryFunctions()) EXPECT_FALSE(function.parameters.empty()) << function.name;
  DiagnosticSink sink;
  Program program = programFromSource("m.flx", "", sink);
  TensorType vector{ElementType::F64, {Dim::named("N")}}, matrix{ElementType::F64, {Dim::named("B"), Dim::named("C")}};
  for (const char *name : {"relu", "gelu", "softmax", "logsumexp", "l2", "standardize"})
    EXPECT_TRUE(instantiate(program, name, {vector}, sink)) << name << render(sink);
  EXPECT_TRUE(instantiate(program, "cross_entropy", {matrix, {ElementType::I32, {Dim::named("B")}}}, sink))
      << render(sink);
  EXPECT_FALSE(sink.hasErrors());
  EXPECT_FALSE(instantiate(program, "relu", {{ElementType::I32, {}}}, sink));
  EXPECT_FALSE(instantiate(program, "no_such", {}, sink));
}

TEST(Elements, OfTypesNotCompiledYetAreChecked) {
  expectBody("fn f(z: c64[N], w: c64[N]) = 2 * z / w + conjugate(z)\nfn conjugate(z: c64[N]) = -z", "f",
             "%0 = constant() {value = 2} : c64[N]\n%1 = mul(%0, z) : c64[N]\n%2 = div(%1, w) : c64[N]\n"
             "%3 = neg(z) : c64[N]\n%4 = add(%2, %3) : c64[N]\nreturn %4\n");
  expectClean(
      "fn f(A: c128[M,K], B: c128[K,N]) = (A @ B, sum(A, axis = K), mean(A), A == A, A.T, A[0], reshape(A, [M*K]))\n");
  expectClean("struct P { W: bf16[4,4] ~ he_normal, b: f16[4] ~ zeros }\n"
              "fn f(p: P, x: bf16[N,4]) -> f32[N,4] { let h: bf16[N,4] = tanh(x @ p.W)\n f32(h) + f32(p.b) }\n");
  expectClean("fn f(z: c64[N], c: bool[N]) -> c64[N] = where(c, z, concat([z[0:1], c64(f32(iota(N)))[1:]]))\n");
  expectClean(
      "fn f(x: bf16, y: f16[N], i: i32[N]) = (f32(x), f16(i), bf16(y), c64(y), c128(c64(y)), bool(y), i64(y))\n");
  expectDiagnostic("fn f(z: c64[N]) = exp($z)", "E0312", "does not take complex numbers");
  expectDiagnostic("fn f(z: c64[N]) = $z < z", "E0309");
  expectDiagnostic("fn f(z: c64[N]) = max($z)", "E0309");
  expectDiagnostic("fn f(z: c64[N]) = f32($z)", "E0309", "does not convert");
  expectDiagnostic("fn f(z: c64[N], w: c128[N]) = z $+ w", "E0302");
  expectDiagnostic("fn f(x: f16[N]) = x * $70000", "E0316", "does not fit");
  expectDiagnostic("fn f(x: bf16[N], y: f32[N]) = x $+ y", "E0302");
}
