// Where code takes another path as extents grow, in one table: what planning reads, and what tests cross
// (tests/compiler/Target/ThresholdTest.cpp). Work is estimated from shapes alone, so results do not depend on the machine's
// threads.
#pragma once
#include <cstdint>

namespace fluxion::cpu::threshold {

// Work is cut into chunks from two of these on; waking a thread costs a few hundred nanoseconds.
inline constexpr double chunkNanoseconds = 5000;
inline constexpr int64_t mostChunks = 64;
// A reduction itself is cut, its pieces joined by a second step, only up to so many results.
inline constexpr int64_t mostPartialCells = 1 << 16;
// A contraction's sum is split from so much work and length on, for results up to so many bytes; no segment is shorter.
inline constexpr double splitFlops = 4e6;
inline constexpr int64_t splitLength = 4096, splitSegment = 1024, splitResultBytes = 256 << 10;
// Batched products of less work than this run in one chunk.
inline constexpr double serialBatchNanoseconds = 10000;
// Running sums are cut into blocks of rows by chunkNanoseconds, too; sorting by rows.
// Indices of gathers are computed in 32 bits while every extent and element count is below this.
inline constexpr int64_t narrowIndex = int64_t(1) << 31;

} // namespace fluxion::cpu::threshold
