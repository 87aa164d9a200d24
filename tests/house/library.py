#!/usr/bin/env python3
"""docs/library.md is what `fluxion doc` makes of the standard library, and every declaration there says what it is.
Usage: library.py ROOT FLUXION"""
import pathlib
import re
import subprocess
import sys

root, fluxion = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
problems = []
made = subprocess.run([fluxion, "doc", "--std", "--links", "../frontend/"], capture_output=True, timeout=60)
if made.returncode:
    sys.exit(made.stderr.decode())
page, kept = made.stdout.decode("utf-8"), (root / "docs/library.md").read_text(encoding="utf-8")
if page != kept:
    problems.append("docs/library.md is not up to date: build/bin/fluxion doc --std --links ../frontend/ -o docs/library.md")
for name, line in re.findall(r"^\[(std/[^\]]*):(\d+)\]\(", page, re.M):
    source = (root / "frontend" / name).read_text(encoding="utf-8").splitlines()
    if not re.match(r"(export )?(fn|struct|const|optimizer) ", source[int(line) - 1]):
        problems.append(f"{name}:{line} is no declaration")
declared = 0
for path in sorted((root / "frontend/std").rglob("*.flx")):
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        found = re.match(r"(?:export )?(?:fn|struct|const|optimizer) ([\w\u0080-\uffff]+)", line)
        if not found:
            continue
        declared += 1
        where = f"{path.relative_to(root / 'frontend')}:{number + 1}"
        if f"[{where}]" not in page:
            problems.append(f"{where}: `{found[1]}` is not in the page")
        if number == 0 or not lines[number - 1].startswith("///"):
            problems.append(f"{where}: `{found[1]}` has no doc comment (`///`)")
for problem in problems:
    print(problem)
print(f"{declared} declarations, {len(problems)} problems")
sys.exit(1 if problems or declared < 40 else 0)
