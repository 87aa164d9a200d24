#!/usr/bin/env python3
"""Words for the fuzzer: those of the language, the built-in functions as docs/reference.md lists them, the library's names, and what
stands between words. Usage: words.py ROOT WORDS.inc DICTIONARY"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
words = set("fn let struct const import export if then else and or not true false in for while scan train optimizer data test model loss "
            "eval accumulate ema epochs seed batch to every shuffle batches clip global_norm norm value state update tree dynamic as rate f32 f64 bf16 f16 c64 c128 i32 "
            "i64 bool float int number any axis wrt size key idx npy npz csv lr p g t x N D S T".split())
reference = (root / "docs/reference.md").read_text(encoding="utf-8")
for row in re.findall(r"^\| (`.*?`) ", reference, re.M):
    words.update(re.findall(r"\b[a-z_][a-z_0-9]*\b", row))
for path in (root / "frontend/std").rglob("*.flx"):
    words.update(re.findall(r"^(?:fn|struct|const|optimizer) (\w+)", path.read_text(encoding="utf-8"), re.M))
signs = "( ) [ ] { } , ; : . .. -> ~ = + - * / % @ ^ < <= > >= == != 0 1 2 -1 0.5 1e-3 10 2^-1 x[0] x.T (a,b) (x) [N] f32[N] f32[N,D] T[..S]".split()
signs += ['"a.flx"', '"ij,jk->ik"', "//\n", "///\n", "\n", "9223372036854775807", "0x1F", "sum[k](", "{ x }", "axis = 0", "fn(x) = x", "1_000",
          'import "a.flx" as nn\n', "nn.Lin[f32, N, D]", "where(", "vmap(", "grad(", "θ̂", "€"]
every = sorted(words) + signs
quoted = ['"' + w.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"' for w in every]
inc, dictionary = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
inc.parent.mkdir(parents=True, exist_ok=True)
inc.write_text("".join(f"WORD({q})\n" for q in quoted), encoding="utf-8")
dictionary.write_text("".join(
    '"' + "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\' else f"\\x{b:02X}" for b in w.encode()) + '"\n' for w in every))
