// Built-in functions along an axis: windows, running sums, sorting, scattering, padding; lists and keys.
#include "Support.h"

using namespace fluxion;
using namespace fluxion::test;

TEST(Axes, WindowsHaveFloorsAsExtents) {
  expectBody(
      "fn f(x: f32[B,L]) -> f32[B, floordiv(L - 3, 2) + 1] = sum(window(x, axis = L, size = 3, stride = 2), axis = -1)",
      "f",
      "%0 = window(x) {axis = 1, dilation = 1, size = [3], stride = 2} : f32[B,floordiv(L + 1, 2) - 1,3]\n"
      "%1 = sum(%0) {axes = [2]} : f32[B,floordiv(L + 1, 2) - 1]\nreturn %1\n");
  expectBody("fn f(x: f32[8,K]) = window(x, axis = 0, size = 3, dilation = 2)", "f",
             "%0 = window(x) {axis = 0, dilation = 2, size = [3], stride = 1} : f32[4,3,K]\nreturn %0\n");
  expectBody("fn f(x: f32[2]) = window(x, axis = 0, size = 5)", "f",
             "%0 = window(x) {axis = 0, dilation = 1, size = [5], stride = 1} : f32[0,5]\nreturn %0\n");
  expectBody("fn f(x: f32[P,3]) = overlap_add(x, axis = 0, size = P + 2)", "f",
             "%0 = overlap_add(x) {axis = 0, dilation = 1, stride = 1} : f32[P + 2]\nreturn %0\n");
  expectDiagnostic("fn f(x: f32[P,3]) = overlap_add($x, axis = 0, size = P)", "E0305", "has P - 2 windows");
  expectDiagnostic("fn f(x: f32[N]) = window($x, axis = 0, size = 3, stride = 0)", "E0311", "positive");
  expectDiagnostic("fn f(x: f32[N]) = window(x, axis = $1, size = 3)", "E0304");
  expectDiagnostic("fn f(x: f32[N], n: i32) = window(x, axis = 0, size = 3, stride = $n)", "E0311",
                   "not a whole number");
}

TEST(Axes, RunReverseAndSort) {
  expectBody("fn f(x: f32[N,M]) = cumsum(x, axis = N, exclusive = true)", "f",
             "%0 = cumsum(x) {axis = 0, exclusive = 1, reverse = 0} : f32[N,M]\nreturn %0\n");
  expectBody("fn f(x: i32[N,M]) = reverse(x, axis = (0, 1))", "f",
             "%0 = reverse(x) {axes = [0, 1]} : i32[N,M]\nreturn %0\n");
  expectBody("fn f(x: f32[N,M]) = (sort(x, axis = 0), argsort(x, descending = true))", "f",
             "%0, %1 = sort(x) {axis = 0, descending = 0} : f32[N,M], i32[N,M]\n"
             "%2, %3 = sort(x) {axis = 1, descending = 1} : f32[N,M], i32[N,M]\nreturn 0 = %0, 1 = %3\n");
  expectBody("fn f(x: f32[N,9]) { let (v, i) = top_k(x, 2)\n (v, i) }", "f",
             "%0, %1 = sort(x) {axis = 1, descending = 1} : f32[N,9], i32[N,9]\n"
             "%2 = slice(%0) {offsets = [0, 0], strides = [1, 1]} : f32[N,2]\n"
             "%3 = slice(%1) {offsets = [0, 0], strides = [1, 1]} : i32[N,2]\nreturn 0 = %2, 1 = %3\n");
  expectDiagnostic("fn f(x: f32[N]) = cumsum(x, reverse = $1)", "E0311", "`true` or `false`");
  expectDiagnostic("fn f(x: bool[N]) = cumsum($x)", "E0309");
  expectDiagnostic("fn f(x: c64[N]) = sort($x)", "E0309");
  expectDiagnostic("fn f(x: f32) = cumsum($x)", "E0304");
  expectDiagnostic("fn f(x: f32[3]) = top_k($x, 4)", "E0311", "0:4 leaves");
}

TEST(Axes, ScatterAndTake) {
  expectBody("fn f(x: f32[N,D], i: i32[K], u: f32[K,D]) = scatter_add(x, i, u)", "f",
             "%0 = scatter_add(u, i) {axis = 0} : f32[N,D]\n%1 = add(x, %0) : f32[N,D]\nreturn %1\n");
  expectClean("fn f(x: f32[N,D], i: i32[N,3]) -> f32[N,3] = take_along(x, i, axis = 1)\n");
  expectDiagnostic("fn f(x: f32[N,D], i: i32[K,3]) = take_along(x, $i, axis = 1)", "E0305");
  expectDiagnostic("fn f(x: f32[N,D], i: i32[K], u: f32[D,K]) = scatter_add(x, i, $u)", "E0305");
  expectDiagnostic("fn f(x: f32[N], i: f32[K], u: f32[K]) = scatter_add(x, $i, u)", "E0309");
}

TEST(Axes, PadWithValuesAndGaps) {
  expectBody("fn f(x: f32[N]) = pad(x, low = [1], high = [2], interior = [1])", "f",
             "%0 = pad(x) {high = [2], interior = [1], low = [1]} : f32[2*N + 2]\nreturn %0\n");
  expectClean("fn f(x: f32[N]) -> f32[N + 2] = pad(x, low = [1], high = [1], value = -1)\n");
  expectDiagnostic("fn f(x: f32[N]) = pad(x, low = [1], high = [1], interior = $[N])", "E0311");
}

TEST(Lists, AreKnownNow) {
  expectBody("fn f(x: f32[A,B,C]) = (rank(x), len([x, x]), len((x,)), len(x))", "f",
             "%0 = constant() {value = 3} : f32\n%1 = constant() {value = 2} : f32\n%2 = constant() {value = 1} : f32\n"
             "%3 = constant() {value = A} : f32\nreturn 0 = %0, 1 = %1, 2 = %2, 3 = %3\n");
  expectBody("const N = 4\nconst half = floordiv(N, 2)\nfn f(x: f32[N]) -> f32[half] = x[0:half]", "f",
             "%0 = slice(x) {offsets = [0], strides = [1]} : f32[2]\nreturn %0\n");
  expectBody("struct L[T: float] { W: T[I,O] ~ zeros }\nfn f(key: i64) = init(L[f64, 2, 3], key).W", "f",
             "%0 = constant() {value = -5808506295619011914} : i64\n%1 = fold_in(key, %0) : i64\n"
             "%2 = constant() {value = 0} : f64[2,3]\nreturn %2\n");
  expectClean("struct L { W: f32[I,O] ~ zeros }\nstruct M { a: L[I,J], b: [2]L[J,J] }\nfn start(key: i64) -> M[I,J] = "
              "init(M[I,J], key)\n"
              "fn fresh(key: i64) -> L = init(L, key)\n");
  expectDiagnostic("struct L[T: float] { W: T[I,O] ~ zeros }\nfn f(key: i64) = init($L[2], key).W", "E0404",
                   "`L[T, I, O]`");
  expectDiagnostic("fn f(x: f32) = len($x)", "E0404");
  expectDiagnostic("fn f(x: f32) = map(tanh, $x)", "E0404");
  expectDiagnostic("fn f(xs: (f32, f32)) = $xs[2]", "E0311", "from 0 to 1");
  expectClean("fn f(x: f32[dynamic N, D]) -> f32[D] = sum(x, axis = N)\n");
}

TEST(Structs, ElementTypesAreGivenFoundOrImplied) {
  const std::string linear = "struct L[T: float] { W: T[I,O] ~ zeros }\n"
                             "fn apply[T: float](p: L[T,I,O], x: T[..S, I]) -> T[..S, O] = x @ p.W + fill(T[O], 1)\n"
                             "fn weight[T: float](p: L[T,I,O]) -> T[I,O] = p.W + fill(T[I,O], 1)\n";
  expectClean(linear + "struct Net { a: L[784, 256], b: L[f32, 256, 10] }\n"
                       "fn f(p: Net, x: f32[B,784]) -> f32[B,10] = apply(p.b, apply(p.a, x))\n"
                       "fn start(key: i64) -> Net = init(Net, key)\n"
                       "fn single(key: i64) -> f32[2,3] = init(L[2, 3], key).W\n"
                       "fn double(p: L[f64, 2, 3]) -> f64[2,3] = weight(p)\n");
  expectDiagnostic(linear + "fn f(p: L[f64, 3, 4], x: f32[3]) = apply(p, $x)", "E0302");
  expectDiagnostic(linear + "fn g(p: L[3, 4]) = p.W\nfn f(p: L[f64, 3, 4]) = g($p)", "E0404", "of f64, not f32");
  expectDiagnostic(linear + "fn f(p: $L[3]) = p.W", "E0404", "`L[T, I, O]`");
}

TEST(Axes, TheBuilderMakesThemToo) {
  auto checked = check("fn f(x: f32[T,H], h0: f32[H]) {\n  let (h, ys) = scan(v in x, h = h0) { (h + v, h * v) }\n"
                       "  (h, cumsum(ys, axis = 0))\n}");
  ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  Module module;
  DiagnosticSink sink;
  GraphBuilder b(module, "f", sink);
  Dim T = Dim::named("T"), H = Dim::named("H");
  Value x = b.parameter("x", f32({T, H})), h0 = b.parameter("h0", f32({H}));
  auto results = b.scan({h0}, {x}, T, [](GraphBuilder &, std::vector<Value> a) {
    return std::vector<Value>{a[1] + a[2], a[1] * a[2]};
  });
  ASSERT_EQ(results.size(), 2u) << render(sink);
  b.result(results[0], "0");
  b.result(b.cumsum(results[1], 0), "1");
  ASSERT_TRUE(b.finish());
  std::string made = print(module.functions.back()), said = checked->listing("f");
  EXPECT_EQ(made.substr(made.find('(')), said.substr(said.find('('))) << "but for the names of bodies";
}
