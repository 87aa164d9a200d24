// One cluster as one linalg.generic on tensors whose body is scalar flx ops.
#pragma once
#include "compiler/Lowering/Clusters.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace fluxion {

// Builds the generic at `builder`, reading tensors as `values` maps them, and maps the results of the cluster's
// outputs.
void emitCluster(mlir::OpBuilder &builder, const Cluster &cluster, mlir::IRMapping &values);

} // namespace fluxion
