// Trees back to source: two spaces a level, parentheses only where the grammar needs them. Comments are not in the
// tree.
#include "frontend/Syntax/Ast.h"

namespace fluxion::ast {

const char *mnemonic(BinaryOp op) {
  static const char *const names[] = {"add", "sub", "mul", "div", "rem", "matmul", "pow", "lt",
                                      "le",  "gt",  "ge",  "eq",  "ne",  "and",    "or"};
  return names[size_t(op)];
}
const char *spelling(BinaryOp op) {
  static const char *const signs[] = {"+", "-", "*", "/", "%", "@", "^", "<", "<=", ">", ">=", "==", "!=", "and", "or"};
  return signs[size_t(op)];
}

namespace {

// How tightly an expression binds; a child that binds less than its place asks for stands in parentheses.
enum Level : int {
  Loose = 0,
  OrLevel,
  AndLevel,
  NotLevel,
  CompareLevel,
  AddLevel,
  MulLevel,
  NegLevel,
  PowLevel,
  PostfixLevel,
  Atom
};

Level levelOf(BinaryOp op) {
  if (op >= BinaryOp::Lt && op <= BinaryOp::Ne) return CompareLevel;
  switch (op) {
  case BinaryOp::Or: return OrLevel;
  case BinaryOp::And: return AndLevel;
  case BinaryOp::Add:
  case BinaryOp::Sub: return AddLevel;
  case BinaryOp::Pow: return PowLevel;
  default: return MulLevel;
  }
}

Level levelOf(const Expr &e) {
  if (auto *b = as<Binary>(e)) return levelOf(b->op);
  if (auto *u = as<Unary>(e)) return u->op == UnaryOp::Not ? NotLevel : NegLevel;
  if (e.kind == ExprKind::If || e.kind == ExprKind::Lambda) return Loose;
  if (e.kind == ExprKind::Loop || e.kind == ExprKind::Block) return PostfixLevel;
  return Atom;
}

// `(mean[x])(a)` calls an element; without the parentheses it would be index notation.
bool looksReduced(const Expr &callee) {
  auto *index = as<Index>(callee);
  auto *base = index ? as<Name>(index->base) : nullptr;
  return base && (base->name == "sum" || base->name == "prod" || base->name == "mean" || base->name == "max" || base->name == "min");
}

class Printer {
public:
  std::string out;

  void expr(const Expr &e, Level place = Loose) {
    bool parentheses = levelOf(e) < place;
    if (parentheses) out += '(';
    bare(e);
    if (parentheses) out += ')';
  }

  void type(const Type &t) {
    switch (t.kind) {
    case TypeKind::Named:
      out += t.name.text;
      if (t.hasShape)
        list('[', t.shape, ']', [&](const ShapeEntry &s) {
          if (s.isDynamic) out += "dynamic ";
          if (s.dimension) return expr(*s.dimension);
          out += "..";
          if (s.rest.text != "_") out += s.rest.text;
        });
      return;
    case TypeKind::Tuple: return list('(', t.elements, ')', [&](const TypePtr &e) { type(*e); });
    case TypeKind::List:
      out += '[';
      expr(*t.count);
      out += ']';
      return type(*t.elements[0]);
    case TypeKind::Function:
      out += "fn";
      list('(', t.elements, ')', [&](const TypePtr &e) { type(*e); });
      out += " -> ";
      return type(*t.result);
    }
  }

  void decl(const Decl &d) {
    doc(d.doc);
    if (d.exported) out += "export ";
    if (auto *f = as<FunctionDecl>(&d))
      function(*f);
    else if (auto *s = as<StructDecl>(&d))
      structure(*s);
    else if (auto *t = as<TrainDecl>(&d))
      train(*t);
    else if (auto *o = as<OptimizerDecl>(&d))
      optimizer(*o);
    else if (auto *i = as<ImportDecl>(&d)) {
      out += "import ";
      string(i->path);
      if (i->alias) out += " as " + i->alias.text;
    } else if (auto *c = as<ConstDecl>(&d)) {
      out += "const " + c->name.text;
      if (c->type) (out += ": "), type(*c->type);
      if (c->value) (out += " = "), expr(*c->value);
    }
    out += '\n';
  }

private:
  unsigned indent = 0;

  void newline() { out += '\n' + std::string(2 * indent, ' '); }
  void doc(const std::string &text) {
    size_t at = 0;
    while (at < text.size()) {
      size_t end = std::min(text.find('\n', at), text.size());
      out += end == at ? "///" : "/// " + text.substr(at, end - at);
      newline();
      at = end + 1;
    }
  }
  template <class List, class Element> void list(char open, const List &elements, char close, Element element) {
    out += open;
    bool first = true;
    for (const auto &e : elements) {
      if (!first) out += ", ";
      first = false;
      element(e);
    }
    out += close;
  }
  void string(const std::string &value) {
    out += '"';
    for (char c : value) {
      if (c == '\n')
        out += "\\n";
      else if (c == '\t')
        out += "\\t";
      else if (c == '"' || c == '\\')
        (out += '\\') += c;
      else
        out += c;
    }
    out += '"';
  }
  void pattern(const Pattern &p) {
    if (!p.isTuple())
      out += p.name.text;
    else
      list('(', p.elements, ')', [&](const Pattern &e) { pattern(e); });
  }
  void names(const std::vector<Identifier> &all) {
    list('[', all, ']', [&](const Identifier &i) { out += i.text; });
  }
  void arguments(const std::vector<Argument> &all) {
    list('(', all, ')', [&](const Argument &a) { argument(a); });
  }
  void argument(const Argument &a) {
    if (a.name) out += a.name.text + " = ";
    expr(*a.value);
  }
  void parameters(const std::vector<Parameter> &all) {
    list('(', all, ')', [&](const Parameter &p) { parameter(p); });
  }
  void parameter(const Parameter &p) {
    out += p.name.text;
    if (p.type) (out += ": "), type(*p.type);
    if (p.defaultValue) (out += " = "), expr(*p.defaultValue);
  }
  void typeParameters(const std::vector<TypeParameter> &all) {
    if (!all.empty())
      list('[', all, ']', [&](const TypeParameter &p) { out += p.name.text + (p.bound ? ": " + p.bound.text : ""); });
  }

  void bare(const Expr &e) {
    switch (e.kind) {
    case ExprKind::Number: out += as<Number>(e)->text; return;
    case ExprKind::String: return string(as<String>(e)->value);
    case ExprKind::Boolean: out += as<Boolean>(e)->value ? "true" : "false"; return;
    case ExprKind::Name: out += as<Name>(e)->name; return;
    case ExprKind::Rest: out += ".." + as<Rest>(e)->name; return;
    case ExprKind::Unary: {
      const Unary &u = *as<Unary>(e);
      out += u.op == UnaryOp::Not ? "not " : "-";
      return expr(*u.operand, u.op == UnaryOp::Not ? NotLevel : NegLevel);
    }
    case ExprKind::Binary: return binary(*as<Binary>(e));
    case ExprKind::Call:
      expr(*as<Call>(e)->callee, looksReduced(*as<Call>(e)->callee) ? Level(Atom + 1) : PostfixLevel);
      return arguments(as<Call>(e)->arguments);
    case ExprKind::Update:
      expr(*as<Update>(e)->callee, looksReduced(*as<Update>(e)->callee) ? Level(Atom + 1) : PostfixLevel);
      out += "(..";
      expr(*as<Update>(e)->base);
      for (const Argument &a : as<Update>(e)->arguments) (out += ", "), argument(a);
      out += ')';
      return;
    case ExprKind::Index: return index(*as<Index>(e));
    case ExprKind::Field:
      expr(*as<Field>(e)->base, as<Number>(as<Field>(e)->base) ? Level(Atom + 1) : PostfixLevel); // `(1).5` is not 1.5
      out += "." + as<Field>(e)->field.text;
      return;
    case ExprKind::Tuple:
      list('(', as<Tuple>(e)->elements, ')', [&](const ExprPtr &x) { expr(*x); });
      if (as<Tuple>(e)->elements.size() == 1) out.insert(out.size() - 1, ",");
      return;
    case ExprKind::List: return list('[', as<List>(e)->elements, ']', [&](const ExprPtr &x) { expr(*x); });
    case ExprKind::Block: return block(*as<Block>(e));
    case ExprKind::If: return conditional(*as<If>(e));
    case ExprKind::Lambda: {
      out += "fn";
      parameters(as<Lambda>(e)->parameters);
      if (as<Lambda>(e)->result) (out += " -> "), type(*as<Lambda>(e)->result);
      return body(*as<Lambda>(e)->body);
    }
    case ExprKind::IndexReduce:
      out += as<IndexReduce>(e)->reduction.text;
      names(as<IndexReduce>(e)->indices);
      out += '(';
      expr(*as<IndexReduce>(e)->body);
      out += ')';
      return;
    case ExprKind::Loop: return loop(*as<Loop>(e));
    }
  }

  // `-` and comparisons associate to the left or not at all, `^` to the right.
  void binary(const Binary &b) {
    Level level = levelOf(b.op);
    bool power = b.op == BinaryOp::Pow;
    expr(*b.left, power ? PostfixLevel : level == CompareLevel ? AddLevel : level);
    out += std::string(" ") + spelling(b.op) + " ";
    expr(*b.right, power ? NegLevel : Level(level + 1));
  }
  void index(const Index &x) {
    expr(*x.base, PostfixLevel);
    list('[', x.subscripts, ']', [&](const Subscript &s) {
      if (s.element) return expr(*s.element);
      if (s.begin) expr(*s.begin);
      out += ':';
      if (s.end) expr(*s.end);
      if (s.stride) (out += ':'), expr(*s.stride);
    });
  }
  void conditional(const If &e) {
    out += "if ";
    expr(*e.condition);
    bool blocks = e.thenValue->kind == ExprKind::Block &&
                  (e.elseValue->kind == ExprKind::Block || e.elseValue->kind == ExprKind::If);
    out += blocks ? " " : " then ";
    expr(*e.thenValue);
    out += " else ";
    expr(*e.elseValue);
  }
  void loop(const Loop &e) {
    static const char *const words[] = {"scan(", "for(", "while("};
    out += words[size_t(e.form)];
    const char *separator = "";
    for (const Loop::Source &s : e.sources) {
      out += separator;
      pattern(s.pattern);
      out += " in ";
      expr(*s.begin);
      if (s.end) (out += ":"), expr(*s.end);
      separator = ", ";
    }
    for (const Loop::Carry &c : e.carries) {
      out += separator;
      pattern(c.pattern);
      out += " = ";
      expr(*c.initial);
      separator = ", ";
    }
    if (e.condition) (out += "; "), expr(*e.condition);
    out += ") ";
    expr(*e.body);
  }
  void block(const Block &b) {
    out += '{';
    ++indent;
    for (const Statement &s : b.statements) {
      newline();
      statement(s);
    }
    newline();
    expr(*b.result);
    --indent;
    newline();
    out += '}';
  }
  // A line before the last that begins with `-` is taken for a slip.
  void unused(const Expr &e) {
    size_t start = out.size();
    expr(e);
    if (out[start] != '-') return;
    out.insert(start, 1, '(');
    out += ')';
  }
  void statement(const Statement &s) {
    if (s.kind == Statement::Kind::Expr) return unused(*s.value);
    out += "let ";
    pattern(s.pattern);
    if (s.kind == Statement::Kind::LetIndexed) names(s.indices);
    if (s.type) (out += ": "), type(*s.type);
    out += " = ";
    expr(*s.value);
  }
  void body(const Expr &e) {
    out += e.kind == ExprKind::Block ? " " : " = ";
    expr(e);
  }

  void function(const FunctionDecl &f) {
    out += "fn " + f.name.text;
    typeParameters(f.typeParameters);
    if (f.hasParameters) parameters(f.parameters);
    if (f.result) (out += " -> "), type(*f.result);
    if (!f.body) return;
    if (f.hasParameters) return body(*f.body);
    out += " = ";
    expr(*f.body);
  }
  void structure(const StructDecl &s) {
    out += "struct " + s.name.text;
    typeParameters(s.typeParameters);
    out += " {";
    ++indent;
    for (const FieldDecl &f : s.fields) {
      newline();
      doc(f.doc);
      out += f.name.text + ": ";
      type(*f.type);
      if (f.initializer) (out += " ~ "), expr(*f.initializer, PostfixLevel);
    }
    --indent;
    newline();
    out += '}';
  }
  void data(const char *word, const DataClause &d) {
    newline();
    out += word;
    parameters(d.columns);
    out += " = " + d.reader.text;
    arguments(d.arguments);
    if (d.batch) (out += " batch "), expr(*d.batch, PostfixLevel);
    if (d.batchTo) (out += " to "), expr(*d.batchTo, PostfixLevel);
    if (d.batchEvery) (out += " every "), expr(*d.batchEvery, PostfixLevel);
    if (d.shuffle) out += d.shuffleBatches ? " shuffle batches" : " shuffle";
  }
  void clause(const char *word, const ExprPtr &value, Level place = Loose) {
    if (!value) return;
    newline();
    out += word;
    expr(*value, place);
  }
  void train(const TrainDecl &t) {
    out += "train " + t.name.text + " {";
    ++indent;
    if (t.data) data("data ", *t.data);
    if (t.test) data("test ", *t.test);
    for (const Parameter &m : t.models) {
      newline();
      out += "model ";
      parameter(m);
    }
    clause("loss = ", t.loss);
    for (const EvalClause &e : t.evals) clause(e.name ? ("eval " + e.name.text + " = ").c_str() : "eval ", e.value);
    clause("optimizer ", t.optimizer, PostfixLevel);
    for (const ClipClause &c : t.clips) {
      out += ", clip " + c.mode.text + " ";
      expr(*c.bound, PostfixLevel);
    }
    clause("accumulate ", t.accumulate, PostfixLevel);
    clause("ema ", t.ema, PostfixLevel);
    clause("epochs ", t.epochs, PostfixLevel);
    clause("seed ", t.seed, PostfixLevel);
    --indent;
    newline();
    out += '}';
  }
  void optimizer(const OptimizerDecl &o) {
    out += "optimizer " + o.name.text;
    parameters(o.settings);
    out += o.tree ? " tree {" : " {";
    ++indent;
    const char *separator = "state ";
    if (!o.state.empty()) newline();
    for (const OptimizerDecl::Slot &s : o.state) {
      out += separator + s.name.text + " = ";
      expr(*s.initial);
      separator = ", ";
    }
    clause("update ", o.update);
    --indent;
    newline();
    out += '}';
  }
};

} // namespace

std::string print(const Expr &e) {
  Printer p;
  p.expr(e);
  return std::move(p.out);
}
std::string print(const Type &t) {
  Printer p;
  p.type(t);
  return std::move(p.out);
}
std::string print(const Decl &d) {
  Printer p;
  p.decl(d);
  return std::move(p.out);
}
std::string print(const Program &program) {
  Printer p;
  for (const DeclPtr &d : program.declarations) {
    if (!p.out.empty()) p.out += '\n';
    p.decl(*d);
  }
  return std::move(p.out);
}

} // namespace fluxion::ast
