#!/usr/bin/env python3
"""What a `train` declaration says is what happens: the weights a model begins at, metrics of the whole test data, training that
diverges, columns, schedules. Values are those of mathematics, on a few rows."""
import math
import re
import struct
import unittest

from acceptance import AcceptanceTest, floats, npy, npz

LINE = """struct P { w: f32[1] ~ ones }
train fit {
  data (x: f32[B,1], y: f32[B]) = npz("d.npz") batch 2
  test (x, y) = npz("t.npz")
  model p: P
  loss = mse(x @ p.w, y)
  eval METRIC
  optimizer sgd(lr = 1e-30)
}
"""
NET = """struct Net { A: f32[1,H] ~ he_normal, b: f32[H] ~ ones, c: f32 ~ zeros }
fn out(n: Net, x: f32[B,1]) -> f32[B] = sum(x @ n.A + n.b, axis = 1) + n.c
train fit {
  data (x: f32[B,1], y: f32[B]) = npz("d.npz") batch 2
  model n: NetWEIGHTS
  loss = mse(out(n, x), y)
  optimizer RULE
  epochs 1
}
"""


def table(x, y, kind="f"):
    return npz({"x.npy": floats(x, (len(x), 1)), "y.npy": floats(y, kind=kind)})


class Metrics(AcceptanceTest):
    def metric(self, text, x, y, source=LINE, kind="f"):
        self.write("d.npz", table(x, y, kind))
        self.write("t.npz", table(x, y, kind))
        self.write("m.flx", source.replace("METRIC", "it = " + text))
        said = self.succeeds("train", "m.flx", "--quiet", "--save", "w.npz", "--log", "l.csv").output
        logged = float(self.read("l.csv").decode().split("\n")[-2].split(",")[-1])
        shown = float(re.search(r"test it ([-\w.+]+)", said).group(1))
        self.assertTrue(math.isclose(shown, logged, rel_tol=1e-3), (shown, logged))
        return logged

    def check(self, text, x, y, want, **options):
        self.assertTrue(math.isclose(self.metric(text, x, y, **options), want, rel_tol=2e-6), text)

    def test_are_of_the_whole_data(self):
        x, y = [1, 2, 3, 4, 5], [1, 2, 3, 4, 10]
        self.check("rmse(x @ p.w, y)", x, y, math.sqrt(5))
        self.check("r_squared(x @ p.w, y)", x, y, 0.5)
        self.check("mae(x @ p.w, y)", x, y, 1)
        self.check("max(abs(x @ p.w - y))", x, y, 5)
        # one that a user writes, of two sums of which neither is a mean over rows
        self.check("sum(x @ p.w * y) / sqrt(sum(square(y)))", x, y, 80 / math.sqrt(130))
        self.check("mean(square(y - mean(y)))", x, y, 10)
        signs, labels = [1, 1, -1, 1, 1, 1], [1, 1, 1, 0, 0, 0]
        self.check("precision(x @ p.w, y)", signs, labels, 2 / 5)
        self.check("recall(x @ p.w, y)", signs, labels, 2 / 3)
        self.check("f1_score(x @ p.w, y)", signs, labels, 1 / 2)
        self.check("auc(x @ p.w, y)", [1, 2, 3, 4], [0, 0, 1, 1], 1)
        self.check("auc(x @ p.w, y)", [1, 2, 3, 4], [0, 1, 0, 1], 3 / 4)

    def test_all_right_is_one(self):
        source = LINE.replace("y: f32[B]", "y: i32[B]").replace("mse(x @ p.w, y)", "cross_entropy(z(p, x), y)") + \
            "fn z(p: P, x: f32[B,1]) -> f32[B,2] = stack([-x @ p.w, x @ p.w], axis = 1)\n"
        x = [1 if i % 3 else -1 for i in range(41)]
        self.assertEqual(self.metric("accuracy(z(p, x), y)", x, [int(v > 0) for v in x], source=source, kind="i"), 1)
        mean = sum(math.log1p(math.exp(-2 * abs(v))) for v in (1, -1, 2)) / 3
        self.check("perplexity(z(p, x), y)", [1, -1, 2], [1, 0, 1], math.exp(mean), source=source, kind="i")


class Weights(AcceptanceTest):
    def setUp(self):
        super().setUp()
        self.write("d.npz", table([1, 2, 3], [2, 4, 6]))

    def source(self, weights, rule="sgd(lr = 1e-30)"):
        self.write("m.flx", NET.replace("WEIGHTS", f' = "{weights}"' if weights else "").replace("RULE", rule))

    def entries(self, **other):
        entries = {"A": floats([1, 2], (1, 2)), "b": floats([0.5, -0.5]), "c": npy(struct.pack("<f", 3), ())}
        entries.update(other)
        return npz({name + ".npy": data for name, data in entries.items() if data is not None})

    def loss(self):
        said = self.succeeds("train", "m.flx", "--quiet", "--save", "out.safetensors").output
        return float(re.search(r"loss ([-\w.+]+)", said).group(1))

    def test_training_begins_at_them(self):
        """out = 3x + 3: the errors are 4, 5, 6. The extent H follows from the file."""
        self.write("w.npz", self.entries())
        self.source("w.npz")
        self.assertAlmostEqual(self.loss(), (16 + 25 + 36) / 3, places=3)
        self.source("out.safetensors")  # as --save writes them
        done = self.succeeds("train", "m.flx", "--quiet", "--save", "again.npz")
        self.assertIn("loss 25.667", done.output)
        # what an optimizer keeps begins at the weights, too: half way between old and new after one update
        self.source("again.npz", "lookahead(sgd(lr = 1e-30), k = 1)")
        self.assertIn("loss 25.667", self.succeeds("train", "m.flx", "--quiet", "--epochs", 3).output)

    def test_files_that_do_not_fit(self):
        for entries, said in (({"b": None}, "`n.b` is missing"), ({"d": floats([1])}, "`d`"), ({"b": floats([1, 2, 3])}, "`b`"),
                              ({"b": floats([1, 2], kind="d")}, "f64")):
            self.write("w.npz", self.entries(**entries))
            self.source("w.npz")
            error = self.refuses("E0734", "train", "m.flx", seconds=5)
            self.assertIn(said, error.errors)
            self.assertIn("w.npz", error.errors)
            self.assertIn("m.flx:5:", error.errors)
        self.source("nothere.safetensors")
        self.assertIn("nothere.safetensors", self.refuses("E0601", "train", "m.flx", seconds=5).errors)
        self.write("w.npz", b"no archive")
        self.source("w.npz")
        self.refuses("E060.", "train", "m.flx", seconds=5)

    def test_they_are_not_replaced(self):
        self.write("w.npz", self.entries())
        self.source("w.npz")
        self.refuses("E0615", "train", "m.flx", "--save", "w.npz", seconds=5)

    def test_what_is_no_file_is_refused_by_check(self):
        for value in ("3", "init(Net, 3)", "nets", '"w.txt"', "[1, 2]"):
            self.write("m.flx", NET.replace("WEIGHTS", " = " + value).replace("RULE", "sgd(lr = 0.1)"))
            self.refuses("E0512", "check", "m.flx")
        self.source("")
        text = self.read("m.flx").decode().replace("y: f32[B])", "y: f32[B] = 3)")
        self.write("m.flx", text)
        self.refuses("E0512", "check", "m.flx")


class Runs(AcceptanceTest):
    def test_divergence_ends_the_run(self):
        for rule, data, epochs in (("sgd(lr = 1e30)", None, 5), ("sgd(lr = 1e38)", table([1e3, 1e3], [1, 1]), 1),
                                   ("sgd(lr = 0.1)", table([1, math.nan], [0, 1]), 1),
                                   ("sgd(lr = 0.1)", table([1, math.inf], [0, 1]), 1)):
            self.write("d.npz", data or table([1, 2, 3, 4, 5], [2, 4, 6, 8, 10]))
            self.write("m.flx", f"""struct P {{ w: f32[1] ~ ones }}
train fit {{
  data (x: f32[B,1], y: f32[B]) = npz("d.npz") batch 2
  model p: P
  loss = mse(x @ p.w, y)
  optimizer {rule}
  epochs {epochs}
}}
""")
            said = self.refuses("E0733", "train", "m.flx", "--save", "w.npz", seconds=5)
            self.assertRegex(said.errors, r"`(loss|grad_norm|p\.w)` became (nan|inf|-inf) in step \d+")

    def test_one_step_has_its_rate(self):
        for rate in ("cosine(0.25)", "polynomial(0.25)", "cosine(0.25, warmup = 1)", "linear_warmup(0.25, warmup = 1)"):
            self.write("d.npz", table([1], [3]))
            self.write("m.flx", f"""struct P {{ w: f32[1] ~ ones }}
train fit {{
  data (x: f32[B,1], y: f32[B]) = npz("d.npz")
  model p: P
  loss = mse(x @ p.w, y)
  optimizer sgd(lr = {rate})
}}
""")
            self.assertIn("rate 0.2500", self.succeeds("train", "m.flx", "--quiet").output)

    def test_columns_of_one_name(self):
        self.write("d.csv", "x,x,y\n1,2,3\n4,5,6\n")
        self.write("m.flx", """struct P { w: f32 ~ ones }
train fit {
  data (x: f32[B], y: f32[B]) = csv("d.csv", x = "x", y = "y")
  model p: P
  loss = mse(x * p.w, y)
  optimizer sgd(lr = 1e-30)
}
""")
        said = self.refuses("E0608|E06..", "train", "m.flx", seconds=5)
        self.assertIn("two columns are called 'x'", said.errors)
        self.write("m.flx", self.read("m.flx").decode().replace('x = "x"', 'x = "1"'))
        self.assertIn("loss 1.000", self.succeeds("train", "m.flx", "--quiet").output)


if __name__ == "__main__":
    unittest.main()
