// The interpreter over DoubleDouble.
#include "compiler/Reference/EvaluateControl.h"

namespace fluxion::reference {
template class Evaluator<DoubleDouble>;
}
