#!/usr/bin/env python3
"""What the papers show works. In README.md and docs/*.md a fence that says `flx` holds a whole program, which is checked (one that
begins with `// name.flx` can be imported by those below it), and one that says `sh` or `console` commands; so do the indented lines
of the examples' READMEs. Each `fluxion` command runs, in a copy of the examples, and prints the lines shown below it, where … stands
for anything and // begins a remark. A fence with declarations and without … must say what it is. Usage: snippets.py ROOT FLUXION"""
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

root, fluxion = pathlib.Path(sys.argv[1]).resolve(), str(pathlib.Path(sys.argv[2]).resolve())
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
problems, programs, commands = [], 0, 0


def call(folder, words):
    return subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)


def check(page, line, text, scratch):
    global programs
    programs += 1
    (scratch / "snippet.flx").write_text(text, encoding="utf-8")
    if named := re.match(r"// ([\w-]+\.flx)\n", text):
        (scratch / named[1]).write_text(text, encoding="utf-8")
    done = call(scratch, [fluxion, "check", "snippet.flx"])
    if done.returncode:
        problems.append(f"{page}:{line}: {done.stdout.decode()}")


def run(page, line, command, expected, folder):
    """A shell reads the command, as a reader's would; `fluxion` is the one under test. Trainings are cut to an epoch."""
    global commands
    command = re.sub(r"\s+#.*", "", command)
    if "train " in command:
        if not DATA.exists():
            return print(f"{page}:{line}: not run, dataset-fashion-mnist is not installed")
        command += " --epochs 1"
    commands += 1
    done = call(folder, ["bash", "-c", command])
    shown = done.stdout.decode()
    if done.returncode:
        problems.append(f"{page}:{line}: `{command}` ends with {done.returncode}: {shown[:1000]}")
    for wanted in expected:
        wanted = re.sub(r"\s+//.*", "", wanted).strip()
        pattern = r"\s+".join(".*".join(map(re.escape, word.split("…"))) for word in wanted.split())
        if wanted not in ("", "…") and not re.search(pattern, shown):
            problems.append(f"{page}:{line}: `{command}` does not print `{wanted}`")


def fences(page, folder, scratch):
    text = (root / page).read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        kind, body, line = match[1], match[2], text.count("\n", 0, match.start()) + 1
        if kind == "flx":
            check(page, line, body, scratch)
        elif kind in ("sh", "console"):
            lines = [text.removeprefix("$ ") if kind == "console" and text.startswith("$ ") else text for text in body.splitlines()]
            starts = [i for i, text in enumerate(lines) if text.startswith("fluxion ")] + [len(lines)]
            for i, end in zip(starts, starts[1:]):
                run(page, line + 1 + i, lines[i], lines[i + 1:end], folder)
        elif not kind and re.search(r"^(fn|struct|train|optimizer) \w", body, re.M) and "…" not in body:
            problems.append(f"{page}:{line}: a fence with declarations says neither `flx` nor, by a …, that it is a pattern")


def npy(path, shape, draw):
    count = 1
    for extent in shape:
        count *= extent
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({', '.join(map(str, shape))},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                     + struct.pack(f"<{count}f", *(draw.random() for _ in range(count))))


with tempfile.TemporaryDirectory() as temporary:
    scratch = pathlib.Path(temporary)
    shutil.copytree(root / "examples", scratch / "examples")
    (scratch / "bin").mkdir()
    (scratch / "bin/fluxion").symlink_to(fluxion)
    os.environ["PATH"] = f"{scratch}/bin:{os.environ['PATH']}"
    draw = random.Random(1)
    for example in (scratch / "examples").iterdir():
        if not example.is_dir():
            continue
        for name, shape in {"x.npy": (20, 3), "y.npy": (20,), "images.npy": (5, 784)}.items():  # a reader's own data
            npy(example / name, shape, draw)
    fences("README.md", scratch, scratch)
    for page in sorted((root / "docs").glob("*.md")):
        fences(page.relative_to(root).as_posix(), scratch / "examples/logreg", scratch)
    for page in sorted((root / "examples").glob("*/README.md")):
        name, folder = page.relative_to(root).as_posix(), scratch / page.parent.relative_to(root)
        fences(name, folder, scratch)
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for command in re.findall(r"^    (fluxion .*)$|`(fluxion [^`…]* [^`…]*)`", line):
                run(name, number, command[0] or command[1], [], folder)
for problem in problems:
    print(problem)
print(f"{programs} programs, {commands} commands, {len(problems)} problems")
sys.exit(1 if problems or programs < 6 or commands < 6 else 0)
