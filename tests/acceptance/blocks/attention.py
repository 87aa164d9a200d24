"""Attention, and what lowers the cost of its weights."""
import numpy as np

from blocks import by_differences, gelu, hvp, mse, program, relu, softmax, value_and_grad


def layer_norm(x, gain, bias):
    centered = x - x.mean(-1, keepdims=True)
    return gain * centered / np.sqrt(x.var(-1, keepdims=True) + 1e-5) + bias


@program("transformer_block", dict(B=2, T=4, D=6, H=2, E=3, F=8), dict(B=1, T=7, D=4, H=3, E=2, F=5))
def _(draw, B, T, D, H, E, F):
    arguments = {"x": draw(B, T, D), "y": draw(B, T, D)}
    for name in ("gain1", "bias1", "gain2", "bias2", "b2"):
        arguments["p." + name] = draw(D)
    for name in ("Wq", "Wk", "Wv"):
        arguments["p." + name] = draw(D, H, E, scale=0.5)
    arguments |= {"p.Wo": draw(H, E, D, scale=0.5), "p.W1": draw(D, F, scale=0.5), "p.b1": draw(F),
                  "p.W2": draw(F, D, scale=0.5)}

    def attend(p, x):
        out = np.zeros_like(x)
        for b in range(len(x)):
            for h in range(H):
                q, k, v = x[b] @ p.Wq[:, h], x[b] @ p.Wk[:, h], x[b] @ p.Wv[:, h]
                for t in range(T):  # the positions up to t
                    out[b, t] += softmax(k[:t + 1] @ q[t] / np.sqrt(E)) @ v[:t + 1] @ p.Wo[h]
        return out

    def block(p, x):
        h = x + attend(p, layer_norm(x, p.gain1, p.bias1))
        return h + gelu(layer_norm(h, p.gain2, p.bias2) @ p.W1 + p.b1) @ p.W2 + p.b2

    def loss(p, x, y):
        return mse(block(p, x), y)
    return arguments, {"attend": attend, "block": block, "step": value_and_grad(loss, "p")}


@program("multi_head_attention", dict(B=2, T=3, S=5, D=4, C=3, H=2, E=2), dict(B=3, T=1, S=2, D=3, C=5, H=1, E=4))
def _(draw, B, T, S, D, C, H, E):
    arguments = {"p.Q": draw(D, H, E), "p.K": draw(C, H, E), "p.V": draw(C, H, E), "p.O": draw(H, E, D), "x": draw(B, T, D),
                 "y": draw(B, S, C), "lengths": 1 + draw.integers(S, B), "target": draw(B, T, D)}

    def attend(p, x, y, lengths):
        out = np.zeros((B, T, D))
        for b, n in enumerate(lengths):
            for h in range(H):
                weight = softmax((x[b] @ p.Q[:, h]) @ (y[b, :n] @ p.K[:, h]).T / np.sqrt(E))
                out[b] += weight @ (y[b, :n] @ p.V[:, h]) @ p.O[h]
        return out

    def loss(p, x, y, lengths, target):
        return mse(attend(p, x, y, lengths), target)
    return arguments, {"attend": attend, "step": value_and_grad(loss, "p")}


@program("linformer", dict(H=2, T=4, S=6, R=3, E=2), dict(H=1, T=3, S=8, R=2, E=5))
def _(draw, H, T, S, R, E):
    arguments = {"p.P": draw(R, S), "p.Q": draw(R, S), "q": draw(H, T, E), "k": draw(H, S, E), "v": draw(H, S, E),
                 "y": draw(H, T, E)}

    def attend(p, q, k, v):
        return np.stack([softmax(q[h] @ (p.P @ k[h]).T / np.sqrt(E)) @ (p.Q @ v[h]) for h in range(H)])

    def loss(p, q, k, v, y):
        return mse(attend(p, q, k, v), y)
    return arguments, {"attend": attend, "step": value_and_grad(loss, ("p", "q", "k", "v"))}


@program("performer", dict(H=2, T=3, S=4, E=3, C=2, M=5), dict(H=1, T=5, S=6, E=2, C=4, M=9))
def _(draw, H, T, S, E, C, M):
    arguments = {"q": draw(H, T, E), "k": draw(H, S, E), "v": draw(H, S, C), "W": draw(M, E), "y": draw(H, T, C)}

    def attend(q, k, v, W):  # through the kernel's matrix, which the program never forms
        def feature(x):
            return np.exp(x @ W.T - (x * x).sum(-1, keepdims=True) / 2)
        out = []
        for h in range(H):
            kernel = feature(q[h] / E ** 0.25) @ feature(k[h] / E ** 0.25).T / M
            out.append(kernel / kernel.sum(1, keepdims=True) @ v[h])
        return np.stack(out)

    def loss(q, k, v, W, y):
        return mse(attend(q, k, v, W), y)
    return arguments, {"attend": attend, "step": value_and_grad(loss, ("q", "k", "v"))}


# === updates of low rank ===============================================================================================

@program("lora", dict(N=5, I=4, O=3, R=2), dict(N=1, I=7, O=2, R=3))
def _(draw, N, I, O, R):
    arguments = {"p.A": draw(I, R), "p.B": draw(R, O), "W": draw(I, O), "x": draw(N, I), "y": draw(N, O),
                 "alpha": draw.uniform(low=1, high=4), "v.A": draw(I, R), "v.B": draw(R, O)}

    def merged(p, W, alpha):
        return W + alpha / R * p.A @ p.B

    def adapted(p, W, x, alpha):
        return x @ merged(p, W, alpha)

    def loss(p, W, x, y, alpha):
        return mse(adapted(p, W, x, alpha), y)

    def plus():
        slopes, rate = value_and_grad(loss, "p")(arguments), arguments["rate"]
        return {"A": arguments["p.A"] - rate * slopes["1.A"],
                "B": arguments["p.B"] - arguments["ratio"] * rate * slopes["1.B"]}
    arguments |= {"rate": draw.uniform(), "ratio": draw.uniform(low=2, high=16)}
    return arguments, {"adapted": adapted, "merged": merged, "step": value_and_grad(loss, "p"), "curve": hvp(loss, "p"),
                       "plus": by_differences(plus)}


@program("dora", dict(N=5, I=4, O=3, R=2), dict(N=2, I=3, O=6, R=1))
def _(draw, N, I, O, R):
    arguments = {"p.A": draw(I, R), "p.B": draw(R, O), "p.m": draw(O), "W": draw(I, O), "x": draw(N, I), "y": draw(N, O)}

    def magnitude(W):
        return np.linalg.norm(W, axis=0)

    def weight(p, W):
        columns = (W + p.A @ p.B).T
        return np.stack([m * c / np.linalg.norm(c) for m, c in zip(p.m, columns)], axis=1)

    def loss(p, W, x, y):
        return mse(x @ weight(p, W), y)
    return arguments, {"magnitude": magnitude, "weight": weight, "step": value_and_grad(loss, "p")}


@program("loha", dict(N=5, I=4, O=3, R=2), dict(N=2, I=3, O=6, R=1))
def _(draw, N, I, O, R):
    arguments = {"p.A1": draw(I, R), "p.B1": draw(R, O), "p.A2": draw(I, R), "p.B2": draw(R, O), "W": draw(I, O),
                 "x": draw(N, I), "y": draw(N, O)}

    def update(p):
        return (p.A1 @ p.B1) * (p.A2 @ p.B2)

    def loss(p, W, x, y):
        return mse(x @ W + x @ update(p), y)
    return arguments, {"update": update, "step": value_and_grad(loss, "p")}


@program("vera", dict(N=5, I=4, O=3, R=2), dict(N=2, I=3, O=6, R=4))
def _(draw, N, I, O, R):
    arguments = {"p.d": draw(R), "p.b": draw(O), "A": draw(I, R), "B": draw(R, O), "W": draw(I, O), "x": draw(N, I),
                 "y": draw(N, O)}

    def adapted(p, A, B, W, x):
        return x @ (W + A @ np.diag(p.d) @ B @ np.diag(p.b))

    def loss(p, A, B, W, x, y):
        return mse(adapted(p, A, B, W, x), y)
    return arguments, {"adapted": adapted, "step": value_and_grad(loss, "p")}


@program("mixture_of_experts", dict(N=4, D=3, E=4, H=2), dict(N=3, D=2, E=5, H=3))
def _(draw, N, D, E, H):
    arguments = {"p.G": draw(D, E), "p.W": draw(E, D, H), "p.V": draw(E, H, D), "x": draw(N, D), "y": draw(N, D)}

    def route(p, x):
        score = x @ p.G
        expert = np.array([sorted(range(E), key=lambda i: -row[i])[:2] for row in score], np.int32)
        return expert, softmax(np.take_along_axis(score, expert, axis=1))

    def layer(p, x):
        y = np.zeros((N, D))
        for n, (experts, weights) in enumerate(zip(*route(p, x))):
            y[n] = sum(w * relu(x[n] @ p.W[i]) @ p.V[i] for i, w in zip(experts, weights))
        return y

    def balance(p, x):
        counts = np.bincount(route(p, x)[0].ravel(), minlength=E) / (2 * N)
        return E * counts @ softmax(x @ p.G).mean(0)

    def loss(p, x, y):
        return mse(x + layer(p, x), y) + 0.01 * balance(p, x)
    return arguments, {"route": route, "layer": layer, "balance": balance, "step": value_and_grad(loss, "p")}
