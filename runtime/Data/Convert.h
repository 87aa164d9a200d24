// Elements of one type to elements of another: the type the data have, to the type the model declares.
#pragma once
#include "runtime/Data/HostArray.h"

namespace fluxion::runtime {

/// True when every value of `from` is a value of `to`, so converting needs no check.
bool isWidening(ElementType from, ElementType to);

/// `count` elements from one array to another that does not overlap it; `from` to `to` must be widening or equal. Fast.
void convertWidening(ElementType from, const void *source, ElementType to, void *target, int64_t count);

/// A converted copy. Floats round to narrower floats; a finite value that would become infinite, a fraction that would
/// become an integer, an integer out of range and anything but 0 and 1 for bool are E0610, naming the index.
Result<HostArray> convert(const HostArray &, ElementType);

/// The same, without a copy when the type is already right. `path` goes into the error.
Result<HostArray> convert(HostArray &&, ElementType, const std::string &path = {});

/// Half-precision formats to float and, rounding half to even, back.
float floatFromF16(uint16_t);
uint16_t f16FromFloat(float);
float floatFromBF16(uint16_t);
uint16_t bf16FromFloat(float);

} // namespace fluxion::runtime
