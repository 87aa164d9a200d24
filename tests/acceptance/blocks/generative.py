"""Models of a density."""
import numpy as np

from blocks import by_differences, program, relu, sigmoid, value_and_grad


@program("vae", dict(B=3, D=4, H=3, K=2), dict(B=2, D=3, H=5, K=1))
def _(draw, B, D, H, K):
    arguments = {"x": draw.uniform(B, D), "noise": draw(B, K), "z": draw(B, K)}
    for name, shape in {"We": (D, H), "be": (H,), "Wm": (H, K), "bm": (K,), "Ws": (H, K), "bs": (K,), "Wd": (K, H), "bd": (H,),
                        "Wx": (H, D), "bx": (D,)}.items():
        arguments["p." + name] = draw(*shape, scale=0.7)

    def encode(p, x):
        h = np.tanh(x @ p.We + p.be)
        return h @ p.Wm + p.bm, h @ p.Ws + p.bs

    def decode(p, z):
        return np.tanh(z @ p.Wd + p.bd) @ p.Wx + p.bx

    def bound(p, x, noise):
        mu, log_var = encode(p, x)
        q = sigmoid(decode(p, mu + np.sqrt(np.exp(log_var)) * noise))
        reconstruction = -np.sum(x * np.log(q) + (1 - x) * np.log(1 - q), axis=1)
        divergence = np.sum(mu ** 2 + np.exp(log_var) - 1 - log_var, axis=1) / 2
        return np.mean(reconstruction + divergence)
    return arguments, {"encode": encode, "decode": decode, "bound": bound, "step_given": value_and_grad(bound, "p")}


@program("coupling_flow", dict(N=4, D=2, H=3), dict(N=2, D=3, H=4))
def _(draw, N, D, H):
    arguments = {"x": draw(N, 2 * D), "y": draw(N, 2 * D)}
    for part in ("first", "second"):
        for name, shape in {"W": (D, H), "b": (H,), "S": (H, D), "s": (D,), "T": (H, D), "t": (D,)}.items():
            arguments[f"p.{part}.{name}"] = draw(*shape, scale=0.5)

    def one(p, x):
        a, b = x[:D], x[D:]
        h = relu(a @ p.first.W + p.first.b)
        b = b * np.exp(np.tanh(h @ p.first.S + p.first.s)) + h @ p.first.T + p.first.t
        h = relu(b @ p.second.W + p.second.b)
        a = a * np.exp(np.tanh(h @ p.second.S + p.second.s)) + h @ p.second.T + p.second.t
        return np.concatenate([a, b])

    def log_det(p, x):  # of the whole Jacobian, by differences
        J, h = np.zeros((2 * D, 2 * D)), 1e-3
        for j in range(2 * D):
            e = h * np.eye(2 * D)[j]
            J[:, j] = (8 * (one(p, x + e) - one(p, x - e)) - (one(p, x + 2 * e) - one(p, x - 2 * e))) / (12 * h)
        return np.linalg.slogdet(J)[1]

    def forward(p, x):
        return np.array([one(p, each) for each in x]), np.array([log_det(p, each) for each in x])

    def analytic(p, x):
        total = np.zeros(N)
        for n, each in enumerate(x):
            s1 = np.tanh(relu(each[:D] @ p.first.W + p.first.b) @ p.first.S + p.first.s)
            s2 = np.tanh(relu(one(p, each)[D:] @ p.second.W + p.second.b) @ p.second.S + p.second.s)
            total[n] = s1.sum() + s2.sum()
        return total

    def loss(p, x):
        y = np.array([one(p, each) for each in x])
        return np.mean(np.sum(y ** 2, axis=1) / 2 + D * np.log(2 * np.pi) - analytic(p, x))

    def inverse(p, y):  # what it maps to y, found by Newton's method on the map itself
        from scipy.optimize import fsolve
        return np.array([fsolve(lambda x: one(p, x) - each, each, xtol=1e-14) for each in y])
    return arguments, {"forward": by_differences(forward), "inverse": inverse, "step": value_and_grad(loss, "p")}
