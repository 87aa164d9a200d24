"""Recurrences: over words, time and hidden states."""
import numpy as np

from blocks import cross_entropy, mse, program, sigmoid, softmax, value_and_grad


@program("lstm_language_model", dict(T=4, B=2, V=5, D=3, H=2), dict(T=6, B=1, V=3, D=2, H=4))
def _(draw, T, B, V, D, H):
    arguments = {"p.E": draw(V, D), "p.U": draw(D, 4 * H), "p.W": draw(H, 4 * H), "p.b": draw(4 * H), "p.O": draw(H, V),
                 "p.c": draw(V)}

    def logits(p, text):
        out = np.zeros((*text.shape, V))
        for b in range(text.shape[1]):
            h, c = np.zeros(H), np.zeros(H)
            for t, token in enumerate(text[:, b]):
                i, f, o, g = np.split(p.E[token] @ p.U + h @ p.W + p.b, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
                out[t, b] = h @ p.O + p.c
        return out

    def loss(p, text):
        return cross_entropy(logits(p, text[:-1]), text[1:])
    return {**arguments, "text": draw.integers(V, T + 1, B)}, {"logits": logits, "loss": loss}


@program("gru_language_model", dict(T=4, B=2, V=5, D=3), dict(T=6, B=1, V=3, D=2))
def _(draw, T, B, V, D):
    arguments = {"p.E": draw(V, D), "text": draw.integers(V, T + 1, B)}
    for gate in "zrn":
        arguments |= {f"p.{gate}.U": draw(D, D), f"p.{gate}.W": draw(D, D), f"p.{gate}.b": draw(D)}

    def logits(p, text):
        h, out = np.zeros((text.shape[1], D)), []
        for tokens in text:
            x = p.E[tokens]
            z, r = (sigmoid(x @ g.U + h @ g.W + g.b) for g in (p.z, p.r))
            h = h + (1 - z) * (np.tanh(x @ p.n.U + p.n.b + r * (h @ p.n.W)) - h)
            out.append(np.einsum("bd,vd->bv", h, p.E))
        return np.array(out)

    def loss(p, text):
        return cross_entropy(logits(p, text[:-1]), text[1:])
    return arguments, {"logits": logits, "loss": loss}


@program("state_space", dict(T=5, C=2, S=3), dict(T=9, C=3, S=1))
def _(draw, T, C, S):
    from scipy.linalg import expm
    arguments = {"p.alpha": draw(C, S, scale=0.5), "p.b": draw(C, S), "p.c": draw(C, S), "p.d": draw(C),
                 "p.log_step": -1 + draw(C, scale=0.3), "u": draw(T, C), "y": draw(T, C)}
    arguments["p.log_step"] = draw.round(arguments["p.log_step"])

    def recurrent(p, u):  # discretized by the exponential of the augmented matrix, channel by channel
        y = np.zeros((T, C))
        for c in range(C):
            augmented = np.zeros((S + 1, S + 1))
            augmented[:S, :S], augmented[:S, S] = np.diag(-np.exp(p.alpha[c])), p.b[c]
            exact = expm(np.exp(p.log_step[c]) * augmented)
            h = np.zeros(S)
            for t in range(T):
                h = exact[:S, :S] @ h + exact[:S, S] * u[t, c]
                y[t, c] = p.c[c] @ h + p.d[c] * u[t, c]
        return y

    def loss(p, u, y):
        return mse(recurrent(p, u), y)
    return arguments, {"recurrent": recurrent, "convolved": recurrent, "step": value_and_grad(loss, "p")}


@program("hidden_markov", dict(T=4, S=3, O=4), dict(T=7, S=2, O=3))
def _(draw, T, S, O):
    import itertools
    arguments = {"p.start": draw(S), "p.move": draw(S, S), "p.emit": draw(S, O), "seen": draw.integers(O, T + 1)}

    def paths(p, seen):
        """Every path of states and its joint probability with what was seen."""
        start, move, emit = softmax(p.start), softmax(p.move), softmax(p.emit)
        for path in itertools.product(range(S), repeat=len(seen)):
            probability = start[path[0]] * emit[path[0], seen[0]]
            for before, state, symbol in zip(path, path[1:], seen[1:]):
                probability *= move[before, state] * emit[state, symbol]
            yield probability, path

    def log_likelihood(p, seen):
        return np.log(sum(probability for probability, _ in paths(p, seen)))

    def viterbi(p, seen):
        probability, path = max(paths(p, seen))
        return np.array(path, np.int32), np.log(probability)
    return arguments, {"log_likelihood": log_likelihood, "viterbi": viterbi}


@program("kalman_filter", dict(T=4, N=2), dict(T=6, N=3))
def _(draw, T, N):
    from scipy.stats import multivariate_normal

    def positive(scale):
        root = draw(N, N, scale=scale)
        return draw.round(root @ root.T + scale * np.eye(N))
    arguments = {"p.F": draw(N, N, scale=0.6), "p.Q": positive(0.5), "p.c": draw(N), "p.r": draw.uniform(low=0.5, high=1),
                 "m0": draw(N), "P0": positive(0.7), "y": draw(T)}

    def filter(p, m0, P0, y):
        """By conditioning the joint normal distribution of all states and observations."""
        means, covariances, m, P = [], [], m0, P0
        mean, rows = [], []
        for _ in range(T):  # states as linear images of the initial state and the noises
            m = p.F @ m
            mean.append(m)
        cross = [[None] * T for _ in range(T)]
        for t in range(T):
            P = p.F @ P @ p.F.T + p.Q
            block = P
            for s in range(t, T):
                cross[t][s], cross[s][t] = block.T, block
                block = p.F @ block
        cross = np.array([[cross[s][t] if s >= t else cross[t][s].T for t in range(T)] for s in range(T)])
        # cross[s][t] = Cov(x_s, x_t)
        seen_mean = np.array([p.c @ m for m in mean])
        seen_cov = np.array([[p.c @ cross[s][t] @ p.c for t in range(T)] for s in range(T)]) + p.r * np.eye(T)
        for t in range(T):
            with_seen = np.array([cross[t][s] @ p.c for s in range(t + 1)]).T
            gain = np.linalg.solve(seen_cov[:t + 1, :t + 1], with_seen.T).T
            means.append(mean[t] + gain @ (y - seen_mean)[:t + 1])
            covariances.append(cross[t][t] - gain @ with_seen.T)
        return np.array(means), np.array(covariances), multivariate_normal(seen_mean, seen_cov).logpdf(y)
    return arguments, {"filter": filter}
