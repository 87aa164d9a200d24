#!/usr/bin/env python3
"""`fluxion verify` of every function of every program of examples/blocks, at the extents it chooses: compiled code and derivatives against
the reference interpreter, dual numbers and finite differences. Needs nothing but Python. FLUXION names the program under test.

    tests/acceptance/blocks_verify.py [PROGRAM[:FUNCTION] …]"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLUXION = os.environ.get("FLUXION", str(ROOT / "build/bin/fluxion"))
SLOWNESS = float(os.environ.get("FLUXION_SLOWNESS", "1"))


def call(*words):
    """Status and what was printed, faults first."""
    try:
        done = subprocess.run([FLUXION, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=240 * SLOWNESS)
        return done.returncode, done.stderr, done.stdout
    except subprocess.TimeoutExpired:
        return 1, "it did not end in time\n", ""


def functions(path):
    """Those of the file, as `fluxion check` lists them."""
    status, errors, output = call("check", path)
    if status:
        print(errors)
    return re.findall(r"^([\w.]+)\(", output, re.M)


def verify(job):
    path, function = job
    begun = time.time()
    return (*call("verify", f"{path}:{function}", "--threads=1"), time.time() - begun)


def main():
    wanted = [word.partition(":") for word in sys.argv[1:]]
    folder = ROOT / "examples/blocks"
    paths = [folder / f"{name}.flx" for name, _, _ in wanted] or sorted(folder.glob("*.flx"))
    chosen = {function for _, _, function in wanted if function}
    begun, checks, failures = time.time(), 0, 0
    jobs = [(path, name) for path in dict.fromkeys(paths) for name in functions(path) if name in chosen or not chosen]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (path, function), (status, errors, output, seconds) in zip(jobs, pool.map(verify, jobs)):
            made = re.search(r"^(\d+) checks", output, re.M)
            checks += int(made[1]) if made else 0
            print(f"{path.stem + ':' + function:40} {made[1] if made else '-':>5} checks {seconds:6.1f} s{'  FAILED' if status else ''}")
            if not made or status:
                failures += 1
                print(errors + "\n".join(line for line in output.splitlines() if " ok" not in line)[:4000])
    print(f"{len(set(paths))} programs, {len(jobs)} functions, {checks} checks, {failures} failures, {time.time() - begun:.0f} s")
    return 1 if failures or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
