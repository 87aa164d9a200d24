// Values made of parts and taken apart: structs with other fields, complex numbers, and arrays by the names of other systems;
// dimensions that callers change.
#include "Support.h"
#include "frontend/Graph/Primitive.h"

using namespace fluxion;
using namespace fluxion::test;

static const std::string structs = "struct Lin { w: f32[D], b: f32 }\nstruct Net { first: Lin, scale: f32 }\n";

TEST(Updates, KeepTheFieldsNotGiven) {
  expectBody(structs + "fn f(n: Net, x: f32) = Net(..n, first = Lin(..n.first, b = x))", "f",
             "return first.w = n.first.w, first.b = x, scale = n.scale\n");
  expectBody(structs + "fn f(p: Lin) = Lin(..p)", "f", "return w = p.w, b = p.b\n");
  expectBody(structs + "fn f(p: Lin) = Lin(..p, b = 2)", "f", "%0 = constant() {value = 2} : f32\nreturn w = p.w, b = %0\n");
  expectDiagnostic(structs + "fn f(p: Lin, b: f32[3]) = Lin(..p, b = $b)", "E0404", "the field `b` of `Lin` is f32[3]");
  expectDiagnostic(structs + "fn f(n: Net, x: f32) = Lin(..$n, b = x)", "E0418", "n.first");
  expectDiagnostic(structs + "fn f(p: Lin, x: f32) = $exp(..p, b = x)", "E0418");
  expectDiagnostic(structs + "fn f(p: Lin, x: f32) = Lin(..$x)", "E0418");
}

TEST(Updates, MayChangeTheDimensionsTogether) {
  expectClean("struct P { w: f32[D], v: f32[D] }\nfn f(p: P, w: f32[E], v: f32[E]) -> f32[E] = P(..p, w = w, v = v).w\n");
  expectDiagnostic("struct P { w: f32[D], v: f32[D] }\nfn f(p: P, w: f32[E]) = P(..$p, w = w)", "E0404");
}

TEST(Complex, PartsHaveRealTypes) {
  expectBody("fn f(re: f32[N], im: f32) = complex(re, im)", "f",
             "%0 = broadcast(im) {dims = []} : f32[N]\n%1 = complex(re, %0) : c64[N]\nreturn %1\n");
  expectBody("fn f(z: c128[N]) = (real(z), imag(z), abs(z), conj(z))", "f",
             "%0 = real(z) : f64[N]\n%1 = imag(z) : f64[N]\n%2 = abs(z) : f64[N]\n%3 = conj(z) : c128[N]\n"
             "return 0 = %0, 1 = %1, 2 = %2, 3 = %3\n");
  expectBody("fn f(x: f64) = (conj(x), real(x), imag(x))", "f",
             "%0 = constant() {value = 0} : f64\nreturn 0 = x, 1 = x, 2 = %0\n");
  expectClean("fn f(z: c64) -> c64 = z * complex(0, 1) + 2\nfn g(x: f64, z: c128) -> c128 = complex(x, 1) * z\n"
              "fn h(z: c64[N,M]) {\n  let y[i,j] = real(z[j,i]) * imag(z[j,i])\n  y\n}\nconst n = real(2) + imag(3) + conj(4)\n"
              "fn k(x: f32) = n * x\n");
  expectDiagnostic("fn f(z: c64) = complex($z, 1)", "E0309");
  expectDiagnostic("fn f(z: c64) = f32($z)", "E0309", "real(z)");
  expectDiagnostic("fn f(m: bool) = conj($m)", "E0309");
  expectDiagnostic("fn f(x: f32, y: f64) = $complex(x, y)", "E0302");
}

TEST(Complex, IsBuiltAlsoInCpp) {
  Module module;
  DiagnosticSink sink;
  GraphBuilder b(module, "f", sink);
  Value x = b.parameter("x", f32()), z = b.apply(Primitive::complex_, {x, x});
  EXPECT_EQ(z.type().print(), "c64");
  EXPECT_EQ(b.apply(Primitive::abs_, {z}).type().print(), "f32");
  EXPECT_FALSE(b.apply(Primitive::complex_, {x}));
  EXPECT_TRUE(sink.hasErrors());
}

TEST(Dynamic, IsSaidOfParameters) {
  auto checked = check("fn f(x: f32[dynamic N, D], y: f32[N]) = sum(x, axis = N)");
  const Function *f = checked->module->find("f");
  ASSERT_TRUE(f) << render(checked->sink);
  EXPECT_TRUE(f->isDynamic("N"));
  EXPECT_FALSE(f->isDynamic("D"));
  EXPECT_EQ(f->written(f->parameters[0].type), "f32[dynamic N,D]");
  expectDiagnostic("const N = 3\nfn f(x: f32[dynamic $N]) = x", "E0115");
  expectDiagnostic("fn f(x: f32[N]) -> f32[$dynamic N] = x", "E0115");
}

TEST(Arrays, ByTheNamesOfOtherSystems) {
  expectBody("fn f(x: f32[N,D]) = (tile(x, [2, 3]), tile(x, 2), repeat(x, 3, axis = D), expand_dims(x, -1), flatten(x))", "f",
             "%0 = broadcast(x) {dims = [1, 3]} : f32[2,N,3,D]\n%1 = reshape(%0) : f32[2*N,3*D]\n"
             "%2 = broadcast(x) {dims = [0, 2]} : f32[N,2,D]\n%3 = reshape(%2) : f32[N,2*D]\n"
             "%4 = broadcast(x) {dims = [0, 1]} : f32[N,D,3]\n%5 = reshape(%4) : f32[N,3*D]\n"
             "%6 = reshape(x) : f32[N,D,1]\n%7 = reshape(x) : f32[D*N]\n"
             "return 0 = %1, 1 = %3, 2 = %5, 3 = %6, 4 = %7\n");
  expectClean("fn f(x: f32[1,N,1]) -> f32[N] = squeeze(x)\nfn g(x: f32[1,N,1]) -> f32[1,N] = squeeze(x, axis = -1)\n"
              "fn h(x: f32[N]) -> (f32[N,N], f64[N,3], bool[2,N]) = (eye(N), eye(f64[N,3]), eye(bool[2,N]))\n"
              "fn k(x: f32) -> (f32[3], f32[2,3]) = (tile(x, [3]), tile(x, [2, 3]))\n");
  expectDiagnostic("fn f(x: f32[N,D]) = $repeat(x, 3)", "E0403");
  expectDiagnostic("fn f(x: f32[N]) = squeeze(x, axis = $0)", "E0304");
  expectDiagnostic("fn f(x: f32[N]) = eye($[N, N, 2])", "E0315");
}

TEST(Literals, OfAWhereTakeTheTypeBesideIt) {
  expectBody("fn f(x: f64[N], c: bool[N]) = x + where(c, 1, 0)", "f",
             "%0 = constant() {value = 1} : f64[N]\n%1 = constant() {value = 0} : f64[N]\n"
             "%2 = select(c, %0, %1) : f64[N]\n%3 = add(x, %2) : f64[N]\nreturn %3\n");
  expectClean("fn f(x: f64[N]) -> f64[N] = where(x > 1, 1, where(x > 0, 2, 3)) * x\n"
              "fn g(A: f64[N,N]) -> f64 = sum[i,j](A[i,j] * where(i == j, 1, 0))\n");
  expectDiagnostic("fn f(x: f64[N]) = $where(x > 0, 1, 0)", "E0313", "f32(x > 0)");
}

TEST(Ranges, AreToldByFieldsListsAndTransposes) {
  expectClean("struct P { b: f32[D] }\nstruct Q { ps: [2]P }\n"
              "fn f(q: Q) {\n  let y[i,j] = f32(i == j) + q.ps[1].b[i] * q.ps[0].b[j]\n  y\n}\n"
              "fn g(x: f32[N,M]) -> f32[M,N] {\n  let y[i,j] = f32(i == j) + x.T[i,j]\n  y\n}\n");
}

TEST(Results, OfAnInitializerMayBeTuples) {
  auto checked = check("struct A { w: f32[D,H] ~ he_normal }\nstruct B { w: f32[H,K] ~ he_normal }\n"
                       "fn start(key: i64) -> (A, (B, f32[K])) = "
                       "(init(A, fold_in(key, 1)), (init(B, fold_in(key, 2)), fill(f32[K], 0)))\n");
  const Function *f = checked->module->find("start");
  ASSERT_TRUE(f) << render(checked->sink);
  EXPECT_EQ(f->dimensions, (std::vector<std::string>{"D", "H", "K"}));
}

// An extent that is a polynomial waits for the field that tells its name, in whatever order they stand.
TEST(Parts, ConstructorsSolveExtentsInAnyOrder) {
  expectClean("struct Q { z: f32[N*N], n: f32[N] }\nfn a(z: f32[N*N], n: f32[N]) = Q(z = z, n = n)\n");
}

// A generic struct without arguments is of f32, its dimensions those around it.
TEST(Parts, BareGenericStructs) {
  expectClean("fn f(p: Linear, x: f32[B,I]) -> f32[B,O] = apply_linear(p, x)\n"
              "struct Net { a: Linear, b: Linear[4, 2] }\n"
              "fn g(p: Net, x: f32[B,I]) -> f32[B,O] = f(p.a, x)\n"
              "struct L[T: float] { w: T[D] ~ zeros }\n"
              "fn h(p: L, q: L[f64, D], x: f32[D]) -> f32[D] = p.w + x + f32(q.w)\n"
              "fn m(p: L, q: Linear, x: f32[B,I]) -> f32[B,O] = g(Net(a = q, b = init(Linear[4, 2], 1)), x)\n");
}

TEST(Parts, VarianceAndListsOfNumbers) {
  expectClean("fn v(x: f64[N,D]) -> (f64, f64[D], f64[N], f64) = "
              "(variance(x), variance(x, axis = 0), std(x, axis = D), std(x, axis = (0, 1)))\n"
              "const w: f64[3] = [1/3, 1/3, 1/3]\n"
              "fn a(x: f64[3]) -> f64 = dot(x, w)\n"
              "fn b() -> f32[2,3] = [[1, 2, 3], [4, 5, 6]]\n"
              "fn c() -> bool[2] = [true, false]\n"
              "fn d[T: float](x: T[N], y: T[N]) -> T = dot(x, y)\n"
              "fn e(y: f64[2]) -> (f64, f32) = (d([0.1, 0.2], y), d([1], [2]))\n");
}
