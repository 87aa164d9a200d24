// The one table of ops: every family.
#ifndef FLX_OPS
#define FLX_OPS
include "dialects/Elementwise.td"
include "dialects/Comparison.td"
include "dialects/Shape.td"
include "dialects/Reduction.td"
include "dialects/Contraction.td"
include "dialects/Control.td"
include "dialects/Random.td"
include "dialects/Transform.td"
#endif
