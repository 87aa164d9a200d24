// The interpreter over Dual<Dual<DoubleDouble>>.
#include "compiler/Reference/EvaluateControl.h"

namespace fluxion::reference {
template class Evaluator<Dual<Dual<DoubleDouble>>>;
}
