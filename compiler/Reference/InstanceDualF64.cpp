// The interpreter over Dual<F64>.
#include "compiler/Reference/EvaluateControl.h"

namespace fluxion::reference {
template class Evaluator<Dual<F64>>;
}
