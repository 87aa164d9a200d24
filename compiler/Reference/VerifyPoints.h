// Where verification looks: random arguments of several spreads, and the special points. Private to compiler/Reference.
#pragma once
#include "compiler/Reference/Interpreter.h"
#include <random>

namespace fluxion::reference {

struct Point {
  std::string name;
  HostTensors arguments;
  bool smooth;  // no kinks to be expected: finite differences make sense
  bool extreme; // infinities and NaN: only values are compared
};

/// Points for a function's arguments. Integers stay below the extents they index, as far as their uses show.
llvm::Expected<std::vector<Point>> pointsOf(mlir::func::FuncOp function, int randomPoints, uint64_t seed);

/// Normal numbers in the shape of `like`, rounded to its element type.
HostTensor randomLike(const HostTensor &like, std::mt19937_64 &random);

/// Nearest number of the element type.
double roundedTo(Element element, double x);

} // namespace fluxion::reference
