#!/usr/bin/env python3
"""Writes syntaxes/flx.tmLanguage.json: the colours of the language for VS Code and other readers of TextMate grammars.
The expressions keep to what Oniguruma and Python's `re` have in common, so that the test can run them. Usage: grammar.py [FILE]"""
import json
import pathlib
import sys

# Letters and marks as frontend/Source/Utf8.cpp has them.
LETTERS = "A-Za-z_" + "".join(f"{chr(a)}-{chr(b)}" if a != b else chr(a) for a, b in (
    (0xAA, 0xAA), (0xB5, 0xB5), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F), (0x370, 0x373), (0x376, 0x377), (0x386, 0x386),
    (0x388, 0x3FF), (0x400, 0x481), (0x48A, 0x52F), (0x1E00, 0x1FFF), (0x2102, 0x2115), (0x2119, 0x211D), (0x2124, 0x2138),
    (0x3041, 0x30FA), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0x1D400, 0x1D7FF)))
REST = LETTERS + "0-9" + "".join(f"{chr(a)}-{chr(b)}" for a, b in ((0xB2, 0xB3), (0xB9, 0xB9), (0x300, 0x36F), (0x2070, 0x209C)))
NAME = f"[{LETTERS}][{REST}]*"
BEFORE, AFTER = f"(?<![{REST}])", f"(?![{REST}])"
ELEMENTS = ["f32", "f64", "bf16", "f16", "c64", "c128", "i32", "i64", "bool"]
CLAUSES = ["data", "test", "model", "loss", "eval", "optimizer", "accumulate", "ema", "epochs", "seed"]


def words(*names):
    return f"{BEFORE}(?:{'|'.join(names)}){AFTER}"


def match(pattern, name=None, **captures):
    rule = {"match": pattern}
    if name:
        rule["name"] = name + ".flx"
    if captures:
        rule["captures"] = {number[1:]: {"name": scope + ".flx"} for number, scope in captures.items()}
    return rule


def include(*names):
    return [{"include": f"#{name}"} for name in names]


def scopes(**captures):
    return {number[1:]: {"name": scope + ".flx"} for number, scope in captures.items()}


def block(head, captures, inside, name):
    """`head {` … `}`, whose inner braces are blocks of their own."""
    return {"name": f"meta.{name}.flx", "begin": head, "beginCaptures": scopes(**captures), "end": r"\}",
            "endCaptures": scopes(_0="punctuation.section.block.end"), "patterns": inside}


DECLARATION = "keyword.declaration"
STARTS = r"^(?=(?:export|fn|struct|const|import|train|optimizer)\s)"  # where a declaration left open is given up


def whole(word, entity, clauses):
    """`word NAME … { clauses }`, from its first word to the brace that closes it."""
    body = block(r"\{", {"_0": "punctuation.section.block.begin"}, include(clauses, "expressions"), "block")
    tree = [match(rf"(?<=\))\s*(tree)(?=\s*\{{)", None, _1="keyword.control.clause")] if word == "optimizer" else []
    return {"name": f"meta.{word}.flx", "begin": rf"^(?:(export)\s+)?({word})\s+({NAME})", "end": rf"(?<=\}})|{STARTS}",
            "beginCaptures": scopes(_1=DECLARATION, _2=DECLARATION, _3=f"entity.name.{entity}"), "patterns": [*tree, body, *include("expressions")]}


grammar = {
    "name": "Fluxion",
    "scopeName": "source.flx",
    "fileTypes": ["flx"],
    "patterns": include("declarations", "expressions"),
    "repository": {
        "comments": {"patterns": [match(r"///(?!/).*$", "comment.line.documentation"), match(r"//.*$", "comment.line.double-slash")]},
        "strings": {"patterns": [{
            "name": "string.quoted.double.flx", "begin": '"', "end": '"|$',
            "patterns": [match(r'\\[nt"\\]', "constant.character.escape"), match(r"\\.", "invalid.illegal.escape")]}]},
        # After a dot every word is a field, and a number a position.
        "members": {"patterns": [match(rf"(?<!\.)(\.)\s*({NAME}|[0-9][0-9_]*)", None, _1="punctuation.accessor", _2="variable.other.member")]},
        "rests": {"patterns": [match(rf"(\.\.)({NAME})?", None, _1="keyword.operator.rest", _2="variable.other.rest")]},
        "numbers": {"patterns": [
            match(rf"{BEFORE}0[xX][0-9A-Fa-f]+{AFTER}", "constant.numeric.hex"),
            match(rf"{BEFORE}[0-9](?:_?[0-9])*(?:\.[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9](?:_?[0-9])*)?{AFTER}", "constant.numeric.decimal")]},
        "keywords": {"patterns": [
            match(words("if", "then", "else", "in", "for", "while", "scan"), "keyword.control"),
            match(words("and", "or", "not"), "keyword.operator.logical"),
            match(words("true", "false"), "constant.language.boolean"),
            match(words("fn", "let", "struct", "const", "export", "import"), DECLARATION),
            match(rf"{BEFORE}dynamic(?=\s+[{LETTERS}])", "storage.modifier.dynamic")]},
        "types": {"patterns": [match(words(*ELEMENTS), "support.type")]},
        "calls": {"patterns": [match(rf"{BEFORE}{NAME}(?=\()", "support.function")]},
        "operators": {"patterns": [
            match("->", "keyword.operator.arrow"), match("==|!=|<=|>=|<|>", "keyword.operator.comparison"),
            match(r"[-+*/%@^]", "keyword.operator.arithmetic"), match("~", "keyword.operator.initializer"),
            match("=", "keyword.operator.assignment")]},
        "punctuation": {"patterns": [
            match(",", "punctuation.separator"), match(";", "punctuation.terminator"), match(":", "punctuation.separator.type"),
            match(r"[()\[\]]", "punctuation.section.brackets"), match(r"\.", "punctuation.accessor")]},
        "names": {"patterns": [match(f"{BEFORE}{NAME}", "variable.other")]},
        "braces": block(r"\{", {"_0": "punctuation.section.block.begin"}, include("expressions"), "block"),
        "expressions": {"patterns": include("comments", "strings", "functions", "numbers", "rests", "members", "keywords", "types", "calls",
                                            "braces", "operators", "punctuation", "names")},
        # `fn name`, and `fn` alone before the parameters of a function without a name or in a type
        "functions": {"patterns": [match(rf"{BEFORE}(fn)\s+({NAME})", None, _1=DECLARATION, _2="entity.name.function")]},
        "declarations": {"patterns": [
            *include("comments"),
            match(rf"{BEFORE}(struct)\s+({NAME})", None, _1=DECLARATION, _2="entity.name.type"),
            match(rf"{BEFORE}(const)\s+({NAME})", None, _1=DECLARATION, _2="entity.name.constant"),
            {"begin": rf"{BEFORE}(import){AFTER}", "beginCaptures": scopes(_1=DECLARATION), "end": "$", "patterns": [
                *include("comments", "strings"),
                match(rf"{BEFORE}(as)\s+({NAME})", None, _1=DECLARATION, _2="entity.name.namespace")]},
            whole("train", "train", "clauses"),
            whole("optimizer", "optimizer", "rules")]},
        # Words that mean something in `train` and `optimizer` alone, where a clause begins.
        "clauses": {"patterns": [
            match(rf"^\s*({'|'.join(CLAUSES)})(?=\s+[{LETTERS}0-9(-]|\s*=(?!=)|\s*\()", None, _1="keyword.control.clause"),
            match(rf"(?<=[{{;])\s*({'|'.join(CLAUSES)})(?=\s+[{LETTERS}0-9(-]|\s*=(?!=)|\s*\()", None, _1="keyword.control.clause"),
            match(rf"(?<=[0-9)])\s+(accumulate|ema|epochs|seed|optimizer|eval|loss|model|test)(?=\s+[{LETTERS}0-9(-]|\s*=(?!=)|\s*\()", None,
                  _1="keyword.control.clause"),
            match(r"(?<=\))\s*(batch)(?=\s+[^\s=])", None, _1="keyword.control.clause"),
            match(rf"(?<=[0-9)])\s+(to|every)(?=\s+[0-9])", None, _1="keyword.control.clause"),
            match(rf"(?<=[0-9)])\s+(shuffle)(?:\s+(batches))?{AFTER}", None, _1="keyword.control.clause", _2="keyword.control.clause"),
            match(rf"(?<=,)\s*(clip)\s+({NAME})", None, _1="keyword.control.clause", _2="keyword.control.clause")]},
        "rules": {"patterns": [
            match(rf"(?:^|(?<=[{{;]))\s*(state)(?=\s+[{LETTERS}])", None, _1="keyword.control.clause"),
            match(rf"{BEFORE}(update)(?=\s*\{{)", None, _1="keyword.control.clause")]},
    },
}

output = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "syntaxes/flx.tmLanguage.json")
output.write_text(json.dumps(grammar, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
