"""The peer of the quickstart: the same network, data, recipe, batches and evaluation in JAX + optax. Prints one line of JSON:
the wall time of the loop, data reading and compilation included, imports excluded; and the accuracy it reached."""
import gzip
import json
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax

FOLDER = "/usr/share/datasets/fashion-mnist/"
EPOCHS, BATCH = int(sys.argv[1]) if len(sys.argv) > 1 else 12, 128


def idx(name):
    raw = gzip.open(FOLDER + name).read()
    rank = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def logits(p, x):
    h = jax.nn.relu(x @ p["W1"] + p["b1"])
    h = jax.nn.relu(h @ p["W2"] + p["b2"])
    return h @ p["W3"] + p["b3"]


def loss(p, x, y):
    return optax.softmax_cross_entropy_with_integer_labels(logits(p, x / 255), y).mean()


start = time.perf_counter()
x, y = idx("train-images-idx3-ubyte.gz").reshape(-1, 784).astype(np.float32), idx("train-labels-idx1-ubyte.gz").astype(np.int32)
tx, ty = idx("t10k-images-idx3-ubyte.gz").reshape(-1, 784).astype(np.float32), idx("t10k-labels-idx1-ubyte.gz").astype(np.int32)
rng = np.random.default_rng(7)
params = {}
for i, (a, b) in enumerate([(784, 256), (256, 128), (128, 10)], 1):
    params[f"W{i}"] = jnp.asarray((rng.standard_normal((a, b)) * (2 / a) ** 0.5).astype(np.float32))
    params[f"b{i}"] = jnp.zeros(b, jnp.float32)
steps = EPOCHS * -(-len(x) // BATCH)
schedule = optax.warmup_cosine_decay_schedule(0.0, 1e-3, 200, steps)
optimizer = optax.adamw(schedule, weight_decay=1e-2)


def step(p, s, x, y):
    value, gradient = jax.value_and_grad(loss)(p, x, y)
    updates, s = optimizer.update(gradient, s, p)
    return optax.apply_updates(p, updates), s, value


step = jax.jit(step, donate_argnums=(0, 1))
accuracy = jax.jit(lambda p, x, y: (logits(p, x / 255).argmax(-1) == y).mean())
state = optimizer.init(params)
for epoch in range(EPOCHS):
    order = rng.permutation(len(x))
    for i in range(0, len(x), BATCH):
        rows = order[i:i + BATCH]
        params, state, value = step(params, state, x[rows], y[rows])
    reached = float(accuracy(params, tx, ty))
print(json.dumps({"seconds": time.perf_counter() - start, "accuracy": reached}))
