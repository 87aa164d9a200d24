// The multiply-add peak of one core, measured: independent chains of FMAs in registers, GF/s.
#pragma once
#include <cstdint>
double measurePeak(int64_t vectorBytes, bool f64);
