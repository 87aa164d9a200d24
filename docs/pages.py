#!/usr/bin/env python3
"""The pages dialect-flx.md and passes.md from the ODS records, which hold what they say.
Usage: pages.py MLIR_TBLGEN LLVM_TBLGEN SOURCE OUTPUT INCLUDE…"""
import json
import pathlib
import re
import subprocess
import sys

mlir_tblgen, llvm_tblgen, source, output = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])
includes = [word for folder in sys.argv[3:4] + sys.argv[5:] for word in ("-I", folder)]
TYPES = {"64-bit float": "f64", "32-bit float": "f32", "64-bit signless integer": "i64", "32-bit signless integer": "i32",
         "1-bit signless integer": "i1"}


def tablegen(tool, *words):
    return subprocess.run([tool, *words, *includes], check=True, stdout=subprocess.PIPE).stdout.decode()


def without_banner(text):
    return re.sub(r"^<!--.*?-->\s*", "", text)


def dialect():
    """The generator writes summaries with a capital: here they are formulas, and stand as the record has them."""
    ops = source / "dialects/Ops.td"
    text = without_banner(tablegen(mlir_tblgen, "-gen-dialect-doc", "-dialect=flx", str(ops)))
    records = json.loads(tablegen(llvm_tblgen, "--dump-json", str(ops)))
    summaries = {records[name]["opName"]: records[name]["summary"] for name in records["!instanceof"]["Flx_Op"]}

    def heading(match):
        summary = summaries[match[1]]
        return f"### `flx.{match[1]}`\n\n" + (f"**{summary}**\n" if summary else "")

    text = re.sub(r"### `flx\.(\w+)`[^\n]*\n\n(?:_.*_\n)?", heading, text)
    for long, short in TYPES.items():
        text = text.replace(long, short)
    return text.replace("\n[TOC]\n", "").replace("tensor of static shape of", "tensor of")


def passes():
    parts = ["# Passes\n\nIn `fluxion-opt`, one section a folder. `fluxion ir --list-stages` has the order in which data take them.\n"]
    for records in sorted((source / "compiler").rglob("Passes.td")):
        text = without_banner(tablegen(mlir_tblgen, "-gen-pass-doc", str(records)))
        parts.append(f"## {records.parent.relative_to(source)}\n\n{text.strip()}\n")
    return "\n".join(parts)


output.mkdir(parents=True, exist_ok=True)
(output / "dialect-flx.md").write_text(dialect(), encoding="utf-8")
(output / "passes.md").write_text(passes(), encoding="utf-8")
