#!/usr/bin/env python3
"""What is written down and what is printed: inf, nan, lists as tensors, einsum by NumPy's rules, numbers that read back."""
import math
import struct
import unittest

from acceptance import AcceptanceTest

SOURCE = """fn below(x: f32[N]) -> f32[N] = where(x > 0, -inf, x)
fn plus(x: f64) -> f64 = x + inf
fn no(x: f64) -> f64 = x * nan
fn gone(x: f64) -> f64 = 1 / (x * inf)
fn top(x: f64[N], start: f64 = -inf) -> f64 = max(max(x), start)
fn slope = grad(top)
fn order(x: f64) -> f64 = if inf > 1e300 { x } else { -x }
fn det(a: f64, b: f64) -> f64 {
  let A: f64[2,2] = [[a * b, 1], [0, a]]
  A[0,0] * A[1,1] - A[0,1] * A[1,0]
}
fn slopes = grad(det, wrt = (a, b))
fn cube(a: f32) -> f32[2,1,2] {
  let A: f32[2,1,2] = [[[1, a]], [[0, -a]]]
  A
}
fn trace[T: float](A: T[N,N]) -> T = einsum("ii", A)
fn traced(a: f64) -> f64 = trace([[a, 0], [1, 2 * a]])
fn batched(x: f64[2,1,2], y: f64[2,2,1]) = einsum("...mk,...kn->...mn", x, y)
fn aligned(x: f64[2,3], y: f64[3]) = einsum("...,...->...", x, y)
fn implicit(x: f64[2,3], y: f64[3,2]) = einsum("zj,ja", x, y)
fn last(x: f64[2,3]) = einsum("...j", x)
fn third(x: f64) -> f64 = x / 3
fn third32(x: f32) -> f32 = x / 3
"""


class Literals(AcceptanceTest):
    def value(self, function, *words):
        self.write("m.flx", SOURCE)
        text = self.succeeds("run", "m.flx:" + function, *words).output
        return eval(text.split("=", 1)[1], {"inf": math.inf, "nan": math.nan, "true": True, "false": False})

    def test_infinity_and_nan(self):
        self.assertEqual(self.value("below", "x=[1,-2]"), [-math.inf, -2])
        self.assertEqual(self.value("plus", "x=1"), math.inf)
        self.assertTrue(math.isnan(self.value("no", "x=1")))
        self.assertEqual(self.value("gone", "x=2"), 0)
        self.assertEqual(self.value("top", "x=[1,3,2]"), 3)
        self.assertEqual(self.value("slope", "x=[1,3,2]"), [0, 1, 0])
        self.assertEqual(self.value("order", "x=1"), 1)

    def test_programs_that_differ_in_infinities_alone(self):
        """Compiled code is kept under what the program says: one constant is not another."""
        for text, want in (("inf", math.inf), ("-inf", -math.inf), ("1e308", 1e308), ("inf", math.inf)):
            self.write("c.flx", f"fn f(x: f64) -> f64 = x * 0 + {text}\n")
            self.assertEqual(float(self.succeeds("run", "c.flx:f", "x=1").output.split("=")[1]), want)
        self.write("c.flx", "fn f(x: f64) -> f64 = x * 0 + nan\n")
        self.assertIn("nan", self.succeeds("run", "c.flx:f", "x=1").output)

    def test_what_no_type_holds(self):
        for text, said in (("fn f(x: i32) -> i32 = x + inf", "inf"), ("fn f(x: f64) -> f64 = x + 1e5000", "`inf`"),
                           ("fn f(x: f64) -> f64 = x + infinity", "`inf`")):
            self.write("m.flx", text + "\n")
            done = self.fluxion("check", "m.flx")
            self.assertEqual(done.status, 1, text)
            self.assertIn(said, done.errors)

    def test_lists_of_expressions(self):
        self.assertEqual(self.value("det", "a=3", "b=0.5"), 4.5)
        self.write("m.flx", SOURCE)
        self.assertRegex(self.succeeds("run", "m.flx:slopes", "a=3", "b=0.5").output, r"f64 = 3\n.*f64 = 9\n")
        self.assertEqual(self.value("cube", "a=0.25"), [[[1, 0.25]], [[0, -0.25]]])
        self.assertEqual(self.value("traced", "a=2"), 6)
        for text in ("fn f(a: f32) -> f64 {\n  let A: f64[2] = [a, 1]\n  sum(A)\n}\n",
                     "fn f(a: f64) -> f64 {\n  let A: f64[2,2] = [[a, 1], [a]]\n  sum(A)\n}\n",
                     "fn f(a: f64) -> f64 {\n  let A: f64[2,3] = [[a, 1], [a, 2]]\n  sum(A)\n}\n"):
            self.write("m.flx", text)
            self.assertEqual(self.fluxion("check", "m.flx").status, 1, text)

    def test_einsum(self):
        self.assertEqual(self.value("batched", "x=[[[1,2]],[[3,4]]]", "y=[[[1],[1]],[[2],[0]]]"), [[[3]], [[6]]])
        self.assertEqual(self.value("aligned", "x=[[1,2,3],[4,5,6]]", "y=[1,10,100]"), [[1, 20, 300], [4, 50, 600]])
        # letters by the alphabet: the result is [a, z]
        self.assertEqual(self.value("implicit", "x=[[1,2,3],[4,5,6]]", "y=[[1,0],[0,1],[1,1]]"), [[4, 10], [5, 11]])
        self.assertEqual(self.value("last", "x=[[1,2,3],[4,5,6]]"), [[1, 2, 3], [4, 5, 6]])

    def test_printed_numbers_read_back(self):
        self.assertEqual(self.value("third", "x=1"), 1 / 3)
        single = struct.unpack("f", struct.pack("f", 1 / 3))[0]
        self.assertEqual(struct.unpack("f", struct.pack("f", self.value("third32", "x=1")))[0], single)
        self.assertIn("= 0.333\n", self.succeeds("run", "m.flx:third", "x=1", "--digits", "3").output)
        self.assertEqual(self.fluxion("run", "m.flx:third", "x=1", "--digits", "0").status, 2)


if __name__ == "__main__":
    unittest.main()
