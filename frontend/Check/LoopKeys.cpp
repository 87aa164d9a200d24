// Keys in loops: a key that no step changes would draw the same numbers in each. Arriving: the key of a draw; leaving: the
// innermost loop around that repeats it, or E0413.
#include "frontend/Check/Loops.h"

namespace fluxion::check {

// A loop around, each step of which would draw from this key: nothing it is made of changes from step to step. The key is
// followed to what it is made of, out of body after body; what changes with a loop is its index, what it carries and its
// slices. The innermost such loop, or null; null, too, where what it is made of is not known here.
const Elaborator::LoopFrame *Elaborator::repeatedBy(Value key) {
  constexpr size_t enough = 1024; // what it is made of beyond that is not followed
  if (loops.empty()) return nullptr;
  std::vector<Value> work = {key};
  std::set<std::pair<const GraphBuilder *, uint32_t>> seen;
  std::vector<bool> changes(loops.size(), false);
  while (!work.empty()) {
    Value at = work.back();
    work.pop_back();
    if (!at || !seen.emplace(at.owner, at.id.node).second) continue;
    if (seen.size() > enough) return nullptr;
    if (seen.size() % 4 == 0) ++steps; // following keys is a part of what expansion may cost
    if (at.id.node >= at.owner->function().nodes.size()) return nullptr; // of a function that is finished
    const Node &made = at.owner->function().nodes[at.id.node];
    for (ValueId operand : made.operands) work.push_back({at.owner, operand});
    if (made.op != Primitive::parameter) continue;
    if (auto outer = at.owner->capturedAs(at.id.node)) {
      work.push_back(*outer);
      continue;
    }
    auto frame = std::find_if(loops.begin(), loops.end(), [&](const LoopFrame &l) { return l.body == at.owner; });
    if (frame != loops.end()) {
      changes[size_t(frame - loops.begin())] = true;
      if (at.id.node < frame->feeds.size()) work.push_back(frame->feeds[at.id.node]);
    } else if (!at.owner->function().isPublic) {
      return nullptr; // an argument of a function that is differentiated
    }
  }
  for (size_t i = loops.size(); i-- > 0;)
    if (!changes[i]) return &loops[i];
  return nullptr;
}

// What counts the steps of a loop, where it has a name.
static std::string indexOf(const ast::Loop &loop, const std::string &otherwise) {
  for (const ast::Loop::Source &source : loop.sources)
    if (source.end && !source.pattern.isTuple() && source.pattern.name.text != "_") return source.pattern.name.text;
  return otherwise;
}

bool Elaborator::complainOfRepeat(const LoopFrame &repeated, const SourceRange &where) {
  if (&repeated == &loops.back()) {
    error("E0413", where, "every step of the loop draws from this key: the numbers would be the same")
        .help("derive a key for each step: `fold_in(key, " + indexOf(*repeated.loop, "i") + ")`, or carry a key and split it");
    return false;
  }
  const SourceRange &whole = repeated.loop->range;
  std::string outer = indexOf(*repeated.loop, "i"), inner = indexOf(*loops.back().loop, "");
  error("E0413", where, "every step of an outer loop draws from this key again: it changes with the inner loop only")
      .note(SourceRange{whole.file, whole.begin, repeated.loop->body->range.begin}, "the outer loop")
      .help(inner.empty() ? "fold in what counts the steps of the outer loop, too: `fold_in(key, " + outer + ")`"
                          : "derive a key for each step of both: `fold_in(fold_in(key, " + outer + "), " + inner + ")`");
  return false;
}

} // namespace fluxion::check
