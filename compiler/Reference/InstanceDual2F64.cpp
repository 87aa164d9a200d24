// The interpreter over Dual<Dual<F64>>.
#include "compiler/Reference/EvaluateControl.h"

namespace fluxion::reference {
template class Evaluator<Dual<Dual<F64>>>;
}
