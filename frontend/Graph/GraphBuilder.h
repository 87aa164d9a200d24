// The C++ builder of graphs: checked construction of one function. The elaborator of the language uses it too, so a
// model written either way is the same graph. A mistake is a diagnostic and an invalid Value; what is made of invalid
// values is invalid without further words, so one mistake is one message.
//
//   GraphBuilder b(module, "loss", sink);
//   Value X = b.parameter("X", f32({N, D})), w = b.parameter("w", f32({D}));
//   Value z = b.einsum("nd,d->n", {X, w});
//   b.result(b.mean(b.apply(Primitive::softplus_, {z})));
//   b.finish();
//
// Note [What the calls do not say]: function() is the graph under construction, for what has no call of its own. A default
// is `b.function().parameters[1].defaultValue = Weak::rational(1, 10)`, right after that parameter and for scalars only;
// `b.function().dynamic.push_back("N")` declares a dimension of the parameters dynamic; `isPublic = false`, before the
// parameters, makes a function that only others call.
// Note [After finish]: the function stands in the module, and the builder takes nothing more: to use it or a value of it, or
// to finish it again, is a diagnostic. Value::type() still answers, as long as the function keeps its place in the module.
#pragma once
#include "frontend/Graph/Graph.h"
#include "frontend/Source/Diagnostic.h"
#include <algorithm>
#include <functional>
#include <set>

namespace fluxion {

class GraphBuilder;

// A tensor of the function under construction; invalid where an error was reported.
struct Value {
  GraphBuilder *owner = nullptr;
  ValueId id;
  explicit operator bool() const { return owner != nullptr; }
  const TensorType &type() const; // also after finish()
};

inline TensorType f32(std::vector<Dim> shape = {}) { return {ElementType::F32, std::move(shape)}; }
inline TensorType f64(std::vector<Dim> shape = {}) { return {ElementType::F64, std::move(shape)}; }
inline TensorType i32(std::vector<Dim> shape = {}) { return {ElementType::I32, std::move(shape)}; }
inline TensorType i64(std::vector<Dim> shape = {}) { return {ElementType::I64, std::move(shape)}; }

// Why an operation could not be built. The elaborator turns it into a diagnostic with carets; without a handler it is
// reported at the builder's location. In `help`, {0} and {1} stand for operands.
struct Fault {
  std::string number, message, help;
  int operand = -1;         // the operand at fault; −1: the operation
  std::vector<int> related; // operands whose types the message compares
  int letter = -1;          // einsum: offset of the subscript at fault in the equation
};

class GraphBuilder {
public:
  GraphBuilder(Module &module, std::string name, DiagnosticSink &sink);

  // Parameters come before everything else. `path` is a name, or names and list positions joined by dots where the
  // parameter is a part of a struct or list: "w", "p.blocks.0.W".
  Value parameter(std::string path, TensorType type);
  void at(Location where) { location = std::move(where); }
  const Location &where() const { return location; }
  void onFault(std::function<void(const Fault &)> handler) { faultHandler = std::move(handler); }

  Value constant(Weak value, TensorType type);
  Value constant(double number, TensorType type); // the shortest decimal that reads back as it: 0.1 is 1/10
  // Any elementwise primitive, comparison or `select`: scalars broadcast, and a shape that is the end of the other's. Also
  // complex(re, im) of two f32 or f64, and real, imag, conj and abs of complex numbers; of reals conj and real are they.
  Value apply(Primitive op, std::vector<Value> operands);
  Value polygamma(int64_t order, Value x);
  Value convert(Value x, ElementType element);

  Value einsum(const std::string &equation, std::vector<Value> operands);
  Value matmul(Value a, Value b); // `a @ b`
  Value dot(Value a, Value b);

  // `axes`: positions, in any order. reduce takes sum, prod, reduce_max, reduce_min, any, all.
  Value reduce(Primitive op, Value x, std::vector<int64_t> axes);
  Value reduceAll(Primitive op, Value x);
  Value mean(Value x, std::vector<int64_t> axes);
  Value mean(Value x);
  Value argReduce(Primitive op, Value x, int64_t axis);

  Value reshape(Value x, std::vector<Dim> shape);
  Value transpose(Value x, std::vector<int64_t> permutation);
  Value broadcast(Value x, std::vector<int64_t> dims, std::vector<Dim> shape); // axis i of x is axis dims[i]
  Value broadcastTo(Value x, const std::vector<Dim> &shape);                         // by the rule of apply
  Value expand(Value x, int64_t axis, Dim size);
  Value slice(Value x, std::vector<Dim> begin, std::vector<Dim> end, std::vector<int64_t> strides);
  Value pad(Value x, std::vector<Dim> low, std::vector<Dim> high);
  Value concat(std::vector<Value> parts, int64_t axis);
  Value gather(Value x, Value indices, int64_t axis);
  Value iota(TensorType type, int64_t axis);
  Value pad(Value x, std::vector<Dim> low, std::vector<Dim> high, std::vector<int64_t> interior);
  Value padMask(const std::vector<Dim> &shape, std::vector<Dim> low, std::vector<Dim> high,
                std::vector<int64_t> interior = {}); // true where pad of that shape has an element, false around it
  Value reverse(Value x, std::vector<int64_t> axes);
  // y[…, p, k, …] = x[…, p·stride + k·dilation, …]: the axis becomes two, of ⌊(n − dilation·(size − 1) − 1)/stride⌋ + 1
  // positions and `size` places in each. overlapAdd is its adjoint: two axes become one of that extent.
  Value window(Value x, int64_t axis, Dim size, int64_t stride = 1, int64_t dilation = 1);
  Value overlapAdd(Value x, int64_t axis, Dim extent, int64_t stride = 1, int64_t dilation = 1);
  Value cumsum(Value x, int64_t axis, bool reverse = false, bool exclusive = false);
  std::pair<Value, Value> sort(Value x, int64_t axis, bool descending = false); // values, their i32 positions
  Value scatterAdd(Value updates, Value indices, int64_t axis, Dim extent);      // into zeros

  Value randomUniform(Value key, TensorType type);
  Value randomNormal(Value key, TensorType type);
  Value foldIn(Value key, int64_t data);
  Value foldIn(Value key, Value data); // an i64

  // Of `module.functions[callee]`; wrt: positions of leaves. vjp: results, then cotangents of the wrt leaves; its
  // cotangent operands are those of the float results. jvp: results, then tangents of the float results.
  std::vector<Value> vjp(uint32_t callee, std::vector<int64_t> wrt, std::vector<Value> arguments,
                         std::vector<Value> cotangents);
  std::vector<Value> jvp(uint32_t callee, std::vector<int64_t> wrt, std::vector<Value> arguments,
                         std::vector<Value> tangents);

  // Loops and branches over functions of the module made before, whose last parameters are what they captured.
  // scan: body(i, carries…, slices…) -> (carries…, outs…); gives the last carries, then the outs stacked on a new
  // leading axis. while: condition(carries…) -> bool, body(carries…) -> carries. if: the two arms' results agree.
  std::vector<Value> scan(uint32_t body, std::vector<Value> initial, std::vector<Value> sequences,
                          std::vector<Value> captured, Dim length, bool reverse = false);
  std::vector<Value> whileLoop(uint32_t condition, uint32_t body, std::vector<Value> initial,
                               std::vector<Value> conditionCaptured, std::vector<Value> bodyCaptured);
  std::vector<Value> conditional(Value condition, uint32_t thenArm, uint32_t elseArm, std::vector<Value> thenCaptured,
                                 std::vector<Value> elseCaptured);
  // The same with bodies built here. A body returns its values, and `inner` is finished for it. What it reads of the
  // function around, it captures: `inner.capture(w, "w")`; of one further out, each function between captures it in turn.
  using Body = std::function<std::vector<Value>(GraphBuilder &inner, std::vector<Value> arguments)>;
  std::vector<Value> scan(std::vector<Value> initial, std::vector<Value> sequences, Dim length, const Body &body,
                          bool reverse = false);
  std::vector<Value> whileLoop(std::vector<Value> initial, const Body &condition, const Body &body);
  std::vector<Value> conditional(Value condition, const Body &thenArm, const Body &elseArm);

  // A value of the function around this one, as a parameter of this one after those declared: one for each value, however
  // often it is captured; `name` is what listings call it. Whoever calls this function passes captured() after the
  // arguments, in their order.
  Value capture(Value outer, const std::string &name);
  const std::vector<Value> &captured() const { return outerValues; } // settled by finish()
  std::optional<Value> capturedAs(uint32_t node) const { // the outer value that a node stands for
    auto found = std::find(captureNodes.begin(), captureNodes.end(), node);
    return found == captureNodes.end() ? std::nullopt : std::optional(outerValues[size_t(found - captureNodes.begin())]);
  }

  // One result without a path, or several with: "0", "1.W1" for parts of tuples and structs.
  void result(Value value, std::string path = "");
  // The next result takes this parameter's memory: it has its type, and no other result takes it.
  void donate(int parameter) { pendingDonation = parameter; }
  void dimension(const std::string &name); // beside those of the parameters
  // Adds the function to the module; its index, or nullopt if a value was invalid.
  std::optional<uint32_t> finish();

  Function &function() { return made; }
  Module &module() { return target; }
  const TensorType &typeOf(ValueId id) const { return finished ? typeInModule(id) : made.typeOf(id); }
  bool failed() const { return hasFailed; }
  void fail() { hasFailed = true; }
  // Nodes a function may have: hostile sources that inline exponentially end here.
  static constexpr size_t maxNodes = 200000;
  static constexpr int maxRank = 32; // equations have 52 letters, and two operands

private:
  using Attributes = std::vector<std::pair<std::string, Attribute>>;
  Value fault(Fault why);
  bool usable(const std::vector<Value> &operands);
  bool usable(Value operand);
  bool growing();                          // false after finish()
  bool admits(const TensorType &result);   // whether a tensor may have this type
  bool isPrimitive(Primitive op);
  bool isFunction(uint32_t callee);        // of the module
  static Attributes attribute(const char *name, Attribute value); // moved, where a list would copy
  Value make(Primitive op, const std::vector<Value> &operands, Attributes attributes, TensorType result);
  std::vector<Value> makeCall(Primitive op, std::vector<uint32_t> callees, const std::vector<Value> &operands,
                              Attributes attributes, std::vector<TensorType> results);
  struct MadeBody { uint32_t index; std::vector<Value> captured; };
  std::optional<MadeBody> makeBody(const char *suffix, const std::vector<TensorType> &parameters, const Body &body);
  std::vector<Value> controlFault(const std::string &message);
  Value complexPart(Primitive op, std::vector<Value> operands);
  bool commonElement(Primitive op, const std::vector<Value> &operands);
  const std::vector<Dim> *commonShape(Primitive op, const std::vector<Value> &operands);
  bool checkAxis(Value x, int64_t axis);
  bool isKey(Value key);

  Module &target;
  DiagnosticSink &sink;
  Function made;
  Location location;
  std::function<void(const Fault &)> faultHandler;
  int pendingDonation = -1;
  bool canDonate(int parameter, const TensorType &type);
  static bool isPath(std::string_view path, bool numbered);
  bool isFree(const std::set<std::string> &paths, const std::string &path, const char *what);
  bool introduce(const std::string &dimension);
  bool knowsDimensions();
  std::set<std::string> parameterPaths, resultPaths, dimensionNames;
  std::vector<Value> outerValues;      // captured, in order of capture
  std::vector<uint32_t> captureNodes;  // their nodes; finish() moves them behind the parameters
  void sortCaptures();
  void moveCapturesForward(const std::vector<uint32_t> &dropped);
  const TensorType &typeInModule(ValueId id) const;
  std::optional<uint32_t> finished; // as which function of the module
  std::vector<uint32_t> places;     // of the nodes, where finish() moved captures forward; ~0: it is gone
  bool hasFailed = false;
};

// Whether `small` broadcasts to `large`: a scalar, or the end of it by identity.
bool broadcastsTo(const std::vector<Dim> &small, const std::vector<Dim> &large);
Dim product(const std::vector<Dim> &shape);
// Below zero whatever positive numbers the dimensions are, as far as that is seen at once: −3, −N, −2*N − 1.
bool alwaysNegative(const Dim &);

// Arithmetic for models written in C++; a number takes the type of the tensor beside it.
Value operator+(Value a, Value b);
Value operator-(Value a, Value b);
Value operator*(Value a, Value b);
Value operator/(Value a, Value b);
Value operator+(Value a, double b);
Value operator-(Value a, double b);
Value operator*(Value a, double b);
Value operator/(Value a, double b);
Value operator+(double a, Value b);
Value operator-(double a, Value b);
Value operator*(double a, Value b);
Value operator/(double a, Value b);
Value operator-(Value a);

} // namespace fluxion
