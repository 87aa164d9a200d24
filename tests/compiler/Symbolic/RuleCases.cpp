// Rules on elementwise ops.
#include "tests/compiler/Symbolic/RuleCases.h"

namespace fluxion::test {
namespace {

std::string constant(const std::string &name, const std::string &value) {
  return "%" + name + " = flx.constant dense<" + value + "> : T\n";
}
const std::string two = constant("two", "2.0"), three = constant("three", "3.0"), five = constant("five", "5.0"),
                  one = constant("one", "1.0"), minus = constant("minus", "-1.0"), half = constant("half", "0.5"),
                  zero = constant("zero", "0.0"), negativeZero = constant("nz", "-0.0");
const std::string less = "%c = flx.lt %x, %y : T\n";

// One op of %x's negation.
RuleCase ofNegated(const std::string &rule, const std::string &op) {
  return {{rule}, Promise::Bits, "%n = flx.neg %x : T\n%r = flx." + op + " %n : T"};
}
RuleCase bits(const std::string &rule, const std::string &body) { return {{rule}, Promise::Bits, body}; }
RuleCase stable(const std::string &rule, const std::string &body) { return {{rule}, Promise::Accuracy, body}; }
RuleCase derived(const std::string &rule, const std::string &body) { return {{rule}, Promise::Derivative, body}; }

} // namespace

std::vector<RuleCase> elementwiseRuleCases() {
  const std::string nx = "%n = flx.neg %x : T\n", ny = "%m = flx.neg %y : T\n", uniform =
      "%s0 = flx.slice %y offsets [7] strides [1] : T -> tensor<1xE>\n%s = flx.reshape %s0 : tensor<1xE> -> tensor<E>\n"
      "%u = flx.broadcast %s dims [] : tensor<E> -> T\n";
  return {
      // signs
      bits("PlusNegated", ny + "%r = flx.add %x, %m : T"), bits("NegatedPlus", nx + "%r = flx.add %n, %y : T"),
      bits("MinusNegated", ny + "%r = flx.sub %x, %m : T"),
      bits("NeutralMinus", negativeZero + "%r = flx.sub %nz, %x : T"),
      bits("NegatedTimesNegated", nx + ny + "%r = flx.mul %n, %m : T"),
      bits("NegatedTimes", nx + "%r = flx.mul %n, %y : T"), bits("TimesNegated", ny + "%r = flx.mul %x, %m : T"),
      bits("NegatedOverNegated", nx + ny + "%r = flx.div %n, %m : T"),
      bits("NegatedOver", nx + "%r = flx.div %n, %y : T"), bits("OverNegated", ny + "%r = flx.div %x, %m : T"),
      ofNegated("AbsOfNegated", "abs"), ofNegated("CosOfNegated", "cos"), ofNegated("SinOfNegated", "sin"),
      ofNegated("TanOfNegated", "tan"), ofNegated("SinhOfNegated", "sinh"), ofNegated("TanhOfNegated", "tanh"),
      ofNegated("AtanOfNegated", "atan"), ofNegated("AsinOfNegated", "asin"), ofNegated("ErfOfNegated", "erf"),
      derived("zeroMinus", zero + "%r = flx.sub %zero, %x : T"),
      derived("plusZero", zero + "%r = flx.add %x, %zero : T"),
      derived("negatedDifference", "%d = flx.sub %x, %y : T\n%r = flx.neg %d : T"),
      derived("negatedMinus", nx + "%r = flx.sub %n, %y : T"),
      // constants and uniform factors
      bits("subtractedConstant", three + "%r = flx.sub %x, %three : T"),
      derived("sumOfConstants", three + five + "%a = flx.add %x, %three : T\n%r = flx.add %a, %five : T"),
      derived("constantMinusSum", three + five + "%a = flx.add %x, %three : T\n%r = flx.sub %five, %a : T"),
      bits("negatedMultiple", three + "%a = flx.mul %x, %three : T\n%r = flx.neg %a : T"),
      bits("timesMinusOne", minus + "%r = flx.mul %x, %minus : T"),
      bits("dividedByPowerOfTwo", two + "%r = flx.div %x, %two : T"),
      derived("dividedByConstant", three + "%r = flx.div %x, %three : T"),
      derived("constantsOfQuotient", three + "%a = flx.mul %x, %three : T\n%r = flx.div %a, %y : T"),
      derived("dividedByUniform", uniform + "%r = flx.div %x, %u : T"),
      derived("scaledProduct", three + five + "%a = flx.mul %x, %three : T\n%r = flx.mul %a, %five : T"),
      derived("negativeMultipleOfDifference", minus + three + "%k = flx.mul %minus, %three : T\n"
                                              "%d = flx.sub %x, %y : T\n%r = flx.mul %d, %k : T"),
      bits("doubled", "%r = flx.add %x, %x : T"),
      derived("likeTermsAdded", three + five + "%a = flx.mul %x, %three : T\n%b = flx.mul %x, %five : T\n"
                                "%r = flx.add %a, %b : T"),
      derived("likeTermsSubtracted", three + five + "%a = flx.mul %x, %three : T\n%b = flx.mul %x, %five : T\n"
                                     "%r = flx.sub %a, %b : T"),
      derived("commonFactorAdded", three + "%a = flx.mul %x, %three : T\n%b = flx.mul %y, %three : T\n"
                                   "%r = flx.add %a, %b : T"),
      derived("commonFactorSubtracted", three + "%a = flx.mul %x, %three : T\n%b = flx.mul %y, %three : T\n"
                                        "%r = flx.sub %a, %b : T"),
      // functions
      stable("LogOfExp", "%e = flx.exp %x : T\n%r = flx.log %e : T"),
      stable("ExpMinusOne", minus + "%e = flx.exp %x : T\n%r = flx.add %e, %minus : T"),
      stable("OneMinusExp", one + "%e = flx.exp %x : T\n%r = flx.sub %one, %e : T"),
      stable("LogOfOnePlus", one + "%a = flx.abs %x : T\n%e = flx.add %a, %one : T\n%r = flx.log %e : T"),
      stable("Log1pOfExp", "%e = flx.exp %x : T\n%r = flx.log1p %e : T"),
      stable("SigmoidByHand", one + nx + "%e = flx.exp %n : T\n%s = flx.add %e, %one : T\n%r = flx.div %one, %s : T"),
      stable("SigmoidOfNegated", one + "%e = flx.exp %x : T\n%s = flx.add %e, %one : T\n%r = flx.div %one, %s : T"),
      stable("sigmoidQuotient", one + "%e = flx.exp %x : T\n%s = flx.add %e, %one : T\n%r = flx.div %e, %s : T"),
      stable("LogOfSigmoid", "%s = flx.sigmoid %x : T\n%r = flx.log %s : T"),
      stable("LogOfOneMinusSigmoid", one + "%s = flx.sigmoid %x : T\n%d = flx.sub %one, %s : T\n%r = flx.log %d : T"),
      stable("RootOfSquare", "%s = flx.mul %x, %x : T\n%r = flx.sqrt %s : T"),
      stable("RootOfPower", two + "%s = flx.pow %x, %two : T\n%r = flx.sqrt %s : T"),
      bits("OneOverRoot", one + "%s = flx.sqrt %x : T\n%r = flx.div %one, %s : T"),
      bits("absSquared", "%a = flx.abs %x : T\n%r = flx.mul %a, %a : T"),
      bits("AbsTimesSign", "%a = flx.abs %x : T\n%s = flx.sign %x : T\n%r = flx.mul %a, %s : T"),
      bits("SignTimesAbs", "%a = flx.abs %x : T\n%s = flx.sign %x : T\n%r = flx.mul %s, %a : T"),
      bits("TimesSign", "%s = flx.sign %x : T\n%r = flx.mul %x, %s : T"),
      bits("SignTimes", "%s = flx.sign %x : T\n%r = flx.mul %s, %x : T"),
      derived("overRoot", "%a = flx.abs %y : T\n%s = flx.sqrt %a : T\n%r = flx.div %x, %s : T"),
      derived("timesReciprocalRoot", "%a = flx.abs %x : T\n%s = flx.rsqrt %a : T\n%r = flx.mul %a, %s : T"),
      derived("expOfLog", "%a = flx.abs %x : T\n%l = flx.log %a : T\n%r = flx.exp %l : T"),
      derived("quotientOfEquals", "%r = flx.div %x, %x : T"), derived("differenceOfEquals", "%r = flx.sub %x, %x : T"),
      derived("productWithZero", zero + "%r = flx.mul %x, %zero : T"),
      bits("wholePower", constant("n", "-7.0") + "%r = flx.pow %x, %n : T"),
      derived("rootPower", half + "%a = flx.abs %x : T\n%r = flx.pow %a, %half : T"),
      // selects
      bits("negatedCondition", less + "%d = flx.not %c : B\n%r = flx.select %d, %x, %y : T"),
      bits("negatedEquality", "%c = flx.eq %x, %y : T\n%d = flx.not %c : B\n%r = flx.select %d, %x, %y : T"),
      bits("nestedCondition", less + three + "%a = flx.select %c, %x, %three : T\n%r = flx.select %c, %a, %y : T"),
      derived("timesMask", less + "%m = flx.convert %c : B to T\n%r = flx.mul %x, %m : T"),
      bits("sumOfMasked", less + zero + "%a = flx.select %c, %x, %zero : T\n%b = flx.select %c, %y, %zero : T\n"
                          "%r = flx.add %a, %b : T"),
      derived("sumOfComplements", less + zero + "%a = flx.select %c, %x, %zero : T\n"
                                  "%b = flx.select %c, %zero, %y : T\n%r = flx.add %a, %b : T"),
      derived("scaledArm", less + zero + three + "%p = flx.mul %x, %three : T\n%r = flx.select %c, %p, %zero : T"),
      bits("FunctionOfConstants", less + two + five + "%a = flx.select %c, %two, %five : T\n%r = flx.sqrt %a : T"),
      bits("NarrowElementwise", uniform + "%r = flx.neg %u : T"),
  };
}

} // namespace fluxion::test
