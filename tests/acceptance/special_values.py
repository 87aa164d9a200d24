#!/usr/bin/env python3
"""The library at NaN, infinities, common shifts and sizes whose squares leave the type: values that mathematics states. NaN in
gives NaN out unless the definition selects the argument away; limits hold at infinities. Each row in f32 and f64."""
import json
import math
import struct
import unittest

from acceptance import AcceptanceTest

NAN, INF = math.nan, math.inf
L3 = math.log(math.exp(0) + math.exp(1) + math.exp(2))  # of 0, 1, 2

# (what, arguments, value): arguments by name in order x, y, z, each a list, of vectors of one length, or of matrices.
ROWS = [
    ("relu(x)", [[NAN, -1, 0, 2, -INF, INF]], [NAN, 0, 0, 2, 0, INF]),
    ("grad(fn(v: T[N]) = sum(relu(v)))(x)", [[NAN, -1, 0, 2, -INF, INF]], [NAN, 0, 0, 1, 0, 1]),
    ("leaky_relu(x)", [[NAN, 2, -INF]], [NAN, 2, -INF]),
    ("elu(x)", [[NAN, 2, -INF, INF]], [NAN, 2, -1, INF]),
    ("celu(x)", [[NAN, 2, -INF]], [NAN, 2, -1]),
    ("relu6(x)", [[NAN, 7, -INF, INF]], [NAN, 6, 0, 6]),
    ("hard_tanh(x)", [[NAN, -INF, INF]], [NAN, -1, 1]),
    ("hard_sigmoid(x)", [[NAN, -INF, INF]], [NAN, 0, 1]),
    ("hard_swish(x)", [[NAN, -INF, INF, -4]], [NAN, 0, INF, 0]),
    ("silu(x)", [[NAN, -INF, INF, -2000, 0]], [NAN, 0, INF, 0, 0]),
    ("grad(fn(v: T[N]) = sum(silu(v)))(x)", [[NAN, -INF, 0]], [NAN, 0, 0.5]),
    ("gelu(x)", [[NAN, -INF, INF, -2000, 0]], [NAN, 0, INF, 0, 0]),
    ("grad(fn(v: T[N]) = sum(gelu(v)))(x)", [[-INF, 30, 0]], [0, 1, 0.5]),
    ("normal_cdf(x)", [[NAN, -INF, INF, 0]], [NAN, 0, 1, 0.5]), ("erfc(x)", [[NAN, -INF, INF, 0]], [NAN, 2, 0, 1]),
    ("gaussian(x)", [[NAN, -INF, INF, 0]], [NAN, 0, 0, 1]), ("asinh(x)", [[NAN, -INF, INF, 0]], [NAN, -INF, INF, 0]),
    ("acosh(x)", [[NAN, 1, INF, 0.5]], [NAN, 0, INF, NAN]), ("atanh(x)", [[NAN, -1, 1, 2]], [NAN, -INF, INF, NAN]),
    ("cbrt(x)", [[NAN, -INF, INF, 0, -8]], [NAN, -INF, INF, 0, -2]),
    ("trunc(x)", [[NAN, -INF, INF, -2.5, 2.5, 0.5]], [NAN, -INF, INF, -2, 2, 0]),
    ("gelu_tanh(x)", [[NAN, -INF, INF, 1e30, -1e30]], [NAN, 0, INF, 1e30, 0]),
    ("grad(fn(v: T[N]) = sum(gelu_tanh(v)))(x)", [[-INF, INF, 1e30, 0]], [0, 1, 1, 0.5]),
    ("mish(x)", [[NAN, -INF, INF]], [NAN, 0, INF]),
    ("softsign(x)", [[NAN, -INF, INF, 1, -3]], [NAN, -1, 1, 0.5, -0.75]),
    ("grad(fn(v: T[N]) = sum(softsign(v)))(x)", [[0, 1, -1, 999, -1e6]], [1, 0.25, 0.25, 1e-6, 1 / (1 + 1e6) ** 2]),
    ("tanh_shrink(x)", [[NAN, -INF, INF, 1e-3, 0, 1]], [NAN, -INF, INF, 3.333332000000539e-10, 0, 1 - math.tanh(1)]),
    ("log_sigmoid(x)", [[NAN, -INF, INF]], [NAN, -INF, 0]),
    ("logaddexp(x, y)", [[-INF, -INF, INF, INF, NAN, -1e9, 1e6], [0, -INF, 0, -INF, 0, 2.5, 1e6]],
     [0, -INF, INF, INF, NAN, 2.5, 1e6 + math.log(2)]),
    ("grad(fn(u: T[N], v: T[N]) = sum(logaddexp(u, v)))(x, y)", [[-INF, 0, 3, 1], [0, -INF, 3, 2]], [0, 1, 0.5, 1 / (1 + math.e)]),
    ("logsumexp(x)", [[-INF, -INF]], -INF),
    ("logsumexp(x)", [[INF, 0]], INF),
    ("logsumexp(x)", [[INF, -INF]], INF),
    ("logsumexp(x)", [[NAN, 0]], NAN),
    ("logsumexp(x)", [[-INF, 3]], 3),
    ("grad(fn(v: T[N]) = logsumexp(v))(x)", [[-INF, 3, 3]], [0, 0.5, 0.5]),
    ("cumlogsumexp(x)", [[-INF, -INF, 0, -1e9, 0]], [-INF, -INF, 0, 0, math.log(2)]),
    ("log_softmax(x)", [[1e6, 1e6 + 1, 1e6 + 2]], [-L3, 1 - L3, 2 - L3]),
    ("log_softmax(x)", [[-INF, 0, 0]], [-INF, -math.log(2), -math.log(2)]),
    ("softmax(x)", [[1e6, 1e6 + 1, 1e6 + 2]], [math.exp(-L3), math.exp(1 - L3), math.exp(2 - L3)]),
    ("cross_entropy(expand(x, axis = 0, size = 2), [2, 0])", [[1e6, 1e6 + 1, 1e6 + 2]], L3 - 1),
    ("smoothed_cross_entropy(expand(x, axis = 0, size = 1), [2])", [[1e6, 1e6 + 1, 1e6 + 2]], L3 - 0.9 * 2 - 0.1),
    ("soft_cross_entropy(x, y)", [[-INF, 1, 1], [0, 0, 1]], math.log(2)),
    ("soft_cross_entropy(x, y)", [[1e6, 1e6 + 1, 1e6 + 2], [0, 1, 0]], L3 - 1),
    ("binary_cross_entropy_with_logits(x, y)", [[40], [1]], 4.248354255291589e-18),
    ("binary_cross_entropy_with_logits(x, y)", [[INF], [1]], 0),
    ("binary_cross_entropy_with_logits(x, y)", [[-INF], [0]], 0),
    ("binary_cross_entropy_with_logits(x, y)", [[INF], [0]], INF),
    ("binary_cross_entropy_with_logits(x, y)", [[NAN], [1]], NAN),
    ("grad(fn(v: T[N]) = sum(surprise(v, y)))(x)", [[0, 30, -30, 1], [1, 1, 0, 0.25]],
     [-0.5, -9.357622968839299e-14, 9.357622968839299e-14, 1 / (1 + math.exp(-1)) - 0.25]),
    ("log_cosh(x, zeros_like(x))", [[1e-3]], 4.9999991666668885e-07),
    ("log_cosh(x, zeros_like(x))", [[300]], 300 - math.log(2)),
    ("log_cosh(x, zeros_like(x))", [[INF]], INF),
    ("hinge(x, y)", [[NAN, 1], [1, 1]], NAN),
    ("squared_hinge(x, y)", [[NAN, 1], [1, 1]], NAN),
    ("quantile_loss(x, y)", [[NAN, 1], [1, 1]], NAN),
    ("huber(x, y)", [[NAN, 1], [1, 1]], NAN),
    ("logit(x)", [[NAN, 0, 1, 0.5, 0.75]], [NAN, -INF, INF, 0, math.log(3)]),
    ("median(x)", [[1, NAN, 3]], NAN),
    ("median(x)", [[INF, 1, INF]], INF),
    ("median(x)", [[1e38, 3e38]], 2e38),
    ("quantile(x, 0.5)", [[1, NAN, 3]], NAN),
    ("quantile(x, 0.5)", [[1, INF, INF, INF]], INF),
    ("auc(x, y)", [[NAN, 1, 0], [1, 1, 0]], NAN),
    ("auc(x, y)", [[INF, INF, 0], [1, 0, 0]], 0.75),
    ("precision(x, y)", [[NAN, 1], [1, 1]], NAN),
    ("recall(x, y)", [[NAN, 1], [1, 1]], NAN),
    ("f1_score(x, y)", [[NAN, 1], [1, 1]], NAN),
    ("f1_score(x, y)", [[2, 1, -1, -2], [1, 0, 1, 0]], 0.5),
    ("top_accuracy(expand(x, axis = 0, size = 1), [1], k = 1)", [[0, NAN, 1]], 0),
    ("causal_attention(expand(x, axis = 1, size = 1), expand(y, axis = 1, size = 1), expand(z, axis = 1, size = 1))[.., 0]",
     [[1e15, 1e15], [-1e16, 1e16], [1, 2]], [1, 2]),
    ("argmax(x)", [[1, NAN, 2]], 1),
    ("max(x)", [[1, NAN, 2]], NAN),
    ("min(x)", [[1, NAN, 2]], NAN),
    ("clamp(x, 0, 1)", [[NAN, INF, -INF]], [NAN, 1, 0]),
]


def scaled(s):
    """Values whose squares leave the type, for s of either sign of the exponent: each function is homogeneous of degree 1 or 0."""
    x, y = [3 * s, -4 * s], [4 * s, 3 * s]
    return [
        ("l2(x)", [x], 5 * s), ("frobenius(expand(x, axis = 0, size = 1))", [x], 5 * s),
        ("grad(fn(v: T[N]) = l2(v))(x)", [x], [0.6, -0.8]),
        ("row_norms(expand(x, axis = 0, size = 1))", [x], 5 * s),
        ("hypot(x, y)", [x, y], [5 * s, 5 * s]),
        ("grad(fn(u: T[N], v: T[N]) = sum(hypot(u, v)))(x, y)", [x, y], [0.6, -0.8]),
        ("normalize(x, eps = 0)", [x], [0.6, -0.8]),
        ("cosine_similarity(x, x, eps = 0)", [x], 1), ("cosine_similarity(x, y, eps = 0)", [x, y], 0),
        ("distances(expand(x, axis = 0, size = 1), expand(y, axis = 0, size = 1))", [x, y], math.hypot(1, 7) * s),
        ("rmse(x, zeros_like(x))", [x], 5 * s / math.sqrt(2)),
    ]


# Norms at 0, at NaN and at infinities, by definition.
NORMS = [
    ("l2(x)", [[NAN, 3]], NAN), ("l2(x)", [[INF, 3]], INF), ("l2(x)", [[0, 0]], 0), ("l2(x)", [[-7]], 7),
    ("grad(fn(v: T[N]) = l2(v))(x)", [[0, 0]], [0, 0]),
    ("hypot(x, y)", [[NAN, INF, NAN, 0, 3], [1, NAN, -INF, 0, -4]], [NAN, INF, INF, 0, 5]),
    ("normalize(x)", [[0, 0]], [0, 0]), ("normalize(x)", [[NAN, 1]], [NAN, NAN]), ("normalize(x, eps = 1e-25)", [[0, 0]], [0, 0]),
    ("layer_norm(x, ones_like(x), zeros_like(x))", [[1e30, -1e30]], [1, -1]),
    ("rms_norm(x, ones_like(x))", [[1e30, -1e30]], [1, -1]),
    ("distances(expand(x, axis = 0, size = 1), expand(x, axis = 0, size = 1))", [[1, 2]], 0),
]


def npy(kind, numbers):
    header = f"{{'descr': '<f{8 if kind == 'd' else 4}', 'fortran_order': False, 'shape': ({len(numbers)},), }}".encode()
    header += b" " * ((53 - len(header)) % 64 + 0) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack(f"<{len(numbers)}{kind}", *numbers)


def single(v):
    try:
        return struct.unpack("<f", struct.pack("<f", v))[0]
    except OverflowError:
        return math.copysign(INF, v)


class SpecialValues(AcceptanceTest):
    def value(self, what, arguments, kind, element):
        names = "xyz"[:len(arguments)]
        head = ", ".join(f"{name}: {element}[N]" for name in names)
        source = f"fn f({head}) = {what}\n".replace("T[N]", f"{element}[N]")
        self.write("m.flx", source)
        for name, numbers in zip(names, arguments):
            self.write(f"{name}.npy", npy(kind, numbers))
        self.succeeds("run", "m.flx:f", *[f"{name}=@{name}.npy" for name in names], "-o", "out.safetensors", "--no-cache")
        data = self.read("out.safetensors")
        (length,) = struct.unpack_from("<Q", data)

        entry = json.loads(data[8:8 + length])["0"]
        letter = {"F32": "f", "F64": "d", "I32": "i"}[entry["dtype"]]
        raw = data[8 + length + entry["data_offsets"][0]:8 + length + entry["data_offsets"][1]]
        return list(struct.unpack(f"<{len(raw) // struct.calcsize(letter)}{letter}", raw))

    def check(self, kind, element, tolerance, exponent):
        for what, arguments, want in ROWS + NORMS + scaled(float(f"1e{exponent}")) + scaled(float(f"1e-{exponent}")):
            with self.subTest(what=what, arguments=arguments, element=element):
                got = self.value(what, arguments, kind, element)
                want = want if isinstance(want, list) else [want]
                self.assertEqual(len(got), len(want))
                for g, w in zip(got, want):
                    if math.isnan(w) or math.isinf(w):
                        self.assertTrue(math.isnan(g) if math.isnan(w) else g == w, f"{got}, not {want}")
                    else:
                        self.assertLessEqual(abs(g - w), tolerance * abs(w) + (0 if w else tolerance * (1 if 'cosine' in what else 1e-290)), f"{got}, not {want}")

    def test_f64(self):
        self.check("d", "f64", 4e-15, 170)

    def test_f32(self):
        self.check("f", "f32", 2e-6, 25)


if __name__ == "__main__":
    unittest.main(verbosity=2)
