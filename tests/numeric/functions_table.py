#!/usr/bin/env python3
"""Writes functions.json: elementwise functions, their slopes and some curvatures at points that f32 holds, to 20 digits by
mpmath at 700. Needs mpmath; the test (functions.py) does not.

usage: functions_table.py > functions.json"""
import json
import struct

from mpmath import mp, mpf

mp.dps = 700  # differences of functions that are 1 − 1e-300
SIZES = [1e-30, 1e-10, 1e-4, 0.003, 0.02, 0.1, 0.3, 0.49, 0.51, 0.7, 0.874, 0.9, 0.99, 1, 1.3, 1.9, 2.5, 3.7, 5, 6.5, 9, 12.5, 17,
         26, 40, 85, 88.5, 100, 300, 700, 709, 1e5, 1e10, 1e18]


def single(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def line(low, high):
    return [x for x in sorted({single(s * size) for size in SIZES for s in (1, -1)}) if low <= x <= high]


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def phi(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def softplus(x):
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


def gelu_tanh(x):
    return x * sigmoid(2 * mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x**3))


def erfinv(x):
    with mp.extradps(20):
        return mp.erfinv(x)


scale, alpha = mpf("1.0507009873554804934"), mpf("1.6732632423543772848")
wide = line(-1e18, 1e18)
# The program's expression of x, the function, the points, and whether its curvature stands in the table.
FUNCTIONS = [
    ("exp(x)", mp.exp, line(-700, 700), True),
    ("expm1(x)", mp.expm1, line(-100, 700), True),
    ("log(x)", mp.log, line(1e-30, 1e18), True),
    ("log1p(x)", mp.log1p, line(-0.99, 1e18), True),
    ("sqrt(x)", mp.sqrt, line(1e-30, 1e18), True),
    ("rsqrt(x)", lambda x: 1 / mp.sqrt(x), line(1e-30, 1e18), True),
    ("cbrt(x)", lambda x: mp.sign(x) * mp.cbrt(abs(x)), wide, True),
    ("sinh(x)", mp.sinh, line(-709, 709), True),
    ("cosh(x)", mp.cosh, line(-709, 709), True),
    ("tanh(x)", mp.tanh, line(-300, 300), True),
    ("asinh(x)", mp.asinh, wide, True),
    ("acosh(x)", mp.acosh, line(1.3, 1e18), True),
    ("atanh(x)", mp.atanh, line(-0.99, 0.99), True),
    ("asin(x)", mp.asin, line(-0.99, 0.99), True),
    ("acos(x)", mp.acos, line(-0.99, 0.99), True),
    ("atan(x)", mp.atan, line(-1e5, 1e5), True),
    ("sigmoid(x)", sigmoid, line(-700, 700), False),
    ("softplus(x)", softplus, line(-700, 1e18), True),
    ("erf(x)", mp.erf, line(-26, 26), True),
    ("erfc(x)", mp.erfc, line(-26, 26), True),
    ("normal_cdf(x)", phi, line(-37, 37), True),
    ("gaussian(x)", lambda x: mp.exp(-x * x / 2), line(-37, 37), False),
    ("digamma(x)", lambda x: mp.digamma(x), line(0.003, 300), False),
    ("trigamma(x)", lambda x: mp.polygamma(1, x), line(0.003, 300), False),
    ("silu(x)", lambda x: x * sigmoid(x), [x for x in line(-88, 1e18) if single(1.3) != -x], False),  # the slope is 0 at −1.278
    ("gelu(x)", lambda x: x * phi(x), line(-37, 37), False),
    ("gelu_tanh(x)", gelu_tanh, line(-5, 12), False),
    ("mish(x)", lambda x: x * mp.tanh(softplus(x)), line(-88, 1e10), False),
    ("softsign(x)", lambda x: x / (1 + abs(x)), wide, False),
    ("log_sigmoid(x)", lambda x: -softplus(-x), line(-1e10, 700), False),
    ("elu(x)", lambda x: x if x > 0 else mp.expm1(x), line(-88.5, 1e18), False),
    ("selu(x)", lambda x: scale * (x if x > 0 else alpha * mp.expm1(x)), line(-88.5, 1e18), False),
    ("tanh_shrink(x)", lambda x: x - mp.tanh(x), [x for x in wide if abs(x) > 1e-9], False),
    ("log1mexp(x)", lambda x: mp.log(-mp.expm1(x)) if x > -1 else mp.log1p(-mp.exp(x)), line(-88, -1e-30), False),
    ("logit(x)", lambda x: mp.log(x) - mp.log1p(-x), line(1e-30, 0.99), False),
    ("normal_quantile(x)", lambda x: mp.sqrt(2) * erfinv(2 * x - 1), line(0.02, 0.9), False),
    ("erfinv(x)", erfinv, line(-0.9, 0.9), False),
    ("logaddexp(x, zeros_like(x))", softplus, line(-700, 1e18), False),
    ("hypot(x, 3 * ones_like(x))", lambda x: mp.sqrt(x * x + 9), wide, False),
]


def row(expression, function, points, curved):
    digits = lambda v: mp.nstr(v, 20)
    at = [mpf(x) for x in points]
    slope = lambda x, n: mp.diff(function, x, n, relative=True)
    made = {"function": expression, "x": points, "value": [digits(function(x)) for x in at],
            "slope": [digits(slope(x, 1)) for x in at]}
    if curved:
        made["curvature"] = [digits(slope(x, 2)) for x in at]
    return json.dumps(made)


print("[" + ",\n".join(row(*each) for each in FUNCTIONS) + "]")
