// train NAME { clauses }: every clause begins with a word that means this only here.
//   data (x: f32[B,784], y: i32[B]) = idx("x.gz", "y.gz") batch 128 shuffle      test (x, y) = idx(…)
//     batch n [to n [every n]]     shuffle [batches]
//   model p: Mlp     loss = expr     eval [NAME =] expr     epochs n     seed n     accumulate n     ema x
//   optimizer rule(…) {, clip MODE expr}
#include "frontend/Syntax/ParserImpl.h"
#include <algorithm>

namespace fluxion {

using namespace ast;

// `batch 16` before it: `to 128 every 2`
bool Parser::parseBatchGrowth(DataClause &clause) {
  if (!takeWord("to")) return true;
  clause.batchTo = parsePostfix();
  if (!clause.batchTo || !takeWord("every")) return clause.batchTo != nullptr;
  clause.batchEvery = parsePostfix();
  return clause.batchEvery != nullptr;
}

bool Parser::parseTrainData(std::unique_ptr<DataClause> &slot, bool isTest) {
  auto clause = std::make_unique<DataClause>();
  const Token &word = lexed.tokens[at - 1];
  if (!parseParameters(clause->columns, isTest, "and the columns")) return false;
  if (!expect(TokenKind::Assign, "and a reader")) return false;
  if (!expectIdentifier(clause->reader, "a reader: `idx`, `npy`, `npz` or `csv`")) return false;
  const Token &open = token();
  if (!expect(TokenKind::LeftParen, "and file names") || !parseArguments(clause->arguments, open)) return false;
  while (true) {
    const Token &option = token();
    bool again = (isWord("batch") && clause->batch) || (isWord("shuffle") && clause->shuffle);
    if (again) return error("E0112", rangeOf(option), "`" + std::string(textOf(option)) + "` is given twice"), false;
    if (takeWord("batch")) {
      clause->batch = parsePostfix();
      if (!clause->batch || !parseBatchGrowth(*clause)) return false;
    } else if (takeWord("shuffle")) {
      clause->shuffle = true;
      clause->shuffleBatches = takeWord("batches");
    } else {
      break;
    }
  }
  clause->range = rangeFrom(word.begin);
  slot = std::move(clause);
  return true;
}

// `optimizer adamw(lr = …), clip global_norm 1.0, clip value 0.5`
bool Parser::parseTrainOptimizer(TrainDecl &decl) {
  decl.optimizer = parsePostfix();
  if (!decl.optimizer) return false;
  while (take(TokenKind::Comma)) {
    ClipClause clip;
    uint32_t begin = token().begin;
    if (!takeWord("clip")) return expected("`clip`"), false;
    if (!expectIdentifier(clip.mode, "`global_norm`, `norm` or `value`")) return false;
    clip.bound = parsePostfix();
    if (!clip.bound) return false;
    clip.range = rangeFrom(begin);
    decl.clips.push_back(std::move(clip));
  }
  return true;
}

// `loss = expr` or `epochs expr`, once.
bool Parser::parseTrainValue(ExprPtr &slot, const Token &word, bool assigned) {
  if (slot) return error("E0112", rangeOf(word), "`" + std::string(textOf(word)) + "` is given twice"), false;
  if (assigned && !expect(TokenKind::Assign, "and a value")) return false;
  bool sign = !assigned && take(TokenKind::Assign); // `epochs = 12` is understood, too
  if (!assigned && kind() == TokenKind::Minus && !onNewLine())
    return error("E0105", rangeOf(token()), "`" + std::string(textOf(word)) + "` takes a number without a sign"), false;
  if (!assigned && !sign && onNewLine()) return expected("a value"), false;
  slot = assigned ? parseExpression() : parsePostfix();
  return slot != nullptr;
}

bool Parser::parseTrainClause(TrainDecl &decl) {
  const Token &word = token();
  if (takeWord("data") || takeWord("test")) {
    bool isTest = textOf(word) == "test";
    std::unique_ptr<DataClause> &slot = isTest ? decl.test : decl.data;
    if (slot) return error("E0112", rangeOf(word), "`" + std::string(textOf(word)) + "` is given twice"), false;
    return parseTrainData(slot, isTest);
  }
  if (takeWord("model")) return parseParameter(decl.models.emplace_back(), false);
  if (takeWord("loss")) return parseTrainValue(decl.loss, word, true);
  if (takeWord("eval")) {
    EvalClause eval;
    if (kind() == TokenKind::Identifier && kind(1) == TokenKind::Assign) {
      eval.name = takeIdentifier();
      ++at;
    }
    eval.value = parseExpression();
    if (!eval.value) return false;
    decl.evals.push_back(std::move(eval));
    return true;
  }
  if (takeWord("optimizer")) {
    if (decl.optimizer) return error("E0112", rangeOf(word), "`optimizer` is given twice"), false;
    return parseTrainOptimizer(decl);
  }
  if (takeWord("accumulate")) return parseTrainValue(decl.accumulate, word, false);
  if (takeWord("ema")) return parseTrainValue(decl.ema, word, false);
  if (takeWord("epochs")) return parseTrainValue(decl.epochs, word, false);
  if (takeWord("seed")) return parseTrainValue(decl.seed, word, false);
  static const std::vector<std::string> words = {"data", "test", "model", "loss",  "eval",    "optimizer",
                                                 "ema",  "epochs", "seed", "batch", "shuffle", "accumulate"};
  Diagnostic &d = expected("a clause of `train`", true);
  std::string_view name = textOf(word).substr(0, 64);
  auto isAny = [&](std::initializer_list<std::string_view> all) {
    return std::find(all.begin(), all.end(), name) != all.end();
  };
  if (isAny({"batch", "shuffle"}))
    d.help("`" + std::string(name) + "` stands in the `data` clause, after the reader");
  else if (isAny({"scheduler", "schedule", "lr", "learning_rate", "rate"}))
    d.help("the rate is a setting of the optimizer, a number or a schedule: `optimizer adam(lr = cosine(1e-3))`");
  else if (std::optional<std::string> near = nearestName(name, words))
    d.help("did you mean `" + *near + "`?");
  else
    d.help("the clauses are `data`, `test`, `model`, `loss`, `eval`, `optimizer`, `accumulate`, `ema`, `epochs` and `seed`");
  return false;
}

DeclPtr Parser::parseTrain() {
  auto decl = std::make_unique<TrainDecl>();
  ++at; // train
  if (!expectIdentifier(decl->name, "a name for the training")) return nullptr;
  const Token &open = token();
  if (!expect(TokenKind::LeftBrace, "and the clauses")) return decl;
  Newlines within(*this, true);
  while (kind() != TokenKind::RightBrace && kind() != TokenKind::EndOfFile && !atDeclaration() && !sink.full()) {
    if (take(TokenKind::Semicolon)) continue;
    size_t start = at;
    if (!parseTrainClause(*decl)) skipToStatement(start, Among::Clauses);
    if (at == start) ++at;
  }
  if (!take(TokenKind::RightBrace)) error("E0106", rangeOf(open), "`{` is never closed").withLabel("opened here");
  return decl;
}

} // namespace fluxion
