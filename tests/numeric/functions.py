#!/usr/bin/env python3
"""Elementwise functions, their slopes and curvatures against functions.json, which functions_table.py made by mpmath: within
8 units in the last place, or 1e-6 (f32) and 1e-14 (f64) relative, whichever is more, tails included.

usage: functions.py FLUXION [--show]"""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import numpy_environment

numpy_environment.enter("numpy")
import numpy as np

KINDS = ["value", "slope", "curvature"]


def source(table, element):
    text = []
    for i, row in enumerate(table):
        text.append(f"fn f{i}(x: {element}[N]) -> {element} = sum({row['function']})\n"
                    f"fn s{i} = grad(f{i})\nfn t{i}(x: {element}[N]) -> {element} = sum(s{i}(x))\nfn c{i} = grad(t{i})\n")
        results = [row["function"], f"s{i}(x)"] + [f"c{i}(x)"] * ("curvature" in row)
        text.append(f"fn r{i}(x: {element}[N]) = ({', '.join(results)})\n")
    return "".join(text)


def check(name, kind, x, found, texts, element):
    """The largest error in the unit of the bound, having printed what is beyond it."""
    info, worst, bad = np.finfo(element), 0, 0
    for at, got, text in zip(x, found, texts):
        want = np.longdouble(text)
        size = abs(want)
        if size > info.max or 0 < size < info.tiny:  # beyond the type: the nearest there is, give or take a denormal or two
            near = np.isinf(got) or abs(got) > 0.999 * info.max if size > 1 else abs(got - want) <= 8 * info.smallest_subnormal
            error = 0 if near else np.inf
        else:
            bound = max(1e-6 if element == "float32" else 1e-14, 8 * info.eps / 2)
            error = float(abs(got - want) / size / bound) if size else float(got != 0)
        worst = max(worst, error) if error == error else np.inf
        if not error <= 1:
            bad += 1
            print(f"{name} of {element}: {kind} at {at!r} is {got!r}, not {text} ({error:.3g} times the bound)")
    return worst, bad


def main():
    program, failures = sys.argv[1], 0
    table = json.loads((pathlib.Path(__file__).parent / "functions.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for element, dtype in (("f64", "float64"), ("f32", "float32")):
            (folder / "m.flx").write_text(source(table, element), encoding="utf-8")
            for i, row in enumerate(table):
                np.save(folder / "x.npy", np.array(row["x"], dtype))
                done = subprocess.run([program, "run", f"{folder}/m.flx:r{i}", f"x=@{folder}/x.npy", "-o",
                                       folder / "out.npz"], capture_output=True, text=True, timeout=120)
                if done.returncode:
                    print(row["function"], done.stderr)
                    failures += 1
                    continue
                with np.load(folder / "out.npz") as results:
                    for place, kind in enumerate(KINDS):
                        if kind not in row:
                            continue
                        worst, bad = check(row["function"], kind, row["x"], results[str(place)], row[kind], dtype)
                        failures += bad
                        if "--show" in sys.argv:
                            print(f"{row['function']:30} {element} {kind:10} {worst:.2g} of the bound")
    print(f"{len(table)} functions, {failures} values beyond the bound")
    return failures > 0 or len(table) < 35


sys.exit(main())
