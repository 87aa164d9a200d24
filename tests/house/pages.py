#!/usr/bin/env python3
"""The generated pages have a section with text for every op and every pass. Usage: pages.py ROOT BUILD"""
import pathlib
import re
import sys

root, build = map(pathlib.Path, sys.argv[1:3])
problems = []


def sections(path, heading):
    """Heading -> the text below it."""
    parts = re.split(heading, path.read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def records(folder, glob, pattern):
    return [name for path in sorted((root / folder).rglob(glob)) for name in re.findall(pattern, path.read_text(encoding="utf-8"), re.M)]


def compare(page, heading, names, least):
    found = sections(build / "docs" / page, heading)
    if len(names) < least:
        problems.append(f"only {len(names)} records for {page}: wrong folder?")
    for name in names:
        text = found.pop(name, "")
        prose = [line for line in text.splitlines() if re.match(r"[\w(⌊∂√Σ\"“`*]", line) and not line.startswith("operation ::=")]
        if len(prose) < 2:
            problems.append(f"{page}: `{name}` has no section with a description")
    problems.extend(f"{page}: `{name}` is in no record" for name in found)


compare("dialect-flx.md", r"^### `flx\.(\w+)`$", records("dialects", "*.td", r'^def Flx_\w+Op\s*:\s*Flx_\w+\s*<\s*"(\w+)"'), 60)
compare("passes.md", r"^### `-([\w-]+)`$", records("compiler", "Passes.td", r'^def \w+\s*:\s*Pass<\s*"([\w-]+)"'), 4)
for problem in problems:
    print(problem)
print(f"{len(problems)} problems")
sys.exit(1 if problems else 0)
