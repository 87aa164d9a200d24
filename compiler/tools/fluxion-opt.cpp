// fluxion-opt: MLIR's driver with Fluxion's dialects and passes.
#include "compiler/Pipeline/Registration.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  fluxion::registerDialects(registry);
  fluxion::registerPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "The passes of Fluxion\n", registry));
}
