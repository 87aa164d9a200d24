// scan, for, while and if as source: the graphs they become, what they carry, what they refuse.
#include "Support.h"

using namespace fluxion;
using namespace fluxion::test;

static std::string module(const std::string &text) {
  auto checked = check(text);
  EXPECT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  return print(*checked->module);
}
static void expectIn(const std::string &text, std::initializer_list<const char *> parts) {
  std::string listing = module(text);
  for (const char *part : parts) EXPECT_NE(listing.find(part), std::string::npos) << part << "\nin\n" << listing;
}

TEST(Loops, ScanCarriesAndStacks) {
  EXPECT_EQ(
      module("fn f(W: f32[H,H], xs: f32[T,H], h0: f32[H]) = scan(x in xs, h = h0) { let g = tanh(x + h @ W)\n (g, 2 * "
             "g) }"),
      "instance body.1<H, T>(step.0: i32, h.1: f32[H], x.2: f32[H], W: f32[H,H]) {\n"
      "  %0 = einsum(h.1, W) {equation = \"h,hi->i\"} : f32[H]\n"
      "  %1 = add(x.2, %0) : f32[H]\n"
      "  %2 = tanh(%1) : f32[H]\n"
      "  %3 = constant() {value = 2} : f32[H]\n"
      "  %4 = mul(%3, %2) : f32[H]\n"
      "  return 0.0 = %2, 1 = %4\n}\n\n"
      "fn f<H, T>(W: f32[H,H], xs: f32[T,H], h0: f32[H]) {\n"
      "  %0, %1 = scan @body.1(h0, xs, W) {carries = 1, length = [T], reverse = 0, sequences = 1} : f32[H], f32[T,H]\n"
      "  return 0 = %0, 1 = %1\n}\n");
  expectIn("fn f(x: f32[T], y: f32[T,K]) = scan(a in x, b in y) { a * b }",
           {"scan @body.1(x, y) {carries = 0, length = [T], reverse = 0, sequences = 2} : f32[T,K]", "return %0"});
  expectIn("fn f(x: f32[T]) = scan(a in x, h = 0, c = 1, reverse = true) { ((h + a, c * a), (h, (c, a))) }",
           {"reverse = 1", "return 0.0 = %2, 0.1 = %3, 1.0 = %4, 1.1.0 = %5, 1.1.1 = %6"});
  expectIn("fn f(x: f32[T]) { let last = scan(a in x, h = 0) { (h + a, ()) }\n last.0 }", {"carries = 1"});
  expectIn("struct S { h: f32[H], c: f32 }\nfn f(p: S, x: f32[T,H]) = scan(a in x, s = p) { (S(h = s.h + a, c = s.c * "
           "2), s.c) }",
           {"instance body.1<H, T>(step.0: i32, s.1.h: f32[H], s.1.c: f32, a.2: f32[H])", "carries = 2",
            "return 0.h = %0, 0.c = %1, 1 = %2"});
  expectIn("fn f(x: f32[T], y: i32[T,3]) = scan((a, b) in (x, y)) { (a, b) }", {"sequences = 2", "f32[T], i32[T,3]"});
}

TEST(Loops, NumbersTakeTheTypeOfTheBody) {
  expectIn("fn f(x: f64[N]) = for(i in 0:N, s = 0.0) { s + x[i] }", {"constant() {value = 0} : f64", "length = [N]"});
  expectIn("fn f(x: f32[N]) = for(v in x, n = 0) { n + i32(v > 0) }", {"constant() {value = 0} : i32"});
  expectIn("fn f(x: f64[N,K]) = for(v in x, h = 0) { h + v }", {"constant() {value = 0} : f64[K]"});
  expectIn("fn f(x: f64) = for(i in 0:4, a = 0, b = 1) { (b, a + x) }", {"constant() {value = 1} : f64"});
  expectIn("fn f() = for(i in 0:4, a = 1) { 2 * a }", {"constant() {value = 1} : f32"});
  expectIn("fn f(n: i32, x: f32) = while(k = 0, y = x; k < n) { (k + 1, y * 2) }", {"constant() {value = 0} : i32"});
  expectIn("fn f(n: i64, x: f32) = while(y = x, k = 0; y < 9 and n > k) { (y * 2, k + 1) }",
           {"constant() {value = 0} : i64"});
  expectIn("struct S { m: f64[D] }\nfn f(y: f64[T], m: f64[D]) = scan(v in y, s = S(m = m), l = 0.0) { ((S(m = s.m), l - v), v) }",
           {"constant() {value = 0} : f64\n", "scan @body"});
  expectIn("fn f(y: f64[T], m: f64[D]) = for(v in y, s = m, l = 0) { (s + v, l + sum(s)) }", {"constant() {value = 0} : f64\n"});
  expectIn("fn f(x: f32[N]) = for(v in x, seen = false) { seen or v > 1 }", {"constant() {value = 0} : bool"});
}

TEST(Loops, ForCountsAndUnrolls) {
  expectIn("fn f(A: f32[R,C]) = for(i in 1:R, h = A[0, :]) { h * A[i, :] }",
           {"length = [R - 1]", "constant() {value = 1} : i32", "gather(A, %1) {axis = 0} : f32[C]"});
  expectIn("fn f(x: f32[R,C]) = for(i in 0:R, s = 0) { for(j in 0:C, t = s) { t + x[i, j] } }",
           {"scan @body", "gather(%0, step.0)", "length = [C]", "length = [R]"});
  expectBody("const rates = [1e-3, 1e-4]\nfn f(x: f32) = for(r in rates, h = x) { h * r }", "f",
             "%0 = constant() {value = 0.001} : f32\n%1 = mul(x, %0) : f32\n%2 = constant() {value = 0.0001} : f32\n"
             "%3 = mul(%1, %2) : f32\nreturn %3\n");
  expectBody("fn f(x: f32) = for(g in (exp, tanh), h = x) { g(h) }", "f",
             "%0 = exp(x) : f32\n%1 = tanh(%0) : f32\nreturn %1\n");
  expectBody("struct B { s: f32[D] }\nfn f(bs: [2]B, x: f32[D]) = for(b in bs, h = x) { h * b.s }", "f",
             "%0 = mul(x, bs.0.s) : f32[D]\n%1 = mul(%0, bs.1.s) : f32[D]\nreturn %1\n");
  expectClean("fn total[T: number](x: T[N]) -> T = for(v in x, s = 0) { s + v }\nfn f(x: f64[K]) = total(x)\n");
}

TEST(Loops, WhileTestsWhatItCarries) {
  EXPECT_EQ(module("fn root(a: f64) = while(x = a; abs(x * x - a) > 1e-9) { 0.5 * (x + a / x) }").substr(0, 211),
            "instance condition.1(x.0: f64, a: f64) {\n  %0 = mul(x.0, x.0) : f64\n  %1 = sub(%0, a) : f64\n"
            "  %2 = abs(%1) : f64\n  %3 = constant() {value = 1e-9} : f64\n  %4 = gt(%2, %3) : bool\n  return %4\n}\n\n"
            "instance body.2(x.0");
  expectIn("fn f(a: f64) = while(x = a, k = 0; x > 1) { (x / 2, k + i32(x > 2)) }",
           {"while @condition.1 @body.2(a, ", "carries = 2, condition_captures = 0"});
}

TEST(Loops, WhileCountsInWholeNumbers) {
  expectIn("fn f(a: f64) -> (f64, i32) = while(x = a, n = 0; x > 1 and n < 50) { (x / 2, n + 1) }", {"constant() {value = 0} : i32"});
  expectIn("fn f(a: f32) = while(n = 2, x = a; n < 50) { (n * n, x / 2) }", {"constant() {value = 2} : i32"});
  expectIn("fn f() -> i32 = while(n = 1; n < 50) { 2 * n }", {"constant() {value = 1} : i32"});
  // It would not hold with an integer: then it is f32, as any number.
  expectIn("fn f(a: f32) = while(x = a, n = 0; n < 50) { (x + n, n + 1) }", {"constant() {value = 0} : f32"});
  expectIn("fn f() = while(n = 64; n > 3) { n / 2 }", {"constant() {value = 64} : f32"});
  expectIn("fn f() = while(n = 64, k = 0; n > 3) { (n / 2, k + 1) }", {"constant() {value = 64} : f32", "constant() {value = 0} : i32"});
  expectIn("fn f() = while(n = 1; n < 50) { n * 1.5 }", {"constant() {value = 1} : f32"});
  expectIn("fn f() = while(n = 3000000000; n > 50) { n - 1 }", {"constant() {value = 3000000000} : f32"});
  expectIn("fn f(x: f32[N]) = scan(v in x) { while(n = 0; n < 3) { while(k = n; k < 9) { k + 1 } } }",
           {"scan @body", "constant() {value = 0} : i32"});
}

TEST(Loops, StandInFunctionsAndDerivatives) {
  expectIn("fn f(x: f64[N]) = for(v in x, s = 0) { s + v * v }\nfn g = grad(f)", {"vjp @f.", "scan @body"});
  expectIn("fn f(x: f64[K]) = for(i in 0:3, s = x) { s - 0.1 * grad(fn(y) = sum(y * y))(s) }", {"vjp @lambda"});
  expectClean("fn cumulative[T: number](x: T[M, ..S]) -> T[M, ..S] {\n"
              "  let (_, out) = scan(v in x, p = ones_like(x[0])) {\n    let q = p * v\n    (q, q)\n  }\n  out\n}\n"
              "fn f(x: f32[4, 3], y: f64[N]) = (cumulative(x), cumulative(y))\n");
}

TEST(Loops, RefuseWhatDoesNotFit) {
  expectDiagnostic("fn f(x: f32[N], y: f32[M]) = scan(a in x, b in $y) { a * b }", "E0414", "M steps");
  expectDiagnostic("fn f(x: f32) = scan(a in $x) { a }", "E0414", "no leading axis");
  expectDiagnostic("fn f(n: i32) = for(i in 0:$n, s = 0) { s + i }", "E0311", "not known before");
  expectDiagnostic("fn f(x: f32[N]) = for(v in x, s = f32(0)) { $x }", "E0416", "as `s` begins as f32 and goes on as f32[N]");
  expectDiagnostic("fn f(x: f32[N], y: f64) = for(v in x, s = y) { $v }", "E0416", "begins as f64 and goes on as f32");
  expectDiagnostic("fn f(x: f32[N]) = scan(v in x, h = 0, c = 0) { ($h + v, h) }", "E0415");
  expectDiagnostic("fn f(x: f32[N]) = scan(v in x, h = 0) { $h + v }", "E0415", "ends with a pair");
  expectDiagnostic("fn f(x: f32[N]) = while(h = x; $h > 0) { h / 2 }", "E0308", "any(");
  expectDiagnostic("fn f(x: f32[N]) = $for(v in x) { v }", "E0415");
  expectDiagnostic("fn f(x: f32[N]) = scan(v in x) { $exp }", "E0415");
}

TEST(Branches, ChooseNowOrThen) {
  expectBody("const deep = 3 > 2\nfn f(x: f32) = if deep then exp(x) else x", "f", "%0 = exp(x) : f32\nreturn %0\n");
  expectIn("fn f(x: f32[N]) = if sum(x) > 0 { (x, 1) } else { (-x, 0) }",
           {"if @arm.1.then @arm.1.else(%2, x, x) {then_captures = 1} : f32[N], f32", "return 0 = %3, 1 = %4"});
  expectIn("fn f(c: bool, d: bool, x: f64) = if c { 1 } else if d { x } else { 0 }", {"constant() {value = 1} : f64"});
  expectDiagnostic("fn f(c: bool[N], x: f32) = if $c { x } else { -x }", "E0308", "where(c, a, b)");
  expectDiagnostic("fn f(c: bool, x: f32[N]) = if c { x } else ${ sum(x) }", "E0417", "f32[N]");
  expectDiagnostic("fn f(x: f32[N]) = if N $> 3 then x else x", "E0311");
}

TEST(Keys, AreUsedOnceAStep) {
  expectDiagnostic("fn f(key: i64) = scan(i in 0:9) { $random_normal(key, f32[2]) }", "E0413", "fold_in(key, i)");
  expectDiagnostic("fn f(key: i64) = scan(i in 0:9) { $random_normal(fold_in(key, 1), f32[2]) }", "E0413");
  expectClean("fn f(key: i64) = scan(i in 0:9) { random_normal(fold_in(key, i), f32[2]) }\n");
  expectClean("fn f(key: i64, x: f32) = for(i in 0:9, s = x, k = key) { (s + random_normal(fold_in(k, 0), f32), "
              "fold_in(k, 1)) }\n");
  expectClean("fn f(keys: i64[N]) = scan(k in keys) { random_uniform(k, f32) }\n");
  expectClean("fn f(key: i64, c: bool) = if c { random_normal(key, f32) } else { random_uniform(key, f32) }\n");
  expectDiagnostic("fn f(key: i64, c: bool) {\n  let a = if c { random_normal(key, f32) } else { 0 }\n"
                   "  a + $random_normal(key, f32)\n}", "E0413");
  expectClean("fn f(key: i64) {\n  let keys = split(key, 3)\n  map(fn(k) = random_normal(k, f32[2]), keys)\n}\n");
  expectDiagnostic("fn f(key: i64) {\n  let keys = split(key, 2)\n"
                   "  random_normal(keys[0], f32) + $random_normal(fold_in(key, 0), f32)\n}", "E0413");
  expectDiagnostic("fn f(key: i64, n: f32) = fold_in(key, $n)", "E0311");
}

TEST(Keys, ChangeWithEveryLoopAround) {
  auto nested = [](const std::string &key) {
    return "fn f(key: i64, keys: i64[3], table: i64[4,3]) = for(i in 0:4, s = 0) { for(j in 0:3, t = s) { t + $random_normal(" +
           key + ", f32) } }";
  };
  expectDiagnostic(nested("fold_in(key, j)"), "E0413", "fold_in(fold_in(key, i), j)");
  expectDiagnostic(nested("fold_in(key, i)"), "E0413", "fold_in(key, j)");
  expectDiagnostic("fn f(keys: i64[3]) = for(i in 0:4, s = 0) { for(k in keys, t = s) { t + $random_normal(k, f32) } }", "E0413",
                   "fold_in(key, i)");
  auto clean = [&](const std::string &body) {
    expectClean("fn f(key: i64, keys: i64[4,3]) -> f32 = for(i in 0:4, s = 0) { " + body + " }\n");
  };
  clean("for(j in 0:3, t = s) { t + random_normal(fold_in(fold_in(key, i), j), f32) }");
  clean("for(j in 0:3, t = s) { t + random_normal(fold_in(key, 3 * i + j), f32) }");
  clean("for(k in keys[i], t = s) { t + random_normal(k, f32) }");
  clean("for(j in 0:3, (t, k) = (s, fold_in(key, i))) { (t + random_normal(fold_in(k, 0), f32), fold_in(k, 1)) }.0");
  expectDiagnostic("fn f(key: i64) = for(i in 0:4, s = 0) { for(j in 0:3, (t, k) = (s, key)) { (t + $random_normal(fold_in(k, 0), "
                   "f32), fold_in(k, 1)) }.0 }", "E0413", "outer loop");
  expectDiagnostic("fn f(key: i64, p: bool) = for(i in 0:4, s = 0.0) { if p { s + $random_normal(fold_in(key, 2), f32) } else { s } }",
                   "E0413");
}

TEST(Loops, EvaluateWhatTheyRunOverOnce) {
  expectClean("fn f(key: i64) -> f32 = for(x in random_normal(key, f32[4]), h = 0.0) { h + x }");
  auto checked = check("fn f(xs: f32[T]) -> f32 = for(x in exp(xs), h = 0.0) { h + x }");
  const Function *f = checked->module->find("f");
  ASSERT_TRUE(f) << render(checked->sink);
  EXPECT_EQ(std::count_if(f->nodes.begin(), f->nodes.end(), [](const Node &n) { return n.op == Primitive::exp_; }), 1);
}
