// Signs: rules that move or remove a minus. Exact in floating point. A minus travels outward, into a constant if it
// meets one, else to where a sum can absorb it.
include "mlir/IR/PatternBase.td"
include "dialects/Ops.td"

def OneUse : Constraint<CPred<"::fluxion::flx::isUsedOnce($0)">, "used once">;
def Zero : AttrConstraint<CPred<"isZeroSplat($_self)">, "splat of 0">;

def : Pat<(Flx_AddOp $x, (Flx_NegOp $y)), (Flx_SubOp $x, $y)>; // x + (−y) = x − y
def : Pat<(Flx_AddOp (Flx_NegOp $y), $x), (Flx_SubOp $x, $y)>;
def : Pat<(Flx_SubOp $x, (Flx_NegOp $y)), (Flx_AddOp $x, $y)>; // x − (−y) = x + y
def : Pat<(Flx_SubOp (Flx_ConstantOp Zero:$z), $x), (Flx_NegOp $x)>; // 0 − x = −x
def : Pat<(Flx_NegOp (Flx_SubOp $x, $y)), (Flx_SubOp $y, $x)>; // −(x − y) = y − x
def : Pat<(Flx_SubOp (Flx_NegOp:$n $x), $y), (Flx_NegOp (Flx_AddOp $x, $y)), [(OneUse $n)]>; // −x − y = −(x + y)

def : Pat<(Flx_MulOp (Flx_NegOp $x), (Flx_NegOp $y)), (Flx_MulOp $x, $y), [], [], (addBenefit 1)>; // (−x)(−y) = xy
def : Pat<(Flx_MulOp (Flx_NegOp $x), $y), (Flx_NegOp (Flx_MulOp $x, $y))>; // (−x)y = −(xy)
def : Pat<(Flx_MulOp $x, (Flx_NegOp $y)), (Flx_NegOp (Flx_MulOp $x, $y))>;
def : Pat<(Flx_DivOp (Flx_NegOp $x), (Flx_NegOp $y)), (Flx_DivOp $x, $y), [], [], (addBenefit 1)>; // (−x)/(−y) = x/y
def : Pat<(Flx_DivOp (Flx_NegOp $x), $y), (Flx_NegOp (Flx_DivOp $x, $y))>; // (−x)/y = −(x/y)
def : Pat<(Flx_DivOp $x, (Flx_NegOp $y)), (Flx_NegOp (Flx_DivOp $x, $y))>;

// Even and odd functions.
def : Pat<(Flx_AbsOp (Flx_NegOp $x)), (Flx_AbsOp $x)>;
def : Pat<(Flx_CosOp (Flx_NegOp $x)), (Flx_CosOp $x)>;
def : Pat<(Flx_SinOp (Flx_NegOp $x)), (Flx_NegOp (Flx_SinOp $x))>;
def : Pat<(Flx_TanOp (Flx_NegOp $x)), (Flx_NegOp (Flx_TanOp $x))>;
def : Pat<(Flx_SinhOp (Flx_NegOp $x)), (Flx_NegOp (Flx_SinhOp $x))>;
def : Pat<(Flx_TanhOp (Flx_NegOp $x)), (Flx_NegOp (Flx_TanhOp $x))>;
def : Pat<(Flx_AtanOp (Flx_NegOp $x)), (Flx_NegOp (Flx_AtanOp $x))>;
def : Pat<(Flx_AsinOp (Flx_NegOp $x)), (Flx_NegOp (Flx_AsinOp $x))>;
def : Pat<(Flx_ErfOp (Flx_NegOp $x)), (Flx_NegOp (Flx_ErfOp $x))>;
