// Index notation: products become one einsum, the rest is elementwise and reduced; ranges follow from use.
#include "Support.h"

using namespace fluxion::test;

TEST(IndexNotation, ProductsAreEinsums) {
  expectBody("fn f(A: f64[M,K], B: f64[K,N]) -> f64[M,N] { let C[i,j] = sum[k](A[i,k] * B[k,j])  C }", "f",
             "%0 = einsum(A, B) {equation = \"ik,kj->ij\"} : f64[M,N]\nreturn %0\n");
  expectBody("fn f(A: f32[N,N], b: f32[N]) = sum[i,j](A[i,j] * b[i] * b[j])", "f",
             "%0 = einsum(A, b, b) {equation = \"ij,i,j->\"} : f32\nreturn %0\n");
  expectBody("fn f(a: f32[N], s: f32) = sum[i](2 * s * a[i] * a[i] / s)", "f",
             "%0 = einsum(a, a) {equation = \"i,i->\"} : f32\n%1 = mul(%0, s) : f32\n%2 = div(%1, s) : f32\n"
             "%3 = constant() {value = 2} : f32\n%4 = mul(%2, %3) : f32\nreturn %4\n");
  expectBody("fn f(a: f32[N], b: f32[M]) { let C[j,i] = sum[k](a[i] * b[j] * a[k])  C }", "f",
             "%0 = einsum(a, b, a) {equation = \"i,j,k->ij\"} : f32[N,M]\n%1 = transpose(%0) {permutation = [1, 0]} : "
             "f32[M,N]\nreturn %1\n");
}

TEST(IndexNotation, TheRestIsElementwise) {
  expectBody("fn f(A: f32[N,M]) -> f32[M,N] { let C[j,i] = A[i,j]  C }", "f",
             "%0 = transpose(A) {permutation = [1, 0]} : f32[M,N]\nreturn %0\n");
  expectBody("fn f(A: f32[N,M], b: f32[M]) { let C[i] = max[j](A[i,j] + b[j])  C }", "f",
             "%0 = broadcast(b) {dims = [1]} : f32[N,M]\n%1 = add(A, %0) : f32[N,M]\n%2 = reduce_max(%1) {axes = [1]} "
             ": f32[N]\nreturn %2\n");
  expectBody("fn f(A: f32[N,N]) { let d[i] = A[i,i]  d }", "f",
             "%0 = einsum(A) {equation = \"aa->a\"} : f32[N]\nreturn %0\n");
  expectBody("fn f(t: f32[V,E], idx: i32[N]) { let C[n,e] = t[idx[n], e]  C }", "f",
             "%0 = gather(t, idx) {axis = 0} : f32[N,E]\nreturn %0\n");
  expectBody(
      "fn f(A: f32[N,N]) { let C[i,j] = where(i == j, A[i,j], 0)  C }", "f",
      "%0 = iota() {axis = 0} : i32[N]\n%1 = iota() {axis = 0} : i32[N]\n%2 = broadcast(%0) {dims = [0]} : i32[N,N]\n"
      "%3 = broadcast(%1) {dims = [1]} : i32[N,N]\n%4 = eq(%2, %3) : bool[N,N]\n%5 = constant() {value = 0} : "
      "f32[N,N]\n"
      "%6 = select(%4, A, %5) : f32[N,N]\nreturn %6\n");
  expectClean("fn f(A: f32[N,M]) -> f32[N] { let C[i] = mean[j](relu(A[i,j]))  C }\n");
  expectClean("struct P { c: f32[N], b: f32[M] }\n"
              "fn f(p: P, x: f32[N]) -> f32[M] { let y[j] = sum[i](x[i] * p.c[(j - i) % N]) + p.b[j]  y }\n");
}

// What a condition on index variables excludes is not read: the index points to the first element there.
TEST(IndexNotation, GuardsHoldForIndicesOfTheirArm) {
  expectBody("fn f(x: f32[N], i: i32[N], c: bool[N]) { let y[t] = where(c[t], x[i[t]], 0)  y }", "f",
             "%0 = constant() {value = 0} : i32[N]\n%1 = select(c, i, %0) : i32[N]\n%2 = gather(x, %1) {axis = 0} : f32[N]\n"
             "%3 = constant() {value = 0} : f32[N]\n%4 = select(c, %2, %3) : f32[N]\nreturn %4\n");
  expectBody("fn f(x: f32[N], i: i32, c: bool) = where(c, 0, x[i])", "f",
             "%0 = constant() {value = 0} : i32\n%1 = select(c, %0, i) : i32\n%2 = gather(x, %1) {axis = 0} : f32\n"
             "%3 = constant() {value = 0} : f32\n%4 = select(c, %3, %2) : f32\nreturn %4\n");
  // A condition on other variables, or on whole tensors, says nothing of this index.
  expectBody("fn f(x: f32[N], i: i32[N], c: bool[M]) { let y[t,m] = where(c[m], x[i[t]], 0)  y }", "f",
             "%0 = gather(x, i) {axis = 0} : f32[N]\n%1 = broadcast(c) {dims = [0]} : bool[M,N]\n"
             "%2 = broadcast(%0) {dims = [1]} : f32[M,N]\n%3 = constant() {value = 0} : f32[M,N]\n"
             "%4 = select(%1, %2, %3) : f32[M,N]\n%5 = transpose(%4) {permutation = [1, 0]} : f32[N,M]\nreturn %5\n");
  expectBody("fn f(x: f32[N], i: i32[N], c: bool[N]) = where(c, reverse(x[i]), x)", "f",
             "%0 = gather(x, i) {axis = 0} : f32[N]\n%1 = reverse(%0) {axes = [0]} : f32[N]\n"
             "%2 = select(c, %1, x) : f32[N]\nreturn %2\n");
}

TEST(IndexNotation, Errors) {
  expectDiagnostic("fn f(A: f32[N,M]) { let C[i,j] = A[i,j] * A[$j,i]  C }", "E0307",
                   "`j` runs over N here, and over M elsewhere");
  expectDiagnostic("fn f(a: f32[N]) { let C[i,$j] = a[i]  C }", "E0307", "follows from nothing");
  expectDiagnostic("fn f(a: f32[N]) { let C[i,$i] = a[i]  C }", "E0307", "twice");
  expectDiagnostic("fn f(a: f32[N]) = sum[$k](a[0])", "E0307");
  expectDiagnostic("fn f(A: f32[N,M]) { let C[i] = $A[i, :]  C }", "E0307", "one index variable for each axis");
  expectDiagnostic("fn f(A: f32[N,M], b: f32[N]) { let C[i,j] = A[i,j] + $b  C }", "E0307", "give it subscripts");
  expectDiagnostic("fn f(A: f32[N,M]) { let C[i] = sum($A[i,0])  C }", "E0307");
  expectDiagnostic("fn f(A: f32[N]) { let C[i] = $A  C }", "E0307");
}
