#!/usr/bin/env python3
"""Fluxion against JAX on the CPU, in one run.

    tests/benchmarks/compare.py [--only NAME] [--threads N] [--rounds R] [--json FILE] [--against BIN]

With --against the peer is another build of Fluxion, named by the folder of its programs, in place of JAX.

Both sides start from the same numbers; their results are compared before anything is timed; then they take turns, a round
of steps each, and every ratio is of neighbouring rounds, so that a slow spell of the machine hits both. Ratio > 1: Fluxion
is faster. JAX and optax are installed into .venv at the first run. Build first: cmake --build --preset release.
"""
import argparse
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BIN = ROOT / "build" / "bin"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", help="a workload; may be repeated (default: all)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--json", help="write the rows here")
    parser.add_argument("--against", metavar="BIN", help="build/bin of another Fluxion, to compare with in place of JAX")
    return parser.parse_args()


def enter_environment():
    """Runs this program again inside .venv when JAX is not importable here."""
    try:
        import jax, optax  # noqa: F401
        return
    except ImportError:
        pass
    venv = ROOT / ".venv"
    python = venv / "bin" / "python"
    if os.environ.get("FLUXION_VENV") == "1":
        sys.exit("jax and optax cannot be imported, even from .venv")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", "jax", "optax", "numpy"], check=True)
    os.environ["FLUXION_VENV"] = "1"
    os.execv(str(python), [str(python), *sys.argv])


class Worker:
    """The Fluxion side: a process that compiles a function and runs rounds of steps on demand."""

    def __init__(self, threads, cache, programs=BIN):
        env = dict(os.environ, FLUXION_THREADS=str(threads), FLUXION_CACHE_DIR=cache)
        self.process = subprocess.Popen([str(programs / "bench-worker"), str(threads)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=env)

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the worker died"}
        if "error" in answer:
            sys.exit(f"fluxion: {answer['error']}")
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def interval(ratios):
    """Median and its 95 % bootstrap interval."""
    draw = random.Random(1)
    median = lambda v: sorted(v)[len(v) // 2]
    medians = sorted(median(draw.choices(ratios, k=len(ratios))) for _ in range(2000))
    return median(ratios), medians[50], medians[1949]


def check_equal(name, ours, theirs):
    import numpy as np
    for path, theirs_leaf in theirs.items():
        a, b = np.asarray(ours[path or "0"] if path or "" not in ours else ours[""], np.float64), np.asarray(theirs_leaf, np.float64)
        error = np.linalg.norm(a - b) / max(np.linalg.norm(b), 1e-30)
        if not error < 2e-4:
            sys.exit(f"{name}: {path} differs from JAX by {error:.1e}: not timing a wrong answer")


def compile_rows(name, workload, threads, inputs, jax, folder):
    """Cold: source to callable, the cache empty, against trace + compile. Fluxion's time is the worker's `load`."""
    ratios = []
    for i in range(5):
        worker = Worker(threads, os.path.join(folder, f"cold-{i}"))
        ours = worker.ask("load", HERE / workload.source, workload.function, inputs)["seconds"]
        worker.close()
        jax.clear_caches()
        start = time.perf_counter()
        jax.jit(workload.step, donate_argnums=tuple(range(len(workload.state)))).lower(*workload.state, *workload.batch).compile()
        ratios.append((time.perf_counter() - start) / ours)
    ratio, low, high = interval(ratios)
    return {"name": name, "kind": "compile", "peer": "jax", "threads": threads, "ratio": round(ratio, 3),
            "low": round(low, 3), "high": round(high, 3)}


def builds_row(name, workload, threads, rounds, inputs, folder, other):
    """This build against another one: the same source, the same inputs, in turns."""
    import numpy as np
    workers = [Worker(threads, os.path.join(folder, f"cache-{i}"), programs) for i, programs in enumerate((BIN, other))]
    results = []
    for i, worker in enumerate(workers):
        worker.ask("load", HERE / workload.source, workload.function, inputs)
        worker.ask("steps", 3)
        worker.ask("save", os.path.join(folder, f"result-{i}.npz"))
        results.append(np.load(os.path.join(folder, f"result-{i}.npz")))
    check_equal(name, results[0], {path: results[1][path] for path in results[1].files})
    steps = max(3, int(0.05 / workers[1].ask("steps", 20)["seconds"]))
    times = [[], []]
    for i in range(rounds):
        for which in (0, 1) if i % 2 else (1, 0):
            times[which].append(workers[which].ask("steps", steps)["seconds"])
    for worker in workers:
        worker.close()
    ratio, low, high = interval([theirs / ours for ours, theirs in zip(*times)])
    median = lambda v: sorted(v)[len(v) // 2]
    return {"name": name, "kind": "step", "peer": "fluxion", "threads": threads, "ratio": round(ratio, 3), "low": round(low, 3),
            "high": round(high, 3), "fluxion_us": round(median(times[0]) * 1e6, 1), "other_us": round(median(times[1]) * 1e6, 1)}


def step_row(name, workload, threads, rounds, inputs, jax, folder, peak):
    import numpy as np
    compiled = jax.jit(workload.step, donate_argnums=tuple(range(len(workload.state)))).lower(*workload.state, *workload.batch).compile()
    state = jax.tree.map(lambda v: v.copy(), workload.state)

    def peer_steps(n):
        nonlocal state
        start = time.perf_counter()
        for _ in range(n):
            *new, loss = compiled(*state, *workload.batch)
            state = tuple(new)
        jax.block_until_ready(state)
        return (time.perf_counter() - start) / n

    worker = Worker(threads, os.path.join(folder, "cache"))
    worker.ask("load", HERE / workload.source, workload.function, inputs)
    result = os.path.join(folder, "result.npz")
    worker.ask("steps", 3)
    worker.ask("save", result)
    peer_steps(3)
    check_equal(name, np.load(result), workload.outputs(state))

    steps = max(3, int(0.05 / worker.ask("steps", 20)["seconds"]))
    peer_steps(20)
    ratios, ours, theirs = [], [], []
    for i in range(rounds):
        first, second = (peer_steps(steps), worker.ask("steps", steps)["seconds"]) if i % 2 else (None, None)
        if first is None:
            second = worker.ask("steps", steps)["seconds"]
            first = peer_steps(steps)
        theirs.append(first)
        ours.append(second)
        ratios.append(first / second)
    worker.close()
    ratio, low, high = interval(ratios)
    median = lambda v: sorted(v)[len(v) // 2]
    share = lambda t: workload.flops / t * 1e-9 / (peak * threads)
    return {"name": name, "kind": "step", "peer": "jax", "threads": threads, "ratio": round(ratio, 3), "low": round(low, 3),
            "high": round(high, 3), "fluxion_us": round(median(ours) * 1e6, 1), "jax_us": round(median(theirs) * 1e6, 1),
            "fluxion_share": round(share(median(ours)), 3), "jax_share": round(share(median(theirs)), 3)}


def train_row(threads, folder):
    """Twelve epochs of the quickstart, reading and evaluation included: our whole process, compiling too, against JAX's loop."""
    ratios, accuracies = [], []
    for i in range(3):
        peer = subprocess.run([sys.executable, str(HERE / "fashion_jax.py")], check=True, capture_output=True, text=True)
        theirs = json.loads(peer.stdout)
        env = dict(os.environ, FLUXION_THREADS=str(threads), FLUXION_CACHE_DIR=os.path.join(folder, f"train-{i}"))
        start = time.perf_counter()
        subprocess.run([str(BIN / "fluxion"), "train", str(ROOT / "examples/fashion-mnist/mlp.flx"), "--quiet"], check=True,
                       env=env, capture_output=True)
        ours = time.perf_counter() - start
        ratios.append(theirs["seconds"] / ours)
        print(f"quickstart run {i + 1}: Fluxion {ours:.2f} s, JAX {theirs['seconds']:.2f} s (accuracy {theirs['accuracy']:.4f})",
              flush=True)
    ratio, low, high = sorted(ratios)[1], min(ratios), max(ratios)
    return {"name": "quickstart", "kind": "train", "peer": "jax", "threads": threads, "ratio": round(ratio, 3),
            "low": round(low, 3), "high": round(high, 3)}


def warm_row(threads, folder):
    """From the on-disk cache: the whole process, milliseconds (no peer: JAX needs longer to be imported)."""
    command = [str(BIN / "fluxion"), "run", str(ROOT / "examples/logreg/logreg.flx") + ":step", "w=zeros", "b=0", "X=random:1",
               "y=ones", "lam=0.1", "--dim", "N=1000", "--dim", "D=20"]
    env = dict(os.environ, FLUXION_THREADS=str(threads), FLUXION_CACHE_DIR=os.path.join(folder, "warm"))
    times = []
    for _ in range(12):
        start = time.perf_counter()
        subprocess.run(command, check=True, env=env, capture_output=True)
        times.append((time.perf_counter() - start) * 1e3)
    times = sorted(times[1:])
    return {"name": "logreg-grad", "kind": "warm", "peer": "none", "threads": threads, "milliseconds": round(times[5], 1),
            "low": round(times[0], 1), "high": round(times[-1], 1)}


def main():
    args = arguments()
    enter_environment()
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:args.threads]))
    if args.threads == 1:
        os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
    import jax
    import numpy as np
    jax.config.update("jax_platforms", "cpu")
    sys.path.insert(0, str(HERE))
    from workloads import WORKLOADS

    peaks = json.loads(subprocess.run([str(BIN / "bench-peak")], check=True, capture_output=True, text=True).stdout)
    peak = max(peaks.values())
    print(f"FMA peak of one core, f32: AVX2 {peaks['avx2']:.0f} GFLOP/s, AVX-512 {peaks['avx512']:.0f} GFLOP/s; "
          f"jax {jax.__version__}, {args.threads} thread(s)")
    rows = []
    for name in args.only or [*WORKLOADS, *([] if args.against else ["quickstart", "warm"])]:
        if name in ("quickstart", "warm"):
            with tempfile.TemporaryDirectory() as folder:
                rows.append((train_row if name == "quickstart" else warm_row)(args.threads, folder))
            print(json.dumps(rows[-1]), flush=True)
            continue
        if name not in WORKLOADS:
            sys.exit(f"no workload {name}; there are: {', '.join(WORKLOADS)}, quickstart, warm")
        workload = WORKLOADS[name]()
        with tempfile.TemporaryDirectory() as folder:
            inputs = os.path.join(folder, "inputs.npz")
            np.savez(inputs, **{k: np.asarray(v) for k, v in workload.inputs.items()})
            if args.against:
                rows.append(builds_row(name, workload, args.threads, args.rounds, inputs, folder, pathlib.Path(args.against)))
                row = rows[-1]
                print(f"{name:15s} ratio {row['ratio']:.2f} [{row['low']:.2f}, {row['high']:.2f}]   this build "
                      f"{row['fluxion_us']:.0f} µs, the other {row['other_us']:.0f} µs", flush=True)
                continue
            row = step_row(name, workload, args.threads, args.rounds, inputs, jax, folder, peak)
            rows.append(row)
            print(f"{name:15s} step     ratio {row['ratio']:.2f} [{row['low']:.2f}, {row['high']:.2f}]   "
                  f"Fluxion {row['fluxion_us']:.0f} µs ({row['fluxion_share']:.0%} of peak)   "
                  f"JAX {row['jax_us']:.0f} µs ({row['jax_share']:.0%})", flush=True)
            row = compile_rows(name, workload, args.threads, inputs, jax, folder)
            rows.append(row)
            print(f"{name:15s} compile  ratio {row['ratio']:.2f} [{row['low']:.2f}, {row['high']:.2f}]", flush=True)
    if args.against:
        print(f"geometric mean {math.exp(sum(math.log(row['ratio']) for row in rows) / len(rows)):.3f}, "
              f"least {min(row['ratio'] for row in rows):.3f}")
    if args.json:
        pathlib.Path(args.json).write_text("".join(json.dumps(r) + "\n" for r in rows))


main()
