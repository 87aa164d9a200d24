"""Layers whose weight has a structure, and those that normalize."""
import itertools

import numpy as np
import scipy.linalg

from blocks import cross_entropy, gelu, hvp, mse, program, relu, silu, value_and_grad


@program("cp_layer", dict(N=2, I=3, J=2, O=2, P=3, R=2), dict(N=1, I=2, J=4, O=3, P=1, R=3))
def _(draw, N, I, J, O, P, R):
    arguments = {"p.A": draw(I, R), "p.B": draw(J, R), "p.C": draw(O, R), "p.D": draw(P, R), "x": draw(N, I, J),
                 "y": draw(N, O, P)}

    def layer(p, x):
        W = sum(np.multiply.outer(np.outer(p.A[:, r], p.B[:, r]), np.outer(p.C[:, r], p.D[:, r])) for r in range(R))
        return np.tensordot(x, W, axes=([1, 2], [0, 1]))

    def loss(p, x, y):
        return mse(layer(p, x), y)
    return arguments, {"layer": layer, "step": value_and_grad(loss, "p")}


@program("tucker_layer", dict(N=3, I=3, J=2, O=2, Q=2, R=3, S=2), dict(N=1, I=2, J=4, O=3, Q=3, R=1, S=2))
def _(draw, N, I, J, O, Q, R, S):
    arguments = {"p.G": draw(Q, R, S), "p.A": draw(I, Q), "p.B": draw(J, R), "p.C": draw(O, S), "u": draw(N, I),
                 "v": draw(N, J), "y": draw(N, O)}

    def layer(p, u, v):
        W = np.zeros((I, J, O))
        for a, b, c in np.ndindex(Q, R, S):
            W += p.G[a, b, c] * np.multiply.outer(np.outer(p.A[:, a], p.B[:, b]), p.C[:, c])
        return np.array([[u[n] @ W[:, :, o] @ v[n] for o in range(O)] for n in range(N)])

    def loss(p, u, v, y):
        return mse(layer(p, u, v), y)
    return arguments, {"layer": layer, "step": value_and_grad(loss, "p")}


@program("tensor_train_layer", dict(N=2, I1=2, I2=3, I3=2, O1=2, O2=2, O3=3, R=2, S=3),
         dict(N=3, I1=3, I2=1, I3=2, O1=1, O2=3, O3=2, R=1, S=2))
def _(draw, N, I1, I2, I3, O1, O2, O3, R, S):
    I, O = I1 * I2 * I3, O1 * O2 * O3
    arguments = {"p.G1": draw(I1, O1, R), "p.G2": draw(R, I2, O2, S), "p.G3": draw(S, I3, O3), "p.b": draw(O),
                 "x": draw(N, I), "y": draw(N, O)}

    def dense(p):
        rows = itertools.product(range(I1), range(I2), range(I3))
        return np.array([[(p.G1[i1, o1] @ p.G2[:, i2, o2] @ p.G3[:, i3, o3]).item() for o1, o2, o3 in np.ndindex(O1, O2, O3)]
                         for i1, i2, i3 in rows])

    def layer(p, x):
        return x @ dense(p) + p.b

    def loss(p, x, y):
        return mse(layer(p, x), y)
    return arguments, {"dense": dense, "layer": layer, "step": value_and_grad(loss, "p")}


@program("butterfly_layer", dict(N=3, n=1), dict(N=2, n=2))
def _(draw, N, n):
    D = 8 * n
    arguments = {"p.far": draw(D // 2, 2, 2), "p.mid": draw(D // 2, 2, 2), "p.near": draw(D // 2, 2, 2), "x": draw(N, D),
                 "y": draw(N, D)}

    def factor(blocks, stride):  # the sparse matrix: position i is paired with i + stride
        M, pair = np.zeros((D, D)), 0
        for i in range(D):
            if i // stride % 2 == 0:
                M[np.ix_([i, i + stride], [i, i + stride])] = blocks[pair]
                pair += 1
        return M

    def layer(p, x):
        return x @ (factor(p.near, n) @ factor(p.mid, 2 * n) @ factor(p.far, 4 * n)).T

    def loss(p, x, y):
        return mse(layer(p, x), y)
    return arguments, {"layer": layer, "step": value_and_grad(loss, "p")}


@program("circulant_layer", dict(N=3, D=5), dict(N=2, D=8))
def _(draw, N, D):
    arguments = {"p.c": draw(D), "p.b": draw(D), "x": draw(N, D), "y": draw(N, D)}

    def layer(p, x):  # a cyclic convolution is a product of spectra
        return np.fft.ifft(np.fft.fft(x, axis=1) * np.fft.fft(p.c), axis=1).real + p.b

    def loss(p, x, y):
        return mse(np.tanh(layer(p, x)), y)
    return arguments, {"layer": layer, "step": value_and_grad(loss, "p")}


@program("toeplitz_layer", dict(N=2, T=4, C=3), dict(N=1, T=7, C=2))
def _(draw, N, T, C):
    arguments = {"p.w": draw(2 * T - 1, C), "p.gain": draw(C), "x": draw(N, T, C), "y": draw(N, T, C)}

    def layer(p, x):
        y = np.empty_like(x)
        for n, c in np.ndindex(N, C):
            y[n, :, c] = scipy.linalg.toeplitz(p.w[T - 1:, c], p.w[T - 1::-1, c]) @ x[n, :, c]
        return x + p.gain * silu(y)

    def loss(p, x, y):
        return mse(layer(p, x), y)
    return arguments, {"layer": layer, "step": value_and_grad(loss, "p")}


@program("fourier_layer", dict(N=2, T=6, C=3, D=2, M=3), dict(N=1, T=9, C=2, D=4, M=4))
def _(draw, N, T, C, D, M):
    arguments = {"p.A": draw(M, C, D), "p.B": draw(M, C, D), "p.W": draw(C, D), "x": draw(N, T, C), "y": draw(N, T, D)}

    def fno(p, x):
        spectrum = np.zeros((N, T, D), complex)
        spectrum[:, :M] = np.einsum("nkc,kcd->nkd", np.fft.fft(x, axis=1)[:, :M], p.A + 1j * p.B)
        return gelu(np.fft.ifft(spectrum, axis=1).real + x @ p.W)

    def fnet(x):
        return np.fft.fft2(x, axes=(1, 2)).real

    def loss(p, x, y):
        return mse(fno(p, x), y)
    return arguments, {"fno": fno, "fnet": fnet, "step": value_and_grad(loss, "p")}


@program("rotation_layer", dict(N=4, size=1.0), dict(N=2, size=0.01), dict(N=1, size=3.0))
def _(draw, N, size):
    arguments = {"w": draw(3, scale=size), "v": draw(3), "x": draw(N, 3), "y": draw(N, 3), "v1.0": draw(3), "v1.1": draw(3)}

    def rigid(w, v):
        twist = np.zeros((4, 4))
        twist[:3, :3], twist[:3, 3] = np.cross(w, np.eye(3)).T, v
        motion = scipy.linalg.expm(twist)
        return motion[:3, :3], motion[:3, 3]

    def layer(w, v, x):
        R, t = rigid(w, v)
        return np.array([R @ point + t for point in x])

    def loss(w, v, x, y):
        return mse(layer(w, v, x), y)
    return arguments, {"rigid": rigid, "layer": layer, "step": value_and_grad(loss, ("w", "v")),
                       "curve": hvp(loss, ("w", "v"), "v1")}


# === normalization =====================================================================================================

@program("batch_norm_net", dict(B=6, I=3, H=4, C=3), dict(B=9, I=5, H=2, C=4))
def _(draw, B, I, H, C):
    arguments = {"p.W": draw(I, H), "p.gamma": draw(H), "p.beta": draw(H), "p.V": draw(H, C), "p.c": draw(C),
                 "r.mu": draw(H), "r.var": draw.uniform(H, low=0.5, high=2), "x": draw(B, I), "y": draw.integers(C, B),
                 "m": draw.uniform()}

    def head(p, h, mu, var):
        return relu(p.gamma * (h - mu) / np.sqrt(var + 1e-5) + p.beta) @ p.V + p.c

    def training(p, r, x, m):
        h = x @ p.W
        mu, var = h.mean(0), h.var(0)
        return head(p, h, mu, var), {"mu": r.mu + m * (mu - r.mu), "var": r.var + m * (var - r.var)}

    def inference(p, r, x):
        return head(p, x @ p.W, r.mu, r.var)

    def loss(p, r, x, y, m):
        return cross_entropy(training(p, r, x, m)[0], y)
    return arguments, {"training": training, "inference": inference, "step": value_and_grad(loss, "p")}


@program("spectral_norm", dict(N=3, I=4, O=3), dict(N=2, I=3, O=5))
def _(draw, N, I, O):
    arguments = {"W": draw(I, O), "b": draw(O), "u": draw(O), "x": draw(N, I), "y": draw(N, O)}

    def layer(W, b, u, x):
        v = W @ u / np.linalg.norm(W @ u)
        u = W.T @ v / np.linalg.norm(W.T @ v)
        return x @ W / (v @ W @ u) + b, u

    # The gradient as the paper has it: u and v stand still.
    v = arguments["W"] @ arguments["u"]
    v /= np.linalg.norm(v)
    u = arguments["W"].T @ v
    u /= np.linalg.norm(u)

    def loss(W, b, x, y):
        return mse(x @ W / (v @ W @ u) + b, y)
    return arguments, {"layer": layer, "step": value_and_grad(loss, ("W", "b"))}


@program("residual_mlp", dict(B=3, I=3, D=4, H=2, C=3), dict(B=2, I=2, D=3, H=5, C=4))
def _(draw, B, I, D, H, C):
    arguments = {"p.first": draw(I, D), "p.last": draw(D, C), "x": draw(B, I), "y": draw.integers(C, B)}
    for k in range(8):
        arguments |= {f"p.blocks.{k}.gain": draw(D), f"p.blocks.{k}.W": draw(D, H), f"p.blocks.{k}.b": draw(H),
                      f"p.blocks.{k}.V": draw(H, D, scale=0.3)}

    def logits(p, x):
        h = x @ p.first
        for block in p.blocks:
            normal = h / np.sqrt(np.mean(h ** 2, axis=1, keepdims=True) + 1e-6) * block.gain
            h = h + relu(normal @ block.W + block.b) @ block.V
        return h @ p.last

    def loss(p, x, y):
        return cross_entropy(logits(p, x), y)
    return arguments, {"logits": logits, "step": value_and_grad(loss, "p")}
