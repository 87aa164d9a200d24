#!/usr/bin/env python3
"""Programs far longer than anybody writes by hand compile in time that grows with their length, and compute what they say."""
import math
import pathlib
import re
import sys
import unittest

from acceptance import SLOWNESS, AcceptanceTest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "benchmarks"))
import frontend  # noqa: E402


class LongPrograms(AcceptanceTest):
    def value(self, body, result, seconds, x=1.0, extra=""):
        self.write("m.flx", "fn f(x: f64[N]) {\n  let y0 = x\n" + body + "  " + result + "\n}\nfn loss(x: f64[N]) = sum(f(x))\nfn g = grad(loss)\n" + extra)
        values = []
        for function in ("f", "g"):
            outcome = self.succeeds("run", f"m.flx:{function}", f"x=[{x},{x},{x}]", "--no-cache")
            self.assertLess(outcome.seconds, seconds * SLOWNESS, function)
            values.append(float(re.search(r"= \[([^,]*),", outcome.output).group(1)))
        return values

    def test_two_thousand_operations_in_a_chain(self):
        n = 500  # four operations each
        body = "".join(f"  let y{i + 1} = sin(y{i}) * 1.01 + tanh(x) * 0.1\n" for i in range(n))
        y, slope, x = 1.0, 1.0, 1.0
        for _ in range(n):
            slope = math.cos(y) * 1.01 * slope + (1 - math.tanh(x) ** 2) * 0.1
            y = math.sin(y) * 1.01 + math.tanh(x) * 0.1
        value, gradient = self.value(body, f"y{n}", 20)
        self.assertAlmostEqual(value, y, delta=1e-11)
        self.assertAlmostEqual(gradient, slope, delta=1e-11)

    def test_ten_thousand_statements(self):
        n = 10_000
        value, gradient = self.value("".join(f"  let y{i + 1} = y{i} + x\n" for i in range(n)), f"y{n}", 30, x=0.5)
        self.assertAlmostEqual(value, 0.5 * (n + 1), delta=1e-8)
        self.assertAlmostEqual(gradient, n + 1, delta=1e-8)

    def test_checking_ten_thousand_lines(self):
        self.write("m.flx", frontend.program(10_000))
        # Growth, not speed, which tests/benchmarks/frontend.py measures.
        self.assertLess(self.succeeds("check", "m.flx").seconds, 5 * SLOWNESS)

    def test_a_chain_of_reductions(self):
        n = 100
        body = "".join(f"  let y{i + 1} = y{i} * 0.5 + x * sum(y{i}) * 0.1\n" for i in range(n))
        y = 0.9
        for _ in range(n):
            y = y * 0.5 + 0.9 * 3 * y * 0.1
        value, _ = self.value(body, f"y{n}", 30, x=0.9)
        self.assertAlmostEqual(value / y, 1, delta=1e-11)

    def test_a_chain_of_products(self):
        self.write("m.flx", "fn f(x: f64[N,N]) {\n  let y0 = x\n" + "".join(f"  let y{i + 1} = y{i} @ x\n" for i in range(300)) + "  y300\n}\n")
        outcome = self.succeeds("run", "m.flx:f", "x=[[0,1],[1,0]]", "--no-cache")
        self.assertRegex(outcome.output.replace("\n", ""), r"\[\[0, 1\], *\[1, 0\]\]")
        self.assertLess(outcome.seconds, 20 * SLOWNESS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
