"""Tables from the op records (llvm-tblgen --dump-json Ops.td): what the frontend and the op lists of the compiler need.

primitives.py TBLGEN Ops.td PRIMITIVES.inc OPLISTS.inc INCLUDE…
  PRIMITIVES.inc  FLX_PRIMITIVE(mnemonic, arity, family)          arity -1: variadic; includes nothing of MLIR
  OPLISTS.inc     FLX_UNARY(Class, name) FLX_BINARY(Class, name) FLX_LOGICAL(Class, name) FLX_COMPARISON(Class, name)
                  FLX_OP(Class, mnemonic)                         every op
"""
import json
import subprocess
import sys

KEYWORDS = {"and", "or", "xor", "not"}


def arity(records, op):
    if op["regions"]["args"]:
        return -1  # what a region reads from around it is an operand of the graph's node
    count = 0
    for argument, _ in op["arguments"]["args"]:
        kinds = records[argument["def"]]["!superclasses"]
        if "Variadic" in kinds:
            return -1
        count += "TypeConstraint" in kinds
    return count


def main(tblgen, source, primitives, op_lists, *includes):
    flags = [flag for path in includes for flag in ("-I", path)]
    dump = subprocess.run([tblgen, "--dump-json", *flags, source], check=True, capture_output=True)
    records = json.loads(dump.stdout)
    ops = sorted((records[name] for name in records["!instanceof"]["Flx_Op"]), key=lambda op: op["opName"])
    with open(primitives, "w") as out:
        out.write("// Generated from dialects/Ops.td: FLX_PRIMITIVE(mnemonic, arity, family).\n")
        for op in ops:
            if op["primitive"]:
                out.write(f"FLX_PRIMITIVE({op['opName']}, {arity(records, op)}, {op['family']})\n")
    lists = {"Flx_Unary": "FLX_UNARY", "Flx_Binary": "FLX_BINARY", "Flx_Logical": "FLX_LOGICAL",
             "Flx_Comparison": "FLX_COMPARISON"}
    macros = [*lists.values(), "FLX_OP"]
    with open(op_lists, "w") as out:
        out.write("// Generated from dialects/Ops.td: lists of op classes; define the macros wanted first.\n")
        out.writelines(f"#ifndef {macro}\n#define {macro}(Class, name)\n#endif\n" for macro in macros)
        for op in ops:
            cpp_class, mnemonic = op["!name"].removeprefix("Flx_"), op["opName"]
            function = mnemonic + "_" * (mnemonic in KEYWORDS)
            for kind, macro in lists.items():
                if kind in op["!superclasses"]:
                    out.write(f"{macro}({cpp_class}, {function})\n")
            out.write(f"FLX_OP({cpp_class}, {mnemonic})\n")
        out.writelines(f"#undef {macro}\n" for macro in macros)


main(*sys.argv[1:])
