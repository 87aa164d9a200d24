// Signs: rules that move or remove a minus. Exact in floating point, for zeros of either sign, too. A minus travels
// outward, into a constant if it meets one, else to where a sum can absorb it. Those that change the sign of a zero
// (−(x − y) = y − x among them) stand in Functions.cpp.
include "mlir/IR/PatternBase.td"
include "dialects/Ops.td"

def NeutralZero : AttrConstraint<CPred<"isNeutralZero($_self)">, "splat of −0, or of the integer 0">;

def PlusNegated : Pat<(Flx_AddOp $x, (Flx_NegOp $y)), (Flx_SubOp $x, $y)>; // x + (−y) = x − y
def NegatedPlus : Pat<(Flx_AddOp (Flx_NegOp $y), $x), (Flx_SubOp $x, $y)>;
def MinusNegated : Pat<(Flx_SubOp $x, (Flx_NegOp $y)), (Flx_AddOp $x, $y)>; // x − (−y) = x + y
def NeutralMinus : Pat<(Flx_SubOp (Flx_ConstantOp NeutralZero:$z), $x), (Flx_NegOp $x)>; // −0 − x = −x

def NegatedTimesNegated : Pat<(Flx_MulOp (Flx_NegOp $x), (Flx_NegOp $y)), (Flx_MulOp $x, $y), [], [],
                              (addBenefit 1)>; // (−x)(−y) = xy
def NegatedTimes : Pat<(Flx_MulOp (Flx_NegOp $x), $y), (Flx_NegOp (Flx_MulOp $x, $y))>; // (−x)y = −(xy)
def TimesNegated : Pat<(Flx_MulOp $x, (Flx_NegOp $y)), (Flx_NegOp (Flx_MulOp $x, $y))>;
def NegatedOverNegated : Pat<(Flx_DivOp (Flx_NegOp $x), (Flx_NegOp $y)), (Flx_DivOp $x, $y), [], [],
                             (addBenefit 1)>; // (−x)/(−y) = x/y
def NegatedOver : Pat<(Flx_DivOp (Flx_NegOp $x), $y), (Flx_NegOp (Flx_DivOp $x, $y))>; // (−x)/y = −(x/y)
def OverNegated : Pat<(Flx_DivOp $x, (Flx_NegOp $y)), (Flx_NegOp (Flx_DivOp $x, $y))>;

// Even and odd functions.
def AbsOfNegated : Pat<(Flx_AbsOp (Flx_NegOp $x)), (Flx_AbsOp $x)>;
def CosOfNegated : Pat<(Flx_CosOp (Flx_NegOp $x)), (Flx_CosOp $x)>;
def SinOfNegated : Pat<(Flx_SinOp (Flx_NegOp $x)), (Flx_NegOp (Flx_SinOp $x))>;
def TanOfNegated : Pat<(Flx_TanOp (Flx_NegOp $x)), (Flx_NegOp (Flx_TanOp $x))>;
def SinhOfNegated : Pat<(Flx_SinhOp (Flx_NegOp $x)), (Flx_NegOp (Flx_SinhOp $x))>;
def TanhOfNegated : Pat<(Flx_TanhOp (Flx_NegOp $x)), (Flx_NegOp (Flx_TanhOp $x))>;
def AtanOfNegated : Pat<(Flx_AtanOp (Flx_NegOp $x)), (Flx_NegOp (Flx_AtanOp $x))>;
def AsinOfNegated : Pat<(Flx_AsinOp (Flx_NegOp $x)), (Flx_NegOp (Flx_AsinOp $x))>;
def ErfOfNegated : Pat<(Flx_ErfOp (Flx_NegOp $x)), (Flx_NegOp (Flx_ErfOp $x))>;
