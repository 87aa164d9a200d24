// What a hand used to other languages writes, and what there is instead. Asked before the parser says what it expected;
// the tokens about the place decide. Each is said once, with an edit where the edit is certain.
#include "frontend/Source/Foreign.h"
#include "frontend/Syntax/ParserImpl.h"
#include <algorithm>
#include <initializer_list>

namespace fluxion {

static bool isOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool isElementType(std::string_view word) {
  return isOneOf(word, {"f32", "f64", "bf16", "f16", "c64", "c128", "i32", "i64", "bool"}) || foreignType(word);
}

Diagnostic &Parser::misused(SourceRange where, std::string message, std::string help) {
  return error("E0107", std::move(where), std::move(message)).help(std::move(help));
}

Diagnostic &Parser::repaired(SourceRange where, std::string message, std::string help) {
  ++repairs;
  return sink.error("E0107", std::move(where), std::move(message)).help(std::move(help));
}

static bool adjacent(const Token &a, const Token &b) { return a.end == b.begin; }

// At the beginning of what should be a declaration.
bool Parser::misusedDeclaration() {
  std::string_view word = textOf(token());
  SourceRange here = rangeOf(token());
  if (isOneOf(word, {"def", "fun", "func", "function", "define", "proc"})) {
    Diagnostic &d = misused(here, "a function is declared with `fn`", "as in `fn f(x: f32[N]) -> f32 { … }`");
    if (word != "def") d.fix(here, "fn");
  } else if (isOneOf(word, {"class", "type", "record"})) {
    misused(here, "parameters are held by a struct", "as in `struct Mlp { W: f32[784,10] ~ he_normal }`");
  } else if (isOneOf(word, {"from", "using", "use", "include", "require"})) {
    misused(here, "another file is imported by its path", "as in `import \"layers.flx\"`; the library needs no import");
  } else if (kind() == TokenKind::At) {
    misused(here, "there are no decorators", "a transformation is a function: `fn step = grad(loss, wrt = w)`");
  } else if (kind() == TokenKind::KwLet || isOneOf(word, {"var", "val", "static", "final"})) {
    Diagnostic &d = misused(here, "outside of functions a value is named with `const`", "");
    if (kind() == TokenKind::KwLet) d.help("write `const`").fix(here, "const");
  } else {
    return false;
  }
  return true;
}

// In the head of a function or the type of a parameter.
bool Parser::misusedHead(const std::string &what) {
  const Token &last = lastToken();
  SourceRange here = rangeOf(token());
  bool word = kind() == TokenKind::Identifier && !onNewLine();
  if (what.rfind("the body", 0) == 0 && kind() == TokenKind::Colon) {
    if (token(1).newlineBefore || kind(1) == TokenKind::EndOfFile)
      misused(here, "a body stands between `{` and `}`", "a body of one expression follows `=`");
    else
      misused(here, "the type of the result follows `->`", "write `->`").fix(here, " ->");
    return true;
  }
  bool type = kind(1) == TokenKind::Assign || kind(1) == TokenKind::LeftBrace || kind(1) == TokenKind::LeftBracket;
  if (what.rfind("the body", 0) == 0 && word && type && last.kind == TokenKind::RightParen) {
    misused(here, "the type of the result follows `->`", "write `-> " + std::string(textOf(token())) + "`")
        .fix({file, here.begin, here.begin}, "-> ");
    return true;
  }
  if (kind() == TokenKind::Less && what.rfind("`(` and parameters", 0) == 0) {
    misused(here, "type parameters stand in brackets",
            "as in `fn " + std::string(textOf(last).substr(0, 60)) + "[T: float](…)`");
    return true;
  }
  if (what.rfind("`:` and the type of", 0) != 0 || !word) return false;
  std::string first(textOf(last)), second(textOf(token()));
  if (isOneOf(first, {"mut", "var", "val", "ref", "inout"}) && kind(1) == TokenKind::Colon) { // mut x: f32
    misused(rangeOf(last), "a parameter keeps its value: there is no `" + first + "`", "leave it out")
        .fix({file, last.begin, here.begin}, "");
    return true;
  }
  if (isElementType(first)) { // f32 x
    misused({file, last.begin, here.end}, "the name comes before the type", "write `" + second + ": " + first + "`")
        .fix({file, last.begin, here.end}, second + ": " + first);
    return true;
  }
  SourceRange between{file, last.end, last.end};
  error("E0105", here, "expected `:` between the name `" + first + "` and its type")
      .help("write `" + first + ": " + second + "`")
      .fix(between, ":");
  return true;
}

// An `=` that does not name a value.
bool Parser::misusedAssignment(const std::string &what) {
  SourceRange here = rangeOf(token());
  const Token &last = lastToken();
  if (kind() != TokenKind::Assign) return false;
  bool updates = last.kind == TokenKind::Plus || last.kind == TokenKind::Minus || last.kind == TokenKind::Star ||
                 last.kind == TokenKind::Slash || last.kind == TokenKind::At || last.kind == TokenKind::Caret;
  if (updates && adjacent(last, token())) {
    std::string op(textOf(last)), name = at > 1 ? std::string(textOf(lexed.tokens[at - 2]).substr(0, 40)) : "old";
    misused({file, last.begin, here.end}, "a name keeps its value: there is no `" + op + "=`",
            "give the new value a name: `let next = " + name + " " + op + " …`");
  } else if (kind(1) == TokenKind::Greater && adjacent(token(), token(1))) {
    misused({file, here.begin, token(1).end}, "there is no `=>`", "a function without a name is `fn(t) = …`");
  } else if (what.rfind("`then`", 0) == 0) {
    misused(here, "`=` names a value; `==` compares", "write `==`").fix(here, "==");
  } else if (last.kind == TokenKind::RightBracket && what.rfind("an operator", 0) == 0) {
    misused(here, "the elements of a tensor keep their values",
            "make a new tensor: choose with `where`, join parts with `concat`, or say `let y[i] = …` for every i");
  } else if (last.kind == TokenKind::Identifier && at > 1 && lexed.tokens[at - 2].kind == TokenKind::Dot &&
             what.rfind("an operator", 0) == 0) { // p.b = x
    misused(here, "the fields of a struct keep their values",
            "make a new struct of the old: `Mlp(..p, " + std::string(textOf(last).substr(0, 60)) + " = …)`");
  } else if (last.kind == TokenKind::Colon && adjacent(last, token())) {
    misused({file, last.begin, here.end}, "a value is named with `=`", "write `=`")
        .fix({file, last.begin, here.end}, "=");
  } else {
    return false;
  }
  return true;
}

// A word of another language in an expression or statement.
bool Parser::misusedWord(const std::string &what) {
  const Token &last = lastToken();
  std::string_view word = textOf(token()), before = textOf(last);
  SourceRange here = rangeOf(token()), previous = rangeOf(last);
  bool sameLine = !onNewLine();
  if (before == "lambda" && last.kind == TokenKind::Identifier) {
    size_t ahead = 0;
    std::string names;
    for (; ahead < 16 && (kind(ahead) == TokenKind::Identifier || kind(ahead) == TokenKind::Comma); ++ahead)
      names += kind(ahead) == TokenKind::Comma ? ", " : textOf(token(ahead)).substr(0, 40);
    Diagnostic &d = misused(previous, "a function without a name begins with `fn`", "write `fn(" + names + ") = …`");
    if (kind(ahead) == TokenKind::Colon) d.fix({file, last.begin, token(ahead).end}, "fn(" + names + ") =");
  } else if (isOneOf(word, {"elif", "elsif", "elseif"})) {
    misused(here, "a further branch begins with `else if`", "write `else if`").fix(here, "else if");
  } else if (isOneOf(before, {"match", "switch", "case"}) && last.kind == TokenKind::Identifier && sameLine &&
             (kind() == TokenKind::Identifier || kind() == TokenKind::LeftBrace) &&
             (what.rfind("a new line", 0) == 0 || what.rfind("an operator", 0) == 0)) {
    misused(previous, "there is no `" + std::string(before) + "`",
            "choose with `if c { a } else { b }`, elementwise with `where(c, a, b)`");
  } else if (before == "mut" && what.rfind("`=`", 0) == 0) {
    misused(previous, "a name keeps its value: there is no `mut`", "leave it out")
        .fix({file, last.begin, here.begin}, "");
  } else if (isOneOf(before, {"var", "val", "auto", "set"}) && kind() == TokenKind::Identifier && sameLine) {
    misused(previous, "a value is named with `let`", "write `let`").fix(previous, "let");
  } else if (kind() == TokenKind::Identifier && kind(1) == TokenKind::Assign && sameLine && isElementType(before) &&
             last.kind == TokenKind::Identifier && what.rfind("an operator", 0) == 0) { // float y = …
    misused(previous, "a value is named with `let`, and takes the type it has", "write `let`").fix(previous, "let");
  } else if (kind() == TokenKind::KwConst && what == "an expression") {
    misused(here, "inside a block a value is named with `let`", "write `let`").fix(here, "let");
  } else if (word == "with" && sameLine && (what.rfind("an operator", 0) == 0 || what.rfind("a new line", 0) == 0)) {
    misused(here, "a struct is made of another by calling its name", "write `Mlp(..p, field = …)`");
  } else if (kind() == TokenKind::KwIf && sameLine && last.kind != TokenKind::KwElse) {
    misused(here, "a choice begins with its condition", "write `if c then a else b`");
  } else if (what == "a file name" && kind() == TokenKind::Identifier) {
    misused(here, "another file is imported by its path", "as in `import \"layers.flx\"`; the library needs no import");
  } else if (what.rfind("`then` or", 0) == 0 && last.kind == TokenKind::RightParen && sameLine &&
             (kind() == TokenKind::Identifier || kind() == TokenKind::Number || kind() == TokenKind::LeftParen)) {
    misused(here, "a branch that is one expression follows `then`", "write `then`").fix({file, last.end, last.end}, " then");
  } else if (what.rfind("`(` after `for`", 0) == 0) {
    misused(here, "a loop says what it goes over and what it carries",
            "as in `for(i in 0:n, s = 0) { s + x[i] }`, whose value is the last `s`");
  } else if (what.rfind("`(` after `while`", 0) == 0) {
    misused(here, "a loop says what it carries, and its condition",
            "as in `while(h = x; h > 1) { h / 2 }`, whose value is the last `h`");
  } else {
    return false;
  }
  return true;
}

// A sign of another language.
bool Parser::misusedSign(const std::string &what) {
  const Token &last = lastToken();
  SourceRange here = rangeOf(token()), both{file, last.begin, here.end};
  if (kind() == TokenKind::Greater && last.kind == TokenKind::Assign && adjacent(last, token())) {
    bool type = kind(1) == TokenKind::Identifier && isElementType(textOf(token(1)));
    misused(both, type ? "the type of the result follows `->`" : "the body follows `=`",
            type ? "write `->`" : "write `=`")
        .fix(both, type ? "->" : "=");
  } else if (kind() == TokenKind::LeftParen && last.kind == TokenKind::Identifier && isElementType(textOf(last)) &&
             adjacent(last, token())) {
    std::string type(textOf(last)), extent(textOf(token(1)).substr(0, 40));
    bool one = kind(2) == TokenKind::RightParen;
    misused(here, "the dimensions of a tensor stand in brackets", "write `" + type + "[" + (one ? extent : "N, D") + "]`");
  } else if (kind() == TokenKind::Colon && kind(1) == TokenKind::Colon) {
    SourceRange colons{file, here.begin, token(1).end};
    misused(colons, "a name inside another follows a dot", "write `.`");
  } else if (kind() == TokenKind::Colon && what.rfind("`then`", 0) == 0) {
    misused(here, "a branch stands between `{` and `}`", "write `if c { a } else { b }`, or `if c then a else b`");
  } else if (kind() == TokenKind::LeftBrace && last.kind == TokenKind::Identifier && !onNewLine() &&
             (what.rfind("a new line", 0) == 0 || what.rfind("an operator", 0) == 0)) {
    std::string name(textOf(last).substr(0, 60));
    misused(here, "a struct is made by calling its name",
            "write `" + name + (kind(1) == TokenKind::DotDot ? "(..p, field = …)`" : "(field = …)`"));
  } else if (kind() == TokenKind::Tilde && what == "an expression") {
    bool alone = isOneOf(std::string_view(describe(last.kind)), {"`=`", "`(`", "`,`", "`{`", "`and`", "`or`"});
    Diagnostic &d = misused(here, "`~` stands between a field and its initializer", "to negate a bool write `not x`");
    if (alone) d.fix(here, "not ");
  } else if (kind() == TokenKind::Caret && what == "a parameter's name" &&
             relex(token(), "arguments are written one by one", "")) { // **rest
    broken = true;
  } else if (kind() == TokenKind::Star && (last.kind == TokenKind::LeftParen || last.kind == TokenKind::Comma)) {
    misused(here, "arguments are written one by one: there is no `*`", "");
  } else if (what.rfind("a field's name", 0) == 0 && last.kind == TokenKind::Dot && adjacent(last, token()) &&
             (kind() == TokenKind::Star || kind() == TokenKind::Slash || kind() == TokenKind::Caret)) {
    misused(both, "operators are elementwise as they are", "write `" + std::string(textOf(token())) + "`")
        .fix(rangeOf(last), "");
  } else if (kind() == TokenKind::LeftParen && what.rfind("`=` and a value", 0) == 0) {
    std::string name(textOf(last).substr(0, 60));
    misused(here, "a function inside a block is a value", "write `let " + name + " = fn(…) = …`");
  } else {
    return false;
  }
  return true;
}

// `let a, b = …`, `a, b = …`
bool Parser::misusedNames() {
  size_t first = at - 1, end = at;
  auto token = [&](size_t i) -> const Token & { return lexed.tokens[i]; };
  std::string names(textOf(token(first)));
  while (end - first < 32 && token(end).kind == TokenKind::Comma && token(end + 1).kind == TokenKind::Identifier) {
    names += ", " + std::string(textOf(token(end + 1)).substr(0, 40));
    end += 2;
  }
  if (token(first).kind != TokenKind::Identifier || token(end).kind != TokenKind::Assign) return false;
  bool let = first && token(first - 1).kind == TokenKind::KwLet;
  if (!let && !token(first).newlineBefore) return false;
  SourceRange whole{file, token(first).begin, token(end - 1).end};
  misused(whole, "several names stand in parentheses", "write `let (" + names + ") = …`")
      .fix(whole, (let ? "(" : "let (") + names + ")");
  return true;
}

// Between brackets, and between names.
bool Parser::misusedGroup(const std::string &what) {
  SourceRange here = rangeOf(token());
  bool closing = what.rfind("`,` or", 0) == 0, ends = what.rfind("an operator", 0) == 0;
  if (kind() == TokenKind::KwFor && closing) {
    misused(here, "a list is not made by a loop inside it",
            "write `map(fn(x) = …, list)`, or over a tensor `scan(x in xs) { … }`");
  } else if (kind() == TokenKind::DotDot && closing) {
    misused(here, "a range is written with a colon", "write `:`").fix(here, ":");
  } else if (kind() == TokenKind::DotDot && what == "an expression" && lastToken().kind == TokenKind::Comma) {
    misused(here, "what `..` gives stands first", "write `Mlp(..p, field = …)`");
  } else if (kind() == TokenKind::Colon && lastToken().kind == TokenKind::String && ends) {
    misused(here, "values with names are held by a struct", "as in `Mlp(W = x, b = y)`");
  } else {
    return kind() == TokenKind::Comma && (ends || what.rfind("`=` and a value", 0) == 0) && misusedNames();
  }
  return true;
}

bool Parser::misuse(const std::string &what) {
  if (kind() == TokenKind::EndOfFile) return false;
  if (what == "a declaration") return misusedDeclaration();
  if (!at) return false;
  return misusedHead(what) || misusedAssignment(what) || misusedWord(what) || misusedSign(what) ||
         misusedGroup(what);
}

} // namespace fluxion
