// Every rule in numbers, at first and second order, in both modes.
#include "dialects/Dialect.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/compiler/Differentiate/Check.h"
#include <gtest/gtest.h>

using namespace fluxion;
using namespace fluxion::test;

namespace {

const std::string x = "tensor<5xf64>", m = "tensor<3x4xf64>";

std::string unary(const std::string &op, const std::string &type) { return "%y = flx." + op + " %a : " + type; }
std::string binary(const std::string &op, const std::string &type) { return "%y = flx." + op + " %a, %b : " + type; }

// Where the operands of an op begin that is not defined on (0, 1).
double domainOf(const std::string &op) { return op == "acosh" ? 1 : 0; }

#define FLX_UNARY(Class, mnemonic)                                                                                     \
  TEST(Unary, mnemonic) {                                                                                              \
    double start = domainOf(#mnemonic);                                                                                \
    checkDerivatives({#mnemonic, {x}, x, unary(#mnemonic, x), start + 0.2, start + 0.9});                              \
  }
#define FLX_BINARY(Class, mnemonic)                                                                                    \
  TEST(Binary, mnemonic) { checkDerivatives({#mnemonic, {x, x}, x, binary(#mnemonic, x)}); }                           \
  TEST(BinarySameOperand, mnemonic) { checkDerivatives({#mnemonic, {x}, x, "%y = flx." #mnemonic " %a, %a : " + x}); }
#include "dialects/OpLists.inc"

TEST(Unary, NegativeOperands) {
  for (const char *op : {"neg", "abs", "sign", "exp", "expm1", "sin", "tan", "tanh", "sinh", "sigmoid", "softplus",
                         "erf", "atan", "asin", "lgamma", "cosh", "asinh", "atanh", "cbrt", "erfc", "gaussian", "normal_cdf"})
    checkDerivatives({op, {x}, x, unary(op, x), -0.9, -0.2});
}

TEST(Unary, Polygamma) { checkDerivatives({"polygamma", {x}, x, "%y = flx.polygamma 1, %a : " + x}); }

TEST(Power, ConstantExponents) {
  for (const char *n : {"0.0", "1.0", "2.0", "3.0", "-1.0", "0.5", "-0.5", "2.5"})
    checkDerivatives(
        {n, {x}, x, "%n = flx.constant dense<" + std::string(n) + "> : " + x + "\n%y = flx.pow %a, %n : " + x});
}

TEST(Select, BothArms) {
  checkDerivatives({"select",
                    {x, x, "tensor<5xi1>"},
                    x,
                    "%0 = flx.mul %a, %b : " + x + "\n%1 = flx.sin %a : " + x + "\n%y = flx.select %c, %0, %1 : " + x});
}

TEST(Convert, BetweenFloats) {
  checkDerivatives({"convert",
                    {x},
                    x,
                    "%0 = flx.mul %a, %a : " + x + "\n%1 = flx.convert %0 : " + x +
                        " to tensor<5xi32>\n%2 = flx.convert %1 : tensor<5xi32> to " + x +
                        "\n%y = flx.add %0, %2 : " + x});
}

TEST(Shape, Movements) {
  checkDerivatives({"broadcast",
                    {"tensor<4xf64>"},
                    m,
                    "%0 = flx.mul %a, %a : tensor<4xf64>\n%y = flx.broadcast %0 dims [1] : tensor<4xf64> -> " + m});
  checkDerivatives({"reshape",
                    {m},
                    "tensor<2x6xf64>",
                    "%0 = flx.mul %a, %a : " + m + "\n%y = flx.reshape %0 : " + m + " -> tensor<2x6xf64>"});
  checkDerivatives({"transpose",
                    {"tensor<2x3x4xf64>"},
                    "tensor<4x2x3xf64>",
                    "%0 = flx.mul %a, %a : tensor<2x3x4xf64>\n%y = flx.transpose %0 [2, 0, 1] : tensor<2x3x4xf64> -> "
                    "tensor<4x2x3xf64>"});
  checkDerivatives({"slice",
                    {m},
                    "tensor<2x2xf64>",
                    "%0 = flx.mul %a, %a : " + m + "\n%y = flx.slice %0 offsets [1, 0] strides [1, 3] : " + m +
                        " -> tensor<2x2xf64>"});
  checkDerivatives({"pad",
                    {m},
                    "tensor<6x12xf64>",
                    "%0 = flx.mul %a, %a : " + m + "\n%y = flx.pad %0 low [1, 0] high [2, 2] interior [0, 2] : " + m +
                        " -> tensor<6x12xf64>"});
  checkDerivatives({"concat",
                    {m, m},
                    "tensor<3x12xf64>",
                    "%0 = flx.mul %a, %b : " + m + "\n%y = flx.concat %0, %a, %b axis 1 : (" + m + ", " + m + ", " + m +
                        ") -> tensor<3x12xf64>"});
}

TEST(Shape, Gathers) {
  checkDerivatives({"gather",
                    {m, "tensor<2x2xi32>"},
                    "tensor<3x2x2xf64>",
                    "%0 = flx.mul %a, %a : " + m + "\n%y = flx.gather %0, %b axis 1 : (" + m +
                        ", tensor<2x2xi32>) -> tensor<3x2x2xf64>"});
  checkDerivatives({"scatter_add",
                    {"tensor<2x4xf64>", "tensor<2xi64>"},
                    m,
                    "%0 = flx.mul %a, %a : tensor<2x4xf64>\n%y = flx.scatter_add %0, %b axis 0 : (tensor<2x4xf64>, "
                    "tensor<2xi64>) -> " +
                        m});
}

TEST(Shape, WindowsAndReversal) {
  struct Row {
    std::string text, result; // of %0, a tensor<2x9x3xf64>
  };
  const std::string t = "tensor<2x9x3xf64>";
  for (Row row : std::vector<Row>{
           {"reverse %0 axes [1, 2] : " + t, t},
           {"window %0 axis 1 size 3 stride 2 dilation 2 : " + t + " -> tensor<2x3x3x3xf64>", "tensor<2x3x3x3xf64>"},
           {"window %0 axis 1 size 2 stride 5 dilation 1 : " + t + " -> tensor<2x2x2x3xf64>", "tensor<2x2x2x3xf64>"},
           {"window %0 axis 2 size 4 stride 1 dilation 1 : " + t + " -> tensor<2x9x0x4xf64>", "tensor<2x9x0x4xf64>"},
           {"overlap_add %0 axis 1 stride 1 dilation 1 : " + t + " -> tensor<2x11xf64>", "tensor<2x11xf64>"},
           {"overlap_add %0 axis 1 stride 2 dilation 3 : " + t + " -> tensor<2x24xf64>", "tensor<2x24xf64>"},
           {"overlap_add %0 axis 0 stride 4 dilation 1 : " + t + " -> tensor<15x3xf64>", "tensor<15x3xf64>"},
           {"cumsum %0 axis 1 : " + t, t},
           {"cumsum %0 axis 2 exclusive : " + t, t},
           {"cumsum %0 axis 0 reverse : " + t, t},
           {"cumsum %0 axis 1 reverse exclusive : " + t, t}})
    checkDerivatives({row.text, {t}, row.result, "%0 = flx.mul %a, %a : " + t + "\n%y = flx." + row.text});
}

// The tangents follow their values; where the same value stands twice, both ends of the tie do.
TEST(Shape, Sort) {
  const std::string t = "tensor<2x5x3xf64>", i = "tensor<2x5x3xi32>", u = "tensor<6xf64>";
  for (std::string axis : {"0", "1", "2", "1 descending"})
    checkDerivatives({"sort along " + axis,
                      {t, t},
                      t,
                      "%0 = flx.mul %a, %a : " + t + "\n%1, %2 = flx.sort %0 axis " + axis + " : " + t + " -> " + i +
                          "\n%y = flx.mul %1, %b : " + t});
  checkDerivatives({"ties",
                    {"tensor<3xf64>"},
                    u,
                    "%0 = flx.concat %a, %a axis 0 : (tensor<3xf64>, tensor<3xf64>) -> " + u +
                        "\n%1, %2 = flx.sort %0 axis 0 : " + u + " -> tensor<6xi32>\n%3 = flx.iota axis 0 : " + u +
                        "\n%4 = flx.mul %1, %1 : " + u + "\n%y = flx.mul %4, %3 : " + u});
  checkDerivatives({"of nothing",
                    {"tensor<2x0x3xf64>"},
                    "tensor<2x0x3xf64>",
                    "%y, %0 = flx.sort %a axis 1 : tensor<2x0x3xf64> -> tensor<2x0x3xi32>"});
}

TEST(Reduction, All) {
  for (const char *op : {"sum", "prod", "reduce_max", "reduce_min"})
    for (auto [axes, result] :
         {std::pair("[0]", "tensor<4xf64>"), std::pair("[1]", "tensor<3xf64>"), std::pair("[0, 1]", "tensor<f64>")})
      checkDerivatives(
          {op,
           {m},
           result,
           "%0 = flx.mul %a, %a : " + m + "\n%y = flx." + op + " %0 axes " + axes + " : " + m + " -> " + result});
}

TEST(Contraction, Equations) {
  struct Row {
    const char *equation;
    std::vector<std::string> operands;
    std::string result;
  };
  std::string n = "tensor<3xf64>", nn = "tensor<3x3xf64>", s = "tensor<f64>";
  for (Row row : std::vector<Row>{{"ij,jk->ik", {m, "tensor<4x2xf64>"}, "tensor<3x2xf64>"},
                                  {"ij,kj->ik", {m, "tensor<2x4xf64>"}, "tensor<3x2xf64>"},
                                  {"bij,bjk->bik", {"tensor<2x3x4xf64>", "tensor<2x4x3xf64>"}, "tensor<2x3x3xf64>"},
                                  {"i,i->", {n, n}, s},
                                  {"i,j->ij", {n, "tensor<4xf64>"}, m},
                                  {"ii->", {nn}, s},
                                  {"ii->i", {nn}, n},
                                  {"i->ii", {n}, nn},
                                  {"ij->j", {m}, "tensor<4xf64>"},
                                  {"ij,k->k", {m, n}, n},
                                  {"iij,j->i", {"tensor<3x3x4xf64>", "tensor<4xf64>"}, n},
                                  {"ij,ij,ij->i", {m, m, m}, n},
                                  {"i,ij,jk,k->", {n, m, "tensor<4x3xf64>", n}, s},
                                  {",ij->ji", {s, m}, "tensor<4x3xf64>"},
                                  {"ij,i->iij", {m, n}, "tensor<3x3x4xf64>"}}) {
    std::string names, types;
    for (size_t i = 0; i < row.operands.size(); ++i) {
      names += (i ? ", %" : "%") + std::string(1, char('a' + i));
      types += (i ? ", " : "") + row.operands[i];
    }
    checkDerivatives(
        {row.equation, row.operands, row.result,
         "%y = flx.einsum \"" + std::string(row.equation) + "\"(" + names + ") : (" + types + ") -> " + row.result});
  }
}

} // namespace
