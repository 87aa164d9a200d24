// Derivative rules too long for a record. Private to the dialect; each is named in the record that uses it.
#pragma once
#include "dialects/Dialect.h"

namespace fluxion::flx {

Term oneLessSquare(Algebra &k, Term a);
Term squaredSech(Algebra &k, Term a, Term y);
Term asinhTangent(Algebra &k, Term a, Term da);
Term erfSlope(Algebra &k, Term a);
Term powTangent(Algebra &k, Term a, Term b, Term y, Term da, Term db);
Term chosenTangent(Algebra &k, Term first, Term second, Term a, Term b, Term da, Term db);
Term xlogyTangent(Algebra &k, Term a, Term b, Term da, Term db);
Term atan2Tangent(Algebra &k, Term a, Term b, Term da, Term db);

Term sliceTransposed(Algebra &k, SliceOp op, Term ct);
Term padTransposed(Algebra &k, PadOp op, Term ct);
Term concatTangent(Algebra &k, ConcatOp op, llvm::ArrayRef<Term> tangents);
Term concatTransposed(Algebra &k, ConcatOp op, Term ct, unsigned operand);

Term prodTangent(Algebra &k, Term x, Term dx, llvm::ArrayRef<int64_t> axes);
Term extremumTangent(Algebra &k, mlir::Operation *op, Term dx);

Term einsumTangent(Algebra &k, EinsumOp op, llvm::ArrayRef<Term> tangents);
Term einsumTransposed(Algebra &k, EinsumOp op, Term ct, unsigned operand);

} // namespace fluxion::flx
