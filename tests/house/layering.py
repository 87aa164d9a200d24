#!/usr/bin/env python3
"""Arrows run one way: fails when a folder includes what it may not, when a file or a function outgrows its room, or when a
public header shows LLVM, MLIR or Eigen. Usage: layering.py ROOT"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
# folder -> what its #includes must not start with
FORBIDDEN = {
    "frontend": ["mlir/", "llvm/", "compiler/", "runtime/", "fluxion/runtime.h", r"dialects/(?!Primitives\.inc)"],
    "dialects": ["compiler/", "frontend/", "runtime/", "fluxion/"],
    "runtime": ["mlir/", "llvm/", "compiler/", "dialects/", "frontend/", "Eigen/"],
}
# inside the compiler only the driver and the loader of compiled code speak to the runtime
COMPILER_MAY_SEE_RUNTIME = ("compiler/Driver", "compiler/Pipeline/Plugin", "compiler/Pipeline/HostCall", "compiler/Target/Cpu/Jit")
PUBLIC_HEADERS = ["compiler/Driver/include", "runtime/include"]
MAX_LINES = 500
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)

problems = []
sources = [p for folder in ("frontend", "dialects", "compiler", "runtime") for p in (root / folder).rglob("*")
           if p.suffix in (".h", ".cpp", ".c", ".td", ".inc")]
if len(sources) < 20:
    sys.exit(f"only {len(sources)} sources under {root}: wrong folder?")
for path in sources:
    name = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    top = name.split("/")[0]
    for include in INCLUDE.findall(text):
        for bad in FORBIDDEN.get(top, []):
            if re.match(bad, include):
                problems.append(f"{name}: includes {include}, an arrow the wrong way")
        if top == "compiler" and not name.startswith(COMPILER_MAY_SEE_RUNTIME):
            if include.startswith("runtime/") or include == "fluxion/runtime.h":
                problems.append(f"{name}: includes {include}; only the driver speaks to the runtime")
        if any(name.startswith(p) for p in PUBLIC_HEADERS) and re.match(r"mlir/|llvm/|Eigen/", include):
            problems.append(f"{name}: a public header shows {include}")
    lines = text.count("\n")
    if lines > MAX_LINES:
        problems.append(f"{name}: {lines} lines, past {MAX_LINES}: is there a second room inside?")
for problem in problems:
    print(problem)
print(f"{len(sources)} files, {len(problems)} problems")
sys.exit(1 if problems else 0)
