// The elaborator: from syntax trees to the typed graph. Functions are inlined where they are called, generics and
// structs dissolve, dimensions stay symbolic. One class, a file per concern; the state below is what the concerns
// share. Invariant: an error is reported once, where it stands; its value is Poison, which is silent ever after.
#pragma once
#include "frontend/Check/Context.h"
#include "frontend/Check/Modules.h"
#include "frontend/Graph/TrainPlan.h"
#include <deque>
#include <set>

namespace fluxion::check {

// The part of a program a `train` declaration is elaborated from; see Train.cpp.
struct Training;
struct Kept;
struct Rule;

class Elaborator {
public:
  Elaborator(Module &module, DiagnosticSink &sink, const SourceTree &tree);
  void run(); // checks every declaration of the user's files and emits the public functions of the program itself
  // A function made for given element types and shapes of its leaves, e.g. a generic one of the library.
  std::optional<uint32_t> instantiate(const std::string &name, const std::vector<TensorType> &leaves);
  // A generic function of the main file at these type arguments, as the public function `name[f64]`.
  std::optional<uint32_t> instantiateAt(const std::string &name, std::vector<ElementType> types);

private:
  //===--- Names of files (Names.cpp) ---===//
  // A declaration by its name, perhaps dotted (`nn.linear`), as the file of `where` sees it.
  const ast::Decl *findGlobal(const std::string &name, const SourceRange &where) const;
  const ast::Decl *findGlobal(const ast::Expr &name) const; // a name, or one of a module; null for any other expression
  const ast::Decl *findGlobal(const std::string &name) const; // as the scope sees it
  std::string globalName(const ast::Expr &expr) const;        // "linear", "nn.linear"; empty: no name
  bool isModule(const ast::Expr &expr) const;                 // `nn`, of `import … as nn`
  const Unit *unitAt(const SourceRange &where) const;
  bool isLibrary(const ast::Decl &decl) const;
  bool isUserConstant(const std::string &name, const SourceRange &where) const;
  std::vector<std::string> visibleNames(std::optional<ast::DeclKind> kind = std::nullopt) const;
  bool complainOfModules(const std::string &name, const SourceRange &where);
  std::string inModules(const std::string &name) const;
  void warnUnusedImports();

  //===--- Declarations and errors (Elaborator.cpp, Faults.cpp) ---===//
  bool emitFunction(const ast::FunctionDecl &decl);
  bool acceptsChosen(const Callable &callable, const ast::FunctionDecl &decl);
  bool createParameters(const Callable &callable, std::vector<Datum> &arguments);
  bool noteDynamic(const ast::Type &type);
  void keepDefault(const ast::FunctionDecl &decl, const ast::Parameter &parameter, Parameter &made);
  bool createDeclared(const ast::FunctionDecl &decl, std::vector<Datum> &arguments);
  bool createUnnamed(const ast::Lambda &lambda, std::shared_ptr<Scope> around, std::vector<Datum> &arguments);
  bool finishFunction(Datum result, SourceRange where);
  void bindForChecking(const ast::FunctionDecl &decl, Scope &scope);
  static bool isGeneric(const Callable &callable);
  void checkStruct(const ast::StructDecl &decl);
  void saidOf(const ast::Decl &decl);
  void dropFunctions(size_t n);
  void checkTypeParameters(const std::vector<ast::TypeParameter> &parameters);
  Diagnostic &error(const char *number, const SourceRange &where, std::string message);
  Diagnostic &warn(const char *number, const SourceRange &where, std::string message, std::string help);
  const Location *userCall(const SourceRange &where) const; // that led into the library; null outside of it
  void handleFault(const Fault &fault);
  Remedy remedyFor(const Fault &fault) const;
  void tellOperands(Diagnostic &d, const Fault &fault);
  Diagnostic &unknownName(const std::string &name, const SourceRange &where);
  bool hintForForeign(Diagnostic &d, const std::string &name, const SourceRange &where);
  void hintForName(Diagnostic &d, const std::string &name, const SourceRange &where);
  std::optional<std::string> nearestInSight(const std::string &name) const;
  bool toldInBlock(const std::string &name);
  void hintForMember(Diagnostic &d, const ast::Field &field);
  SourceRange placeOf(const std::string &name, const Binding &binding) const; // where it got its name
  void at(const SourceRange &where, std::vector<Operand> involved);
  static Operand operandOf(const ast::Expr *expr, const Datum &datum, SourceRange range = {});
  std::string suggestName(const std::string &name) const;

  //===--- Types and dimensions (Types.cpp, Unify.cpp) ---===//
  std::optional<Dim> evaluateDim(const ast::Expr &expr);
  bool resolveNames(const ast::Expr &expr, bool introduce);
  std::vector<std::string> unboundNames(const ast::Expr &expr);
  std::optional<std::vector<Dim>> evaluateShape(const ast::Expr &list, const TensorType *operand = nullptr);
  std::optional<TensorType> evaluateType(const ast::Expr &expr);
  std::optional<ElementType> elementNamed(const std::string &name, const SourceRange &where);
  bool appendRest(const std::string &name, const SourceRange &where, std::vector<Dim> &shape);
  const std::vector<std::string> &dimensionsOf(const ast::StructDecl &decl);
  void collectDimensions(const ast::Type &type, std::vector<std::string> &names);
  bool tellsDimensions(const ast::StructDecl &decl, const ast::Expr &written);
  std::shared_ptr<Scope> enterArguments(const ast::StructDecl &decl, const ast::Index *written);
  std::shared_ptr<Scope> enterBare(const ast::StructDecl &decl);
  void leaveBare(const Scope &inner);
  std::shared_ptr<Scope> enterStruct(const ast::StructDecl &decl, const ast::Type *type, bool introduce);
  Datum makeParameter(const ast::Type &type, const std::string &path, bool introduce = true);
  Datum makeTensorParameter(const ast::Type &type, const std::string &path, bool introduce);
  bool unify(const ast::Type &type, Datum &value, Phase phase, TypeContext &context);
  bool unifyFunction(const ast::Type &type, Datum &value, TypeContext &context); // FunctionTypes.cpp
  std::pair<size_t, size_t> arityOf(const Callable &callable);
  bool unifyTensor(const ast::Type &type, Datum &value, TypeContext &context);
  bool unifyLiteral(const ast::Type &type, Datum &value, TypeContext &context); // Literals.cpp
  std::optional<ElementType> elementOfLiteral(const ast::Type &type, bool logical, TypeContext &context,
                                              const std::string &whole);
  static bool isNumberList(const Datum &value);
  bool unifyNumbers(const ast::Type &type, Datum &value, Phase phase, TypeContext &context);
  bool unifyStruct(const ast::Type &type, const ast::StructDecl &decl, Datum &value, Phase phase, TypeContext &context);
  bool unifyParts(const ast::Type &type, Datum &value, Phase phase, TypeContext &context);
  bool unifyShape(const ast::Type &type, const std::vector<Dim> &shape, TypeContext &context, const std::string &whole);
  bool unifyExtent(const ast::Expr &entry, const Dim &actual, TypeContext &context, const std::string &whole);
  bool unifyElement(const ast::Type &type, ElementType actual, TypeContext &context, const std::string &whole);
  bool solveDeferred(std::vector<TypeContext::Deferred> &deferred);
  bool mismatch(const ast::Type &type, const std::string &whole, TypeContext &context, std::string help = "");
  bool mismatchOfLiteral(const ast::Type &type, const Datum &value, TypeContext &context);
  std::optional<TensorType> knownType(const ast::Type &type, bool &open); // open: some of its names are bound by nothing
  void tellBindings(Diagnostic &d, const ast::Type &type, const TypeContext &context);
  bool shapeMayFit(const ast::Type &type, const std::vector<Dim> &shape);
  void tellNamesakes(Diagnostic &d, const ast::Type &type, const std::string &whole);
  Remedy remedyFor(const TypeContext &context, const TensorType &expected);
  bool match(const ast::Type &type, Datum &value, TypeContext &context); // both phases
  const ast::StructDecl *structNamed(const std::string &name, const SourceRange &where) const;

  //===--- Expressions (Expressions.cpp, Arithmetic.cpp, Statements.cpp) ---===//
  Datum evaluate(const ast::Expr &expr);
  bool spend(const SourceRange &where);
  Datum evaluateKind(const ast::Expr &expr);
  Datum evaluateNumber(const ast::Number &number);
  Datum evaluateName(const ast::Name &name);
  Value adopt(Value value, const std::string &name);
  Datum evaluateGlobal(const std::string &name, const SourceRange &where);
  Datum evaluateField(const ast::Field &field);
  Datum evaluateUnary(const ast::Unary &unary);
  bool isWhere(const ast::Expr &expr) const;
  Datum evaluateBeside(const ast::Expr &expr, const Datum &other); // the other operand, for the literals of a `where`
  Datum evaluateBinary(const ast::Binary &binary);
  Datum evaluateIf(const ast::If &conditional);
  Datum evaluateBlock(const ast::Block &block);
  Datum evaluateLambda(const ast::Lambda &lambda);
  bool evaluateStatement(const ast::Statement &statement);
  void bindPattern(const ast::Pattern &pattern, Datum value);
  void bindName(const ast::Identifier &name, Datum value);
  void warnUnused(const Scope &scope);
  Datum arithmetic(Primitive op, const Datum &a, const Datum &b, const SourceRange &where, Operand left, Operand right);
  Datum weakArithmetic(Primitive op, const Weak &a, const Weak &b, const SourceRange &where);
  Datum elementwise(Primitive op, std::vector<Datum> operands);
  bool alignLabels(std::vector<Datum> &operands, std::vector<int> &labels);
  Datum literalLike(const Datum &literal, const TensorType &type); // a Weak or Bool becomes a constant
  std::optional<int64_t> evaluateInteger(const ast::Expr &expr, const std::string &what);
  Datum asTensor(Datum datum, const SourceRange &where); // f32 for numbers without a type

  //===--- Calls (Calls.cpp, Builtins*.cpp) ---===//
  Datum evaluateCall(const ast::Call &call);
  bool complainOfCalledSum(const ast::Call &call); // `sum(k)(…)`
  Datum callWhatIsNone(const ast::Call &call, const Datum &callee);
  bool takesSizes(const ast::StructDecl &decl, const ast::Call &call); // `Linear(784, 10)`
  void hintForStructCall(Diagnostic &d, const ast::StructDecl &decl, const ast::Call &call);
  Datum evaluateUpdate(const ast::Update &update); // Updates.cpp
  bool evaluateArguments(const ast::Call &call, std::vector<CallArgument> &arguments);
  Datum apply(const Callable &callable, std::vector<CallArgument> arguments, const SourceRange &where);
  bool coerce(const Callable &callable, std::vector<CallArgument> arguments, const SourceRange &where,
              std::vector<Datum> &values);
  bool coerceDeclared(const Callable &callable, std::vector<CallArgument> arguments, const SourceRange &where,
                      std::vector<Datum> &values, std::shared_ptr<Scope> scope);
  bool matchArguments(const Callable &callable, std::vector<CallArgument> &arguments, const SourceRange &where,
                      std::vector<CallArgument *> &matched);
  bool unifyArguments(const Callable &callable, const std::vector<CallArgument *> &matched, const SourceRange &where,
                      std::vector<Datum> &values, size_t &failed);
  void tryOthers(const Callable &callable, std::vector<CallArgument *> matched, const SourceRange &where,
                 const std::vector<Datum> &values, size_t failed, size_t firstDiagnostic);
  void reportRecursion(const Callable &callable, const SourceRange &where);
  Datum applyTyped(const Callable &callable, std::vector<CallArgument> arguments, const SourceRange &where);
  Datum applyDeclared(const Callable &callable, std::vector<CallArgument> arguments, const SourceRange &where);
  Datum applyBody(const Callable &callable, std::vector<Datum> values, std::shared_ptr<Scope> scope,
                  const SourceRange &where);
  void openResult(const ast::Type &declared);
  Datum construct(const ast::StructDecl &decl, std::vector<CallArgument> arguments, const SourceRange &where);
  Datum convertTo(ElementType element, const Datum &value, const SourceRange &where, const ast::Expr *expr);
  std::shared_ptr<Scope> scopeOf(const Callable &callable) const;
  static const std::vector<ast::Parameter> &parametersOf(const Callable &callable);
  std::vector<std::string> parameterNames(const Callable &callable);

  static const Builtin *findBuiltin(const std::string &name);
  static const std::vector<Builtin> &builtinTable();
  Datum callBuiltin(const Builtin &builtin, const std::string &name, const ast::Call &call);
  Datum applyBuiltin(const std::string &name, std::vector<CallArgument> arguments, const SourceRange &where);
  bool fillSlots(BuiltinCall &call, const std::vector<ast::Argument> &arguments);
  Datum value(BuiltinCall::Slot &slot);
  Datum tensor(BuiltinCall::Slot &slot, BuiltinCall &call); // a whole tensor; literals and index notation are refused
  std::optional<int64_t> axis(BuiltinCall::Slot &slot, const Datum &x, int64_t extra = 0);
  std::optional<std::vector<int64_t>> axes(BuiltinCall::Slot &slot, const Datum &x);
  std::optional<int64_t> axisOf(const ast::Expr &expr, const Datum &x, int64_t extra);
  std::optional<std::vector<Dim>> dims(BuiltinCall::Slot &slot);
  std::optional<Dim> extent(BuiltinCall::Slot &slot, const std::string &parameter);
  Datum keyOf(BuiltinCall &call);
  Datum builtinUnary(BuiltinCall &), builtinBinary(BuiltinCall &), builtinWhere(BuiltinCall &),
      builtinPolygamma(BuiltinCall &), builtinComplex(BuiltinCall &);
  Datum builtinReduce(BuiltinCall &), builtinExtremum(BuiltinCall &), builtinMean(BuiltinCall &), builtinVariance(BuiltinCall &),
      builtinArg(BuiltinCall &);
  Datum builtinDot(BuiltinCall &), builtinEinsum(BuiltinCall &), builtinReshape(BuiltinCall &),
      builtinTranspose(BuiltinCall &);
  Datum builtinExpand(BuiltinCall &), builtinBroadcast(BuiltinCall &), builtinConcat(BuiltinCall &),
      builtinStack(BuiltinCall &);
  Datum builtinPad(BuiltinCall &), builtinGather(BuiltinCall &), builtinOneHot(BuiltinCall &),
      builtinIota(BuiltinCall &);
  Datum builtinFill(BuiltinCall &), builtinLike(BuiltinCall &), builtinDim(BuiltinCall &), builtinSize(BuiltinCall &);
  Datum builtinEye(BuiltinCall &), builtinTile(BuiltinCall &), builtinRepeat(BuiltinCall &),
      builtinSqueeze(BuiltinCall &), builtinShaped(BuiltinCall &);
  Datum builtinRandom(BuiltinCall &), builtinPermutation(BuiltinCall &), builtinFoldIn(BuiltinCall &), builtinInit(BuiltinCall &),
      builtinTransform(BuiltinCall &);
  Datum builtinReverse(BuiltinCall &), builtinCumsum(BuiltinCall &), builtinWindow(BuiltinCall &),
      builtinOverlapAdd(BuiltinCall &), builtinSort(BuiltinCall &), builtinTopK(BuiltinCall &);
  Datum builtinTakeAlong(BuiltinCall &), builtinScatterAdd(BuiltinCall &), builtinScatter(BuiltinCall &),
      builtinMoveAxis(BuiltinCall &), builtinRank(BuiltinCall &), builtinLen(BuiltinCall &), builtinMap(BuiltinCall &),
      builtinSplit(BuiltinCall &);
  Datum builtinConvolution(BuiltinCall &), builtinTransposedConvolution(BuiltinCall &), builtinPool(BuiltinCall &);
  std::optional<std::vector<int64_t>> perAxis(BuiltinCall::Slot &slot, const std::string &what, size_t count,
                                              int64_t absent, int64_t least);
  bool readPadding(BuiltinCall::Slot &slot, const std::vector<Dim> &sizes, const std::vector<int64_t> &dilation,
                   std::vector<Dim> &low, std::vector<Dim> &high);
  Value padSpatial(Value x, const std::vector<Dim> &low, const std::vector<Dim> &high, bool lowest);
  Value windowSpatial(Value x, const std::vector<Dim> &sizes, const std::vector<int64_t> &stride,
                      const std::vector<int64_t> &dilation);
  std::optional<bool> flag(BuiltinCall::Slot &slot);
  std::optional<int64_t> whole(BuiltinCall::Slot &slot, const std::string &what, int64_t absent);
  std::optional<int64_t> axisOrLast(BuiltinCall::Slot &slot, const Datum &x, const SourceRange &where);
  Value flatPositions(Value indices, const TensorType &x, int64_t along);
  Datum partsOf(BuiltinCall &call, std::vector<Value> &values);

  //===--- Subscripts and index notation (Subscripts.cpp, IndexNotation.cpp) ---===//
  struct AxisIndex {
    enum Kind { Whole, Position, Range, Label, Gather } kind = Whole;
    Dim begin, end;
    int64_t stride = 1;
    int label = -1;
    Datum indices;
    SourceRange range;
  };
  Datum evaluateIndex(const ast::Index &index);
  bool readSubscripts(const ast::Index &index, const Datum &base, std::vector<AxisIndex> &axes);
  bool complainOfSlice(const ast::Subscript &subscript, const AxisIndex &axis);
  bool readSlice(const ast::Subscript &subscript, const Dim &extent, AxisIndex &axis);
  bool readElement(const ast::Subscript &subscript, const Dim &extent, AxisIndex &axis);
  Datum sliceAxes(Datum base, std::vector<AxisIndex> &axes, const SourceRange &where);
  Datum gatherAxes(Datum base, std::vector<AxisIndex> &axes, const SourceRange &where);
  Datum labelAxes(Datum base, const std::vector<AxisIndex> &axes, const SourceRange &where);
  bool meetRange(int variable, const Dim &extent, const SourceRange &use);
  Datum evaluateIndexReduce(const ast::IndexReduce &reduce);
  Datum reduceLabels(const std::string &reduction, Datum body, const std::vector<int> &variables,
                     const SourceRange &where);
  struct Factors;
  void collectFactors(const ast::Expr &expr, bool inverse, Factors &factors);
  Datum contractFactors(Factors &factors, const std::vector<int> &variables, const SourceRange &where);
  Datum evaluateLetIndexed(const ast::Statement &statement);
  Datum indexValue(int variable, const SourceRange &where);
  void inferRanges(const ast::Expr &expr);
  int addIndexVariable(const ast::Identifier &name);

  //===--- Transformations (Transformations.cpp) ---===//
  // A function made for a transformation. result: its structure, each tensor a leaf; captured: what it reads of the
  // functions around, passed after the arguments.
  struct Instance { uint32_t index = 0; Datum result; std::vector<Value> captured; };
  static std::vector<Value> leavesOf(std::vector<Datum> &data, bool floatsOnly = false);
  std::vector<Value> operandsOf(const Instance &instance, std::vector<Datum> &arguments);
  std::optional<Instance> makeInstance(const Callable &callable, const std::vector<Datum> &arguments,
                                       const SourceRange &where);
  std::optional<Instance> makeInstance(const std::string &name, const std::vector<std::string> &names,
                                       const std::vector<Datum> &arguments, const SourceRange &where,
                                       const std::function<Datum(std::vector<Datum>)> &body,
                                       const std::vector<TensorType> *types = nullptr); // of the leaves; null: theirs
  std::vector<Value> capturedBy(const Instance &instance); // as values of the function under construction
  Datum applyTransform(const Callable &callable, std::vector<CallArgument> arguments, const SourceRange &where);
  Datum applyGradient(const Callable &callable, std::vector<Datum> &values, const SourceRange &where);
  Datum applyVjp(const Callable &callable, std::vector<Datum> &values, const SourceRange &where);
  Datum applyJvp(const Callable &callable, std::vector<Datum> &values, const SourceRange &where);
  bool readWrt(const ast::Expr &expr, Wrt &wrt);
  bool readWrtItem(const ast::Expr &expr, Wrt &wrt);
  struct Selection {
    std::vector<int64_t> leaves;
    std::vector<Datum> parts;
  }; // float leaves, and the structures selected
  std::optional<Selection> select(const Callable &callable, std::vector<Datum> &arguments, const SourceRange &where);
  Datum rebuild(const Datum &like, const std::vector<Value> &leaves, size_t &next, bool floatsOnly);
  Datum selectionLike(const Callable &callable, const Selection &selection, const std::vector<Value> &leaves,
                      size_t &next);
  //===--- Loops and branches (Loops.cpp, Branches.cpp) ---===//
  struct LoopParts;
  // The body of a loop under construction. feeds[i]: what its parameter i begins as, or takes its slices of; invalid for
  // the index.
  struct LoopFrame {
    const GraphBuilder *body = nullptr;
    std::vector<Value> feeds;
    const ast::Loop *loop = nullptr;
  };
  struct InLoop;
  Datum evaluateLoop(const ast::Loop &loop);
  // `only`: what the loop's one source is worth, where that is known already: evaluating it again would draw again.
  bool readLoopSources(const ast::Loop &loop, std::optional<Datum> only, LoopParts &parts);
  bool readRange(const ast::Loop::Source &source, LoopParts &parts);
  bool readSequence(const ast::Loop::Source &source, Datum value, LoopParts &parts);
  bool meetLength(const Dim &length, const SourceRange &where, const std::string &what, LoopParts &parts);
  bool complainOfList(const ast::Loop &loop, const ast::Loop::Source &source, const Datum &value);
  Datum unroll(const ast::Loop &loop, const Datum &list);
  void forgetEdits(size_t before, size_t step);
  Datum evaluateScan(const ast::Loop &loop, LoopParts &parts);
  Datum evaluateWhile(const ast::Loop &loop, LoopParts &parts);
  Datum enterBody(const ast::Loop &loop, const LoopParts &parts, std::vector<Datum> arguments,
                  const ast::Expr *what = nullptr); // null: the body
  void compareCarries(const ast::Expr &condition, LoopParts &parts);
  bool settleCarries(const ast::Loop &loop, LoopParts &parts);
  bool carryOn(const ast::Loop &loop, const LoopParts &parts, Datum &given);
  bool carryLeaf(const Datum &initial, Datum &next, const ast::Loop::Carry &carry, const SourceRange &where);
  bool stackable(Datum &outs, const SourceRange &where);
  void inTrial(const std::function<Datum()> &evaluateBody, const std::function<void(const Datum &)> &look);
  const LoopFrame *repeatedBy(Value key);             // a loop around, each step of which would draw from this key
  bool complainOfRepeat(const LoopFrame &loop, const SourceRange &where);
  bool noteDraw(Value key, const SourceRange &where); // false: it was drawn from before
  Datum evaluateBranch(const ast::If &conditional, const Datum &condition);
  bool agree(Datum &yes, Datum &no, GraphBuilder &yesArm, GraphBuilder &noArm, const ast::If &conditional,
             const std::string &path);

  bool createDirection(const Callable &callable, std::vector<Datum> &arguments);
  std::string directionName(const Callable &callable);
  std::optional<Datum> resultLike(const Callable &callable, const std::vector<Datum> &arguments,
                                  const SourceRange &where);

  //===--- Initializers and training (Initializers.cpp, Train*.cpp) ---===//
  Datum initialize(const ast::Type &type, const ast::Expr *initializer, const std::string &path, Value key,
                   const SourceRange &where);
  Datum initializeStruct(const ast::StructDecl &decl, const std::string &path, Value key, const SourceRange &where);
  Datum draw(const ast::Expr &initializer, const TensorType &type, const std::string &path, Value key,
             const SourceRange &where);
  void elaborateTrain(const ast::TrainDecl &decl);
  bool emitTrain(Training &training);
  void checkOtherClauses(Training &training); // TrainChecks.cpp
  void checkOptimizer(const ast::OptimizerDecl &decl);
  bool tryOptimizer(const ast::OptimizerDecl &decl, int rank);
  bool checkClauses(const ast::TrainDecl &decl);
  bool readData(Training &training);
  bool readSource(const ast::DataClause &clause, Training &training, DataSource &source);
  bool readNumbers(Training &training), readDecay(Training &training), readWeights(Training &training);
  bool readOptimizer(Training &training);
  const ast::OptimizerDecl *optimizerNamed(const ast::Expr &expr) const; // of a name or a call; null: none
  bool readRule(Training &training, const ast::Expr &expr, Rule &rule, unsigned nesting);
  bool readSettingOf(Training &training, Rule &rule, const std::string &setting, const ast::Argument &argument,
                     unsigned nesting);
  bool wrapRule(Training &training, Rule &rule, const std::string &setting, const ast::Expr &expr, unsigned nesting);
  bool reads(const Rule &rule, const std::string &name) const; // also the rules that it wraps
  bool readBatchNumber(Training &training);
  std::shared_ptr<Scope> ruleScope(const Rule &rule);
  static void bindUsed(Scope &target, const std::string &name, Datum value);
  Datum firstState(const Rule &rule, size_t slot, const Datum &p, ElementType element);
  bool createSlots(Training &training, Rule &rule, Datum tree);
  Datum applyRule(Training &training, Rule &rule, Datum p, Datum g, size_t leaf, const SourceRange &where);
  Datum mapRule(Training &training, Rule &rule, Datum p, Datum g, const SourceRange &where);
  bool bindStep(Training &training, Rule &rule, Scope &inner, const Datum &p, size_t leaf);
  bool takeResults(Rule &rule, const Datum &result, const Datum &p, size_t leaf, Datum &updated);
  bool fitPart(Rule &rule, Datum &value, const Datum &like, const std::string &what);
  Datum gradientAt(Training &training, Datum at, bool withValue, const SourceRange &where);
  Datum likeModel(const Datum &model, const std::vector<Value> &gradients);
  std::optional<Instance> lossOf(Training &training, const std::vector<Datum> &values);
  bool mapLeaves(BuiltinCall &call, std::vector<Datum> &trees, std::vector<Datum> &results);
  Datum builtinTreeMap(BuiltinCall &), builtinTreeSum(BuiltinCall &), builtinGlobalNorm(BuiltinCall &);
  bool readSetting(const ast::Expr *expr, const char *what, int64_t low, int64_t &target);
  bool createModels(Training &training, std::vector<Datum> &values);
  bool createColumns(Training &training, std::vector<Datum> &values);
  Datum evaluateNamed(Training &training, const std::vector<Datum> &values, const ast::Expr &expr);
  Datum scalarOf(Training &training, const std::vector<Datum> &values, const ast::Expr &expr, const std::string &what);
  bool emitInit(Training &training);
  bool emitStep(Training &training);
  bool emitEval(Training &training);
  bool emitAccumulate(Training &training);
  void keepLeaves(Training &training, const std::vector<std::pair<std::string, Value>> &leaves, size_t begin);
  void makeKept(Kept &kept);
  std::vector<Value> lossGradient(Training &training, std::vector<Datum> &values, Value t, Value key);
  std::vector<Value> addBatch(Training &training, const std::vector<Value> &outputs);
  std::vector<Value> meanOfUpdate(Training &training, const std::vector<Value> &outputs);
  std::vector<Value> averaged(Training &training, Datum &updated);
  bool takeStep(Training &training, std::vector<Datum> &values, Value t, Value key, Value total, Value number);
  void returnState(Training &training, Datum updated);
  bool clip(std::vector<Value> &gradients, const ast::ClipClause &clause);
  Value globalNorm(const std::vector<Value> &gradients); // in f64
  Value scheduledRate(Training &training, Value t, Value total);
  Value schedule(const ast::Call &call, const ast::FunctionDecl &decl, Value t, Value total);

  // Makes `made` the function under construction for the time of a block.
  struct Building;
  struct Keys {
    std::map<std::pair<uint32_t, int64_t>, Value> folded; // fold_in of a key's node, so that equal keys are one value
    std::map<uint32_t, SourceRange> drawn;                // keys' nodes a draw was made from, and where
  };
  Value foldKey(Value key, int64_t data);
  Value drawFrom(Value key, TensorType type, bool normal, const SourceRange &where);
  Datum arm(BuiltinCall::Slot &slot, const Datum &condition, bool holds);
  Datum underGuards(Datum indices);

  Module &module;
  DiagnosticSink &sink;
  const SourceTree &tree;
  const Unit *home;                          // the file whose declarations are being checked
  mutable const SourceFile *lastFile = nullptr; // of unitAt
  mutable const Unit *lastUnit = nullptr;

  std::shared_ptr<Scope> scope;              // names in sight
  GraphBuilder *builder = nullptr;           // the function under construction
  std::shared_ptr<const Location> caller;    // how its present part was inlined
  std::vector<const void *> active;          // declarations being expanded
  const ast::Block *block = nullptr;         // the innermost being evaluated
  std::vector<std::shared_ptr<Scope>> environments; // in which functions without a name were written
  bool instantiating = false;                // a generic function is being emitted, not only checked,
  std::vector<ElementType> chosenTypes;      // at these type arguments
  std::deque<IndexVariable> indexVariables;
  std::map<std::string, SourceRange> dimensionOrigins; // of the function under construction
  Keys keys;                                 // of the function under construction
  std::vector<LoopFrame> loops;              // whose bodies are being elaborated, the outermost first
  // Conditions of the `where` in whose arms the present expression stands, which is chosen where they are `holds`.
  struct Guard {
    Datum condition;
    bool holds;
  };
  std::vector<Guard> guards;
  std::vector<Operand> operands;             // of the operation being built
  SourceRange operationRange;
  std::map<const ast::StructDecl *, std::vector<std::string>> structDimensions;
  std::set<std::tuple<std::string, const SourceFile *, uint32_t>> reported;
  std::map<std::string, Instance> instances; // by function, arguments and types
  std::set<const ast::OptimizerDecl *> optimizersUsed; // by a `train`
  std::set<const void *> circular; // functions whose recursion was reported
  Diagnostic scratch;
  std::optional<ElementType> beside; // of what stands beside the `where` about to be evaluated: its literals take it
  bool silent = false; // while something is tried: nothing is reported
  unsigned depth = 0, instanceCount = 0;
  size_t steps = 0;
  bool aborted = false;
};

struct Elaborator::Building {
  During<GraphBuilder *> building;
  During<std::map<std::string, SourceRange>> origins;
  During<Keys> keys;
  During<std::vector<Operand>> operands;
  Building(Elaborator &e, GraphBuilder &made)
      : building(e.builder, &made), origins(e.dimensionOrigins, {}), keys(e.keys, {}), operands(e.operands, {}) {
    made.onFault([&e](const Fault &fault) { e.handleFault(fault); });
  }
};

} // namespace fluxion::check
