#!/usr/bin/env python3
"""Each row of docs/derivatives-at-edges.md is so: the gradient of the sum of the expression, at the point the row names.

usage: edges.py FLUXION PAGE"""
import ast
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import numpy_environment

numpy_environment.enter("numpy")
import subprocess

import numpy as np


def numbers(text):
    return np.array(eval(text, {"inf": np.inf, "nan": np.nan, "__builtins__": {}}), float)


def rows(page):
    for line in pathlib.Path(page).read_text(encoding="utf-8").splitlines():
        row = re.fullmatch(r"\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|", line)
        if not row:
            continue
        point = {name: numbers(value) for name, value in re.findall(r"(\w) = (\[[^]]*\])", row[2])}
        yield row[1], point, [numbers(each) for each in re.findall(r"\[[^]]*\]", row[3])]


def source(expression, point, number):
    parameters = ", ".join(f"{name}: f64[{len(value)}]" for name, value in point.items())
    matrix = re.search(r"\[\[.*?\]\]", expression)
    given = ""
    if matrix:  # infinity in a matrix: written row by row, each number as itself
        entries = ast.literal_eval(matrix[0].replace("inf", "1e999"))
        lines = [", ".join("inf64" if e == float("inf") else str(e) for e in row) for row in entries]
        given = "  let inf64 = 1 / stop_gradient(zeros_like(x[0]))\n" + "".join(
            f"  let r{i} = stack([{line}, zeros_like(x[0])])[0:2]\n" for i, line in enumerate(lines))
        expression = expression.replace(matrix[0], "stack([" + ", ".join(f"r{i}" for i in range(len(lines))) + "])")
    return (f"fn v{number}({parameters}) -> f64 {{\n{given}  sum({expression})\n}}\n"
            f"fn g{number} = grad(v{number}, wrt = ({', '.join(point)}))\n")


def main():
    program, page, failures = sys.argv[1], sys.argv[2], 0
    table = list(rows(page))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        path = folder / "edges.flx"
        for number, (expression, point, expected) in enumerate(table):
            path.write_text(source(expression, point, number), encoding="utf-8")
            words = []
            for name, value in point.items():
                np.save(folder / f"{name}.npy", value)
                words.append(f"{name}=@{folder / name}.npy")
            done = subprocess.run([program, "run", f"{path}:g{number}", *words, "-o", folder / "out.npz"],
                                  capture_output=True, text=True, timeout=120)
            said = done.stderr.strip()
            if done.returncode == 0:
                with np.load(folder / "out.npz") as results:
                    found = [results[key] for key in sorted(results.files)]
                if len(found) == len(expected) and all(
                        np.allclose(a, b, rtol=1e-13, atol=0, equal_nan=True) for a, b in zip(found, expected)):
                    continue
                said = f"is {[list(each) for each in found]}, not {[list(each) for each in expected]}"
            failures += 1
            print(f"{expression} at {({k: list(v) for k, v in point.items()})}: {said}")
    print(f"{len(table)} rows, {failures} failed")
    return failures > 0 or len(table) < 30


sys.exit(main())
