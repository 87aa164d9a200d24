#!/usr/bin/env python3
"""How long the front end takes for a long file, as a whole process: `fluxion check`, `fluxion fmt` and, for scale, an empty file.
The program is one of many functions that call the library, each of its own; nothing is cached between runs.
Usage: frontend.py [--lines 10000] [--runs 20] [FLUXION]"""
import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

FUNCTIONS = [
    """/// A layer of block {i}.
fn layer{i}(x: f32[B,I], W: f32[I,O], b: f32[O], g: f32[O], s: f32[O]) -> f32[B,O] {{
  let z = linear(x, W, b)
  let h = layer_norm(gelu(z), g, s)
  let m = mean(h * h)
  let k = h / sqrt(m + 1e-5)      // of unit size
  k * sigmoid(k) + 0.5 * z
}}
""",
    """struct Pair{i} {{
  W: f32[64,32] ~ he_normal
  b: f32[32]    ~ zeros
}}
fn logits{i}(p: Pair{i}, x: f32[B,64]) -> f32[B,32] = relu(x @ p.W + p.b)
fn loss{i}(p: Pair{i}, x: f32[B,64], y: i32[B]) -> f32 =
  cross_entropy(logits{i}(p, x), y) + 0.01 * l2(p.b)
""",
    """fn attend{i}(q: f32[H,T,E], k: f32[H,S,E], v: f32[H,S,E]) -> f32[H,T,E] {{
  let scores = einsum("hte,hse->hts", q, k) / sqrt(E)
  let p = softmax(scores)
  einsum("hts,hse->hte", p, v)
}}
""",
    """fn product{i}(A: f64[M,K], B: f64[K,N], c: f64[N]) -> f64[M,N] {{
  let C[i,j] = sum[k](A[i,k] * B[k,j])
  let D = tanh(C + c)
  where(D > 0, D, 0.1 * D)
}}
fn energy{i}(A: f64[M,K], B: f64[K,N], c: f64[N]) -> f64 = mse(product{i}(A, B, c), A @ B)
fn slope{i} = value_and_grad(energy{i}, wrt = (A, c))
""",
]


def program(lines):
    text, i = [], 0
    while sum(part.count("\n") + 1 for part in text) < lines:
        text.append(FUNCTIONS[i % len(FUNCTIONS)].format(i=i))
        i += 1
    return "\n".join(text)


def milliseconds(command, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        times.append(1000 * (time.perf_counter() - start))
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr.decode()}")
    return statistics.median(times), min(times), max(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("fluxion", nargs="?", default=pathlib.Path(__file__).resolve().parents[2] / "build/bin/fluxion")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file, empty = pathlib.Path(folder) / "long.flx", pathlib.Path(folder) / "empty.flx"
        text = program(options.lines)
        file.write_text(text, encoding="utf-8")
        empty.write_text("", encoding="utf-8")
        subprocess.run([options.fluxion, "fmt", file], stdout=subprocess.DEVNULL, check=True)  # so that --check has nothing to say
        print(f"{text.count(chr(10))} lines, {len(text) / 1000:.0f} kB; median (fastest, slowest) of {options.runs} runs")
        for name, command in (("check", ["check", file]), ("fmt", ["fmt", "--check", file]), ("check of an empty file", ["check", empty])):
            median, least, most = milliseconds([options.fluxion, *command], options.runs)
            print(f"{name:24} {median:7.1f} ms  ({least:.1f}, {most:.1f})")


if __name__ == "__main__":
    main()
