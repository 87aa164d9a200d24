"""Networks on graphs."""
import numpy as np

from blocks import logsumexp, program, relu, value_and_grad


@program("gcn", dict(N=5, F=3, H=4, C=3), dict(N=7, F=2, H=3, C=2))
def _(draw, N, F, H, C):
    A = np.triu(draw.flags(N, N), 1)
    arguments = {"A": A | A.T, "X": draw(N, F), "p.W1": draw(F, H), "p.b1": draw(H), "p.W2": draw(H, C), "p.b2": draw(C),
                 "y": draw.integers(C, N), "labelled": draw.flags(N)}
    arguments["labelled"][0] = True

    def normalized(A):
        S = A + np.eye(N)
        D = np.diag(S.sum(1) ** -0.5)
        return D @ S @ D

    def logits(p, A, X):
        L = normalized(A)
        return L @ relu(L @ X @ p.W1 + p.b1) @ p.W2 + p.b2

    def loss(p, A, X, y, labelled):
        z = logits(p, A, X)
        return np.mean((logsumexp(z) - z[np.arange(N), y])[labelled])
    return arguments, {"normalized": normalized, "logits": logits, "step": value_and_grad(loss, "p")}


@program("chebyshev_convolution", dict(N=5, I=2, O=3), dict(N=7, I=3, O=1))
def _(draw, N, I, O):
    from numpy.polynomial import chebyshev
    A = np.triu(draw.flags(N, N), 1)
    A[0, 1:] = False  # a node without neighbours
    arguments = {"A": A | A.T, "X": draw(N, I), "p.b": draw(O), "y": draw(N, O),
                 **{f"p.taps.{k}.W": draw(I, O) for k in range(5)}}

    def filter(p, A, X):  # by the spectrum of L̃
        degree = A.sum(1)
        root = np.where(degree > 0, 1 / np.sqrt(np.maximum(degree, 1)), 0)
        values, vectors = np.linalg.eigh(-root[:, None] * A * root)
        out = p.b + np.zeros((N, O))
        for k, tap in enumerate(p.taps):
            out += vectors @ np.diag(chebyshev.chebval(values, np.eye(5)[k])) @ vectors.T @ X @ tap.W
        return out

    def loss(p, A, X, y):
        return np.mean((relu(filter(p, A, X)) - y) ** 2)
    return arguments, {"filter": filter, "step": value_and_grad(loss, "p")}
