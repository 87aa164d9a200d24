// How an error reaches the user: once per place, with the chain of calls it was inlined through, both shapes, where the
// operands were declared, and the nearest name.
#include "frontend/Check/Habits.h"
#include "frontend/Check/Suggest.h"
#include "frontend/Graph/Primitive.h"
#include "frontend/Source/Foreign.h"
#include <algorithm>

namespace fluxion::check {

// An error inside the library is the user's call's: null where `where` is the user's, or no call of theirs led here.
const Location *Elaborator::userCall(const SourceRange &where) const {
  if (!where.file || unitAt(where)) return nullptr;
  for (const Location *at = caller.get(); at; at = at->caller.get())
    if (at->range.file && unitAt(at->range)) return at;
  return nullptr;
}

Diagnostic &Elaborator::error(const char *number, const SourceRange &where, std::string message) {
  if (silent) return scratch = Diagnostic();
  if (builder) builder->fail();
  const Location *user = userCall(where);
  const SourceRange &place = user ? user->range : where;
  if (!reported.emplace(number, place.file.get(), place.begin).second) return scratch = Diagnostic();
  if (!user) return sink.error(number, Location{where, caller}, std::move(message));
  Diagnostic &d = sink.error(number, *user, std::move(message));
  d.note(where, "it was found here, in the library");
  for (const Location *at = caller.get(); at != user; at = at->caller.get())
    if (at->range.file) d.note(at->range, "which was called here");
  return d;
}

Diagnostic &Elaborator::warn(const char *number, const SourceRange &where, std::string message, std::string help) {
  // Not the library's, nor a file's that is checked by itself.
  bool wanted = !silent && unitAt(where) == &tree.root();
  if (!wanted || !reported.emplace(number, where.file.get(), where.begin).second) return scratch = Diagnostic();
  return sink.warning(number, Location{where, nullptr}, std::move(message)).help(std::move(help));
}

void Elaborator::at(const SourceRange &where, std::vector<Operand> involved) {
  builder->at(Location{where, caller});
  operationRange = where;
  operands = std::move(involved);
}

Operand Elaborator::operandOf(const ast::Expr *expr, const Datum &datum, SourceRange range) {
  Operand operand;
  operand.expr = expr;
  operand.range = expr ? expr->range : std::move(range);
  operand.declared = datum.declared;
  if (datum.is(Datum::Kind::Tensor) && datum.labels.empty())
    operand.tensor = datum.tensor;
  else
    operand.description = datum.describe();
  return operand;
}

std::string Operand::type() const { return tensor ? tensor.type().print() : description; }

std::string Operand::text() const {
  if (!expr || !expr->range.file || expr->range.end - expr->range.begin > 32) return "";
  std::string written = expr->range.file->text.substr(expr->range.begin, expr->range.end - expr->range.begin);
  bool simple = expr->kind == ast::ExprKind::Name || expr->kind == ast::ExprKind::Field ||
                expr->kind == ast::ExprKind::Call || expr->kind == ast::ExprKind::Index;
  return simple ? written : "(" + written + ")";
}

// "{1}.T" names the second operand as it is written.
static std::string withNames(std::string text, const std::vector<Operand> &operands) {
  for (size_t i = 0; i < operands.size() && i < 10; ++i) {
    std::string slot = "{" + std::to_string(i) + "}";
    std::string name = operands[i].text().empty() ? "…" : operands[i].text();
    for (size_t at = text.find(slot); at != std::string::npos; at = text.find(slot)) text.replace(at, 3, name);
  }
  return text;
}

//===--- Faults of the builder -----------------------------------------------------------------------------------===//

static std::string textAt(const SourceRange &range) {
  if (!range.file || range.end <= range.begin || range.end - range.begin > 32) return "";
  return range.file->text.substr(range.begin, range.end - range.begin);
}

// The names of primitives as their signs are written: "`div` takes" at a `/` is "`/` takes".
std::string asWritten(std::string message, const SourceRange &operation) {
  std::string sign = textAt(operation);
  bool isSign = !sign.empty() && sign.size() <= 3 && (ispunct(uint8_t(sign[0])) || sign == "and" || sign == "or");
  size_t end = message.find('`', 1);
  bool speaksOfIt = end != std::string::npos && message[0] == '`' && message.compare(end, 7, "` takes") == 0;
  if (isSign && speaksOfIt) message.replace(1, end - 1, sign);
  return message;
}

// A literal as it is written, not as it is rounded.
static Remedy remedyForLiteral(const Fault &fault, const std::vector<Operand> &operands, const SourceRange &where) {
  Remedy remedy;
  std::string written = textAt(where);
  size_t prefix = fault.message.find("the value "), as = fault.message.rfind(" as ");
  if (prefix != 0 || as == std::string::npos) return remedy;
  std::string type = fault.message.substr(as + 4);
  bool fits = fault.message.find("does not fit") == std::string::npos;
  bool literal = !written.empty() && (isdigit(uint8_t(written[0])) || written[0] == '-');
  std::string shownValue =
      literal ? "`" + written + "`" : fault.message.substr(0, fault.message.find(fits ? " is not" : " does"));
  remedy.message = shownValue + (fits ? fault.message.find("a number") != std::string::npos
                                            ? " is not a number"
                                            : " is not an integer, as " + type + " needs"
                                      : " does not fit into " + type);
  auto typed = std::find_if(operands.begin(), operands.end(), [](const Operand &o) { return bool(o.tensor); });
  const char *wider = type == "i32" ? "i64" : type == "f32" ? "f64" : nullptr;
  if (typed != operands.end() && fits && isInteger(typed->tensor.type().element))
    remedy.help = "convert the tensor it meets: `f32(" + shown(*typed) + ")`";
  else if (typed != operands.end() && !fits && wider)
    remedy.help = std::string(wider) + " reaches further: `" + wider + "(" + shown(*typed) + ")`";
  return remedy;
}

Remedy Elaborator::remedyFor(const Fault &fault) const {
  auto tensors = [&] {
    return fault.related.size() == 2 && std::all_of(fault.related.begin(), fault.related.end(), [&](int i) {
             return i >= 0 && size_t(i) < operands.size() && operands[size_t(i)].tensor;
           });
  };
  auto related = [&](size_t i) -> const Operand & { return operands[size_t(fault.related[i])]; };
  if (fault.number == "E0301" && fault.operand >= 0)
    return operands.empty() || !operands[0].tensor ? Remedy() : remedyForConcat(operands);
  if (fault.number == "E0301" && tensors()) {
    Remedy remedy = remedyForElementwise(operands, fault.related[0], fault.related[1]);
    if (fault.message.find("`dot`") == std::string::npos) return remedy;
    remedy.message.clear();
    bool ranks = related(0).tensor.type().rank() != related(1).tensor.type().rank();
    if (remedy.help.find(".T`") == std::string::npos) remedy.help = ranks ? "contract one axis with `a @ b`" : "";
    return remedy;
  }
  if (fault.number == "E0302" && tensors()) return remedyForMixture(related(0), related(1));
  if (fault.number == "E0303" && tensors()) return remedyForMatmul(related(0), related(1), operationRange);
  if (fault.number == "E0309" && fault.operand >= 0 && size_t(fault.operand) < operands.size())
    return remedyForElement(operands[size_t(fault.operand)], fault.message, operationRange);
  if (fault.number == "E0306" && fault.operand >= 0)
    return remedyForEquation(operands, size_t(fault.operand), operationRange);
  if (fault.number == "E0316") return remedyForLiteral(fault, operands, operationRange);
  return {};
}

void Elaborator::handleFault(const Fault &fault) {
  if (silent) return; // a remedy that nobody hears is not looked for
  SourceRange where = operationRange;
  auto known = [&](int i) { return i >= 0 && size_t(i) < operands.size() && operands[size_t(i)].range.file; };
  bool atSign = fault.number == "E0309" && textAt(operationRange) == "/";
  if (known(fault.operand) && !atSign) where = operands[size_t(fault.operand)].range;
  if (fault.letter >= 0) { // inside the quotes of the equation
    where = operationRange;
    where.begin = std::min(where.begin + 1 + uint32_t(fault.letter), where.end > 0 ? where.end - 1 : 0);
    where.end = where.begin + 1;
  }
  bool inLibrary = userCall(where); // whose operands mean nothing to the user
  Remedy remedy = inLibrary ? Remedy() : remedyFor(fault);
  std::string message = asWritten(withNames(fault.message, operands), operationRange);
  Diagnostic &d = error(fault.number.c_str(), where, remedy.message.empty() ? message : remedy.message);
  if (inLibrary) return;
  d.help(remedy ? remedy.help : withNames(fault.help, operands));
  d.fixes = std::move(remedy.fixes);
  if (known(fault.operand) && fault.letter < 0 && !atSign) d.withLabel(operands[size_t(fault.operand)].type());
  tellOperands(d, fault);
}

bool isInside(const SourceRange &inner, const SourceRange &outer) {
  return inner.file == outer.file && inner.begin >= outer.begin && inner.end <= outer.end;
}

// The extents at which two operands disagree.
static std::vector<Dim> disagreeing(const Fault &fault, const TensorType &a, const TensorType &b) {
  if (fault.number == "E0303" && a.rank() && b.rank())
    return {a.shape.back(), b.shape[b.rank() > 1 ? size_t(b.rank()) - 2 : 0]};
  for (size_t k = 1; k <= std::min(a.shape.size(), b.shape.size()); ++k)
    if (a.shape[a.shape.size() - k] != b.shape[b.shape.size() - k])
      return {a.shape[a.shape.size() - k], b.shape[b.shape.size() - k]};
  return {};
}

// What the operands are, where they were declared; and where the dimensions come from that only one of them has.
void Elaborator::tellOperands(Diagnostic &d, const Fault &fault) {
  std::vector<SourceRange> told = {d.where.range};
  auto isTold = [&](const SourceRange &place) {
    return std::any_of(told.begin(), told.end(), [&](const SourceRange &each) { return isInside(place, each); });
  };
  auto known = [&](int i) { return i >= 0 && size_t(i) < operands.size() && operands[size_t(i)].range.file; };
  std::vector<int> involved = fault.related;
  if (involved.empty() && fault.letter >= 0) involved = {fault.operand};
  for (int i : involved) {
    if (!known(i)) continue;
    const Operand &operand = operands[size_t(i)];
    bool declared = operand.declared.file && !isTold(operand.declared);
    const SourceRange &place = declared ? operand.declared : operand.range;
    if (isTold(place)) continue;
    told.push_back(place);
    d.note(place,
           declared && !operand.text().empty() ? "`" + operand.text() + "` is " + operand.type() : operand.type());
  }
  if (fault.related.size() != 2 || !known(fault.related[0]) || !known(fault.related[1])) return;
  const Operand &a = operands[size_t(fault.related[0])], &b = operands[size_t(fault.related[1])];
  if (!a.tensor || !b.tensor) return;
  std::vector<Dim> extents = disagreeing(fault, a.tensor.type(), b.tensor.type());
  for (size_t k = 0; k < extents.size(); ++k)
    for (const std::string &name : extents[k].names()) {
      if (isParameter(k == 0 ? a : b)) continue; // where it is seen
      auto origin = dimensionOrigins.find(name);
      if (origin == dimensionOrigins.end() || !origin->second.file || isTold(origin->second)) continue;
      told.push_back(origin->second);
      d.note(origin->second, "`" + name + "` is bound here");
    }
}

// `x.sum()`, `x.shape[0]`: what other languages hang on a tensor.
void Elaborator::hintForMember(Diagnostic &d, const ast::Field &field) {
  const std::string &name = field.field.text, base = ast::print(*field.base);
  const SourceRange &whole = field.range;
  if (!whole.file || base.size() > 60) return;
  std::string_view after = std::string_view(whole.file->text).substr(whole.end, 8);
  size_t digits = after.find_first_not_of("0123456789", 1);
  if (name == "shape" && after.size() > 2 && after[0] == '[' && digits > 1 && digits < after.size() &&
      after[digits] == ']') {
    std::string dim = "dim(" + base + ", " + std::string(after.substr(1, digits - 1)) + ")";
    d.help("write the dimension's name, or `" + dim + "`")
        .fix({whole.file, whole.begin, whole.end + uint32_t(digits) + 1}, dim);
    return;
  }
  const ForeignName *foreign = foreignMember(name);
  if (foreign && foreign->replacement.empty()) {
    d.help(helpFor(*foreign));
    return;
  }
  std::string meant = foreign ? std::string(foreign->replacement) : name;
  if (meant == "T") {
    d.help("write `.T`").fix(field.field.range, "T");
  } else if (findBuiltin(meant) || findGlobal(meant, whole)) {
    bool alone = after.substr(0, 2) == "()";
    d.help("functions are called by their names: `" + meant + "(" + base + (alone ? ")`" : ", …)`"));
    if (alone) d.fix({whole.file, whole.begin, whole.end + 2}, meant + "(" + base + ")");
  }
}

//===--- Names ---------------------------------------------------------------------------------------------------===//

std::optional<std::string> Elaborator::nearestInSight(const std::string &name) const {
  if (silent) return std::nullopt;
  if (std::string found = inModules(name); !found.empty()) return found;
  std::vector<std::string> candidates = visibleNames(ast::DeclKind::Function);
  std::vector<std::string> constants = visibleNames(ast::DeclKind::Const), structs;
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z') structs = visibleNames(ast::DeclKind::Struct);
  candidates.insert(candidates.end(), constants.begin(), constants.end());
  candidates.insert(candidates.end(), structs.begin(), structs.end());
  for (const Scope *s = scope.get(); s; s = s->parent.get())
    for (const auto &[known, binding] : s->names) candidates.push_back(known);
  std::sort(candidates.begin(), candidates.end()); // of equally near names, the same on every run
  for (const Builtin &builtin : builtinTable()) candidates.push_back(builtin.name);
  for (const char *primitive : elementwiseUnaryNames()) candidates.push_back(primitive);
  return nearestName(name, candidates);
}

std::string Elaborator::suggestName(const std::string &name) const {
  auto nearest = nearestInSight(name);
  return nearest ? "did you mean `" + *nearest + "`?" : "";
}

// An index variable that nothing binds is said once in a block, not at each of its uses.
bool Elaborator::toldInBlock(const std::string &name) {
  bool inNotation = false;
  for (const Scope *s = scope.get(); s && name.size() <= 2; s = s->parent.get())
    for (const auto &[known, binding] : s->names) inNotation |= binding.kind == Binding::Kind::Index;
  return inNotation && block && !silent &&
         !reported.emplace("index " + name, block->range.file.get(), block->range.begin).second;
}

Diagnostic &Elaborator::unknownName(const std::string &name, const SourceRange &where) {
  if (toldInBlock(name)) {
    if (builder) builder->fail();
    return scratch = Diagnostic();
  }
  Diagnostic &d = error("E0201", where, "the name `" + name + "` is not known");
  if (&d != &scratch) hintForName(d, name, where); // else it is not said, or was said before
  return d;
}

// `linalg.norm` behind `np`: all names that follow with a dot before each.
static std::vector<std::string> namesAfter(const SourceRange &where) {
  std::string_view text = where.file->text;
  std::vector<std::string> names;
  for (size_t at = where.end; at < text.size() && text[at] == '.' && names.size() < 8;) {
    size_t end = at + 1;
    while (end < text.size() && (isalnum(uint8_t(text[end])) || text[end] == '_')) ++end;
    if (end == at + 1) break;
    names.emplace_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return names;
}

// `np.mean`, `jax.nn.relu`, `jax.random.normal`
bool Elaborator::hintForForeign(Diagnostic &d, const std::string &name, const SourceRange &where) {
  if (!where.file || !isForeignModule(name)) return false;
  std::vector<std::string> names = namesAfter(where);
  if (names.empty()) return false;
  SourceRange whole = where;
  for (const std::string &each : names) whole.end += 1 + uint32_t(each.size());
  std::string member = names.back();
  if (names.size() > 1 && names[names.size() - 2] == "random" && findBuiltin("random_" + member)) member = "random_" + member;
  const ForeignName *foreign = foreignValue(member);
  bool here = findBuiltin(member) || findGlobal(member, where);
  std::string meant = foreign ? std::string(foreign->replacement) : here ? member : "";
  if (!meant.empty())
    d.help("functions are in sight without a module: write `" + meant + "`").fix(whole, meant);
  else
    d.help(foreign ? helpFor(*foreign) : "functions are in sight without a module; there is no `" + member + "`");
  return true;
}

// What an unknown name is meant to be: a function of a foreign module, a name of another language, a field without its
// struct, an index variable, or a slip of the pen.
void Elaborator::hintForName(Diagnostic &d, const std::string &name, const SourceRange &where) {
  if (hintForForeign(d, name, where)) return;
  if (hintForRule(d, name, where, scope.get())) return;
  if (scope && scope->isTypeParameter(name)) {
    d.help("nothing determines the type parameter `" + name + "` here: a parameter of that type does, as in `x: " + name + "`");
    return;
  }
  if (const ForeignName *foreign = foreignValue(name)) {
    d.help(helpFor(*foreign));
    if (!foreign->replacement.empty()) d.fix(where, std::string(foreign->replacement));
    return;
  }
  bool inNotation = false;
  for (const Scope *s = scope.get(); s; s = s->parent.get())
    for (const auto &[known, binding] : s->names) {
      inNotation |= binding.kind == Binding::Kind::Index;
      if (binding.kind != Binding::Kind::Value || !binding.value.is(Datum::Kind::Struct)) continue;
      for (const ast::FieldDecl &field : binding.value.decl->fields)
        if (field.name.text == name) {
          d.meant(known + "." + name, where);
          return;
        }
    }
  if (inNotation && name.size() <= 2) {
    d.help("an index variable is bound on the left, `let c[" + name + "] = …`, or by a sum, `sum[" + name + "](…)`");
    return;
  }
  auto inside = [&](const SourceRange &range) {
    return where.file == range.file && where.begin >= range.begin && where.end <= range.end;
  };
  if (block && inside(block->range))
    for (const ast::Statement &statement : block->statements)
      if (statement.kind != ast::Statement::Kind::Expr && statement.pattern.name.text == name) {
        d.note(statement.pattern.name.range, "it is named here");
        d.help(inside(statement.range) ? "a value cannot be made of itself; an earlier one has another name"
                                       : "a value is named before it is used: move the line up");
        return;
      }
  d.help("a function sees its parameters, the declarations of its file, and the library");
  d.meant(nearestInSight(name), where);
}

SourceRange Elaborator::placeOf(const std::string &name, const Binding &binding) const {
  auto origin = dimensionOrigins.find(name);
  bool dimension = binding.kind == Binding::Kind::Dimension && origin != dimensionOrigins.end();
  return dimension ? origin->second : binding.declared;
}

} // namespace fluxion::check
