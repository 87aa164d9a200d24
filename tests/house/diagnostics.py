#!/usr/bin/env python3
"""Every line of --diagnostics=json is an object of the schema in docs/diagnostics.md, for the programs that err on purpose
(tests/frontend/errors, the fences of docs/errors), for bad files, bad command lines and each verb; places are those of the text.
Usage: diagnostics.py ROOT FLUXION"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

root, fluxion = pathlib.Path(sys.argv[1]).resolve(), str(pathlib.Path(sys.argv[2]).resolve())
fences = re.findall(r"^```json\n(.*?)^```$", (root / "docs/diagnostics.md").read_text(encoding="utf-8"), re.M | re.S)
example, schema = map(json.loads, fences)
TYPES = {"object": dict, "array": list, "string": str, "integer": int}
problems, lines, seen = [], 0, set()


def faults(value, rule, path="$"):
    """The part of JSON Schema that the document uses."""
    known = {"type", "required", "properties", "additionalProperties", "items", "enum", "pattern", "minLength", "minimum", "dependentRequired"}
    if set(rule) - known:
        yield f"{path}: the schema uses {set(rule) - known}"
    if not isinstance(value, TYPES[rule["type"]]) or isinstance(value, bool):
        yield f"{path}: {value!r} is no {rule['type']}"
        return
    if "enum" in rule and value not in rule["enum"] or "pattern" in rule and not re.search(rule["pattern"], value):
        yield f"{path}: {value!r}"
    if len(value) < rule.get("minLength", 0) if isinstance(value, str) else isinstance(value, int) and value < rule.get("minimum", value):
        yield f"{path}: {value!r} is too small"
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from faults(item, rule["items"], f"{path}[{i}]")
    if isinstance(value, dict):
        for name in rule["required"]:
            if name not in value:
                yield f"{path}: no {name}"
        for name, others in rule.get("dependentRequired", {}).items():
            if name in value and not set(others) <= set(value):
                yield f"{path}: {name} without {set(others) - set(value)}"
        for name, item in value.items():
            if name in rule["properties"]:
                yield from faults(item, rule["properties"][name], f"{path}.{name}")
            elif not rule.get("additionalProperties", True):
                yield f"{path}: {name} is not in the schema"


def place(folder, where):
    """Line, column and offset speak of one place of the file, which exists (not: the embedded library)."""
    file = folder / where["file"]
    if not file.exists():
        return None if where["file"].startswith("std/") else f"{where['file']} is not there"
    data = file.read_bytes()
    for line, column, offset in (("line", "column", "offset"), ("endLine", "endColumn", "endOffset")):
        before = data[:where[offset]]
        start = before.rfind(b"\n") + 1
        text = before[start:].decode("utf-8", errors="replace")
        if where[line] != before.count(b"\n") + 1 or where[column] != len(text) + 1 or where[offset] > len(data):
            return f"{where['file']}: {where[line]}:{where[column]} is not at byte {where[offset]}"
    return None if where["offset"] <= where["endOffset"] else "it ends before it begins"


def expect(folder, words, statuses=(0, 1), least=0, check_places=True, json_on="stderr"):
    global lines
    done = subprocess.run([fluxion, *words], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    told = "fluxion " + " ".join(words)
    printed = (done.stderr if json_on == "stderr" else done.stdout).decode("utf-8").splitlines()
    if done.returncode not in statuses:
        problems.append(f"{told}: ends with {done.returncode}: {printed[:3]}")
    if len(printed) < least:
        problems.append(f"{told}: says {len(printed)} things, not {least}")
    for line in printed:
        lines += 1
        try:
            value = json.loads(line)
        except ValueError as error:
            problems.append(f"{told}: {error}: {line[:200]}")
            continue
        problems.extend(f"{told}: {fault}" for fault in faults(value, schema))
        seen.add(value.get("number"))
        for where in [value, *value.get("labels", []), *value.get("fixes", [])]:
            if check_places and "file" in where and (fault := place(folder, where)):
                problems.append(f"{told}: {value['number']}: {fault}")


if len(fences) != 2:
    sys.exit("docs/diagnostics.md has an example and a schema, as two fences that say json")
problems.extend(f"the example: {fault}" for fault in faults(example, schema))
for wrong in ({}, {**example, "line": "2"}, {**example, "number": "301"}, {k: v for k, v in example.items() if k != "offset"}, {**example, "extra": 1}):
    if not list(faults(wrong, schema)):
        problems.append("the schema accepts anything")
with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary)
    samples = 0
    for case in sorted((root / "tests/frontend/errors").glob("**/*.flx")):
        (folder / "case.flx").write_bytes(case.read_bytes())
        expect(folder, ["check", "case.flx", "--diagnostics=json"])
        samples += 1
    for page in sorted((root / "docs/errors").glob("E*.md")):
        for fence in re.findall(r"^```\w*\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S):
            (folder / "page.flx").write_text(fence, encoding="utf-8")
            expect(folder, ["check", "page.flx", "--diagnostics=json"])
            samples += 1
    bad = "fn f(x: f32[N], y: f32[M]) -> f32[N] {\n  let θ̂ = x\n  let unused = 1\n  θ̂ + y\n}\n"
    (folder / "m.flx").write_text(bad, encoding="utf-8")
    (folder / "warn.flx").write_text("fn f(x: f32) -> f32 {\n  let y = x\n  x\n}\n", encoding="utf-8")
    (folder / "bytes.flx").write_bytes(b"fn f(x: f32) = \xff\x00\"\x80 x\n" * 20)
    (folder / "a.flx").write_text('import "b.flx"\nfn f(x: f32) -> f32 = g(x)\n', encoding="utf-8")
    (folder / "b.flx").write_text("export fn g(x: f32[N]) -> f32[N] = x +\n", encoding="utf-8")
    (folder / "pick.flx").write_text("fn pick(x: f32[N], i: i32[K]) -> f32[K] = gather(x, i, axis = 0)\n", encoding="utf-8")
    form = "--diagnostics=json"
    for verb in ("check", "run", "train", "ir", "verify", "describe"):
        expect(folder, [verb, "m.flx", form], (1,), 1)
        expect(folder, [verb, form, "gone.flx"], (1,), 1)
        expect(folder, [verb, "a.flx", form], (1,), 1)
        expect(folder, [verb, "m.flx", form, "--bogus"], (2,), 1)
    (folder / "syntax.flx").write_text("fn f(x f32) = x\nfn g(θ: f32 = 1\n", encoding="utf-8")
    expect(folder, ["doc", "syntax.flx", form], (1,), 1)
    expect(folder, ["doc", "gone.flx", form], (1,), 1)
    expect(folder, ["fmt", "--check", "syntax.flx", form], (1,), 1)
    expect(folder, ["fmt", "gone.flx", form], (1,), 1)
    expect(folder, ["check", "m.flx", "--diagnostics", "json"], (1,), 1)
    expect(folder, ["check", "m.flx", "--json"], (1,), 1, json_on="stdout")
    expect(folder, ["check", "warn.flx", form], (0,), 1)
    expect(folder, ["check", "bytes.flx", form], (1,), 1, check_places=False)  # decoders differ in how many signs a bad byte is
    expect(folder, ["run", "pick.flx:pick", "x=[1,2]", "i=[7]", form], (1,), 1)
    expect(folder, ["run", "pick.flx:pick", "x=two", form], (2,), 1)
    expect(folder, ["ir", "pick.flx:pick", form], (0,))
    if json.loads(subprocess.run([fluxion, "check", "m.flx", "--json"], cwd=folder, capture_output=True).stdout.splitlines()[0])["line"] != 4:
        problems.append("the place of a known error is wrong")
for problem in problems[:40]:
    print(problem)
print(f"{samples} samples, {lines} diagnostics, {len(seen)} numbers, {len(problems)} problems")
sys.exit(1 if problems or samples < 40 or len(seen) < 25 else 0)
