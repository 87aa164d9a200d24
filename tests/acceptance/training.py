#!/usr/bin/env python3
"""Training through the command line: the same bits whatever the number of threads and whenever it is killed; interruption saves;
outputs that cannot be written and data at fault end in numbered errors, and what was saved before stays."""
import os
import random
import re
import resource
import signal
import subprocess
import time
import unittest

from acceptance import FLUXION, HANGS, AcceptanceTest, floats, npz

ROWS = 1003  # no multiple of the batch: the last one is smaller
MODEL = """struct Net { W1: f32[20,48] ~ he_normal, b1: f32[48] ~ zeros, W2: f32[48,3] ~ he_normal, b2: f32[3] ~ zeros }
fn logits(p: Net, x: f32[B,20]) -> f32[B,3] = linear(relu(linear(x, p.W1, p.b1)), p.W2, p.b2)
train fit {
  data (x: f32[B,20], y: i32[B]) = npz("data.npz", x = "x", y = "y") batch 64 shuffle
  test (x, y) = npz("data.npz", x = "x", y = "y")
  model p: Net
  loss = cross_entropy(logits(p, x), y)
  eval accuracy(logits(p, x), y)
  optimizer adamw(lr = cosine(1e-2, warmup = 10)), clip global_norm 1.0
  epochs 12  seed 7
}
"""
FASHION = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"


class Training(AcceptanceTest):
    def setUp(self):
        super().setUp()
        draw = random.Random(11)
        x = [[draw.gauss(0, 1) for _ in range(20)] for _ in range(ROWS)]
        y = [max(range(3), key=lambda c: sum(row[c::3])) for row in x]
        self.write("data.npz", npz({"x.npy": floats((v for row in x for v in row), (ROWS, 20)), "y.npy": floats(y, kind="i")}))
        self.write("m.flx", MODEL)

    def train(self, name, *words):
        return self.succeeds("train", "m.flx", "--quiet", "--save", f"{name}.safetensors", *words)

    def weights(self, name):
        return self.read(f"{name}.safetensors")

    def start(self, *words, **options):
        return subprocess.Popen([FLUXION, "train", "m.flx", *words], cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def test_threads_change_no_bit(self):
        log = ["--log", "log.csv"]
        self.train("one", "--threads", 1, *log)
        first = self.read("log.csv")
        for threads in (2, 3, 8):
            self.train("more", "--threads", threads, *log)
            self.assertEqual(self.weights("one"), self.weights("more"), threads)
            self.assertEqual(first, self.read("log.csv"), threads)
        self.assertEqual(first.count(b"\n"), 1 + 12 * 16 + 12)

    def test_it_learns_with_a_smaller_last_batch(self):
        said = self.train("w").output
        self.assertRegex(said, r"12 epochs, 192 steps of 1155 parameters")
        self.assertGreater(float(re.search(r"test accuracy ([0-9.]+)", said).group(1)), 0.9)

    def test_killed_at_any_moment(self):
        """SIGKILL at random moments, from the first step to the last, then --resume: weights, log and curves as if undisturbed."""
        self.train("whole", "--epochs", 120, "--log", "whole.csv", "--plot", "whole.svg")
        begin = time.monotonic()
        self.train("timed", "--epochs", 120)
        whole = time.monotonic() - begin
        draw, inside = random.Random(), 0
        words = ["--epochs", "120", "--quiet", "--save", "killed.safetensors", "--checkpoint-every", "7", "--log", "killed.csv",
                 "--plot", "killed.svg", "--resume"]
        for _ in range(6):
            for name in ("killed.safetensors", "killed.checkpoint.safetensors", "killed.csv", "killed.svg"):
                if os.path.exists(self.path(name)):
                    os.unlink(self.path(name))
            for _ in range(3):  # killed again after it was resumed
                run = self.start(*words)
                time.sleep(draw.uniform(0.05, 0.8) * whole)
                run.kill()
                run.communicate(timeout=HANGS)
                inside += os.path.exists(self.path("killed.checkpoint.safetensors")) and run.returncode == -signal.SIGKILL
            self.succeeds("train", "m.flx", *words)
            self.assertEqual([name for name in os.listdir(self.folder) if name.startswith(".")], [])
            for name in ("safetensors", "csv", "svg"):
                self.assertEqual(self.read(f"whole.{name}"), self.read(f"killed.{name}"), name)
        self.assertGreater(inside, 0, "no run was killed in its midst")

    def test_interruption_saves(self):
        words = ["--epochs", "300", "--save", "part.safetensors", "--quiet"]
        self.train("whole", "--epochs", 300)
        for number in (signal.SIGINT, signal.SIGTERM):
            run = self.start(*words)
            while not os.path.exists(self.path("part.checkpoint.safetensors")):  # there is one after each epoch
                self.assertIsNone(run.poll())
            run.send_signal(number)
            said = run.communicate(timeout=HANGS)
            self.assertEqual(run.returncode, 130, said)
            self.assertIn(b"--resume", said[0])
            self.assertTrue(os.path.exists(self.path("part.safetensors")))
            self.succeeds("train", "m.flx", *words, "--resume")
            self.assertEqual(self.weights("whole"), self.weights("part"))
            os.unlink(self.path("part.checkpoint.safetensors"))

    def test_outputs_that_cannot_be_written(self):
        os.mkdir(self.path("folder"))
        for option, ending in (("--save", ".npz"), ("--save", ".safetensors"), ("--checkpoint", ".safetensors"), ("--plot", ".svg"),
                               ("--log", ".csv"), ("--log", ".jsonl")):
            for path in ("gone/file" + ending, "folder", "/proc/file" + ending):
                self.refuses("E0615", "train", "m.flx", "--quiet", option, path)
            for path in ("file.txt", "file", ending, "file.pt") if option != "--checkpoint" else ():  # of one format, under any name
                self.assertIn(path, self.refuses("E0706", "train", "m.flx", "--quiet", option, path).errors)
                self.assertFalse(os.path.exists(self.path(path)))
        for option in ("--save", "--checkpoint", "--log"):
            self.refuses("E0615", "train", "m.flx", "--quiet", option, "/dev/full", seconds=5)
        for other in ("a", "./a", "../" + os.path.basename(self.folder) + "/a", "folder/../a"):
            self.refuses("E0706", "train", "m.flx", "--save", "a", "--checkpoint", other, status=2)
        self.refuses("E0703", "train", "m.flx", "--resume", status=2)
        for option, value in (("--epochs", "0"), ("--epochs", "-1"), ("--epochs", "9" * 20), ("--checkpoint-every", "x")):
            self.refuses("E0706", "train", "m.flx", "--save", "a", option, value, status=2)

    def test_weights_in_either_format(self):
        self.train("a", "--epochs", 1)
        self.succeeds("train", "m.flx", "--quiet", "--epochs", 1, "--save", "a.npz")
        self.assertTrue(os.path.exists(self.path("a.checkpoint.safetensors")))
        self.write("read.flx", MODEL[:MODEL.index("train")] + "fn sum_of(p: Net) -> f32 = sum(p.W1) + sum(p.b1) + sum(p.W2) + sum(p.b2)\n")
        sums = {self.succeeds("run", "read.flx:sum_of", f"p=@a.{ending}").output for ending in ("npz", "safetensors")}
        self.assertEqual(len(sums), 1)

    def test_a_full_disk_loses_nothing(self):
        self.train("whole", "--epochs", 3)
        self.train("whole", "--resume")
        self.train("larger", "--epochs", 3)
        kept, weights = self.read("larger.checkpoint.safetensors"), self.weights("larger")
        limit = len(weights) + 100  # weights fit, the checkpoint with its optimizer state does not

        def small():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        self.refuses("E0615", "train", "m.flx", "--quiet", "--save", "larger.safetensors", "--resume", seconds=5,
                     preexec_fn=small, restore_signals=False)
        self.assertEqual(self.read("larger.checkpoint.safetensors"), kept)
        self.assertEqual(self.weights("larger"), weights)
        self.train("larger", "--resume")
        self.assertEqual(self.weights("larger"), self.weights("whole"))

    def test_checkpoints_at_fault(self):
        self.train("w", "--epochs", 2)
        checkpoint = self.read("w.checkpoint.safetensors")
        resume = ["train", "m.flx", "--quiet", "--resume", "--checkpoint", "c.safetensors"]
        draw = random.Random(5)
        for length in [0, 1, 7, 8, 100, len(checkpoint) - 1] + [draw.randrange(len(checkpoint)) for _ in range(10)]:
            self.write("c.safetensors", checkpoint[:length])
            self.refuses("E06..", *resume)
            self.assertEqual(self.read("c.safetensors"), checkpoint[:length], "it stays as it was")
        for bit in [draw.randrange(8 * len(checkpoint)) for _ in range(30)]:
            flipped = bytearray(checkpoint)
            flipped[bit // 8] ^= 1 << bit % 8
            self.write("c.safetensors", bytes(flipped))
            self.refuses("E06..|E0719", *resume, seconds=5)
        self.write("c.safetensors", self.weights("w"))
        self.refuses("E0719", *resume)
        self.write("c.safetensors", draw.randbytes(5000))
        self.refuses("E06..", *resume)
        self.write("c.safetensors", checkpoint)
        for old, new in (("seed 7", "seed 8"), ("batch 64", "batch 32"), ("[48", "[47"), ("adamw", "sgd"), ("train fit", "train fat"),
                         ("W1", "V1")):
            changed = MODEL.replace(old, new).replace("f32[20,48]", "f32[20,47]" if new == "[47" else "f32[20,48]")
            self.write("m.flx", changed.replace("b1: f32[48]", "b1: f32[47]" if new == "[47" else "b1: f32[48]"))
            self.refuses("E0719|E0614|E0613", *resume)
            self.assertEqual(self.read("c.safetensors"), checkpoint)

    def test_outputs_over_inputs(self):
        self.train("w", "--epochs", 1)
        before = {name: self.read(name) for name in ("m.flx", "data.npz")}
        os.symlink("m.flx", os.path.join(self.folder, "link.safetensors"))
        os.link(os.path.join(self.folder, "data.npz"), os.path.join(self.folder, "hard.svg"))
        for option, name in (("--save", "m.flx"), ("--save", "link.safetensors"), ("--log", "data.npz"), ("--plot", "hard.svg"),
                             ("--checkpoint", "./data.npz")):
            said = self.refuses("E0615", "train", "m.flx", "--quiet", option, name)
            self.assertIn("that this run reads", said.errors)
        for name, content in before.items():
            self.assertEqual(self.read(name), content)

    def test_data_at_fault(self):
        train = ["train", "m.flx", "--quiet"]
        x = floats([0] * 80, (4, 20))
        for number, members in (
                ("E0617", {"x.npy": floats([], (0, 20)), "y.npy": floats([], kind="i")}),
                ("E0617", {"x.npy": x, "y.npy": floats([0] * 5, kind="i")}),
                ("E0611", {"x.npy": floats([0] * 84, (4, 21)), "y.npy": floats([0] * 4, kind="i")}),
                ("E0611", {"x.npy": floats([0] * 80), "y.npy": floats([0] * 4, kind="i")}),
                ("E0610", {"x.npy": x, "y.npy": floats([0.5] * 4)}),
                ("E0609", {"x.npy": x})):
            self.write("data.npz", npz(members))
            said = self.refuses(number, *train)
            self.assertIn("m.flx:4:", said.errors)
        self.write("data.npz", npz({"x.npy": x, "y.npy": floats([0, 1, 2, 3], kind="i")}))
        self.write("m.flx", MODEL.replace("cross_entropy(logits(p, x), y)", "mean(gather(p.b2, y, axis = 0))"))
        said = self.refuses("E0714", *train, seconds=5)
        self.assertIn("index 3 is outside [0, 3)", said.errors)
        self.write("m.flx", MODEL)
        self.write("data.npz", npz({"x.npy": floats([float("nan")] * 80, (4, 20)), "y.npy": floats([0] * 4, kind="i")}))
        self.assertIn("`loss` became nan in step 1", self.refuses("E0733", "train", "m.flx").errors)
        whole = self.read("data.npz")
        self.write("data.npz", whole[:len(whole) // 2])
        self.refuses("E0603", *train)
        os.unlink(self.path("data.npz"))
        self.refuses("E0601", *train)


@unittest.skipUnless(os.path.exists(FASHION), "dataset-fashion-mnist is not installed")
class FashionMnist(AcceptanceTest):
    def test_threads_and_a_kill_change_no_bit(self):
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/fashion-mnist/mlp.flx")
        words = ["train", source, "--epochs", "1", "--quiet"]
        said = self.succeeds(*words, "--threads", 1, "--save", "one.safetensors").output
        self.assertGreater(float(re.search(r"test accuracy ([0-9.]+)", said).group(1)), 0.8)
        self.succeeds(*words, "--threads", 2, "--save", "two.safetensors")
        self.assertEqual(self.read("one.safetensors"), self.read("two.safetensors"))
        words += ["--save", "killed.safetensors", "--checkpoint-every", "20"]
        run = subprocess.Popen([FLUXION, *words], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + HANGS
        while not os.path.exists(self.path("killed.checkpoint.safetensors")) and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.3))
        run.kill()
        run.wait(timeout=HANGS)
        self.assertEqual(run.returncode, -signal.SIGKILL)
        self.succeeds(*words, "--resume")
        self.assertEqual(self.read("one.safetensors"), self.read("killed.safetensors"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
