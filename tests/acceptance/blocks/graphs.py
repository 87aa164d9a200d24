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
