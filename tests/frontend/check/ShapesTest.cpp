// Broadcasting by identity, axes, shapes, slices, contraction: what is built, and what is refused.
#include "Support.h"

using namespace fluxion::test;

TEST(Broadcast, ScalarsAndTrailingAxes) {
  expectBody("fn f(x: f32[B,H], y: f32[H]) = x + y", "f",
             "%0 = broadcast(y) {dims = [1]} : f32[B,H]\n%1 = add(x, %0) : f32[B,H]\nreturn %1\n");
  expectBody("fn f(x: f32[B,H], s: f32) = s * x", "f",
             "%0 = broadcast(s) {dims = []} : f32[B,H]\n%1 = mul(%0, x) : f32[B,H]\nreturn %1\n");
  expectBody("fn f(x: f32[N,N], y: f32[N]) = x + y", "f",
             "%0 = broadcast(y) {dims = [1]} : f32[N,N]\n%1 = add(x, %0) : f32[N,N]\nreturn %1\n");
  expectBody("fn f(x: f32[4*N], y: f32[N*4]) = x - y", "f", "%0 = sub(x, y) : f32[4*N]\nreturn %0\n");
}

TEST(Broadcast, NothingElse) {
  expectDiagnostic("fn f(X: f32[N,D], y: f32[N]) = X $+ y", "E0301", "expand(y, axis = 1, size = D)");
  expectDiagnostic("fn f(X: f32[N,D], y: f32[D,N]) = X $* y", "E0301", "y.T");
  expectDiagnostic("fn f(X: f32[N], y: f32[M]) = X $< y", "E0301", "`y` is f32[M]");
  expectDiagnostic("fn f(X: f32[N,1], y: f32[N,D]) = X $+ y", "E0301");
}

TEST(Broadcast, LiteralsTakeTheTypeTheyMeet) {
  expectBody("fn f(x: f64[N]) = 0.1 * x", "f",
             "%0 = constant() {value = 0.1} : f64[N]\n%1 = mul(%0, x) : f64[N]\nreturn %1\n");
  expectBody("fn f(n: i32[N]) = n + 2 * 3", "f",
             "%0 = constant() {value = 6} : i32[N]\n%1 = add(n, %0) : i32[N]\nreturn %1\n");
  expectBody("fn f(x: f32[E]) = x / sqrt(E)", "f",
             "%0 = constant() {value = sqrt(E)} : f32[E]\n%1 = div(x, %0) : f32[E]\nreturn %1\n");
  expectDiagnostic("fn f(n: i32[N]) = n + $0.5", "E0316", "`0.5` is not an integer");
  expectDiagnostic("fn f(n: i32) = n + $3000000000", "E0316");
  expectDiagnostic("fn f(x: f32) = x * $1e39", "E0316");
  expectDiagnostic("fn f(x: f32, n: i32) = x $* n", "E0302", "convert it");
  expectDiagnostic("fn f(b: bool[N]) = b + $1", "E0302");
}

TEST(Matmul, ContractsByName) {
  auto equation = [](const char *text, const char *expected) {
    auto checked = check(text);
    EXPECT_NE(checked->listing("f").find(std::string("\"") + expected + "\""), std::string::npos)
        << checked->listing("f");
  };
  equation("fn f(X: f32[N,D], w: f32[D]) = X @ w", "nd,d->n");
  equation("fn f(a: f32[N,K], b: f32[K,M]) = a @ b", "nk,km->nm");
  equation("fn f(w: f32[D], X: f32[D,N]) = w @ X", "d,dn->n");
  equation("fn f(a: f32[D], b: f32[D]) = a @ b", "d,d->");
  equation("fn f(a: f32[N,N], b: f32[N,N]) = a @ b", "ni,ij->nj");
  equation("fn f(a: f32[B,H,T,E], b: f32[B,H,E,S]) = a @ b", "bhte,bhes->bhts");
  equation("fn f(a: f32[B,T,E], b: f32[E,F]) = a @ b", "bte,ef->btf");
  equation("fn f(a: f32[T,E], b: f32[B,E,F]) = a @ b", "te,bef->btf");
}

TEST(Matmul, Errors) {
  expectDiagnostic("fn f(X: f32[N,D], w: f32[N]) = X $@ w", "E0303", "X.T");
  expectDiagnostic("fn f(a: f32[N,K], b: f32[M,K]) = a $@ b", "E0303", "b.T");
  expectDiagnostic("fn f(a: f32[N,K], s: f32) = a $@ s", "E0303", "multiply a scalar");
  expectDiagnostic("fn f(a: f32[B,N,K], b: f32[C,K,M]) = a $@ b", "E0303", "leading axes");
  expectDiagnostic("fn f(a: f32[N,K]) = a @ $2", "E0303");
}

TEST(Einsum, CaretUnderTheLetter) {
  expectDiagnostic("fn f(a: f32[N,K], b: f32[K,M]) = einsum(\"nk,km->n$q\", a, b)", "E0306",
                   "no operand has the subscript `q`");
  expectDiagnostic("fn f(a: f32[N,K], b: f32[M]) = einsum(\"nk,$k->n\", a, b)", "E0306",
                   "`k` is K in one operand and M in another");
  expectDiagnostic("fn f(a: f32[N,K]) = einsum(\"n$?->n\", a)", "E0306");
  expectDiagnostic("fn f(a: f32[N,K]) = einsum(\"$nkj->n\", a)", "E0306", "names 3 axes");
  expectDiagnostic("fn f(a: f32[N,K]) = einsum($\"nk,k->n\", a)", "E0306", "has 2 operands");
  expectDiagnostic("fn f(a: f32[N]) = einsum($a)", "E0306");
  expectBody("fn f(a: f32[N,N]) = einsum(\"ii->i\", a)", "f",
             "%0 = einsum(a) {equation = \"ii->i\"} : f32[N]\nreturn %0\n");
}

TEST(Axes, ByNameAndPosition) {
  expectBody("fn f(x: f32[N,D]) = sum(x, axis = N)", "f", "%0 = sum(x) {axes = [0]} : f32[D]\nreturn %0\n");
  expectBody("fn f(x: f32[N,D]) = max(x, axis = -1)", "f", "%0 = reduce_max(x) {axes = [1]} : f32[N]\nreturn %0\n");
  expectBody("fn f(x: f32[A,B,C]) = sum(x, axis = (C, A))", "f", "%0 = sum(x) {axes = [0, 2]} : f32[B]\nreturn %0\n");
  expectBody("fn f(x: f32[N,D]) = argmax(x)", "f", "%0 = argmax(x) {axis = 1} : i32[N]\nreturn %0\n");
  expectDiagnostic("fn f(x: f32[N,D]) = sum(x, axis = $K)", "E0304");
  expectDiagnostic("fn f(x: f32[N,N]) = sum(x, axis = $N)", "E0304", "more than one axis");
  expectDiagnostic("fn f(x: f32[N]) = sum(x, axis = $2)", "E0304");
  expectDiagnostic("fn f(n: i32[N]) = mean($n)", "E0309");
  expectDiagnostic("fn f(x: f32[N]) = any($x)", "E0309");
}

TEST(Shapes, ReshapeTransposeExpand) {
  expectBody("fn f(x: f32[N,4*K]) = reshape(x, [N, 4, K])", "f", "%0 = reshape(x) : f32[N,4,K]\nreturn %0\n");
  expectBody("fn f(x: f32[A,B,C]) = transpose(x, [C, 0, 1])", "f",
             "%0 = transpose(x) {permutation = [2, 0, 1]} : f32[C,A,B]\nreturn %0\n");
  expectBody("fn f(x: f32[A,B]) = x.T.T", "f",
             "%0 = transpose(x) {permutation = [1, 0]} : f32[B,A]\n%1 = transpose(%0) {permutation = [1, 0]} : "
             "f32[A,B]\nreturn %1\n");
  expectBody("fn f(x: f32[N]) = expand(x, axis = 0, size = 3)", "f",
             "%0 = broadcast(x) {dims = [1]} : f32[3,N]\nreturn %0\n");
  expectBody("fn f(x: f32[N], y: f32[M]) = broadcast(x, [M, N])", "f",
             "%0 = broadcast(x) {dims = [1]} : f32[M,N]\nreturn %0\n");
  expectDiagnostic("fn f(x: f32[N,K]) = reshape(x, $[N, 2])", "E0305", "K*N elements");
  expectDiagnostic("fn f(x: f32[N,K]) = reshape(x, [$Q])", "E0203");
  expectDiagnostic("fn f(x: f32[N]) = broadcast(x, $[N, N])", "E0305", "more than one way");
  expectDiagnostic("fn f(x: f32[N]) = x.$T", "E0304");
  expectDiagnostic("fn f(x: f32[N,M]) = transpose($x, [0, 0])", "E0305");
}

TEST(Slices, BoundsAndLengths) {
  expectBody("fn f(x: f32[N,8]) = x[1:, ::2]", "f",
             "%0 = slice(x) {offsets = [1, 0], strides = [1, 2]} : f32[N - 1,4]\nreturn %0\n");
  expectClean("fn f(w: f32[3]) -> f32[3] = stack([0, -w[2], w[1]])\n");
  expectBody("fn f(x: f32[2*N]) = x[::2]", "f", "%0 = slice(x) {offsets = [0], strides = [2]} : f32[N]\nreturn %0\n");
  expectBody(
      "fn f(x: f32[N,D]) = x[-1]", "f",
      "%0 = slice(x) {offsets = [N - 1, 0], strides = [1, 1]} : f32[1,D]\n%1 = reshape(%0) : f32[D]\nreturn %1\n");
  expectBody("fn f(x: f32[A,B,3]) = x[.., 0]", "f",
             "%0 = slice(x) {offsets = [0, 0, 0], strides = [1, 1, 1]} : f32[A,B,1]\n%1 = reshape(%0) : "
             "f32[A,B]\nreturn %1\n");
  expectBody("fn f(t: f32[V,E], i: i32[N]) = t[i]", "f", "%0 = gather(t, i) {axis = 0} : f32[N,E]\nreturn %0\n");
  expectDiagnostic("fn f(x: f32[4]) = $x[1:9]", "E0311", "leaves the axis 0 of extent 4");
  expectDiagnostic("fn f(x: f32[4]) = x[$4]", "E0311");
  expectBody("fn f(x: f32[N]) = x[1::2]", "f",
             "%0 = slice(x) {offsets = [1], strides = [2]} : f32[floordiv(N, 2)]\nreturn %0\n");
  expectDiagnostic("fn f(x: f32[N]) = x[0, $1]", "E0304", "which has 1 axis");
  expectDiagnostic("fn f(x: f32[N], y: f32) = x[$y]", "E0311");
  expectDiagnostic("fn f(x: f32[N]) = x[0:4:$0]", "E0311");
}

TEST(Shapes, ConcatStackGatherOneHot) {
  expectBody("fn f(a: f32[N], b: f32[M]) = concat([a, b])", "f",
             "%0 = concat(a, b) {axis = 0} : f32[M + N]\nreturn %0\n");
  expectBody("fn f(i: i32[N]) = one_hot(i, 10)", "f",
             "%0 = broadcast(i) {dims = [0]} : i32[N,10]\n%1 = iota() {axis = 1} : i32[N,10]\n%2 = eq(%0, %1) : "
             "bool[N,10]\nreturn %2\n");
  expectDiagnostic("fn f(a: f32[N,2], b: f32[M,3]) = concat([a, $b])", "E0301");
  expectDiagnostic("fn f(a: f32[N], b: i32[M]) = concat([a, $b])", "E0302");
  expectDiagnostic("fn f(t: f32[V,E], i: f32[N]) = gather(t, $i)", "E0309");
  expectDiagnostic("fn f(i: f32[N]) = one_hot($i, 3)", "E0309");
}
