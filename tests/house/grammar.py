#!/usr/bin/env python3
"""The grammar for editors says of every token what the lexer says. Each .flx file of the tree (and each program of the papers) is
read by the lexer (`fluxion check --tokens`) and by a small reader of TextMate grammars below; keywords, numbers, strings, comments,
element types and the names of declarations have their scopes, and nothing else has them. Usage: grammar.py ROOT FLUXION"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

root, fluxion = pathlib.Path(sys.argv[1]).resolve(), str(pathlib.Path(sys.argv[2]).resolve())
folder = root / "editors/vscode"
grammar = json.loads((folder / "syntaxes/flx.tmLanguage.json").read_text(encoding="utf-8"))
problems = []


class Reader:
    """begin/end and match rules, includes, captures: what a TextMate reader does, a line at a time."""

    def __init__(self, grammar):
        self.grammar, self.compiled = grammar, {}

    def pattern(self, text):
        if text not in self.compiled:
            self.compiled[text] = re.compile(text, re.M)
        return self.compiled[text]

    def rules(self, patterns):
        for rule in patterns:
            if "include" in rule:
                found = self.grammar["repository"][rule["include"][1:]]
                yield from [found] if "begin" in found or "match" in found else self.rules(found["patterns"])
            else:
                yield rule

    def read(self, text):
        """The innermost scope of each character, or None."""
        scopes, stack, offset = [None] * len(text), [], 0
        for line in text.splitlines(keepends=True):
            at, stuck = 0, 0
            bare = line.rstrip("\r\n")
            while True:
                best = None
                if stack:
                    found = self.pattern(stack[-1]["end"]).search(bare, at)
                    if found:
                        best = (found.start(), 0, found, None)
                for order, rule in enumerate(self.rules(stack[-1].get("patterns", []) if stack else self.grammar["patterns"]), 1):
                    found = self.pattern(rule.get("match") or rule["begin"]).search(bare, at)
                    if found and (best is None or found.start() < best[0]):
                        best = (found.start(), order, found, rule)
                end = best[0] if best else len(bare)
                if stack and stack[-1].get("name"):
                    self.fill(scopes, offset + at, offset + end, stack[-1]["name"])
                if best is None:
                    break
                found, rule = best[2], best[3]
                if rule is None:
                    rule = stack.pop()
                    captures = rule.get("endCaptures", {})
                elif "begin" in rule:
                    stack.append(rule)
                    captures = rule.get("beginCaptures", {})
                else:
                    captures = rule.get("captures", {})
                if rule.get("name"):
                    self.fill(scopes, offset + found.start(), offset + found.end(), rule["name"])
                for number, capture in captures.items():
                    if found[int(number)] is not None:
                        self.fill(scopes, offset + found.start(int(number)), offset + found.end(int(number)), capture["name"])
                stuck = stuck + 1 if found.end() == at else 0
                at = found.end()
                if stuck > 20:
                    raise RuntimeError(f"the grammar does not move on at {line[at:]!r}")
                if at >= len(bare) and not found[0]:
                    break
            offset += len(line)
        return scopes

    @staticmethod
    def fill(scopes, begin, end, name):
        if not name.startswith("meta."):
            scopes[begin:end] = [name] * (end - begin)


CONTROL = {"if", "then", "else", "in", "for", "while", "scan"}
LOGICAL, TRUTH = {"and", "or", "not"}, {"true", "false"}
ELEMENTS = {"f32", "f64", "bf16", "f16", "c64", "c128", "i32", "i64", "bool"}
CLAUSES = {"data", "test", "model", "loss", "eval", "optimizer", "accumulate", "ema", "epochs", "seed"}


def expected(tokens):
    """For each token (class, text, at the line's start?, before a `(`?) the beginning of its scope, from the tokens alone."""
    depth, inside, clause, last = 0, None, False, ("sign", "", True)
    for i, (kind, text, first, called) in enumerate(tokens):
        after = tokens[i + 1][1] if i + 1 < len(tokens) else ""
        wanted, starts = None, first and depth == 0
        before = last[1]
        clause = inside and depth == 1 and (first or before in "{;" or last[0] == "number" or before in (")", "shuffle", "batches"))
        if kind == "keyword":
            wanted = ("keyword.control" if text in CONTROL else "keyword.operator.logical" if text in LOGICAL
                      else "constant.language" if text in TRUTH else "keyword.declaration")
        elif kind in ("number", "string"):
            wanted = {"number": "constant.numeric", "string": "string.quoted"}[kind]
            if before == "." and kind == "number":
                wanted = "variable.other.member"
        elif kind == "name":
            if before == ".":
                wanted = "variable.other.member"
            elif text in ("train", "optimizer") and (starts or before == "export") and tokens[i + 1][0] == "name":
                wanted, inside, depth = "keyword.declaration", text, 0
            elif before in ("train", "optimizer") and inside == before and depth == 0 and last[2]:
                wanted = "entity.name." + before
            elif before in ("fn", "struct", "const") and last[0] == "keyword":
                wanted = {"fn": "entity.name.function", "struct": "entity.name.type", "const": "entity.name.constant"}[before]
            elif text == "as" and last[0] == "string":
                wanted = "keyword.declaration"
            elif before == "as" and i > 1 and tokens[i - 2][0] == "string":
                wanted = "entity.name.namespace"
            elif inside == "train" and clause and text in CLAUSES and after != ".":
                wanted = "keyword.control.clause"
            elif inside == "train" and depth == 1 and text in ("batch", "shuffle") and before in (")",) + tuple("0123456789") or (
                    inside == "train" and depth == 1 and (text in ("shuffle", "to", "every") and last[0] == "number" or
                                                          text == "batches" and before == "shuffle")):
                wanted = "keyword.control.clause"
            elif inside == "train" and depth == 1 and (text == "clip" and before == "," or before == "clip"):
                wanted = "keyword.control.clause"
            elif inside == "optimizer" and depth == 1 and (text == "state" and clause or text == "update" and after == "{"):
                wanted = "keyword.control.clause"
            elif inside == "optimizer" and depth == 0 and text == "tree" and before == ")":
                wanted = "keyword.control.clause"
            elif text == "dynamic" and tokens[i + 1][0] == "name":
                wanted = "storage.modifier"
            elif before == "..":
                wanted = "variable.other.rest"
            elif text in ELEMENTS:
                wanted = "support.type"
            else:
                wanted = "support.function" if called else "variable.other"
        elif kind == "sign":
            wanted = "punctuation" if text in "(){}[],;:." else "keyword.operator"
            depth += {"{": 1, "}": -1}.get(text, 0)
            if text == "}" and depth == 0:
                inside = None
        last = (kind, text, wanted == "keyword.declaration")
        yield wanted


def lexed(path):
    done = subprocess.run([fluxion, "check", "--tokens", path], capture_output=True, timeout=60)
    if subprocess.run([fluxion, "doc", path], capture_output=True, timeout=60).returncode:
        return None  # an error of syntax
    rows = [line.split() for line in done.stdout.decode().splitlines()]
    return None if done.returncode else [(int(begin), int(end), kind) for begin, end, kind in rows]


def compare(name, data, reader, counts):
    with tempfile.NamedTemporaryFile(suffix=".flx") as file:
        file.write(data)
        file.flush()
        tokens = lexed(file.name)
    if tokens is None:
        return False  # not a program: nobody says what its tokens should be
    text = data.decode("utf-8")
    at, index = {0: 0}, 0
    for i, character in enumerate(text):
        index += len(character.encode("utf-8"))
        at[index] = i + 1
    scopes = reader.read(text)
    covered, rows = [False] * len(text), []
    for begin, end, kind in tokens:
        b, e = at[begin], at[end]
        start = text.rfind("\n", 0, b) + 1
        rows.append((b, e, kind, text[b:e], not text[start:b].strip(), text[e:e + 1] == "("))
        covered[b:e] = [True] * (e - b)
    wanted = expected([row[2:] for row in rows])
    complaints = []
    for (b, e, kind, word, *_), scope in zip(rows, wanted):
        found = set(scopes[b:e])
        if kind == "string":
            found = {"string.quoted.double.flx" if each == "constant.character.escape.flx" else each for each in found}
        if len(found) != 1 or not (next(iter(found)) or "").startswith(scope):
            complaints.append((b, f"`{word}` is {', '.join(map(str, found))}, not {scope}"))
        counts[scope] = counts.get(scope, 0) + 1
    for i, character in enumerate(text):
        comment = (scopes[i] or "").startswith("comment.")
        if not covered[i] and not character.isspace() and not comment and character != "\ufeff":
            complaints.append((i, f"{character!r} is {scopes[i]}, and stands in a comment"))
        if covered[i] and comment:
            complaints.append((i, f"{character!r} is no comment"))
        counts["comment"] = counts.get("comment", 0) + comment
    for i, complaint in complaints[:3]:
        problems.append(f"{name}:{text.count(chr(10), 0, i) + 1}: {complaint}")
    return True


with tempfile.TemporaryDirectory() as scratch:
    made = pathlib.Path(scratch) / "made.json"
    subprocess.run([sys.executable, folder / "grammar.py", made], check=True)
    if json.loads(made.read_text(encoding="utf-8")) != grammar:
        problems.append("editors/vscode/syntaxes/flx.tmLanguage.json is not what editors/vscode/grammar.py writes")
package = json.loads((folder / "package.json").read_text(encoding="utf-8"))["contributes"]
for path in [package["languages"][0]["configuration"], package["grammars"][0]["path"]]:
    json.loads((folder / path).read_text(encoding="utf-8"))
lexer = (root / "frontend/Syntax/Lexer.cpp").read_text(encoding="utf-8")
known = set(re.findall(r'\{"(\w+)",\s*TokenKind::Kw', lexer))
if known - {"and", "or", "not"} != CONTROL | TRUTH | {"fn", "let", "struct", "const", "import", "export"}:
    problems.append(f"the keywords have changed: {sorted(known)}")
elements = re.findall(r'\{"(\w+)", \d+\}', (root / "frontend/Graph/Type.cpp").read_text(encoding="utf-8"))
if set(elements) != ELEMENTS:
    problems.append(f"the element types have changed: {elements}")

reader, counts, files = Reader(grammar), {}, 0
SAMPLE = """// A file with one of everything
import "a.flx" as nn   // and a comment
export import "b.flx"
/// Documented `code`.
export fn f_1[T: float](x: T[..S, 4*b], θ̂: f32[dynamic N], in_: fn(f32[N]) -> f32) -> (T, bool) {
  let (a, (b, _)) = x; let C[i,j] = sum[k](A[i,k] * p.in.0.1 / 1_000.5e-3)
  let s = "text // no \\"comment\\" \\n" // a comment "no string"
  if a <= 0x1F and not (b == 2 or true) then x₀ ^ -1 else { let y = x[.., 0:n:2, -1]  y }
  for(i in 0:3, h = x) { scan(u in us, c = h) { while(z = c; z > 1.) { nn.f(z) } } }
}
fn g = grad(f_1, wrt = (a, p.b)) //// not documented
struct Pair[T: float] { W: f32[784,256] ~ normal(std = 0.02), b: nn.Pair[f32, 2] ~ zeros
  train: f32, data: i32, state: bool }
const tau: f64 = 2 * pi
fn data(test: f32, optimizer: f32, update: f32, batch: f32) -> f32 = test + optimizer + loss(update) + batch
train fit {
  data  (x: f32[B,784], y: i32[B]) = idx("x.gz", "y.gz") batch 128 shuffle
  test  (x, y) = idx("tx.gz", "ty.gz")
  model p: Pair
  loss  = cross_entropy(logits(p, x / 255), y) + data.loss
  eval accuracy(logits(p, x), y)
  eval other = f(x)
  optimizer adamw(lr = cosine(1e-3, warmup = 200)), clip global_norm 1.0, clip value 0.5
  epochs 12  seed 7
}
train grown {
  data (x: f32[B,2]) = npy("x.npy") batch 8 to 64 every 2 shuffle batches
  model p: Pair
  loss = f(p, to) + every
  optimizer sgd(lr = batches)
  accumulate 4  ema 0.999
}
/// A rule.
optimizer lion(beta1 = 0.9, tree = 1) {
  state m = zeros_like(p), v = state_of(p)
  update { let d = sign(beta1 * m + (1 - beta1) * g)
    (p - rate * d, m, v) }
}
export optimizer all() tree { update { p - rate * g } }
fn last(x: f32) -> f32 = x
"""
everything = [("the sample", SAMPLE.replace("1.)", "1)").encode("utf-8"))]
everything += [(path.relative_to(root).as_posix(), path.read_bytes()) for part in ("frontend", "examples", "tests") for path in sorted((root / part).rglob("*.flx"))
               if "fuzz" not in path.parts]  # what a machine wrote may break a line after `struct`
for page in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
    for n, fence in enumerate(re.findall(r"^```flx\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)):
        everything.append((f"{page.name}, fence {n + 1}", fence.encode("utf-8")))
skipped = []
for name, data in everything:
    if compare(name, data, reader, counts):
        files += 1
    else:
        skipped.append(name)
problems.extend(f"{name} is skipped, and is no case of an error" for name in skipped if "tests/" not in name)
for scope in ("keyword.declaration", "keyword.control", "keyword.operator.logical", "constant.language", "constant.numeric", "string.quoted", "comment",
              "support.type", "support.function", "entity.name.function", "entity.name.type", "entity.name.constant", "entity.name.namespace",
              "entity.name.train", "entity.name.optimizer", "keyword.control.clause", "variable.other.member", "storage.modifier", "keyword.operator"):
    if not counts.get(scope):
        problems.append(f"nothing is {scope}")
# The reader must notice a grammar that is wrong.
broken = json.loads(json.dumps(grammar).replace("|scan)", ")"))
before = len(problems)
compare("a broken grammar", SAMPLE.replace("1.)", "1)").encode("utf-8"), Reader(broken), {})
problems[before:] = [] if len(problems) > before else ["a grammar without `scan` passes"]
for problem in problems[:40]:
    print(problem)
print(f"{files} files, {sum(v for k, v in counts.items() if k != 'comment')} tokens, {len(problems)} problems")
sys.exit(1 if problems or files < 25 else 0)
