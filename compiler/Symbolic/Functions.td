// Functions: identities of elementary functions and their stable forms. At least as accurate everywhere as what they
// replace (where that gives 0, they may give −0); a rule that would compute a second function beside one still in use
// asks that there is no other use.
include "mlir/IR/PatternBase.td"
include "dialects/Ops.td"

def OneUse : Constraint<CPred<"::fluxion::flx::isUsedOnce($0)">, "used once">;
class SplatOf<string literal> : AttrConstraint<CPred<"isSplatOf($_self, " # literal # ")">, "splat of " # literal>;
def One : SplatOf<"1.0">;
def MinusOne : SplatOf<"-1.0">;
def Two : SplatOf<"2.0">;

// exp and log
def LogOfExp : Pat<(Flx_LogOp (Flx_ExpOp $x)), (replaceWithValue $x)>; // ln eˣ = x
def ExpMinusOne : Pat<(Flx_AddOp (Flx_ExpOp:$e $x), (Flx_ConstantOp MinusOne:$c)), (Flx_Expm1Op $x),
                      [(OneUse $e)]>; // eˣ − 1
def OneMinusExp : Pat<(Flx_SubOp (Flx_ConstantOp One:$c), (Flx_ExpOp:$e $x)), (Flx_NegOp (Flx_Expm1Op $x)),
                      [(OneUse $e)]>;
def LogOfOnePlus : Pat<(Flx_LogOp (Flx_AddOp $x, (Flx_ConstantOp One:$c))), (Flx_Log1pOp $x)>; // ln(1 + x)
def Log1pOfExp : Pat<(Flx_Log1pOp (Flx_ExpOp $x)), (Flx_SoftplusOp $x)>; // ln(1 + eˣ)

// sigmoid
def SigmoidByHand : Pat<(Flx_DivOp (Flx_ConstantOp One:$c),
                                   (Flx_AddOp (Flx_ExpOp (Flx_NegOp $x)), (Flx_ConstantOp One:$d))),
                        (Flx_SigmoidOp $x), [], [], (addBenefit 1)>; // 1/(1 + e⁻ˣ) = σ(x)
def SigmoidOfNegated : Pat<(Flx_DivOp (Flx_ConstantOp One:$c), (Flx_AddOp (Flx_ExpOp $x), (Flx_ConstantOp One:$d))),
                           (Flx_SigmoidOp (Flx_NegOp $x))>; // 1/(1 + eˣ) = σ(−x)
def LogOfSigmoid : Pat<(Flx_LogOp (Flx_SigmoidOp $x)), (Flx_NegOp (Flx_SoftplusOp (Flx_NegOp $x)))>; // ln σ(x)
def LogOfOneMinusSigmoid : Pat<(Flx_LogOp (Flx_SubOp (Flx_ConstantOp One:$c), (Flx_SigmoidOp $x))),
                               (Flx_NegOp (Flx_SoftplusOp $x))>; // ln(1 − σ(x))

// roots; exact but for the first two, which do not overflow where the square does
def RootOfSquare : Pat<(Flx_SqrtOp (Flx_MulOp $x, $x)), (Flx_AbsOp $x)>; // √(x²) = |x|
def RootOfPower : Pat<(Flx_SqrtOp (Flx_PowOp $x, (Flx_ConstantOp Two:$c))), (Flx_AbsOp $x)>;
def OneOverRoot : Pat<(Flx_DivOp (Flx_ConstantOp One:$c), (Flx_SqrtOp:$s $x)), (Flx_RsqrtOp $x), [(OneUse $s)], [],
                      (addBenefit 1)>;

// magnitudes: exact
def AbsTimesSign : Pat<(Flx_MulOp (Flx_AbsOp $x), (Flx_SignOp $x)), (replaceWithValue $x)>; // |x|·sign x = x
def SignTimesAbs : Pat<(Flx_MulOp (Flx_SignOp $x), (Flx_AbsOp $x)), (replaceWithValue $x)>;
def TimesSign : Pat<(Flx_MulOp $x, (Flx_SignOp $x)), (Flx_AbsOp $x)>; // x·sign x = |x|
def SignTimes : Pat<(Flx_MulOp (Flx_SignOp $x), $x), (Flx_AbsOp $x)>;
