"""The peer's side of the comparison: each workload as a JAX user writes it, with inputs that the Fluxion side receives too.

A workload is (step, state, batch, flops): step(*state, *batch) -> (*new state, loss); `names` are the leaves of state and
batch under the names that the .flx function gives them, so that both sides start from the same numbers.
"""
import jax
import jax.numpy as jnp
import numpy as np
import optax

f32 = jnp.float32


class Workload:
    def __init__(self, source, function, step, state, batch, flops, inputs, outputs):
        self.source, self.function = source, function      # the Fluxion side
        self.step, self.state, self.batch = step, state, batch
        self.flops = flops                                  # of one step, contractions only
        self.inputs = inputs                                # leaf path -> array, for Fluxion
        self.outputs = outputs                              # new state -> {leaf path: array} to compare


def mlp(batch):
    """784-256-128-10, relu, softmax cross-entropy, AdamW; parameters and moments updated in place."""
    rng = np.random.default_rng(0)
    sizes = [784, 256, 128, 10]
    normal = lambda *s, scale=1.0: jnp.asarray((rng.standard_normal(s) * scale).astype(np.float32))
    params = {}
    for i, (a, b) in enumerate(zip(sizes, sizes[1:]), 1):
        params[f"W{i}"], params[f"b{i}"] = normal(a, b, scale=(2 / a) ** 0.5), jnp.zeros(b, f32)
    x, y = normal(batch, 784), jnp.asarray(rng.integers(0, 10, batch).astype(np.int32))

    def loss(p, x, y):
        h = jax.nn.relu(x @ p["W1"] + p["b1"])
        h = jax.nn.relu(h @ p["W2"] + p["b2"])
        z = h @ p["W3"] + p["b3"]
        return optax.softmax_cross_entropy_with_integer_labels(z, y).mean()

    optimizer = optax.adamw(1e-3, weight_decay=1e-2)

    def step(p, s, x, y):
        value, gradient = jax.value_and_grad(loss)(p, x, y)
        updates, s = optimizer.update(gradient, s, p)
        return optax.apply_updates(p, updates), s, value

    macs = sum(a * b for a, b in zip(sizes, sizes[1:]))
    flops = 2 * batch * (3 * macs - sizes[0] * sizes[1])
    inputs = {f"p.{k}": v for k, v in params.items()}
    inputs |= {"x": x, "y": y}
    outputs = lambda state: {f"p.{k}": v for k, v in state[0].items()}
    return Workload("mlp.flx", "mlp.step", step, (params, optimizer.init(params)), (x, y), flops, inputs, outputs)


def lstm():
    """One layer of 256 units over 128 steps of a batch of 64, forward. What a step gives is not its next input."""
    rng = np.random.default_rng(0)
    steps, batch, units = 128, 64, 256
    normal = lambda *s, scale=1.0: jnp.asarray((rng.standard_normal(s) * scale).astype(np.float32))
    w, u, b = normal(units, 4 * units, scale=units ** -0.5), normal(units, 4 * units, scale=units ** -0.5), normal(4 * units)
    xs, h0, c0 = normal(steps, batch, units), normal(batch, units), normal(batch, units)

    def step(h_before, c_before, w, u, b, xs, h0, c0):
        def cell(carry, x):
            h, c = carry
            i, f, g, o = jnp.split(x @ w + h @ u + b, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h
        (h, c), hs = jax.lax.scan(cell, (h0, c0), xs)
        return h, c, hs.mean()

    inputs = {"p.w": w, "p.u": u, "p.b": b, "xs": xs, "h0": h0, "c0": c0}
    outputs = lambda state: {"0": state[0], "1": state[1]}
    return Workload("lstm.flx", "lstm", step, (h0 * 0, c0 * 0), (w, u, b, xs, h0, c0), 2 * steps * batch * 8 * units ** 2,
                    inputs, outputs)


def kernel(function, of, *shapes, flops=0):
    """One call of kernels.flx; `of` is the same in JAX. The peer may reuse the memory of its last result."""
    rng = np.random.default_rng(0)
    names = {"x": 0, "g": 1, "b": 2} if len(shapes) != 2 else {"a": 0, "b": 1}
    arrays = {name: jnp.asarray(rng.standard_normal(shapes[i]).astype(np.float32)) for name, i in names.items() if i < len(shapes)}
    step = lambda last, *args: (of(*args), f32(0))
    result = jax.eval_shape(of, *arrays.values())
    return Workload("kernels.flx", function, step, (jnp.zeros(result.shape, f32),), tuple(arrays.values()), flops, arrays,
                    lambda state: {"": state[0]})


def layer_norm(x, g, b):
    mean = x.mean(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(x.var(-1, keepdims=True) + 1e-5) * g + b


WORKLOADS = {"mlp-128": lambda: mlp(128), "mlp-1024": lambda: mlp(1024), "lstm": lstm}
for rows in (256, 4096):
    WORKLOADS |= {
        f"exp-{rows}": lambda n=rows: kernel(f"exp_{n}", jnp.exp, (n, 1024)),
        f"softmax-{rows}": lambda n=rows: kernel(f"softmax_{n}", jax.nn.softmax, (n, 1024)),
        f"logsumexp-{rows}": lambda n=rows: kernel(f"logsumexp_{n}", lambda x: jax.nn.logsumexp(x, axis=-1), (n, 1024)),
        f"layer-norm-{rows}": lambda n=rows: kernel(f"layer_norm_{n}", layer_norm, (n, 1024), (1024,), (1024,)),
    }
WORKLOADS |= {
    "batched-64": lambda: kernel("batched_64", jnp.matmul, (64, 64, 64), (64, 64, 64), flops=2 * 64 ** 4),
    "product-512": lambda: kernel("product_512", jnp.matmul, (512, 512), (512, 512), flops=2 * 512 ** 3),
}
