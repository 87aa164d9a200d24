#!/usr/bin/env python3
"""`fluxion verify` of every function of every program of examples/blocks, at small extents: compiled code and derivatives against
the reference interpreter, dual numbers and finite differences. Needs nothing but Python. FLUXION names the program under test.

    tests/acceptance/blocks_verify.py [PROGRAM[:FUNCTION] …]"""
import concurrent.futures
import itertools
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLUXION = os.environ.get("FLUXION", str(ROOT / "build/bin/fluxion"))
SLOWNESS = float(os.environ.get("FLUXION_SLOWNESS", "1"))
SMALLER = {"conv_net": {"h": 1, "w": 1, "F": 2}}  # where two and three are many
LEFT_OUT = {"conv_net:step", "wavenet:step", "residual_mlp:step", "vae:step_given"}  # long; verifying `loss` covers the same
ROOM = 4  # by which a bound may be missed that an estimate of f32's noise sets: where tanh is near ±1 the estimate is short


def call(*words):
    """Status and what was printed, faults first."""
    try:
        done = subprocess.run([FLUXION, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=60 * SLOWNESS)
        return done.returncode, done.stderr, done.stdout
    except subprocess.TimeoutExpired:
        return 1, "it did not end in time\n", ""


def functions(path):
    """Each function of the file with its dimensions, as `fluxion check` lists them."""
    status, errors, output = call("check", path)
    if status:
        print(errors)
    for name, rest in re.findall(r"^([\w.]+)(\(.*)$", output, re.M):
        extents = " ".join(re.findall(r"\[([^\]]*)\]", rest))
        yield name, list(dict.fromkeys(re.findall(r"[A-Za-z]\w*", extents)))


def verify(job):
    """Extents three and two by turns: neighbours differ, and nothing is large."""
    path, function, dimensions = job
    begun = time.time()
    chosen = SMALLER.get(path.stem, {})
    extents = [f"--dim={name}={chosen.get(name, extent)}" for name, extent in zip(dimensions, itertools.cycle((3, 2)))]
    return (*call("verify", f"{path}:{function}", "--threads=1", *extents), time.time() - begun)


def excess(output):
    """By what factor the worst check misses its bound; infinite for a fault of another kind."""
    missed = [line for line in output.splitlines() if "FAILED" in line and not line.endswith(": FAILED")]
    numbers = [re.search(r"(\S+)\s+(\S+)\s+\S+\s+\S+\s+FAILED", line) for line in missed]
    return max((float(n[1].lower()) / float(n[2].lower()) if n else float("inf") for n in numbers), default=float("inf"))


def main():
    wanted = [word.partition(":") for word in sys.argv[1:]]
    folder = ROOT / "examples/blocks"
    paths = [folder / f"{name}.flx" for name, _, _ in wanted] or sorted(folder.glob("*.flx"))
    chosen = {function for _, _, function in wanted if function}
    begun, checks, failures = time.time(), 0, 0
    jobs = [(path, name, dimensions) for path in dict.fromkeys(paths) for name, dimensions in functions(path)
            if name in chosen or not chosen and f"{path.stem}:{name}" not in LEFT_OUT]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (path, function, _), (status, errors, output, seconds) in zip(jobs, pool.map(verify, jobs)):
            made = re.search(r"^(\d+) checks", output, re.M)
            checks += int(made[1]) if made else 0
            near = status and made and excess(output) <= ROOM
            verdict = "" if not status else "  near the bound" if near else "  FAILED"
            print(f"{path.stem + ':' + function:40} {made[1] if made else '-':>5} checks {seconds:6.1f} s{verdict}")
            if not made or status and not near:
                failures += 1
                print(errors + "\n".join(line for line in output.splitlines() if " ok" not in line)[:4000])
    print(f"{len(set(paths))} programs, {len(jobs)} functions, {checks} checks, {failures} failures, {time.time() - begun:.0f} s")
    return 1 if failures or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
