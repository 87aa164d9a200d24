#include "tests/fuzz/Mutate.h"
#include "frontend/Syntax/Lexer.h"
#include <algorithm>
#include <string_view>
#include <vector>

namespace fluxion::fuzz {

namespace {

// With the blanks before them, so that joined pieces are a text again.
struct Pieces {
  std::vector<std::string_view> all;
  std::vector<TokenKind> kinds;
};

Pieces split(const std::string &text) {
  Pieces pieces;
  DiagnosticSink sink;
  size_t end = 0;
  for (const Token &t : lex(std::make_shared<SourceFile>(SourceFile{"", text}), sink).tokens) {
    size_t stop = t.kind == TokenKind::EndOfFile ? text.size() : size_t(t.end);
    if (stop > end) {
      pieces.all.push_back(std::string_view(text).substr(end, stop - end));
      pieces.kinds.push_back(t.kind);
    }
    end = stop;
  }
  return pieces;
}

// The end of the bracketed group, or of the operand, that begins at `begin`.
size_t groupEnd(const Pieces &p, size_t begin) {
  int open = 0;
  for (size_t i = begin; i < p.kinds.size(); ++i) {
    TokenKind k = p.kinds[i];
    open += k == TokenKind::LeftParen || k == TokenKind::LeftBracket || k == TokenKind::LeftBrace;
    open -= k == TokenKind::RightParen || k == TokenKind::RightBracket || k == TokenKind::RightBrace;
    bool callFollows = i + 1 < p.kinds.size() && (p.kinds[i + 1] == TokenKind::LeftParen ||
                                                  p.kinds[i + 1] == TokenKind::LeftBracket ||
                                                  p.kinds[i + 1] == TokenKind::Dot || k == TokenKind::Dot);
    if (open <= 0 && !callFollows) return i + 1;
  }
  return p.kinds.size();
}

const char *const words[] = {
#define WORD(text) text,
#include "tests/fuzz/Words.inc"
#undef WORD
};

} // namespace

std::string mutate(const std::string &text, const std::string &donor, Random &random, size_t longest) {
  Pieces mine = split(text), theirs = &donor == &text ? mine : split(donor);
  std::vector<std::string> fresh; // owns pieces made here
  fresh.reserve(8);
  auto insert = [&](size_t at, std::string_view piece) {
    mine.all.insert(mine.all.begin() + ptrdiff_t(at), piece);
    mine.kinds.insert(mine.kinds.begin() + ptrdiff_t(at), TokenKind::Invalid);
  };
  auto erase = [&](size_t begin, size_t end) {
    mine.all.erase(mine.all.begin() + ptrdiff_t(begin), mine.all.begin() + ptrdiff_t(end));
    mine.kinds.erase(mine.kinds.begin() + ptrdiff_t(begin), mine.kinds.begin() + ptrdiff_t(end));
  };
  for (uint32_t change = 0, changes = 1 + random.below(3); change < changes; ++change) {
    size_t n = mine.all.size(), at = random.below(n);
    if (!n) {
      insert(0, words[random.below(std::size(words))]);
      continue;
    }
    switch (random.below(9)) {
    case 0: erase(at, at + 1); break;
    case 1: erase(at, groupEnd(mine, at)); break;
    case 2: mine.all[at] = fresh.emplace_back(std::string(" ") + words[random.below(std::size(words))]); break;
    case 3: insert(at, fresh.emplace_back(std::string(" ") + words[random.below(std::size(words))] + " ")); break;
    case 4: std::swap(mine.all[at], mine.all[random.below(n)]); break;
    case 5: { // an operand of this text instead of another
      size_t from = random.below(n), end = groupEnd(mine, from);
      std::string copy;
      for (size_t i = from; i < end; ++i) copy += mine.all[i];
      erase(at, groupEnd(mine, at));
      insert(at, fresh.emplace_back(copy));
      break;
    }
    case 6: // an operand of the other text
    case 7: {
      if (theirs.all.empty()) break;
      size_t from = random.below(theirs.all.size()), end = groupEnd(theirs, from);
      std::string copy;
      for (size_t i = from; i < end; ++i) copy += theirs.all[i];
      if (random.below(2)) erase(at, groupEnd(mine, at));
      insert(at, fresh.emplace_back(copy));
      break;
    }
    case 8: { // a line of the other text
      size_t begin = donor.empty() ? 0 : donor.rfind('\n', random.below(donor.size())) + 1;
      insert(at, fresh.emplace_back("\n" + donor.substr(begin, donor.find('\n', begin) - begin) + "\n"));
      break;
    }
    }
  }
  std::string result;
  for (std::string_view piece : mine.all) result += piece;
  if (result.size() > longest) result.resize(longest);
  return result;
}

} // namespace fluxion::fuzz
