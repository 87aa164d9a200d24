#!/usr/bin/env python3
"""Every program of examples/blocks against NumPy: values to 1e-10 in f64 and 1e-5 in f32, derivatives to 1e-6 in f64 and 1e-5 in
f32, relative to the largest entry, on random arguments of several shapes. The f64 programs are the f32 ones with that word
exchanged. Skipped where there is no NumPy (see tests/numpy_environment.py).

    tests/acceptance/blocks.py [PROGRAM …]      prints a table; FLUXION names the program under test"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "blocks"
FLUXION = os.environ.get("FLUXION", str(ROOT / "build/bin/fluxion"))

sys.path.insert(0, str(ROOT / "tests"))
import numpy_environment  # noqa: E402

numpy_environment.enter("numpy", "scipy")
import numpy as np  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import blocks  # noqa: E402

for module in sorted(pathlib.Path(blocks.__file__).parent.glob("[a-z]*.py")):
    __import__(f"blocks.{module.stem}")

TOLERANCE = {("f32", False): 1e-5, ("f64", False): 1e-10, ("f32", True): 1e-5, ("f64", True): 1e-6}


def run(folder, name, function, arguments):
    """The function's results under their paths; an error of the compiler is raised as text."""
    inputs, outputs = folder / f"{name}.{function}.in.npz", folder / f"{name}.{function}.out.npz"
    np.savez(inputs, **arguments)
    words = [f"{leaf}=@{inputs}:{leaf}" for leaf in arguments]
    command = [FLUXION, "run", f"{folder / name}.flx:{function}", *words, "-o", outputs, "--threads=1"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300)
    if done.returncode:
        raise RuntimeError(done.stdout[:3000])
    with np.load(outputs) as archive:
        return {path: archive[path] for path in archive.files}


def signatures(folder, name):
    """The parameters of each function, as `fluxion check` lists them."""
    done = subprocess.run([FLUXION, "check", f"{folder / name}.flx"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        return print(done.stdout)
    found = {}
    for line in done.stdout.splitlines():
        if match := re.match(r"([\w.]+)\((.*)\) -> ", line):
            text = match[2]
            while "{" in text:
                text = re.sub(r"\{[^{}]*\}", "", text)
            found[match[1]] = set(re.findall(r"(\w+): ", text))
    return found


def distance(actual, expected):
    """The largest difference, relative to the largest entry; integers and truth values must be equal."""
    if actual.shape != expected.shape:
        return np.inf
    if actual.dtype.kind in "biu":
        return 0.0 if np.array_equal(actual, expected) else np.inf
    if expected.size == 0:
        return 0.0
    error, size = np.max(np.abs(actual.astype(np.float64) - expected)), np.max(np.abs(expected))
    return float(error / size if size > 0 else error) if np.isfinite(error) else np.inf


def compare(folders, name):
    """Rows of the table and problems for one program."""
    build, sizes = blocks.PROGRAMS[name]
    worst, problems, shapes = {}, [], []
    for number, extents in enumerate(sizes):
        shapes.append(" ".join(f"{key}={value}" for key, value in extents.items()))
        arguments, functions = build(blocks.Draw(1000 + number), **extents)
        arguments = {leaf: np.asarray(value) for leaf, value in arguments.items()}
        for function, reference in functions.items():
            derivative = isinstance(reference, blocks.Derivative) or hasattr(reference, "by_differences")
            exact = {"0"} if getattr(reference, "with_value", False) and reference.direction is None else set()
            expected = blocks.evaluate(reference, arguments)
            for precision, folder in folders.items():
                try:
                    actual = run(folder, name, function, taken(folder, name, function, arguments))
                except (RuntimeError, subprocess.TimeoutExpired) as error:
                    problems.append(f"{name}:{function} in {precision} at {shapes[-1]}: {error}")
                    continue
                if set(actual) != set(expected):
                    problems.append(f"{name}:{function} gives {sorted(actual)}, not {sorted(expected)}")
                    continue
                for path in (path for path, value in expected.items() if value is not None):
                    error = distance(actual[path], np.asarray(expected[path]))
                    key = precision, derivative and path not in exact
                    worst[key] = max(worst.get(key, 0.0), error)
                    if not error <= TOLERANCE[key]:
                        problems.append(f"{name}:{function} {path} in {precision} at {shapes[-1]}: error {error:.1e} "
                                        f"> {TOLERANCE[key]:.0e}\n  got  {actual[path]}\n  want {expected[path]}"[:2000])
    return shapes, worst, problems


SIGNATURES = {}


def taken(folder, name, function, arguments):
    """Of the arguments those that this function has."""
    names = SIGNATURES[folder, name].get(function, ())
    return {leaf: value for leaf, value in arguments.items() if leaf.split(".")[0] in names}


def main():
    begun = time.time()
    present = {path.stem for path in EXAMPLES.glob("*.flx")}
    chosen = sys.argv[1:] or sorted(blocks.PROGRAMS)
    problems = [f"{name}.flx has no reference" for name in sorted(present - set(blocks.PROGRAMS))] if not sys.argv[1:] else []
    with tempfile.TemporaryDirectory(prefix="fluxion-blocks-") as temporary:
        folders = {precision: pathlib.Path(temporary) / precision for precision in ("f32", "f64")}
        for precision, folder in folders.items():
            shutil.copytree(EXAMPLES, folder)
            for path in folder.glob("*.flx"):
                path.write_text(re.sub(r"\bf32\b", precision, path.read_text(encoding="utf-8")), encoding="utf-8")
        for folder in folders.values():
            for name in chosen:
                if (known := signatures(folder, name)) is None:
                    return 1
                SIGNATURES[folder, name] = known
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            rows = list(pool.map(lambda name: compare(folders, name), chosen))
    print(f"{'program':24}{'value f32':>11}{'f64':>9}{'deriv. f32':>12}{'f64':>9}  shapes")
    for name, (shapes, worst, found) in zip(chosen, rows):
        cells = [f"{worst[key]:.0e}" if key in worst else "-"
                 for key in (("f32", False), ("f64", False), ("f32", True), ("f64", True))]
        print(f"{name:24}{cells[0]:>11}{cells[1]:>9}{cells[2]:>12}{cells[3]:>9}  {'; '.join(shapes)}"
              f"{'  FAILED' if found else ''}")
        problems += found
    for problem in problems:
        print(problem)
    print(f"{len(chosen)} programs, {len(problems)} problems, {time.time() - begun:.0f} s")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
