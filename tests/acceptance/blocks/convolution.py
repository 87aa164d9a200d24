"""Convolutions, by their sums."""
import numpy as np
from scipy.signal import correlate

from blocks import cross_entropy, mse, program, relu, sigmoid, value_and_grad


@program("conv_net", dict(B=2, h=1, w=2, I=2, F=2, G=3, C=2), dict(B=1, h=2, w=1, I=1, F=3, G=2, C=4))
def _(draw, B, h, w, I, F, G, C):
    arguments = {"p.K1": draw(3, 3, I, F), "p.b1": draw(F), "p.K2": draw(3, 3, F, G), "p.b2": draw(G),
                 "p.V": draw(h * w * G, C), "p.c": draw(C), "x": draw(B, 4 * h, 4 * w, I), "y": draw.integers(C, B)}

    def convolve(x, K):
        """SciPy's correlation, a pair of channels at a time."""
        out = np.zeros((*x.shape[:3], K.shape[3]))
        for b, i, o in np.ndindex(x.shape[0], *K.shape[2:]):
            out[b, :, :, o] += correlate(np.pad(x[b, :, :, i], 1), K[:, :, i, o], mode="valid")
        return out

    def pool(x):
        return np.array([[[x[b, i:i + 2, j:j + 2].max((0, 1)) for j in range(0, x.shape[2], 2)] for i in range(0, x.shape[1], 2)]
                         for b in range(len(x))])

    def logits(p, x):
        y = pool(relu(convolve(pool(relu(convolve(x, p.K1) + p.b1)), p.K2) + p.b2))
        return y.reshape(len(x), -1) @ p.V + p.c

    def loss(p, x, y):
        return cross_entropy(logits(p, x), y)
    return arguments, {"logits": logits, "step": value_and_grad(loss, "p")}


@program("separable_conv", dict(B=2, Y=2, X=1, I=2, O=3), dict(B=1, Y=1, X=3, I=3, O=2))
def _(draw, B, Y, X, I, O):
    arguments = {"p.D": draw(3, 3, 1, I), "p.first.gamma": draw(I), "p.first.beta": draw(I), "p.P": draw(I, O),
                 "p.last.gamma": draw(O), "p.last.beta": draw(O), "x": draw(B, 2 * Y + 1, 2 * X + 1, I),
                 "y": draw(B, Y, X, O), "D": draw(3, 3, 1, I)}

    def depthwise(x, D):
        out = np.zeros((B, Y, X, I))
        for b, i in np.ndindex(B, I):
            out[b, :, :, i] = correlate(x[b, :, :, i], D[:, :, 0, i], mode="valid")[::2, ::2]
        return out

    def block(p, x):
        def norm(q, z):
            flat = z.reshape(-1, z.shape[-1])
            return ((flat - flat.mean(0)) / np.sqrt(flat.var(0) + 1e-5) * q.gamma + q.beta).reshape(z.shape)
        return relu(norm(p.last, relu(norm(p.first, depthwise(x, p.D))) @ p.P))

    def loss(p, x, y):
        return mse(block(p, x), y)
    return arguments, {"depthwise": depthwise, "block": block, "step": value_and_grad(loss, "p")}


@program("wavenet", dict(B=2, T=7, C=2, D=3, O=2), dict(B=1, T=5, C=3, D=2, O=1))
def _(draw, B, T, C, D, O):
    arguments = {"x": draw(B, T, C), "y": draw(B, T, O)}
    for part in ("near", "mid", "far"):
        arguments |= {f"p.{part}.F": draw(2, C, D, scale=0.5), f"p.{part}.G": draw(2, C, D, scale=0.5),
                      f"p.{part}.U": draw(D, C, scale=0.5), f"p.{part}.V": draw(D, O, scale=0.5)}

    def net(p, x):
        out = np.zeros((B, T, O))
        for block, distance in ((p.near, 1), (p.mid, 2), (p.far, 4)):
            before = np.concatenate([np.zeros((B, distance, C)), x], axis=1)[:, :T]
            z = np.tanh(before @ block.F[0] + x @ block.F[1]) * sigmoid(before @ block.G[0] + x @ block.G[1])
            x, out = x + z @ block.U, out + z @ block.V
        return relu(out)

    def loss(p, x, y):
        return mse(net(p, x), y)
    return arguments, {"net": net, "step": value_and_grad(loss, "p")}
