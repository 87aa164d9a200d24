"""Equations: integrated, iterated and solved."""
import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, fsolve

from blocks import hvp, mse, program, value_and_grad


@program("neural_ode", dict(B=3, D=2, H=4), dict(B=1, D=3, H=2))
def _(draw, B, D, H):
    arguments = {"p.W": draw(D, H), "p.w": draw(H), "p.b": draw(H), "p.V": draw(H, D, scale=0.5), "x": draw(B, D),
                 "y": draw(B, D)}

    def velocity(p, x, t):
        return np.tanh(x @ p.W + t * p.w + p.b) @ p.V

    def runge_kutta(p, x, steps):
        """By the tableau of the method."""
        a, c, b = [[], [1 / 2], [0, 1 / 2], [0, 0, 1]], [0, 1 / 2, 1 / 2, 1], [1 / 6, 1 / 3, 1 / 3, 1 / 6]
        for i in range(steps):
            stages = []
            for row, node in zip(a, c):
                at = x + sum((w * k for w, k in zip(row, stages)), np.zeros_like(x)) / steps
                stages.append(velocity(p, at, (i + node) / steps))
            x = x + sum(w * k for w, k in zip(b, stages)) / steps
        return x

    def flow(p, x):
        ours = runge_kutta(p, x, 20)
        true = solve_ivp(lambda t, z: velocity(p, z.reshape(B, D), t).ravel(), (0, 1), x.ravel(), rtol=1e-11, atol=1e-11).y[:, -1]
        assert np.max(np.abs(ours - true.reshape(B, D))) < 1e-4  # it is the solution of the equation
        return ours

    def loss(p, x, y):
        return mse(runge_kutta(p, x, 1), y)
    return arguments, {"flow": flow, "step": value_and_grad(loss, "p")}


@program("continuous_flow", dict(N=3, D=2, H=4), dict(N=2, D=3, H=3))
def _(draw, N, D, H):
    arguments = {"p.W": draw(D, H), "p.b": draw(H), "p.V": draw(H, D, scale=0.5), "x": draw(N, D), "e": draw(N, D)}

    def jacobian(p, x):
        return np.einsum("dh,nh,he->ned", p.W, 1 / np.cosh(x @ p.W + p.b) ** 2, p.V)

    def velocity(p, x):
        return np.tanh(x @ p.W + p.b) @ p.V

    def exact(p, x):
        return velocity(p, x), np.trace(jacobian(p, x), axis1=1, axis2=2)

    def probe(p, x, e):
        return velocity(p, x), np.einsum("ni,nij,nj->n", e, jacobian(p, x), e)

    def transport(p, x):
        change = np.zeros(N)
        for _ in range(10):
            f0, t0 = exact(p, x)
            f1, t1 = exact(p, x + f0 / 10)
            x, change = x + (f0 + f1) / 20, change - (t0 + t1) / 20
        return x, change

    def cost(p, x, e):
        f, divergence = probe(p, x, e)
        return np.mean(np.linalg.norm(f, axis=1) ** 2) + np.mean(divergence ** 2)
    return arguments, {"exact": exact, "probe": probe, "transport": transport, "step": value_and_grad(cost, "p")}


@program("k_means", dict(N=8, D=2, K=3), dict(N=12, D=3, K=2))
def _(draw, N, D, K):
    x = draw(N, D)
    arguments = {"x": x, "c0": x[:K].copy(), "limit": np.int32(100), "c": draw(K, D)}

    def nearest(x, c):
        return np.array([np.argmin([np.linalg.norm(point - centre) for centre in c]) for point in x], np.int32)

    def cluster(x, c0, limit):
        c, rounds = c0.copy(), 0
        while rounds < limit:
            rounds += 1
            owner = nearest(x, c)
            fresh = np.array([x[owner == k].mean(0) if np.any(owner == k) else c[k] for k in range(K)])
            if np.allclose(fresh, c, atol=1e-7):
                break
            c = fresh
        return c, nearest(x, c), np.int32(rounds)

    def inertia(x, c):
        return np.sum((x - c[nearest(x, c)]) ** 2)
    return arguments, {"cluster": cluster, "inertia": inertia, "step": value_and_grad(inertia, "c")}


@program("kepler", dict(N=4), dict(N=9))
def _(draw, N):
    arguments = {"M": draw.uniform(N, low=-3, high=3), "e": draw.uniform(N, low=0, high=0.9),
                 "tolerance": np.float64(2.0 ** -43), "E": draw(N), "v": draw(N)}

    def solve(M, e):  # the number of steps depends on the precision
        return np.array([brentq(lambda E: E - b * np.sin(E) - a, a - 1, a + 1, xtol=1e-14) for a, b in zip(M, e)]), None

    def merit(E, M, e):
        return np.sum((E - e * np.sin(E) - M) ** 2) / 2
    return arguments, {"solve": solve, "step": value_and_grad(merit, "E"), "curve": hvp(merit, "E")}


@program("deep_equilibrium", dict(B=3, D=2, H=3), dict(B=1, D=4, H=2))
def _(draw, B, D, H):
    arguments = {"p.W": draw(H, H, scale=0.2), "p.U": draw(D, H), "p.b": draw(H), "x": draw(B, D), "z": draw(B, H),
                 "tolerance": np.float64(0)}

    def equilibrium(p, x):
        def excess(z):
            z = z.reshape(B, H)
            return (z - np.tanh(z @ p.W + x @ p.U + p.b)).ravel()
        return fsolve(excess, np.zeros(B * H), xtol=1e-14).reshape(B, H)

    def gap(p, z, x):
        return mse(np.tanh(z @ p.W + x @ p.U + p.b), z)
    return arguments, {"equilibrium": equilibrium, "step": value_and_grad(gap, ("p", "z"))}
