// Functions as arguments: their number of arguments, and the types their parameter declares.
#include "Support.h"

using namespace fluxion;
using namespace fluxion::test;

static const std::string twice = "fn twice(f: fn(f32[N]) -> f32[N], x: f32[N]) -> f32[N] = f(f(x))\n";

TEST(FunctionTypes, TakeWhatFits) {
  const std::string body = "%0 = tanh(x) : f32[N]\n%1 = tanh(%0) : f32[N]\nreturn %1\n";
  expectBody(twice + "fn g(x: f32[N]) = twice(tanh, x)", "g", body);
  expectClean(twice + "fn h(y: f32[K], s: f32 = 1) = s * y\nfn g(x: f32[N]) = twice(h, x)\n");
  expectBody(twice + "fn through(f: fn(f32[N]) -> f32[N], x: f32[N]) = twice(f, x)\nfn g(x: f32[N]) = through(tanh, x)",
             "g", body);
  expectBody(twice + "fn g(x: f32[N], s: f32) = twice(fn(y) = y * s, x)", "g",
             "%0 = broadcast(s) {dims = []} : f32[N]\n%1 = mul(x, %0) : f32[N]\n"
             "%2 = broadcast(s) {dims = []} : f32[N]\n%3 = mul(%1, %2) : f32[N]\nreturn %3\n");
  expectBody("fn at(f: fn(f64) -> f64) -> f64 = f(2)\nfn g(x: f64) = at(fn(y) = y * x)", "g",
             "%0 = constant() {value = 2} : f64\n%1 = mul(%0, x) : f64\nreturn %1\n");
}

TEST(FunctionTypes, BindTheirNamesByTheFirstCall) {
  expectClean("fn both(f: fn(f32[N]) -> f32[M], x: f32[N], y: f32[N]) -> f32[M] = f(x) + f(y)\n"
              "fn g(W: f32[N,K], x: f32[N]) -> f32[K] = both(fn(v) = v @ W, x, x)\n");
  expectDiagnostic("fn two(f: fn(f32[A]) -> f32[M], x: f32[K], y: f32[L]) = sum(f(x)) + sum(f($y))\n"
                   "fn g(x: f32[K], y: f32[L]) = two(fn(v) = v, x, y)\n", "E0404", "`A` is K by this");
  expectClean("fn slope[T: float](f: fn(T) -> T, x: T) -> T = grad(f)(x)\nfn g(x: f64) = slope(fn(t) = t * t, x)\n");
}

TEST(FunctionTypes, RefuseWhatDoesNot) {
  expectDiagnostic(twice + "fn g(x: f32[N]) = twice($atan2, x)", "E0419", "takes 2 arguments, and is called with 1");
  expectDiagnostic(twice + "fn g(x: f32[N]) = twice($fn(a, b) = a, x)", "E0419");
  expectDiagnostic(twice + "fn g(x: f32[N]) = twice($fn(a) = sum(a), x)", "E0419", "the result of");
  expectDiagnostic(twice + "fn g(x: f32[N]) = twice($grad(fn(a, b) = sum(a * b)), x)", "E0419");
  expectDiagnostic(twice + "fn g(x: f32[N]) = twice($x, x)", "E0404");
  expectDiagnostic("fn at(f: fn(f32) -> f32, x: f32[N]) = f($x)\nfn g(x: f32[N]) = at(fn(y) = y, x)", "E0404",
                   "argument 0 of a function of type `fn(f32) -> f32`");
  expectDiagnostic("fn at(f: fn(f32) -> f32, x: f32) = $f(x, x)\nfn g(x: f32) = at(fn(y) = y, x)", "E0401");
  expectDiagnostic("fn at(f: fn(f32) -> f32, x: f32) = f($y = x)\nfn g(x: f32) = at(fn(y) = y, x)", "E0402",
                   "by position");
  expectDiagnostic("struct S { a: f32, b: f32 }\nfn at(f: fn(f32) -> f32, x: f32) = f(x)\nfn g(x: f32) = at($S, x)",
                   "E0419");
}
