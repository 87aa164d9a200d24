// Data at fault: an index out of range is reported to the call's context, and the work goes on with a clamped one.
#pragma once
#include "mlir/IR/Builders.h"

namespace fluxion::cpu {

// The attribute (an i32) that numbers an op which may report a fault; set when a function is compiled.
constexpr llvm::StringLiteral faultSiteName = "site";
int64_t faultSite(mlir::Operation *);

// Calls flx_fault(context, site, value, bound) for every lane where `bad` holds. `bad` and `value` are scalars or
// vectors.
void reportFaults(mlir::OpBuilder &, mlir::Location, mlir::Value context, int64_t site, mlir::Value bad,
                  mlir::Value value, int64_t bound);

} // namespace fluxion::cpu
