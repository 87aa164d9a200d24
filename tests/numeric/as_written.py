#!/usr/bin/env python3
"""Programs that depend on arithmetic as it is written, and on integers that are whole: right values are stated by mathematics.

usage: as_written.py FLUXION"""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import numpy_environment

numpy_environment.enter("numpy")
import numpy as np

inf, nan = np.inf, np.nan
big = 2**53 + 1


def f32(*values):
    return np.array(values, np.float32)


def f64(*values):
    return np.array(values, np.float64)


def i32(*values):
    return np.array(values, np.int32)


def i64(*values):
    return np.array(values, np.int64)


a = np.float32(1 + 2**-12)
# program of f, arguments, options, results
CASES = [
    # division
    ("fn f(x: f32[N]) = floor(x / 49)", {"x": f32(*range(0, 49 * 2000, 49))}, [], f32(*range(2000))),
    ("fn f(x: f64[N]) = floor(x / 49)", {"x": f64(*range(0, 49 * 2000, 49))}, [], f64(*range(2000))),
    ("fn f(x: f32[N]) = x / max(x)", {"x": f32(41, 20.5)}, [], f32(1, 0.5)),
    ("fn f(x: f32[N]) = mean(x)", {"x": np.ones(41, np.float32)}, [], f32(1)[0]),
    ("fn f(x: f32[N]) = variance(x)", {"x": f32(1e7, 1e7 + 1, 1e7 + 2)}, [], np.float32(2 / 3)),
    ("fn f(x: f32[N]) = x / 255", {"x": f32(3)}, [], f32(3) / np.float32(255)),
    ("fn f(x: f32[N]) = (x * 1e30) * 1e30 * 1e-30", {"x": f32(1e-30)}, [], f32(1e-30) * f32(1e30) * f32(1e30) * f32(1e-30)),
    # error-free sums and products
    ("fn f(x: f32[N]) = x + 12582912 - 12582912", {"x": f32(1.3, 2.5, -0.7)}, [], f32(1, 2, -1)),
    ("fn f(x: f64[N]) { let c = 134217729 * x\n c - (c - x) }", {"x": f64(0.1)}, [],
     f64(134217729 * 0.1 - (134217729 * 0.1 - 0.1))),
    ("fn f(x: f64[N], y: f64[N]) { let s = x + y\n let t = s - x\n (x - (s - t)) + (y - t) }",
     {"x": f64(1e16), "y": f64(1.5)}, [], f64(-0.5)),
    # zeros, infinities, NaN
    ("fn f(x: f64[N]) = 1 / (0 - x)", {"x": f64(0.0, -0.0)}, [], f64(inf, inf)),
    ("fn f(x: f64[N]) = 1 / (x + 0)", {"x": f64(-0.0)}, [], f64(inf)),
    ("fn f(x: f64[N], y: f64[N]) = 1 / -(x - y)", {"x": f64(2), "y": f64(2)}, [], f64(-inf)),
    ("fn f(x: f64[N]) = x * 0", {"x": f64(inf, nan, 2)}, [], f64(nan, nan, 0)),
    ("fn f(x: f64[N], c: bool[N]) = x * f64(c)", {"x": f64(inf, inf), "c": np.array([False, True])}, [], f64(nan, inf)),
    ("fn f(x: f64[N]) = x - x", {"x": f64(inf, 1)}, [], f64(nan, 0)),
    # quotients rounded down
    ("fn f(x: f64[N], y: f64[N]) = floordiv(x, y)",
     {"x": f64(7, -7, 7, -7, 1, -1, 1, -0.0, inf, 1, -1e-320), "y": f64(2, 2, -2, -2, 0.1, inf, -inf, inf, 2, 0, 1e300)}, [],
     f64(3, -4, -4, 3, 9, -1, -1, -0.0, nan, inf, -1)),
    ("fn f(x: f64[N], y: f64[N]) = x % y", {"x": f64(7, -7, 7, -1, 1, inf), "y": f64(2, 2, -2, inf, inf, 2)}, [],
     f64(1, 1, -1, inf, 1, nan)),
    ("fn f(x: i32[N], y: i32[N]) = floordiv(x, y)", {"x": i32(7, -7, 7, 5, -2**31), "y": i32(2, 2, -2, 0, -1)}, [],
     i32(3, -4, -4, -1, -2**31)),
    # integers: whole, and wrapping
    ("fn f(x: i64[N]) = max(x, 9007199254740993)", {"x": i64(0, big + 1)}, [], i64(big, big + 1)),
    ("fn f(x: i64[N]) = sum(x * 9007199254740993)", {"x": i64(1, 0)}, [], i64(big)[0]),
    ("fn f(x: i64[N], y: i64[N]) = dot(x * 9007199254740993, y)", {"x": i64(1, 0), "y": i64(1, 1)}, [], i64(big)[0]),
    ("fn f(x: i64[N]) = x * 9007199254740993 - x * 9007199254740992", {"x": i64(1, 3)}, [], i64(1, 3)),
    ("fn f(x: i64) = broadcast(x, [3]) + 9007199254740993", {"x": i64(0)[0]}, [], i64(big, big, big)),
    ("const K: i64 = 9007199254740993\nfn f(x: i64[N]) = where(x == K, x, K - 1)", {"x": i64(big, big - 1)}, [], i64(big, big - 1)),
    ("fn f(x: i64[N]) = f32(fill(i64[N], 16777217)) + f32(x)", {"x": i64(0)}, [], f32(16777216)),
    # 2^55 + 2^31 + 1 is just above the middle of two f32: by way of f64 it would be the middle, and go to the even one
    ("fn f(x: i64[N]) = f32(x)", {"x": i64(2**55 + 2**31 + 1)}, [], f32(2**55 + 2**32)),
    ("fn f(x: f32[N]) = x + f32(fill(i64[N], 36028799166447617))", {"x": f32(0)}, [], f32(2**55 + 2**32)),
    ("fn f(x: i32[N]) = x + 1", {"x": i32(2**31 - 1)}, [], i32(-2**31)),
    ("fn f(x: i32[N]) = x + (fill(i32[N], 2147483647) + 1)", {"x": i32(0)}, [], i32(-2**31)),
    ("fn f(x: i32[N]) = abs(x) + (-x)", {"x": i32(-2**31)}, [], i32(0)),
    # without fused multiply-add
    ("fn f(x: f32[I,K], y: f32[K,J]) = x @ y",
     {"x": f32(1, a, 1, a).reshape(2, 2), "y": np.array([[-(1 + 2**-11)] * 2, [a] * 2], np.float32)}, ["--strict"],
     np.zeros((2, 2), np.float32)),
]


def main():
    program, failures = sys.argv[1], 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        path, out = folder / "f.flx", folder / "out.npy"
        for source, arguments, options, expected in CASES:
            path.write_text(source + "\n", encoding="utf-8")
            words = []
            for name, value in arguments.items():
                np.save(folder / f"{name}.npy", value)
                words.append(f"{name}=@{folder / name}.npy")
            for more in ([], ["--no-simplify"]):
                done = subprocess.run([program, "run", f"{path}:f", *words, *options, *more, "-o", out], capture_output=True,
                                      text=True, timeout=120)
                found = np.load(out) if done.returncode == 0 else done.stderr.strip()
                expected = np.asarray(expected)
                same = done.returncode == 0 and found.dtype == expected.dtype and np.array_equal(
                    found, expected, equal_nan=expected.dtype.kind == "f")
                if same and expected.dtype.kind == "f":
                    same = np.array_equal(np.signbit(found) & (found == 0), np.signbit(expected) & (expected == 0))
                failures += not same
                if not same:
                    print(f"{source} {' '.join(options + more)}: {found}, not {expected}")
    print(f"{len(CASES)} programs, {failures} failed")
    return failures > 0


sys.exit(main())
