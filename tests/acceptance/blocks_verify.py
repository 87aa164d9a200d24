#!/usr/bin/env python3
"""`fluxion verify` of every program of examples/blocks: compiled code and derivatives against the reference interpreter, dual
numbers and finite differences. Needs nothing but Python. FLUXION names the program under test.

    tests/acceptance/blocks_verify.py [PROGRAM …]"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLUXION = os.environ.get("FLUXION", str(ROOT / "build/bin/fluxion"))
SLOWNESS = float(os.environ.get("FLUXION_SLOWNESS", "1"))


def verify(path):
    begun = time.time()
    try:
        done = subprocess.run([FLUXION, "verify", path, "--threads=1"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=120 * SLOWNESS)
        return done.returncode, done.stdout, time.time() - begun
    except subprocess.TimeoutExpired as late:
        return 1, (late.stdout or b"").decode(errors="replace") + "\n… and did not end", time.time() - begun


def main():
    chosen = [ROOT / "examples/blocks" / f"{name}.flx" for name in sys.argv[1:]] or sorted((ROOT / "examples/blocks").glob("*.flx"))
    failures, checks, begun = 0, 0, time.time()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, (status, output, seconds) in zip(chosen, pool.map(verify, chosen)):
            made = sum(int(line.split()[0]) for line in output.splitlines() if " checks, " in line)
            checks += made
            print(f"{path.stem:24} {made:5} checks {seconds:6.1f} s{'' if status == 0 else '  FAILED'}")
            if status or not made:
                failures += 1
                print("\n".join(line for line in output.splitlines() if not line.rstrip().endswith("  ok"))[:6000])
    print(f"{len(chosen)} programs, {checks} checks, {failures} failures, {time.time() - begun:.0f} s")
    return 1 if failures or len(chosen) == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
