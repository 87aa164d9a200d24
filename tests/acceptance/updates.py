#!/usr/bin/env python3
"""Updates of several batches, averages of the weights, batches that grow and batches that stay: through the command line, with
the same bits for any number of threads and after any kill; what they come to is compared with training they must equal, and
the last two with loops of their own."""
import json
import math
import os
import random
import signal
import struct
import subprocess
import time
import unittest

from acceptance import FLUXION, HANGS, AcceptanceTest, floats, npz

ROWS = 1003
HEAD = """struct Net { W1: f32[20,48] ~ he_normal, b1: f32[48] ~ zeros, W2: f32[48,3] ~ he_normal, b2: f32[3] ~ zeros }
fn logits(p: Net, x: f32[B,20]) -> f32[B,3] = linear(relu(linear(x, p.W1, p.b1)), p.W2, p.b2)
train fit {
"""
BODY = """  test (x, y) = npz("data.npz")
  model p: Net
  loss = cross_entropy(logits(p, x), y)
  eval accuracy(logits(p, x), y)
  seed 7
"""


def model(data="batch 64 shuffle", loss=None, rest=""):
    body = BODY.replace("cross_entropy(logits(p, x), y)", loss) if loss else BODY
    return f'{HEAD}  data (x: f32[B,20], y: i32[B]) = npz("data.npz") {data}\n{body}  {rest}\n}}\n'


def tensors(data):
    """The f32 and f64 tensors of a safetensors file."""
    (length,) = struct.unpack_from("<Q", data)
    header, found = json.loads(data[8:8 + length]), {}
    for name, entry in header.items():
        kind = {"F32": "f", "F64": "d"}.get(entry.get("dtype"))
        if kind:
            begin, end = entry["data_offsets"]
            found[name] = struct.unpack(f"<{(end - begin) // struct.calcsize(kind)}{kind}", data[8 + length + begin:8 + length + end])
    return found


def distance(a, b):
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b))) / max(math.sqrt(sum(y * y for y in b)), 1e-30)


class Updates(AcceptanceTest):
    def setUp(self):
        super().setUp()
        draw = random.Random(11)
        x = [[draw.gauss(0, 1) for _ in range(20)] for _ in range(ROWS)]
        y = [max(range(3), key=lambda c: sum(row[c::3])) for row in x]
        self.write("data.npz", npz({"x.npy": floats((v for row in x for v in row), (ROWS, 20)), "y.npy": floats(y, kind="i")}))

    def train(self, name, text, *words):
        self.write(f"{name}.flx", text)
        said = self.succeeds("train", f"{name}.flx", "--quiet", "--save", f"{name}.safetensors", "--log", f"{name}.csv", *words)
        return said.output

    def log(self, name):
        lines = self.read(f"{name}.csv").decode().splitlines()
        columns = lines[0].split(",")
        return [dict(zip(columns, line.split(","))) for line in lines[1:]]

    def steps(self, name):
        return [row for row in self.log(name) if row["loss"]]

    # What is compared for bits: everything at once, in ways that meet in odd places.
    VARIANTS = {
        "accumulated": model("batch 24 shuffle", "cross_entropy(logits(p, dropout(x, key, 0.1)), y)",
                             "optimizer adamw(lr = cosine(1e-2, warmup = 10)), clip global_norm 1.0 accumulate 4 ema 0.98 epochs 24"),
        "growing": model("batch 16 to 100 every 3 shuffle", None, "optimizer momentum(lr = 1e-2) accumulate 2 ema 0.9 epochs 24"),
        "fixed": model("batch 96 shuffle batches", None, "optimizer saga(batches = 11, lr = 0.2) epochs 40"),
    }

    def test_threads_change_no_bit(self):
        for name, text in self.VARIANTS.items():
            self.train(name, text, "--threads", 1)
            first = self.read(f"{name}.safetensors"), self.read(f"{name}.csv")
            for threads in (2, 3):
                self.train(name, text, "--threads", threads)
                self.assertEqual(first, (self.read(f"{name}.safetensors"), self.read(f"{name}.csv")), (name, threads))

    def test_killed_at_any_moment(self):
        draw, inside = random.Random(), 0
        for name, text in self.VARIANTS.items():
            begin = time.monotonic()
            self.train(name, text)
            whole = time.monotonic() - begin
            words = ["train", f"{name}.flx", "--quiet", "--save", "k.safetensors", "--log", "k.csv", "--checkpoint-every", "3", "--resume"]
            for _ in range(4):
                for _ in range(2):
                    run = subprocess.Popen([FLUXION, *words], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    time.sleep(draw.uniform(0.05, 0.9) * whole)
                    run.kill()
                    run.wait(timeout=HANGS)
                    inside += os.path.exists(self.path("k.checkpoint.safetensors")) and run.returncode == -signal.SIGKILL
                self.succeeds(*words)
                for kind in ("safetensors", "csv"):
                    self.assertEqual(self.read(f"{name}.{kind}"), self.read(f"k.{kind}"), (name, kind))
                for file in ("k.safetensors", "k.csv", "k.checkpoint.safetensors"):
                    os.unlink(self.path(file))
        self.assertGreater(inside, 0, "no run was killed in its midst")

    def test_interrupted_within_an_update(self):
        """Ctrl-C between the batches of an update: the checkpoint holds what was gathered."""
        text = model("batch 4 shuffle", None, "optimizer adam(lr = 1e-3) accumulate 199 epochs 3000")
        self.train("whole", text)
        words = ["train", "whole.flx", "--quiet", "--save", "part.safetensors", "--log", "part.csv", "--resume"]
        within = 0
        while not within:
            run = subprocess.Popen([FLUXION, *words], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while not os.path.exists(self.path("part.checkpoint.safetensors")) and run.poll() is None:
                time.sleep(0.001)
            time.sleep(random.uniform(0.1, 0.4))
            run.send_signal(signal.SIGINT)
            run.communicate(timeout=HANGS)
            within += tensors(self.read("part.checkpoint.safetensors"))["accumulated_loss"][0] != 0
            if run.returncode == 0:
                break
        self.succeeds(*words)
        self.assertGreater(within, 0, "no run was interrupted within an update")
        self.assertEqual(self.read("whole.safetensors"), self.read("part.safetensors"))
        self.assertEqual(self.read("whole.csv"), self.read("part.csv"))

    def test_several_batches_are_a_larger_one(self):
        rest = "optimizer momentum(lr = cosine(3e-2, warmup = 5)), clip global_norm 0.5 epochs 3"
        self.train("large", model("batch 64 shuffle", None, rest))
        for batch, count in ((32, 2), (16, 4), (64, 1)):
            self.train("small", model(f"batch {batch} shuffle", None, f"{rest} accumulate {count}"))
            large, small = tensors(self.read("large.safetensors")), tensors(self.read("small.safetensors"))
            for name in large:
                self.assertLess(distance(small[name], large[name]), 1e-4, (batch, name))
            rows = list(zip(self.log("small"), self.log("large"), strict=True))
            self.assertEqual(len(rows), 3 * 16 + 3)
            for mine, theirs in rows:
                for key in mine:
                    if key != "epoch" and (mine[key] or theirs[key]):
                        self.assertAlmostEqual(float(mine[key]), float(theirs[key]), delta=1e-4, msg=(batch, key))

    def test_averages_are_evaluated_and_saved(self):
        rest = "optimizer sgd(lr = 0.5) epochs {}"
        with_one = rest.format(2) + " ema 0.9"
        said = self.train("mean", model("batch 256", None, with_one))
        saved, kept = tensors(self.read("mean.safetensors")), tensors(self.read("mean.checkpoint.safetensors"))
        weights = []  # after each update, from runs that end there: an epoch of one batch is an update
        self.train("raw", model("batch 256", None, rest.format(2)))
        raw = tensors(self.read("raw.safetensors"))
        for name in raw:
            self.assertEqual(saved[name], kept["ema.p." + name])
            self.assertEqual(raw[name], kept["p." + name], "the averages must not touch what moves")
        for epochs in range(1, 5):
            self.train("each", model("", None, rest.format(epochs)))
            weights.append(tensors(self.read("each.safetensors"))["W2"])
        self.train("mean", model("", None, rest.format(4) + " ema 0.9"))
        shares = [0.9 ** (4 - i) for i in range(1, 5)]
        wanted = [sum(s * w[k] for s, w in zip(shares, weights)) / sum(shares) for k in range(len(weights[0]))]
        self.assertLess(distance(tensors(self.read("mean.safetensors"))["W2"], wanted), 1e-6)
        self.assertIn("test accuracy", said)
        # the test is of the averages: a run that begins at its end evaluates what was saved
        loss = [row["test_loss"] for row in self.log("mean")][-1]
        self.assertNotEqual(loss, "")
        again = self.succeeds("run", "mean.flx:fit.eval", "p=@mean.safetensors", "x=@data.npz:x", "y=@data.npz:y").output
        self.assertIn(f"{float(loss):.3f}"[:5], again)

    def test_growing_batches(self):
        self.train("growing", model("batch 16 to 100 every 3 shuffle", None, "optimizer sgd(lr = linear_warmup(0.1, 8)) epochs 11"))
        sizes = [16] * 3 + [32] * 3 + [64] * 3 + [100] * 2
        wanted = sum(-(-ROWS // size) for size in sizes)
        rows = self.steps("growing")
        self.assertEqual(len(rows), wanted)
        ends = [float(row["epoch"]) for row in rows].index(3.0)
        self.assertEqual(ends + 1, 3 * 63)
        self.train("short", model("batch 16 shuffle", None, "optimizer sgd(lr = linear_warmup(0.1, 8)) epochs 3"))
        for mine, theirs in zip(rows, self.steps("short")):
            self.assertEqual(mine, theirs, "before it grows it is the training with the small batch")

    def test_saga_with_fixed_batches_finds_the_minimum(self):
        """Least squares, with so different batches that SGD at this rate stays away."""
        draw = random.Random(3)
        x = [[draw.gauss(0, 1) for _ in range(3)] for _ in range(64)]
        y = [draw.gauss(0, 1) + 3 * (i // 8 % 2) for i in range(64)]
        self.write("d.npz", npz({"x.npy": floats((v for row in x for v in row), (64, 3), "d"), "y.npy": floats(y, kind="d")}))
        text = """struct P {{ w: f64[3] ~ zeros }}
train t {{
  data (x: f64[B,3], y: f64[B]) = npz("d.npz") batch 8 {}
  model p: P
  loss = mean((x @ p.w - y)^2)
  optimizer {}
  epochs 300
}}
"""
        # XᵀX w = Xᵀy by elimination
        A = [[sum(r[i] * r[j] for r in x) for j in range(3)] + [sum(r[i] * v for r, v in zip(x, y))] for i in range(3)]
        for i in range(3):
            for k in range(3):
                if k != i:
                    f = A[k][i] / A[i][i]
                    A[k] = [a - f * b for a, b in zip(A[k], A[i])]
        least = [A[i][3] / A[i][i] for i in range(3)]
        for how in ("", "shuffle batches"):
            self.train("saga", text.format(how, "saga(batches = 8, lr = 0.05)"))
            self.assertLess(distance(tensors(self.read("saga.safetensors"))["w"], least), 1e-7, how)
            self.train("sgd", text.format(how, "sgd(lr = 0.05)"))
            self.assertGreater(distance(tensors(self.read("sgd.safetensors"))["w"], least), 1e-3, how)

    def test_batches_are_counted(self):
        for rule in ("svrg", "sarah", "saga"):
            self.write("m.flx", model("batch 96", None, f"optimizer {rule}(batches = 10, lr = 0.2)"))
            said = self.refuses("E0729", "train", "m.flx", "--quiet")
            self.assertIn("epoch 1 has 11 of 96 rows in 1003", said.errors)
            self.assertIn("m.flx:10:", said.errors)

    def test_checkpoints_of_other_batches(self):
        rest = "optimizer sgd(lr = 0.1) epochs 2"
        texts = [model("batch 64 shuffle", None, rest), model("batch 16 to 64 shuffle", None, rest),
                 model("batch 16 to 64 every 2 shuffle", None, rest), model("batch 64 shuffle", None, rest + " accumulate 2"),
                 model("batch 64 shuffle", None, rest + " accumulate 3"), model("batch 64 shuffle", None, rest + " ema 0.9"),
                 model("batch 64 shuffle batches", None, rest)]
        for i, text in enumerate(texts):
            self.train(f"m{i}", text)
        for i in range(len(texts)):
            for j in range(len(texts)):
                if i != j:
                    self.refuses("E0719|E0614", "train", f"m{i}.flx", "--quiet", "--resume", "--checkpoint", f"m{j}.checkpoint.safetensors")


if __name__ == "__main__":
    unittest.main(verbosity=2)
