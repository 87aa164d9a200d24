// The writer of one function's source. Private to frontend/Graph. Every node of the graph is one `let` whose right side
// elaborates to that node alone, so operands are names, never nested calls.
#pragma once
#include "frontend/Graph/WriteSource.h"
#include <functional>
#include <map>
#include <set>

namespace fluxion {

// What several functions of one text share: names given, structs and functions written.
struct SourceText {
  const Module &module;
  std::string declarations;                       // before the function being written
  std::set<std::string> taken;                    // names of functions and structs
  std::map<uint32_t, std::string> functions;      // index in the module -> name
  std::map<std::string, std::string> structs;     // body -> name
  std::optional<std::string> unsayable;           // why there is no source
  std::string fresh(std::string wish);
};

// Leaves under their paths: "p.W1", "p.b" are two leaves of one struct.
struct PathTree {
  struct Part;
  std::vector<Part> parts; // in order; empty: a leaf
  TensorType type;
  std::string value;       // of a leaf, where one is written
  void add(const std::string &path, const TensorType &type, const std::string &value = "");
  bool positional() const; // a tuple: its parts are 0, 1, …
};
struct PathTree::Part {
  std::string name;
  PathTree tree;
};

class SourceWriter {
public:
  // `indent`: of the lines of a body.
  SourceWriter(SourceText &text, Function function, std::string indent = "  ");

  // `fn name(…) -> … { … }`. Of an instance, parameters are plain leaves and the results one tuple.
  std::string declaration(const std::string &name);

private:
  std::string typeOf(const PathTree &tree, const std::string &wish);
  std::string valueOf(const PathTree &tree, const std::string &wish);
  // The struct's name, and with `dims` what stands for its dimensions where its type is written.
  std::string structFor(const PathTree &tree, const std::string &wish, std::vector<Dim> *dims = nullptr);
  void nameParameters();
  std::string resultType(const PathTree &results, const std::string &name);
  void writeNodes(std::string &body);
  std::string expression(const Node &node);
  void needs(const std::string &called);
  void needsAll(const std::string &value);
  std::string transformation(const Node &node);
  std::string transformationResults(const Node &node, uint32_t index);
  std::string loop(const Node &node, uint32_t index);
  std::string loopResults(const Node &node, uint32_t index);
  // The lines of a body or arm whose parameters have these names, and of its value; `side` keeps names apart.
  using Finish = std::function<std::string(const std::vector<std::string> &results)>;
  std::string bodyOf(uint32_t callee, uint32_t index, char side, const std::vector<std::string> &parameters,
                     const Finish &finish);
  std::string name(ValueId id) const;
  std::string names(const Node &node, size_t first, size_t count) const; // operands, as one pattern or value
  std::string resultNames(uint32_t index, size_t first, size_t count) const;
  std::string calleeName(uint32_t callee);
  void giveUp(const std::string &why) {
    if (!text.unsayable) text.unsayable = why;
  }

  SourceText &text;
  Function function;
  std::string indent, prefix;
  bool explicitDims = false; // of structs, where their types are written
  std::map<std::pair<uint32_t, uint32_t>, std::string> given; // parameters, and what stands around a body
};

// `a`, or `(a, b)`; nothing is `()`.
std::string parenthesized(const std::vector<std::string> &parts);
std::string printType(const TensorType &type);
std::string printDims(const std::vector<Dim> &dims);

} // namespace fluxion
