// What every record must have: a derivative rule or an explicit "none", a formula
// if it is elementwise, a row in the frontend's table.
#include "dialects/Dialect.h"
#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>
#include <set>

using namespace fluxion;

namespace {

class Records : public ::testing::Test {
protected:
  Records() { context.loadDialect<flx::FlxDialect>(); }
  llvm::SmallVector<mlir::RegisteredOperationName> ops() {
    return llvm::to_vector(context.getRegisteredOperationsByDialect("flx"));
  }
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
};

TEST_F(Records, DerivativeOrNone) {
  for (mlir::RegisteredOperationName op : ops()) {
    bool rule = op.hasInterface<flx::Differentiable>(), none = op.hasTrait<flx::NotDifferentiable>();
    if (op.hasTrait<flx::Control>()) { // its regions are differentiated
      EXPECT_FALSE(rule || none) << op.getStringRef().str();
      continue;
    }
    EXPECT_NE(rule, none) << op.getStringRef().str()
                          << (rule ? " has a derivative rule and says it has none" : " has no derivative rule");
  }
  EXPECT_GT(ops().size(), 70u);
}

// The generated lists name each op once; an elementwise op is in one of the four lists of formulas or among these.
TEST_F(Records, ElementwiseOpsHaveAFormula) {
  std::set<std::string> listed{"flx.not", "flx.polygamma", "flx.select", "flx.convert"};
#define FLX_UNARY(Class, name) listed.insert(flx::Class::getOperationName().str());
#define FLX_BINARY(Class, name) listed.insert(flx::Class::getOperationName().str());
#define FLX_LOGICAL(Class, name) listed.insert(flx::Class::getOperationName().str());
#define FLX_COMPARISON(Class, name) listed.insert(flx::Class::getOperationName().str());
#include "dialects/OpLists.inc"
  for (mlir::RegisteredOperationName op : ops())
    if (op.hasTrait<flx::Elementwise>())
      EXPECT_TRUE(listed.count(op.getStringRef().str())) << op.getStringRef().str() << " has no formula";
}

// The frontend's table has every op but those that stand in the compiler only.
TEST_F(Records, PrimitivesAreTheOps) {
  std::set<std::string> primitives;
#define FLX_PRIMITIVE(name, arity, family) primitives.insert("flx." #name);
#include "dialects/Primitives.inc"
#undef FLX_PRIMITIVE
  for (mlir::RegisteredOperationName op : ops()) {
    std::string name = op.getStringRef().str();
    bool internal = name == "flx.contract" || name == "flx.yield";
    EXPECT_EQ(primitives.count(name), internal ? 0u : 1u) << name;
  }
}

TEST_F(Records, Pure) {
  // A pure op without uses can be dropped, and equal ones shared: all of flx is value-semantic.
  for (mlir::RegisteredOperationName op : ops())
    EXPECT_TRUE(op.hasInterface<mlir::MemoryEffectOpInterface>() ||
                op.hasTrait<mlir::OpTrait::HasRecursiveMemoryEffects>())
        << op.getStringRef().str();
}

} // namespace
