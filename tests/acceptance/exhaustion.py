#!/usr/bin/env python3
"""What runs out, and what breaks: threads, memory, stack, room on the disk, standard output, and the compiler itself. Each ends
in a result or a numbered error, leaves no half-written file, and takes no host down."""
import json
import os
import re
import resource
import subprocess
import unittest

from acceptance import FLUXION, SLOWNESS, AcceptanceTest, floats, npz

SUM = "fn f(x: f32[N]) -> f32 = sum(exp(x))\n"
MODEL = """struct P { w: f32[60,50] ~ he_normal }
train fit {
  data (x: f32[B,60], y: f32[B,50]) = npz("data.npz") batch 8
  model p: P
  loss = mse(x @ p.w, y)
  optimizer sgd(lr = 1e-3)
  epochs 40
}
"""
INSTRUMENTED = SLOWNESS > 1  # sanitizers need terabytes of addresses, and stacks of their own


def limit(**limits):
    def apply():
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, "RLIMIT_" + name), (value, value))
    return apply


class Exhaustion(AcceptanceTest):
    def setUp(self):
        super().setUp()
        self.write("m.flx", SUM)
        self.write("x.npy", floats([0.0] * 100000))

    def environment(self, **more):
        return {**os.environ, **more}

    @unittest.skipIf(INSTRUMENTED, "needs a bound on memory")
    def test_threads_that_cannot_be_had(self):
        for threads in ("1024", "99999999999", "abc", "-1", ""):
            outcome = self.succeeds("run", "m.flx:f", "x=@x.npy", env=self.environment(FLUXION_THREADS=threads),
                                    preexec_fn=limit(AS=4_000_000 << 10))
            self.assertEqual(float(outcome.output.split("=")[1]), 100000)
        self.succeeds("run", "m.flx:f", "x=@x.npy", "--threads=100000", preexec_fn=limit(AS=4_000_000 << 10))

    @unittest.skipIf(INSTRUMENTED, "needs a bound on memory")
    def test_memory(self):
        """At every bound the program ends in good order; how much it needs is not this test's to say."""
        statuses = set()
        for kibibytes in (*range(100_000, 420_000, 20_000), 800_000):
            outcome = self.fluxion("run", "m.flx:f", "x=@x.npy", "--no-cache", env=self.environment(FLUXION_THREADS="4"),
                                   preexec_fn=limit(AS=kibibytes << 10))
            self.assertIn(outcome.status, (0, 1), f"{kibibytes} KiB: {outcome.errors}")
            self.assertTrue(outcome.status == 0 or outcome.numbers, outcome.errors)
            statuses.add(outcome.status)
        self.assertEqual(statuses, {0, 1})

    @unittest.skipIf(INSTRUMENTED, "frames are larger")
    def test_stack(self):
        """The nesting the language allows, and what is beyond it, on stacks far smaller than usual."""
        deep, deeper = 390, 401
        self.write("calls.flx", f"fn f(x: f32) -> f32 = {'tanh(' * deep}x{')' * deep}\n")
        self.write("brackets.flx", f"fn f(x: f32) -> f32 = {'(' * deep}x{')' * deep}\n")
        self.write("terms.flx", f"fn f(x: f32) -> f32 = {' + '.join(['x'] * deep)}\n")
        self.write("beyond.flx", f"fn f(x: f32) -> f32 = {'(' * deeper}x{')' * deeper}\n")
        for kibibytes in (1024, 256, 128):
            bound = limit(STACK=kibibytes << 10)
            for name in ("calls", "brackets", "terms"):
                self.succeeds("check", name + ".flx", preexec_fn=bound)
                self.succeeds("run", name + ".flx:f", "x=0", "--no-cache", preexec_fn=bound)
            for verb in ("check", "fmt"):
                self.refuses("E0108", verb, "beyond.flx", preexec_fn=bound)

    def test_standard_output(self):
        for words in (("run", "m.flx:f", "x=@x.npy"), ("check", "m.flx"), ("ir", "m.flx:f"), ("--help",), ("explain", "E0301"),
                      ("doctor",), ("describe", "m.flx:f")):
            for form in ([], ["--diagnostics=json"]) if words[0] in ("run", "check", "ir", "describe") else ([],):
                with open("/dev/full", "w") as full:
                    ended = subprocess.run([FLUXION, *words, *form], cwd=self.folder, stdout=full, stderr=subprocess.PIPE)
                self.assertEqual(ended.returncode, 1, words)
                last = ended.stderr.decode().strip().splitlines()[-1]
                self.assertIn("No space left on device", last)
                self.assertEqual(json.loads(last)["number"] if form else re.findall(r"E\d+", last)[0], "E0615")
                closed = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", FLUXION, *words, *form], cwd=self.folder,
                                        stderr=subprocess.PIPE)
                self.assertEqual(closed.returncode, 1, words)
                self.assertIn(b"E0615", closed.stderr)

    def test_closed_streams_take_no_file(self):
        """A file that is opened first does not become the standard output that was closed."""
        subprocess.run(["sh", "-c", 'exec "$@" >&- 2>&- <&-', "sh", FLUXION, "run", "m.flx:f", "x=@x.npy", "-o", "y.npy"],
                       cwd=self.folder)
        self.assertTrue(self.read("y.npy").startswith(b"\x93NUMPY"))

    def test_file_size(self):
        """A limit on file sizes is an error of writing, not a silent end; nothing is left half written."""
        self.write("id.flx", "fn f(x: f32[N]) -> f32[N] = x + 1\n")
        before = sorted(os.listdir(self.folder))
        for name in ("y.npy", "y.npz", "y.safetensors"):
            self.refuses("E0615", "run", "id.flx:f", "x=@x.npy", "-o", name, seconds=10, preexec_fn=limit(FSIZE=100_000))
            self.assertEqual(sorted(os.listdir(self.folder)), before)
        self.write("data.npz", npz({"x.npy": floats([0.5] * 60 * 40, (40, 60)), "y.npy": floats([0.5] * 50 * 40, (40, 50))}))
        self.write("t.flx", MODEL)
        for output in ("--save=w.safetensors", "--log=l.csv", "--log=l.jsonl", "--checkpoint=c.safetensors", "--plot=p.svg"):
            self.refuses("E0615", "train", "t.flx", output, "--quiet", seconds=10, preexec_fn=limit(FSIZE=900))
            left = [name for name in os.listdir(self.folder) if "partial" in name or name[0] == "."]
            self.assertEqual(left, [], output)


class Faults(AcceptanceTest):
    """The compiler broken on purpose, at each of its phases."""
    PHASES = ("import", "flx", "derivative", "simplified", "einsum", "linalg", "code")

    def broken(self, phase, kind, *words):
        return self.fluxion("run", self.write("m.flx", SUM), "x=ones", "--dim=N=5", "--no-cache", *words,
                            env={**os.environ, "FLUXION_TEST_FAULT": f"{phase}:{kind}", "TMPDIR": self.folder})

    def test_faults_leave_a_reproducer(self):
        for phase in self.PHASES:
            for kind in ("fatal", "assert", "exception", "fail"):
                outcome = self.broken(phase, kind)
                self.assertEqual(outcome.status, 3, outcome.errors)
                self.assertEqual(outcome.numbers, ["E0000"])
                self.assertIn("in phase " + phase, outcome.errors)
                path = re.search(r"is in (\S+)", outcome.errors).group(1)
                with open(path) as file:
                    text = file.read()
                self.assertIn(f"`f`, N = 5, before phase `{phase}`", text)
                self.assertIn("exp", text)
                self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_memory_that_is_out_is_the_inputs_fault(self):
        for phase in self.PHASES:
            outcome = self.broken(phase, "memory")
            self.assertEqual((outcome.status, outcome.numbers), (1, ["E0715"]), outcome.errors)

    def test_json_stays_json(self):
        for kind, number in (("fatal", "E0000"), ("exception", "E0000"), ("fail", "E0000"), ("memory", "E0715")):
            outcome = self.broken("einsum", kind, "--diagnostics=json")
            self.assertEqual([json.loads(line)["number"] for line in outcome.errors.splitlines()], [number])

    @unittest.skipIf(INSTRUMENTED, "sanitizers report crashes themselves")
    def test_a_crash_has_last_words(self):
        for words in ([], ["--diagnostics=json"]):
            outcome = self.broken("code", "crash", *words)
            self.assertEqual(outcome.status, 3)
            self.assertIn("E0000", outcome.errors)
            self.assertTrue(not words or json.loads(outcome.errors)["notes"])


if __name__ == "__main__":
    unittest.main()
