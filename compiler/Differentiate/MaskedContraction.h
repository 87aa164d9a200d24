// The adjoint of a contraction whose result is selected row by row. Private to this folder.
#pragma once
#include "dialects/Dialect.h"

namespace fluxion {

// The cotangent of operand `operand` of `op`, of which only the elements where `mask` holds were selected: a row of the
// other operand that belongs to none of them is left out, whatever it holds (0·∞ is no number). Absent where the
// contraction's own rule does: the other operand is finite, or its rows are not those of the mask.
flx::Term transposedUnderMask(flx::Algebra &k, flx::EinsumOp op, flx::Term ct, unsigned operand, flx::Term mask);

// The elements of operand `operand` that have a part in what was selected; absent where its rows are not the mask's.
flx::Term maskOfRows(flx::Algebra &k, flx::EinsumOp op, unsigned operand, flx::Term mask);

} // namespace fluxion
