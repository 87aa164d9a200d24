#!/usr/bin/env python3
"""Functions of the examples and of the library compiled at extents that nobody chose: the usual ones, ten and a hundred times
these, and 0, 1, 2^31 and 2^40, for all dimensions together and for each beside usual ones. Each ends in assembly or a numbered
error within two seconds of processor time and 500 MB: nothing that compiles may take time or memory as an extent grows.
Without a word, a slice of them; `extents.py --all` takes every one, `extents.py TEXT…` those whose name holds a text."""
import concurrent.futures
import os
import pathlib
import re
import resource
import subprocess
import sys
import zlib

from acceptance import FLUXION, SLOWNESS

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS, BYTES = 2.0, 500 << 20
SLICE = 37  # of how many cases one is in the slice
FACTORS, EXTREMES = (10, 100), (0, 1, 2 ** 31, 2 ** 40)


def run(*words):
    """The process' exit status, errors, seconds of processor time and peak of memory in bytes."""
    limit = max(1, round(10 * SLOWNESS))
    child = subprocess.Popen([FLUXION, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)))
    text = child.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, text, usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10


def functions():
    """FILE:FUNCTION of each; a generic function once, in f32."""
    for folder in ("examples", "frontend/std"):
        for file in sorted((ROOT / folder).rglob("*.flx")):
            listed = run("check", str(file))[1]
            for name, types in re.findall(r"^([\w.]+)(?:\[([^\]]*)\])?[(,]", listed, re.M):
                reals = ["i32" if kind.strip().endswith(": int") else "f32" for kind in types.split(",")] if types else []
                yield f"{file}:{name}" + (f"[{','.join(reals)}]" if reals else "")


def cases(function):
    status, text, _, _ = run("ir", function, "--no-cache")
    found = re.search(r"^fluxion: chose (.*) \(--dim", text, re.M)
    usual = {name: int(extent) for name, extent in (word.split("=") for word in found[1].split(", "))} if found else {}
    yield {}
    if not usual:
        return
    for factor in FACTORS:
        yield {name: factor * extent for name, extent in usual.items()}
    for extreme in EXTREMES:
        yield {name: extreme for name in usual}
        if len(usual) > 1:
            for name in usual:
                yield usual | {name: extreme}


def fault(function, extents):
    """What is wrong with compiling the function at the extents, or nothing."""
    dims = [f"--dim={name}={extent}" for name, extent in extents.items()]
    status, text, seconds, peak = run("ir", function, "--stage=asm", "--no-cache", *dims)
    problems = []
    if status not in (0, 1) or "error[E0000]" in text:
        problems.append(f"exit status {status}: {text[-300:]}")
    elif status == 1 and not re.search(r"error\[E\d{4}\]", text):
        problems.append("an error without a number: " + text[:300])
    if seconds > SECONDS * SLOWNESS:
        problems.append(f"{seconds:.1f} s of processor time")
    if peak > BYTES and SLOWNESS == 1:  # sanitizers keep memory of their own
        problems.append(f"{peak >> 20} MB")
    where = " ".join([function.removeprefix(str(ROOT) + "/"), *dims])
    return where + ": " + "; ".join(problems) if problems else None


def main(words):
    chosen = [(function, extents) for function in functions()
              if not words or words == ["--all"] or any(word in function for word in words)
              for extents in (cases(function) if words or zlib.crc32(function.encode()) % 6 == 0 else ())]
    if not words:
        chosen = [case for case in chosen if zlib.crc32(repr(case).removeprefix(str(ROOT)).encode()) % (SLICE // 6) == 0]
    with concurrent.futures.ThreadPoolExecutor(min(8, os.cpu_count())) as pool:
        faults = 0
        for found in pool.map(lambda case: fault(*case), chosen):
            if found:
                faults += 1
                print(found, flush=True)
    print(f"{len(chosen)} compilations, {faults} faults")
    return 1 if faults or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
