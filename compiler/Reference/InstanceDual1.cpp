// The interpreter over Dual<DoubleDouble>.
#include "compiler/Reference/EvaluateControl.h"

namespace fluxion::reference {
template class Evaluator<Dual<DoubleDouble>>;
}
