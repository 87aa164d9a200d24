// The interpreter over F64.
#include "compiler/Reference/EvaluateControl.h"

namespace fluxion::reference {
template class Evaluator<F64>;
}
