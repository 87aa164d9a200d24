"""The programs of examples/blocks as their papers define them, in NumPy. Each module holds a group; a program is one function
that, for given extents, draws the arguments and returns them with what every function of the program should give:

    @program("lora", dict(N=5, I=4, O=3, R=2))
    def _(draw, N, I, O, R):
        def adapted(p, W, x, alpha): …
        return arguments, {"adapted": adapted, "step": value_and_grad(loss, "p")}

Arguments are named by leaf ("p.A"); a reference takes those it names, structs as namespaces, and returns an array, a tuple or a
dict, as deep as the program's result (None: not compared). Derivatives come from differences of the reference itself, in f64."""
import inspect
import types

import numpy as np

PROGRAMS = {}


def program(name, *sizes):
    def register(build):
        PROGRAMS[name] = (build, sizes)
        return build
    return register


class Draw:
    """Seeded numbers, each of which f32 can hold, so that both precisions are asked the same question."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)

    def __call__(self, *shape, scale=1.0):
        return self.round(scale * self.generator.standard_normal(shape))

    def uniform(self, *shape, low=0.0, high=1.0):
        return self.round(self.generator.uniform(low, high, shape))

    def integers(self, below, *shape):
        return self.generator.integers(0, below, shape).astype(np.int32)

    def flags(self, *shape):
        return self.generator.integers(0, 2, shape).astype(bool)

    @staticmethod
    def round(values):
        return np.asarray(values, np.float32).astype(np.float64)


def nested(arguments):
    """{"p.A": …} as {"p": namespace with A}; a part that is a number stands in a list."""
    tree = {}
    for path, value in arguments.items():
        *parents, leaf = path.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = value

    def settle(node):
        if not isinstance(node, dict):
            return node
        if all(key.isdigit() for key in node):
            return [settle(node[str(i)]) for i in range(len(node))]
        return types.SimpleNamespace(**{key: settle(value) for key, value in node.items()})
    return {key: settle(value) for key, value in tree.items()}


def evaluate(reference, arguments):
    """The reference's value as {path: array}; derivatives are already that."""
    if isinstance(reference, Derivative):
        return reference(arguments)
    values, leaves = nested(arguments), {}

    def visit(value, path):
        if isinstance(value, (tuple, list)):
            value = {str(i): part for i, part in enumerate(value)}
        if isinstance(value, types.SimpleNamespace):
            value = vars(value)
        if isinstance(value, dict):
            for key, part in value.items():
                visit(part, f"{path}.{key}" if path else key)
        else:
            leaves[path or "0"] = None if value is None else np.asarray(value)
    visit(reference(**{name: values[name] for name in inspect.signature(reference).parameters if name in values}), "")
    return leaves


class Derivative:
    """Differences of a scalar reference with respect to some arguments: central, extrapolated once (error h⁴)."""

    def __init__(self, loss, wrt, with_value=True, direction=None):
        self.loss, self.wrt, self.with_value, self.direction = loss, wrt, with_value, direction

    def value(self, arguments):
        return float(evaluate(self.loss, arguments)["0"])

    def leaves(self, arguments):
        """Pairs of an argument's leaf and its path in the result."""
        many, found = isinstance(self.wrt, tuple), []
        for i, each in enumerate(self.wrt if many else (self.wrt,)):
            for name in arguments:
                if name == each or name.startswith(each + "."):
                    found.append((name, ".".join(([str(i)] if many else []) + ([name[len(each) + 1:]] if name != each else []))))
        return found

    def slope(self, arguments, move, h):
        """d/dt of the loss at move(t)."""
        def central(h):
            return (self.value(move(h)) - self.value(move(-h))) / (2 * h)
        return (4 * central(h / 2) - central(h)) / 3

    def moved(self, arguments, changes):
        made = dict(arguments)
        for name, change in changes.items():
            made[name] = made[name] + change
        return made

    def gradient(self, arguments, h=1e-4):
        found = {}
        for name, path in self.leaves(arguments):
            gradient = np.zeros(np.shape(arguments[name]))
            for at in np.ndindex(gradient.shape):
                unit = np.zeros(gradient.shape)
                unit[at] = 1
                gradient[at] = self.slope(arguments, lambda t: self.moved(arguments, {name: t * unit}), h)
            found[path] = gradient
        return found

    def __call__(self, arguments):
        def under(prefix, leaves):
            return {f"{prefix}.{path}" if path else prefix: leaf for path, leaf in leaves.items()}
        if self.direction is None:
            gradient = self.gradient(arguments)
            return {"0": self.value(arguments), **under("1", gradient)} if self.with_value else (
                gradient if "" not in gradient else {"0": gradient[""]})
        # hvp: the gradient, and its change along the direction
        names = dict(self.leaves(arguments))
        along = {name: arguments[self.direction + ("." + path if path else "")] for name, path in names.items()}

        def shifted(t):
            return self.gradient(self.moved(arguments, {name: t * v for name, v in along.items()}), h=2e-3)
        h, change = 2e-3, {}
        plus, minus, near, close = shifted(h), shifted(-h), shifted(h / 2), shifted(-h / 2)
        for path in plus:
            change[path] = (4 * (near[path] - close[path]) / h - (plus[path] - minus[path]) / (2 * h)) / 3
        return {**under("0", self.gradient(arguments)), **under("1", change)}


def value_and_grad(loss, wrt):
    return Derivative(loss, wrt)


def grad(loss, wrt):
    return Derivative(loss, wrt, with_value=False)


def hvp(loss, wrt, direction="v"):
    return Derivative(loss, wrt, direction=direction)


def by_differences(reference):
    """Marks a reference as one that holds differences, so that it is compared as a derivative is."""
    reference.by_differences = True
    return reference


# === what several programs share, written from the definitions =========================================================

def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def softplus(x):
    return np.logaddexp(0, x)


def relu(x):
    return np.maximum(x, 0)


def silu(x):
    return x * sigmoid(x)


def gelu(x):
    from math import erf
    return 0.5 * x * (1 + np.vectorize(erf)(x / np.sqrt(2)))


def logsumexp(x, axis=-1):
    return np.logaddexp.reduce(x, axis=axis)


def softmax(x, axis=-1):
    return np.exp(x - np.expand_dims(logsumexp(x, axis), axis))


def mse(a, b):
    return np.mean((a - b) ** 2)


def cross_entropy(z, y):
    z, y = z.reshape(-1, z.shape[-1]), np.reshape(y, -1)
    return np.mean(logsumexp(z) - z[np.arange(len(y)), y])
