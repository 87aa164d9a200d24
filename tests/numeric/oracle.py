#!/usr/bin/env python3
"""Compiled functions against NumPy and SciPy, which know nothing of Fluxion: values of library functions and
contractions, and gradients against formulas written out by hand or complex steps. Skipped where they are not (see
tests/numpy_environment.py).

    oracle.py BUILD/bin/fluxion
"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import numpy_environment  # noqa: E402

numpy_environment.enter("numpy", "scipy")
import numpy as np  # noqa: E402
import scipy.special as sp  # noqa: E402

SOURCE = """
fn softmax_(x: f64[N,C]) -> f64[N,C] = softmax(x)
fn logsumexp_(x: f64[N,C]) -> f64[N] = logsumexp(x)
fn gelu_(x: f64[N]) -> f64[N] = gelu(x)
fn silu_(x: f64[N]) -> f64[N] = silu(x)
fn mish_(x: f64[N]) -> f64[N] = mish(x)
fn elu_(x: f64[N]) -> f64[N] = elu(x)
fn softplus_(x: f64[N]) -> f64[N] = softplus(x)
fn gammas(x: f64[N]) -> (f64[N], f64[N], f64[N]) = (lgamma(x), digamma(x), polygamma(2, x))
fn errors(x: f64[N]) -> f64[N] = erf(x)
fn angles(x: f64[N], y: f64[N]) -> f64[N] = atan2(x, y)
fn remainders(x: f64[N], y: f64[N]) -> (f64[N], f64[N]) = (x % y, floordiv(x, y))
fn layer_norm_(x: f64[N,D], g: f64[D], b: f64[D]) -> f64[N,D] = layer_norm(x, g, b)
fn rms_norm_(x: f64[N,D], g: f64[D]) -> f64[N,D] = rms_norm(x, g)
fn attention_(q: f64[H,Q,E], k: f64[H,K,E], v: f64[H,K,E]) -> f64[H,Q,E] = attention(q, k, v)
fn product(a: f64[M,K], b: f64[K,N]) -> f64[M,N] = a @ b
fn chain(a: f64[I,J], b: f64[J,K], c: f64[K,L]) -> f64[I,L] = einsum("ij,jk,kl->il", a, b, c)
fn diagonal_(a: f64[N,N], b: f64[N,M]) -> f64[M] = einsum("ii,ij->j", a, b)
fn batched(a: f64[B,I,K], b: f64[B,J,K]) -> f64[B,I,J] = einsum("bik,bjk->bij", a, b)
fn reductions(x: f64[N,M]) -> (f64[M], f64[N], f64, f64[N]) = (sum(x, axis = N), max(x, axis = M), prod(x), mean(x, axis = M))
fn positions(x: f64[N,M]) -> i32[N] = argmax(x, axis = M)
fn moved(x: f64[A,B,C]) -> f64[C,A,B] = transpose(x, [2, 0, 1])
fn picked(x: f64[N,M], i: i64[K]) -> f64[K,M] = gather(x, i, axis = 0)
fn labelled(z: f64[N,C], y: i32[N]) -> f64 = cross_entropy(z, y)
fn entropy_grad(z: f64[N,C], y: i32[N]) = grad(labelled, wrt = z)(z, y)
fn logistic(w: f64[D], X: f64[N,D], y: f64[N]) -> f64 {
  let z = X @ w
  mean(softplus(z) - y * z)
}
fn logistic_grad(w: f64[D], X: f64[N,D], y: f64[N]) = value_and_grad(logistic, wrt = w)(w, X, y)
fn network(W: f64[D,H], v: f64[H], X: f64[N,D]) -> f64 = mean(square(tanh(X @ W) @ v))
fn network_grad(W: f64[D,H], v: f64[H], X: f64[N,D]) = value_and_grad(network, wrt = (W, v))(W, v, X)
fn spread(x: f64[N]) -> f64 = sum(log(1 + exp(sin(x) * x)))
fn spread_grad(x: f64[N]) = grad(spread)(x)
fn huber_(a: f64[N], b: f64[N]) -> f64 = huber(a, b)
fn log_cosh_(a: f64[N], b: f64[N]) -> f64 = log_cosh(a, b)
fn logaddexp_(a: f64[N], b: f64[N]) -> f64[N] = logaddexp(a, b)
fn log1mexp_(x: f64[N]) -> f64[N] = log1mexp(x)
fn xlogy_(a: f64[N], b: f64[N]) -> f64[N] = xlogy(a, b)
fn entropy_(p: f64[N,C]) -> f64[N] = entropy(p)
fn kron_(A: f64[M,N], B: f64[P,Q]) -> f64[M*P, N*Q] = kron(A, B)
fn distances_(a: f64[M,D], b: f64[N,D]) -> f64[M,N] = distances(a, b)
fn moments(X: f64[N,D]) -> (f64[D,D], f64[D,D]) = (covariance(X), correlation(X))
fn spreads(X: f64[N,D]) -> (f64, f64[D], f64[N], f64) = (variance(X), variance(X, axis = 0), std(X, axis = D), std(X))
fn listed(x: f64[3]) -> (f64, f64[2,3], bool[2]) {
  let w: f64[3] = [1/3, 0.1, -1e-300]
  let A: f64[2,3] = [[1, 2, 3], [4, 5.5, 2^-60]]
  let c: bool[2] = [true, false]
  (dot(w, x), A * x, c)
}
fn triangles(A: f64[M,N]) -> (f64[M,N], f64[M,N]) = (lower_triangle(A), upper_triangle(A))
fn polynomial_(x: f64[N], c: f64[K]) -> f64[N] = polynomial_value(x, c)
fn smoothed(z: f64[N,C], y: i32[N]) -> f64 = smoothed_cross_entropy(z, y)
fn focal(z: f64[N], y: f64[N]) -> f64 = focal_loss(z, y)
fn gaussian(m: f64[N], v: f64[N], y: f64[N]) -> f64 = gaussian_nll(m, v, y)
fn quantile_(a: f64[N], y: f64[N]) -> f64 = quantile_loss(a, y, 0.3)
fn contrast(a: f64[N,D], b: f64[N,D]) -> f64 = info_nce(a, b)
fn scores(z: f64[N], y: f64[N]) -> (f64, f64, f64, f64) = (precision(z, y), recall(z, y), f1_score(z, y), auc(z, y))
fn confusion(z: f64[N,C], y: i32[N]) -> f64[C,C] = confusion_matrix(z, y)
fn explained(a: f64[N], y: f64[N]) -> (f64, f64) = (r_squared(a, y), rmse(a, y))
fn groups(x: f64[N,P,G,C], g: f64[G,C], b: f64[G,C]) -> f64[N,P,G,C] = group_norm(x, g, b)
fn rotary_(x: f64[N,2*E]) -> f64[N,2*E] = rotary(x)
fn positions_(x: f64[N,2*E]) -> f64[N,2*E] = sinusoidal_positions(x)
fn causal(q: f64[Q,E], k: f64[Q,E], v: f64[Q,E]) -> f64[Q,E] = causal_attention(q, k, v)
fn lstm_(xs: f64[L,B,I], h: f64[B,H], c: f64[B,H], U: f64[I,4,H], W: f64[H,4,H], b: f64[4,H]) -> f64[L,B,H] = lstm(xs, h, c, U, W, b)
fn gru_(xs: f64[L,B,I], h: f64[B,H], U: f64[I,3,H], W: f64[H,3,H], b: f64[3,H], d: f64[3,H]) -> f64[L,B,H] = gru(xs, h, U, W, b, d)
fn graph(A: f64[N,N], x: f64[N,I], W: f64[I,O]) -> f64[N,O] = graph_convolution(A, x, W)
fn vera_(x: f64[N,I], W: f64[I,O], A: f64[I,R], B: f64[R,O], d: f64[R], b: f64[O]) -> f64[N,O] = vera(x, W, A, B, d, b)
fn inverses(x: f64[N], p: f64[N]) -> (f64[N], f64[N]) = (erfinv(x), normal_quantile(p))
fn quantiles(x: f64[N,M], q: f64) -> (f64[N], f64[N]) = (quantile(x, q), median(x))
fn shrunk(A: f64[M,N], c: f64) -> f64[M,N] = singular_soft_threshold(A, c)
fn shrunk_wide(A: f64[M,N], c: f64) -> f64[M,N] = singular_soft_threshold(A, c)
fn shrunk_low(A: f64[M,N], c: f64) -> f64[M,N] = singular_soft_threshold(A, c)
fn rows_(A: f64[K,D]) -> f64[K,D] = orthonormal_rows(A)
fn chebyshev(A: f64[N,N], x: f64[N,I], W: f64[K,I,O]) -> f64[N,O] = chebyshev_convolution(scaled_laplacian(A), x, W)
fn spaces(p: StateSpace[f64, C, S], u: f64[L,C]) -> (f64[L,C], f64[L,C]) = (apply_state_space(p, u), apply_state_space_steps(p, u))
fn depthwise(x: f64[B,H,W,C], K: f64[KH,KW,C]) -> f64[B,H,W,C] = depthwise_conv2d(x, K)
fn transposed(x: f64[B,H,W,I], K: f64[KH,KW,I,O]) = conv_transpose2d(x, K, stride = [2, 3], padding = [1, 0])
fn power(W: f64[I,O], u: f64[O]) -> f64 {
  let (_, found) = for(i in 0:200, h = u, s = 0) {
    let (sigma, next) = largest_singular_value(W, h)
    (next, sigma)
  }
  found
}
fn apart(x: f64[N], a: f64, b: f64) -> f64[N] = linspace_like(x, a, b)
fn masked(x: f64[B,N,D], p: MultiHeadAttention[f64, D, H, E]) -> f64[B,N,D] = apply_causal_multi_head_attention(p, x)
fn dora_(x: f64[N,I], W: f64[I,O], A: f64[I,R], B: f64[R,O], m: f64[O]) -> f64[N,O] = dora(x, W, A, B, m)
"""

rng = np.random.default_rng(11)
normal = rng.standard_normal


def sigmoid(x):
    return sp.expit(x)


def logistic_reference(w, X, y):
    z = X @ w
    return np.mean(np.logaddexp(0, z) - y * z), X.T @ (sigmoid(z) - y) / len(y)


def network_reference(W, v, X):
    h = np.tanh(X @ W)
    out = h @ v
    back = 2 * out / len(out)
    return np.mean(out**2), X.T @ (np.outer(back, v) * (1 - h**2)), h.T @ back


def entropy_gradient(z, y):
    return (sp.softmax(z, axis=1) - np.eye(z.shape[1])[y]) / len(y)


def complex_step(f, x):
    step = 1e-30
    return np.array([f(x + 1j * step * unit).imag / step for unit in np.eye(len(x))])


def layer_norm(x, g, b):
    return g * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) + b


def attention(q, k, v):
    return sp.softmax(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]), axis=-1) @ v


def huber(a, b):
    r = np.abs(a - b)
    return np.mean(np.where(r <= 1, r * r / 2, r - 0.5))


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def focal(z, y):
    p = np.where(y == 1, sigmoid(z), 1 - sigmoid(z))
    return np.mean(np.where(y == 1, 0.25, 0.75) * (1 - p) ** 2 * -np.log(p))


def info_nce(a, b):
    z = unit(a) @ unit(b).T / 0.1
    return np.mean(sp.logsumexp(z, axis=1) - np.diag(z))


def scores(z, y):
    hits, said, true = np.sum((z > 0) & (y == 1)), np.sum(z > 0), np.sum(y == 1)
    pairs = [(a > b) + 0.5 * (a == b) for a in z[y == 1] for b in z[y == 0]]
    return hits / said, hits / true, 2 * hits / (said + true), np.mean(pairs)


def confusion(z, y):
    table = np.zeros((z.shape[1], z.shape[1]))
    for row, label in zip(z, y):
        table[label, row.argmax()] += 1
    return table


def group_norm(x, g, b):
    mean, var = x.mean((1, 3), keepdims=True), x.var((1, 3), keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-5) * g + b


def angles(n, e):
    return np.arange(n)[:, None] / 10000 ** (np.arange(e) / e)


def rotary(x):
    e = x.shape[1] // 2
    turned = (x[:, :e] + 1j * x[:, e:]) * np.exp(1j * angles(len(x), e))
    return np.concatenate([turned.real, turned.imag], axis=1)


def causal(q, k, v):
    z = np.where(np.tril(np.ones((len(q), len(q)))) == 1, q @ k.T / np.sqrt(q.shape[1]), -np.inf)
    return sp.softmax(z, axis=1) @ v


def lstm(xs, h, c, U, W, b):
    out = []
    for x in xs:
        i, f, g, o = (x @ U[:, k] + h @ W[:, k] + b[k] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        out.append(h)
    return np.array(out)


def gru(xs, h, U, W, b, d):
    out = []
    for x in xs:
        r, z = (sigmoid(x @ U[:, k] + b[k] + h @ W[:, k] + d[k]) for k in (0, 1))
        n = np.tanh(x @ U[:, 2] + b[2] + r * (h @ W[:, 2] + d[2]))
        h = (1 - z) * n + z * h
        out.append(h)
    return np.array(out)


def graph(A, x, W):
    loops = A + np.eye(len(A))
    half = np.diag(loops.sum(1) ** -0.5)
    return half @ loops @ half @ x @ W


def dora(x, W, A, B, m):
    V = W + A @ B
    return x @ (V / np.linalg.norm(V, axis=0) * m)


def shrunk(A, c):
    U, s, V = np.linalg.svd(A, full_matrices=False)
    return U * np.maximum(s - c, 0) @ V


def rows(A):
    Q, R = np.linalg.qr(A.T)
    return (Q * np.sign(np.diag(R))).T


def chebyshev(A, x, W):
    d = A.sum(0) ** -0.5
    values, U = np.linalg.eigh(-d[:, None] * A * d)
    return sum(U * np.cos(k * np.arccos(np.clip(values, -1, 1))) @ U.T @ x @ W[k] for k in range(len(W)))


def spaces(alpha, b, c, d, delta, u):
    """h(t) = ∫ e^(−a(t−s)) b u(s) ds with u constant within a step, each step's part by its closed form."""
    a, step = np.exp(alpha), np.exp(delta)[:, None]
    y = d * u
    for i in range(len(u)):
        for j in range(i + 1):
            part = (np.exp(-a * step * (i - j)) - np.exp(-a * step * (i - j + 1))) / a * b
            y[i] += (c * part).sum(1) * u[j]
    return y, y


def transposed(x, K, sy=2, sx=3, py=1):
    (B, H, W, _), (KH, KW, _, O) = x.shape, K.shape
    y = np.zeros((B, (H - 1) * sy + KH, (W - 1) * sx + KW, O))
    for i in range(H):
        for j in range(W):
            y[:, i * sy:i * sy + KH, j * sx:j * sx + KW] += np.einsum("bi,uvio->buvo", x[:, i, j], K)
    return y[:, py:-py]


def depthwise(x, K):
    padded = np.pad(x, ((0, 0), (1, 1), (1, 2), (0, 0)))
    return sum(padded[:, u:u + x.shape[1], v:v + x.shape[2]] * K[u, v] for u in range(3) for v in range(4))


def masked(x, q, k, v, o):
    out = 0
    for h in range(q.shape[1]):
        out = out + np.stack([causal(each @ q[:, h], each @ k[:, h], each @ v[:, h]) for each in x]) @ o[h]
    return out


labels, coins = np.arange(7, dtype=np.int32), rng.integers(0, 2, 41).astype(float)

# function: (arguments, reference giving one array or a tuple)
line, grid = 3 * normal(41), normal((7, 13))
CASES = {
    "softmax_": ({"x": grid}, lambda x: sp.softmax(x, axis=1)),
    "logsumexp_": ({"x": 100 * grid}, lambda x: sp.logsumexp(x, axis=1)),
    "gelu_": ({"x": line}, lambda x: x * sp.ndtr(x)),
    "silu_": ({"x": line}, lambda x: x * sigmoid(x)),
    "mish_": ({"x": line}, lambda x: x * np.tanh(np.logaddexp(0, x))),
    "elu_": ({"x": line}, lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0)))),
    "softplus_": ({"x": 50 * line}, lambda x: np.logaddexp(0, x)),
    "gammas": ({"x": 0.1 + np.abs(line)}, lambda x: (sp.gammaln(x), sp.digamma(x), sp.polygamma(2, x))),
    "errors": ({"x": line}, sp.erf),
    "angles": ({"x": line, "y": line[::-1].copy()}, np.arctan2),
    "remainders": ({"x": 9 * line, "y": np.roll(line, 5)}, lambda x, y: (np.mod(x, y), np.floor_divide(x, y))),
    "layer_norm_": ({"x": grid, "g": normal(13), "b": normal(13)}, layer_norm),
    "rms_norm_": ({"x": grid, "g": normal(13)}, lambda x, g: g * x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6)),
    "attention_": ({"q": normal((2, 5, 4)), "k": normal((2, 6, 4)), "v": normal((2, 6, 4))}, attention),
    "product": ({"a": normal((67, 129)), "b": normal((129, 45))}, lambda a, b: a @ b),
    "chain": ({"a": normal((9, 31)), "b": normal((31, 5)), "c": normal((5, 17))}, lambda a, b, c: a @ b @ c),
    "diagonal_": ({"a": normal((9, 9)), "b": normal((9, 4))}, lambda a, b: np.diag(a) @ b),
    "batched": ({"a": normal((3, 8, 5)), "b": normal((3, 7, 5))}, lambda a, b: a @ b.transpose(0, 2, 1)),
    "reductions": ({"x": grid}, lambda x: (x.sum(0), x.max(1), x.prod(), x.mean(1))),
    "positions": ({"x": grid}, lambda x: x.argmax(1)),
    "moved": ({"x": normal((3, 4, 5))}, lambda x: x.transpose(2, 0, 1)),
    "picked": ({"x": grid, "i": np.array([6, 0, 0, 3])}, lambda x, i: x[i]),
    "labelled": ({"z": grid, "y": np.arange(7, dtype=np.int32)},
                lambda z, y: np.mean(sp.logsumexp(z, axis=1) - z[np.arange(7), y])),
    "entropy_grad": ({"z": grid, "y": np.arange(7, dtype=np.int32)}, entropy_gradient),
    "logistic_grad": ({"w": normal(5), "X": normal((23, 5)), "y": rng.integers(0, 2, 23).astype(float)}, logistic_reference),
    "network_grad": ({"W": normal((5, 7)), "v": normal(7), "X": normal((23, 5))}, network_reference),
    "spread_grad": ({"x": normal(9)}, lambda x: complex_step(lambda t: np.sum(np.log(1 + np.exp(np.sin(t) * t))), x)),
    "huber_": ({"a": line, "b": line[::-1].copy()}, huber),
    "log_cosh_": ({"a": line, "b": line[::-1].copy()}, lambda a, b: np.mean(np.log(np.cosh(a - b)))),
    "logaddexp_": ({"a": 9 * line, "b": line[::-1].copy()}, np.logaddexp),
    "log1mexp_": ({"x": -np.abs(line) - 1e-3}, lambda x: np.log(-np.expm1(x))),
    "xlogy_": ({"a": np.maximum(line, 0), "b": np.abs(line)}, sp.xlogy),
    "entropy_": ({"p": sp.softmax(grid, axis=1)}, lambda p: sp.entr(p).sum(1)),
    "kron_": ({"A": normal((3, 4)), "B": normal((5, 2))}, np.kron),
    "distances_": ({"a": normal((5, 3)), "b": normal((4, 3))}, lambda a, b: np.linalg.norm(a[:, None] - b, axis=2)),
    "moments": ({"X": grid}, lambda X: (np.cov(X.T), np.corrcoef(X.T))),
    "spreads": ({"X": grid}, lambda X: (X.var(), X.var(0), X.std(1), X.std())),
    "listed": ({"x": normal(3)}, lambda x: (np.dot([1 / 3, 0.1, -1e-300], x), np.array([[1, 2, 3], [4, 5.5, 2.0 ** -60]]) * x,
                                            np.array([True, False]))),
    "triangles": ({"A": grid}, lambda A: (np.tril(A), np.triu(A))),
    "polynomial_": ({"x": line, "c": normal(5)}, np.polynomial.polynomial.polyval),
    "smoothed": ({"z": grid, "y": labels},
                 lambda z, y: np.mean(-((0.9 * np.eye(13)[y] + 0.1 / 13) * sp.log_softmax(z, axis=1)).sum(1))),
    "focal": ({"z": line, "y": coins}, focal),
    "gaussian": ({"m": line, "v": 0.1 + np.abs(line), "y": line[::-1].copy()},
                 lambda m, v, y: 0.5 * np.mean(np.log(v) + (y - m) ** 2 / v)),
    "quantile_": ({"a": line, "y": line[::-1].copy()},
                  lambda a, y: np.mean(np.where(y > a, 0.3 * (y - a), 0.7 * (a - y)))),
    "contrast": ({"a": normal((6, 4)), "b": normal((6, 4))}, info_nce),
    "scores": ({"z": np.round(line), "y": coins}, scores),
    "confusion": ({"z": grid, "y": labels}, confusion),
    "explained": ({"a": line, "y": line + normal(41)},
                  lambda a, y: (1 - np.mean((y - a) ** 2) / y.var(), np.sqrt(np.mean((y - a) ** 2)))),
    "groups": ({"x": normal((2, 5, 3, 4)), "g": normal((3, 4)), "b": normal((3, 4))}, group_norm),
    "rotary_": ({"x": normal((7, 6))}, rotary),
    "positions_": ({"x": normal((7, 6))}, lambda x: np.hstack([np.sin(angles(7, 3)), np.cos(angles(7, 3))])),
    "causal": ({"q": normal((5, 4)), "k": normal((5, 4)), "v": normal((5, 4))}, causal),
    "lstm_": ({"xs": normal((6, 2, 3)), "h": normal((2, 4)), "c": normal((2, 4)), "U": normal((3, 4, 4)),
               "W": normal((4, 4, 4)), "b": normal((4, 4))}, lstm),
    "gru_": ({"xs": normal((6, 2, 3)), "h": normal((2, 4)), "U": normal((3, 3, 4)), "W": normal((4, 3, 4)),
              "b": normal((3, 4)), "d": normal((3, 4))}, gru),
    "graph": ({"A": np.triu(rng.integers(0, 2, (6, 6)), 1) + np.triu(rng.integers(0, 2, (6, 6)), 1).T + 0.0,
               "x": normal((6, 3)), "W": normal((3, 2))}, graph),
    "vera_": ({"x": normal((5, 4)), "W": normal((4, 3)), "A": normal((4, 2)), "B": normal((2, 3)), "d": normal(2),
               "b": normal(3)}, lambda x, W, A, B, d, b: x @ W + x @ A @ np.diag(d) @ B @ np.diag(b)),
    "inverses": ({"x": np.concatenate([np.tanh(0.5 * line), [0, 1e-20, -1e-300, 1 - 1e-15]]),
                  "p": np.concatenate([np.clip(sigmoid(9 * line), 1e-16, 1 - 1e-15), [0.5, 1e-300, 1e-20, 1 - 1e-15]])},
                 lambda x, p: (sp.erfinv(x), sp.ndtri(p))),
    "quantiles": ({"x": grid, "q": np.array(0.37)}, lambda x, q: (np.quantile(x, q, axis=1), np.median(x, axis=1))),
    "shrunk": ({"A": normal((9, 6)), "c": np.array(1.5)}, shrunk),
    "shrunk_wide": ({"A": normal((5, 9)), "c": np.array(1.5)}, shrunk),
    "shrunk_low": ({"A": normal((9, 2)) @ normal((2, 7)), "c": np.array(0.5)}, shrunk),
    "rows_": ({"A": normal((5, 9))}, rows),
    "chebyshev": ({"A": (lambda a: a + a.T)(np.abs(np.tril(normal((6, 6)), -1))), "x": normal((6, 3)), "W": normal((4, 3, 2))}, chebyshev),
    "spaces": ({"p.alpha": normal((3, 4)), "p.b": normal((3, 4)), "p.c": normal((3, 4)), "p.d": normal(3),
                "p.delta": normal(3), "u": normal((7, 3))}, spaces),
    "depthwise": ({"x": normal((2, 5, 6, 3)), "K": normal((3, 4, 3))}, depthwise),
    "transposed": ({"x": normal((2, 3, 4, 3)), "K": normal((3, 4, 3, 2))}, transposed),
    "power": ({"W": normal((6, 4)), "u": normal(4)}, lambda W, u: np.linalg.norm(W, 2)),
    "apart": ({"x": line, "a": np.array(-1.7), "b": np.array(0.3)}, lambda x, a, b: np.linspace(a, b, 41)),
    "masked": ({"x": normal((2, 5, 4)), "p.Wq": normal((4, 3, 2)), "p.Wk": normal((4, 3, 2)), "p.Wv": normal((4, 3, 2)),
                "p.Wo": normal((3, 2, 4))}, masked),
    "dora_": ({"x": normal((5, 4)), "W": normal((4, 3)), "A": normal((4, 2)), "B": normal((2, 3)), "m": normal(3)},
              dora),
}


def call(program, source, name, arguments, folder):
    """The results of one function, in order."""
    words = []
    for key, value in arguments.items():
        path = os.path.join(folder, f"{key}.npy")
        np.save(path, value)
        words.append(f"{key}=@{path}")
    out = os.path.join(folder, "out.npz")
    done = subprocess.run([program, "run", f"{source}:{name}", *words, "-o", out], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    with np.load(out) as results:
        return [results[key] for key in results.files]


def main():
    program, failures = sys.argv[1], 0
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "oracle.flx")
        with open(source, "w") as file:
            file.write(SOURCE)
        for name, (arguments, reference) in CASES.items():
            try:
                got = call(program, source, name, arguments, folder)
            except RuntimeError as error:
                print(f"FAILED {name}: {error}")
                failures += 1
                continue
            expected = reference(*arguments.values())
            expected = expected if isinstance(expected, tuple) else (expected,)
            error = 0.0
            for a, b in zip(got, expected, strict=True):
                b = np.asarray(b, dtype=float)
                same = a.shape == b.shape
                error = max(error, np.linalg.norm(a - b) / max(np.linalg.norm(b), 1e-300)) if same else np.inf
            failures += error > 1e-12
            print(f"{'FAILED' if error > 1e-12 else 'ok    '} {name:16} {error:.1e}")
    print(f"{len(CASES)} functions, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
