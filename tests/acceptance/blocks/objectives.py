"""Losses, and models that are little more than a loss."""
import numpy as np

from blocks import by_differences, cross_entropy, hvp, logsumexp, mse, program, relu, sigmoid, softmax, softplus, value_and_grad


@program("matrix_factorization", dict(M=4, N=5, K=2), dict(M=6, N=3, K=3))
def _(draw, M, N, K):
    arguments = {"p.U": draw(M, K), "p.a": draw(M), "p.V": draw(N, K), "p.b": draw(N), "R": draw(M, N),
                 "known": draw.flags(M, N), "lam": draw.uniform()}
    arguments["known"][0, 0] = True

    def predict(p):
        return np.array([[p.U[i] @ p.V[j] + p.a[i] + p.b[j] for j in range(N)] for i in range(M)])

    def loss(p, R, known, lam):
        return np.mean((R - predict(p))[known] ** 2) + lam * (np.linalg.norm(p.U) ** 2 + np.linalg.norm(p.V) ** 2)
    return arguments, {"predict": predict, "step": value_and_grad(loss, "p")}


@program("barlow_twins", dict(N=5, D=3), dict(N=8, D=2))
def _(draw, N, D):
    arguments = {"za": draw(N, D), "zb": draw(N, D), "lam": draw.uniform()}

    def loss(za, zb, lam):
        a, b = ((z - z.mean(0)) / np.sqrt(z.var(0) + 1e-5) for z in (za, zb))
        C = a.T @ b / N
        off = C - np.diag(np.diag(C))
        return np.sum((1 - np.diag(C)) ** 2) + lam * np.sum(off ** 2)
    return arguments, {"loss": loss, "step": value_and_grad(loss, ("za", "zb"))}


@program("vicreg", dict(N=5, D=3), dict(N=8, D=2))
def _(draw, N, D):
    arguments = {"za": draw(N, D), "zb": draw(N, D), "invariance": np.float64(25), "variance": np.float64(25),
                 "covariance": np.float64(1)}

    def loss(za, zb, invariance, variance, covariance):
        total = invariance * mse(za, zb)
        for z in (za, zb):
            S = np.atleast_2d(np.cov(z.T))
            total += variance * np.mean(relu(1 - np.sqrt(np.diag(S) + 1e-4)))
            total += covariance * sum(S[i, j] ** 2 for i, j in np.ndindex(D, D) if i != j) / D
        return total
    return arguments, {"loss": loss, "step": value_and_grad(loss, ("za", "zb"))}


@program("infonce", dict(N=4, D=3), dict(N=6, D=2))
def _(draw, N, D):
    arguments = {"x": draw(N, D), "y": draw(N, D), "log_tau": draw(scale=0.3)}

    def loss(x, y, log_tau):
        x, y = (z / np.linalg.norm(z, axis=1, keepdims=True) for z in (x, y))
        s, match = x @ y.T / np.exp(log_tau), np.arange(N)
        return (cross_entropy(s, match) + cross_entropy(s.T, match)) / 2
    return arguments, {"loss": loss, "step": value_and_grad(loss, ("x", "y", "log_tau"))}


@program("gaussian_mixture", dict(N=5, D=2, K=3), dict(N=3, D=4, K=2))
def _(draw, N, D, K):
    from scipy.stats import multivariate_normal
    arguments = {"p.a": draw(K), "p.mu": draw(K, D), "p.s": draw(K, D, scale=0.3), "x": draw(N, D)}
    arguments |= {"v.a": draw(K), "v.mu": draw(K, D), "v.s": draw(K, D)}

    def densities(p, x):
        return np.stack([softmax(p.a)[k] * np.atleast_1d(multivariate_normal(p.mu[k], np.diag(np.exp(2 * p.s[k]))).pdf(x))
                         for k in range(K)], axis=1)

    def responsibilities(p, x):
        each = densities(p, x)
        return each / each.sum(1, keepdims=True)

    def loss(p, x):
        return -np.mean(np.log(densities(p, x).sum(1)))

    def plain(p, x):  # the same without scipy's frozen distributions, for differences
        z = (x[:, None] - p.mu) / np.exp(p.s)
        return -np.mean(logsumexp(np.log(softmax(p.a)) - np.sum(z ** 2 / 2 + p.s + np.log(2 * np.pi) / 2, axis=2)))
    return arguments, {"responsibilities": responsibilities, "loss": loss, "step": value_and_grad(plain, "p"),
                       "curve": hvp(plain, "p")}


@program("autoencoder", dict(B=4, D=5, H=3), dict(B=2, D=3, H=6))
def _(draw, B, D, H):
    arguments = {"p.W": draw(D, H), "p.b": draw(H), "p.c": draw(D), "x": draw.uniform(B, D), "noise": draw(B, D, scale=0.1),
                 "h": draw(B, H)}

    def code(p, x):
        return np.tanh(x @ p.W + p.b)

    def reconstruction(p, h):
        return h @ p.W.T + p.c

    def loss(p, x, noise):
        q = sigmoid(reconstruction(p, code(p, x + noise)))
        return -np.mean(x * np.log(q) + (1 - x) * np.log(1 - q))
    return arguments, {"code": code, "reconstruction": reconstruction, "step": value_and_grad(loss, "p")}


@program("ppo", dict(N=6, S=3, H=4, A=3), dict(N=9, S=2, H=3, A=5))
def _(draw, N, S, H, A):
    arguments = {"p.W": draw(S, H), "p.b": draw(H), "p.P": draw(H, A), "p.c": draw(A), "p.v": draw(H), "states": draw(N, S),
                 "actions": draw.integers(A, N), "old_log_prob": np.float64(-1) + draw(N, scale=0.5), "advantage": draw(N),
                 "returns": draw(N), "eps": np.float64(0.25), "value_weight": np.float64(0.5),
                 "entropy_weight": np.float64(0.125)}

    def loss(p, states, actions, old_log_prob, advantage, returns, eps, value_weight, entropy_weight):
        total = 0.0
        for s, a, old, advance, R in zip(states, actions, old_log_prob, advantage, returns):
            h = np.tanh(s @ p.W + p.b)
            policy = softmax(h @ p.P + p.c)
            ratio = policy[a] / np.exp(old)
            total += -min(ratio * advance, np.clip(ratio, 1 - eps, 1 + eps) * advance)
            total += value_weight * (h @ p.v - R) ** 2 / 2 + entropy_weight * np.sum(policy * np.log(policy))
        return total / N
    return arguments, {"loss": loss, "step": value_and_grad(loss, "p")}


@program("gan", dict(N=4, M=3, Z=2, H=3, X=2, K=3), dict(N=2, M=5, Z=3, H=2, X=3, K=4))
def _(draw, N, M, Z, H, X, K):
    arguments = {"g.A": draw(Z, H), "g.a": draw(H), "g.B": draw(H, X), "d.C": draw(X, K), "d.c": draw(K), "d.w": draw(K),
                 "x": draw(N, X), "z": draw(M, Z), "rate": draw.uniform(low=0.1, high=0.5)}

    def generate(g, z):
        return np.tanh(z @ g.A + g.a) @ g.B

    def game(g, d, x, z):
        def judged(x):
            return np.tanh(x @ d.C + d.c) @ d.w
        return np.mean(-softplus(-judged(x))) + np.mean(-softplus(judged(generate(g, z))))
    field = value_and_grad(game, ("g", "d"))

    def stepped(base, at):
        """base moved along the gradient at `at`: the players g down, d up."""
        slopes, rate = field({**arguments, **at}), arguments["rate"]
        return {name: base[name] + rate * slopes["1." + {"g": "0", "d": "1"}[name[0]] + name[1:]] * (-1 if name[0] == "g" else 1)
                for name in base}
    players = {name: value for name, value in arguments.items() if name[0] in "gd" and name[1] == "."}

    def as_result(moved):
        return tuple({name[2:]: value for name, value in moved.items() if name[0] == player} for player in "gd")

    def simultaneous():
        return as_result(stepped(players, players))

    def extragradient():
        return as_result(stepped(players, stepped(players, players)))
    return arguments, {"generate": generate, "game": game, "field": field, "simultaneous": by_differences(simultaneous),
                       "extragradient": by_differences(extragradient)}


@program("word_embedding", dict(W=6, D=3, B=4, K=2), dict(W=4, D=2, B=5, K=3))
def _(draw, W, D, B, K):
    arguments = {"p.V": draw(W, D), "p.U": draw(W, D), "word": draw.integers(W, B), "beside": draw.integers(W, B),
                 "random": draw.integers(W, B, K), "rate": draw.uniform()}

    def loss(p, word, beside, random):
        total = 0.0
        for w, c, others in zip(word, beside, random):
            total -= np.log(sigmoid(p.U[c] @ p.V[w])) + sum(np.log(sigmoid(-p.U[k] @ p.V[w])) for k in others)
        return total / B
    step = value_and_grad(loss, "p")

    def update():
        slopes = step(arguments)
        return {name: arguments["p." + name] - arguments["rate"] * slopes["1." + name] for name in "VU"}
    return arguments, {"loss": loss, "step": step, "update": by_differences(update)}


@program("cox", dict(N=6, D=3), dict(N=9, D=2))
def _(draw, N, D):
    arguments = {"w": draw(D), "x": draw(N, D), "time": draw.uniform(N, low=0, high=10), "died": draw.flags(N), "v": draw(D)}
    arguments["died"][0] = True

    def loss(w, x, time, died):
        risk = np.exp(x @ w)
        terms = [np.log(risk[time >= time[i]].sum()) - x[i] @ w for i in range(N) if died[i]]
        return np.mean(terms)
    return arguments, {"loss": loss, "step": value_and_grad(loss, "w"), "curve": hvp(loss, "w"), "sorted_loss": loss,
                       "sorted_step": value_and_grad(loss, "w")}
