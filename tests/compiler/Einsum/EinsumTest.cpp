// -flx-einsum keeps the value of every contraction and leaves pairs only: the interpreter before and after.
#include "compiler/Einsum/Passes.h"
#include "compiler/Reference/Interpreter.h"
#include "dialects/Dialect.h"
#include "dialects/Equation.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>
using namespace mlir;
using namespace fluxion;

namespace {

int64_t extentOf(char letter) {
  static const int64_t extents[] = {2, 3, 4, 5, 4, 3, 2, 6, 5, 4, 3, 2, 5};
  return extents[(letter - 'a') % 13];
}

std::string typeOf(const std::string &letters) {
  std::string text = "tensor<";
  for (char letter : letters) text += std::to_string(extentOf(letter)) + "x";
  return text + "f64>";
}

std::string functionOf(const flx::Equation &e) {
  std::string arguments, operands, types;
  for (auto [i, letters] : llvm::enumerate(e.operands)) {
    std::string comma = i ? ", " : "", name = "%a" + std::to_string(i);
    arguments += comma + name + ": " + typeOf(letters), operands += comma + name, types += comma + typeOf(letters);
  }
  return "func.func @f(" + arguments + ") -> " + typeOf(e.output) + " {\n%0 = flx.einsum \"" + e.str() + "\"(" +
         operands + ") : (" + types + ") -> " + typeOf(e.output) + "\nreturn %0 : " + typeOf(e.output) + "\n}";
}

reference::HostTensor evaluate(ModuleOp module, ArrayRef<reference::HostTensor> arguments) {
  auto results = reference::interpret(module.lookupSymbol<func::FuncOp>("f"), arguments);
  if (results) return (*results)[0];
  ADD_FAILURE() << llvm::toString(results.takeError());
  return {};
}

void expectPairs(ModuleOp module, const std::string &name) {
  module.walk([&](flx::EinsumOp op) {
    flx::Equation e = *flx::Equation::parse(op.getEquation());
    ASSERT_EQ(e.operands.size(), 2u) << name;
    EXPECT_FALSE(flx::hasRepeats(e.output) || flx::hasRepeats(e.operands[0]) || flx::hasRepeats(e.operands[1])) << name;
    EXPECT_FALSE(e.summed().empty()) << name;
    for (char letter : e.summed())
      EXPECT_TRUE(flx::contains(e.operands[0], letter) && flx::contains(e.operands[1], letter)) << name;
  });
}

void check(const std::string &text, const std::string &objective) {
  std::optional<flx::Equation> equation = flx::Equation::parse(text);
  ASSERT_TRUE(equation) << text;
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<flx::FlxDialect, func::FuncDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(functionOf(*equation), &context);
  ASSERT_TRUE(module) << text;
  std::mt19937_64 random(17);
  std::normal_distribution<double> normal;
  SmallVector<reference::HostTensor> arguments;
  for (const std::string &letters : equation->operands) {
    SmallVector<int64_t> shape;
    for (char letter : letters) shape.push_back(extentOf(letter));
    reference::HostTensor x(reference::Element::F64, shape);
    for (double &v : x.reals) v = normal(random);
    arguments.push_back(x);
  }
  reference::HostTensor before = evaluate(*module, arguments);
  PassManager passes(&context);
  EinsumPassOptions options;
  options.objective = objective;
  passes.addNestedPass<func::FuncOp>(createEinsumPass(options));
  ASSERT_TRUE(succeeded(passes.run(*module))) << text;
  ASSERT_TRUE(succeeded(verify(*module))) << text;
  expectPairs(*module, text);
  reference::HostTensor after = evaluate(*module, arguments);
  ASSERT_EQ(before.reals.size(), after.reals.size()) << text;
  double scale = 1;
  for (double v : before.reals) scale = std::max(scale, std::fabs(v));
  for (size_t i = 0; i < before.reals.size(); ++i) EXPECT_NEAR(before.reals[i], after.reals[i], 1e-12 * scale) << text;
}

TEST(Einsum, EveryShapeOfContraction) {
  for (const char *text : {"a->a",
                           "ab->ba",
                           "ab->b",
                           "ab->",
                           "aa->a",
                           "aa->",
                           "aab->ba",
                           "aba->b",
                           "abab->ab",
                           "aaa->a",
                           "aabb->ba",
                           "a->aa",
                           "ab->aab",
                           "a->aaa",
                           "ab->baba",
                           "a,->a",
                           "ab,->ab",
                           ",ab,->ab",
                           ",,->",
                           "a,a->a",
                           "a,b->ab",
                           "a,b->ba",
                           "a,ab,abc->abc",
                           "a,b,ab->ab",
                           "ab,bc->ac",
                           "ab,bc->ca",
                           "ba,cb->ac",
                           "ab,ab->",
                           "ab,ab->ab",
                           "ab,b->",
                           "abc,cd->abd",
                           "abc,dc->dab",
                           "aab,bc->ac",
                           "ab,bb->a",
                           "ab,bc->aac",
                           "aa,bb->ab",
                           "ab,cd,ef->abcdef",
                           "ab,cd,de,ef->",
                           "eb,cb,fb->cef",
                           "dd,fb,be,cdb->cef",
                           "bca,cdb,dbf,afc->",
                           "dcc,fce,ea,dbf->ab",
                           "ea,fb,abcd,gc,hd->efgh",
                           "a,ac,ab,ad,cd,bd,bc->",
                           "fd,ca,db,fe,be->ac",
                           "ab,ab,c->",
                           "ijk,ljm,mk->il",
                           "ae,ed,dc,cb,ba->",
                           "aef,fbc,dca->bde",
                           "efc,dbc,acf,fd->abe"})
    for (const char *objective : {"time", "flops", "bytes"}) check(text, objective);
}

TEST(Einsum, RandomStrings) {
  std::mt19937 random(23);
  for (int repeat = 0; repeat < 120; ++repeat) {
    std::string text, used;
    unsigned operands = 1 + random() % 5;
    for (unsigned i = 0; i < operands; ++i) {
      if (i) text += ",";
      for (unsigned axes = random() % 4; axes; --axes)
        used.push_back(char('a' + random() % 6)), text.push_back(used.back());
    }
    text += "->";
    for (char letter = 'a'; letter < 'g'; ++letter)
      if (used.find(letter) != std::string::npos && random() % 2) text += letter;
    check(text, "time");
  }
}

// Every function of fuse.mlir means the same when its contractions have taken in what surrounds them.
TEST(FuseContract, KeepsValues) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<flx::FlxDialect, func::FuncDialect>();
  OwningOpRef<ModuleOp> before =
      parseSourceFile<ModuleOp>(FLUXION_SOURCE_DIR "/tests/compiler/Einsum/fuse.mlir", &context);
  ASSERT_TRUE(before);
  OwningOpRef<ModuleOp> after = before->clone();
  PassManager passes(&context);
  passes.addNestedPass<func::FuncOp>(createFuseContractPass());
  ASSERT_TRUE(succeeded(passes.run(*after)));
  std::mt19937_64 random(29);
  std::normal_distribution<double> normal;
  for (func::FuncOp function : before->getOps<func::FuncOp>()) {
    SmallVector<reference::HostTensor> arguments;
    for (Type type : function.getArgumentTypes()) {
      reference::HostTensor x = llvm::cantFail(reference::zerosOf(type));
      for (double &v : x.reals) v = normal(random);
      arguments.push_back(x);
    }
    auto expected = reference::interpret(function, arguments);
    auto found = reference::interpret(after->lookupSymbol<func::FuncOp>(function.getName()), arguments);
    ASSERT_TRUE(bool(expected) && bool(found)) << function.getName().str();
    ASSERT_EQ(expected->size(), found->size());
    for (auto [e, f] : llvm::zip(*expected, *found)) {
      ASSERT_EQ(e.reals.size(), f.reals.size());
      for (size_t i = 0; i < e.reals.size(); ++i)
        EXPECT_NEAR(e.reals[i], f.reals[i], 1e-12 * (1 + std::fabs(e.reals[i])));
      EXPECT_EQ(e.integers, f.integers);
    }
  }
}

} // namespace
