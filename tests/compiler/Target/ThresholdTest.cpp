// Sizes just below, at and above each threshold of Thresholds.h, where code takes another path: bodies that read an index or
// gather, sums along rows and columns, products, running sums. Values are small integers, so every order of a sum is exact.
#include "compiler/Target/Cpu/Thresholds.h"
#include "tests/compiler/Target/Compare.h"

using namespace fluxion::cpu;

namespace {

std::string filled(std::string text, std::initializer_list<int64_t> extents) {
  char name = 'A';
  for (int64_t extent : extents) {
    std::string hole = std::string("$") + name++;
    for (size_t at; (at = text.find(hole)) != std::string::npos;) text.replace(at, 2, std::to_string(extent));
  }
  return text;
}

// Σ, max and any of what a mask of positions leaves; masks are made of iota, and fused into the reduction.
const char *masked = R"(func.func @f(%x: tensor<$Ax$Bxf32>) -> (tensor<$Rxf32>, tensor<$Rxf32>, tensor<$Rxi1>) {
  %0 = flx.iota axis 1 : tensor<$Ax$Bxi32>
  %two = flx.constant dense<2> : tensor<$Ax$Bxi32>
  %zero = flx.constant dense<0> : tensor<$Ax$Bxi32>
  %none = flx.constant dense<0.0> : tensor<$Ax$Bxf32>
  %1 = flx.rem %0, %two : tensor<$Ax$Bxi32>
  %2 = flx.eq %1, %zero : tensor<$Ax$Bxi32>
  %3 = flx.select %2, %x, %none : tensor<$Ax$Bxf32>
  %4 = flx.sum %3 axes [$X] : tensor<$Ax$Bxf32> -> tensor<$Rxf32>
  %5 = flx.reduce_max %3 axes [$X] : tensor<$Ax$Bxf32> -> tensor<$Rxf32>
  %6 = flx.gt %3, %none : tensor<$Ax$Bxf32>
  %7 = flx.and %6, %2 : tensor<$Ax$Bxi1>
  %8 = flx.any %7 axes [$X] : tensor<$Ax$Bxi1> -> tensor<$Rxi1>
  return %4, %5, %8 : tensor<$Rxf32>, tensor<$Rxf32>, tensor<$Rxi1>
})";

std::string maskedSum(int64_t rows, int64_t columns, int64_t axis) {
  std::string text = filled(masked, {rows, columns});
  for (auto [hole, value] : {std::pair("$X", axis), {"$R", axis ? rows : columns}})
    for (size_t at; (at = text.find(hole)) != std::string::npos;) text.replace(at, 2, std::to_string(value));
  return text;
}

TEST(Threshold, CutReductionsThatReadAnIndex) {
  // A point costs 0.02 to 0.5 ns, so that two chunks begin between 20,000 and 500,000 points.
  for (auto [rows, columns] : {std::pair<int64_t, int64_t>{1, 7813}, {1, 19999}, {1, 20001}, {1, 65537}, {1, 131071}, {150, 150}, {151, 151},
                               {500, 500}, {4167, 10}, {10, 4167}, {3, 100003}, {100003, 3}})
    for (int64_t axis : {0, 1}) {
      expectReference(maskedSum(rows, columns, axis));
      if (HasFatalFailure()) return;
    }
}

TEST(Threshold, PartialResultsUpToTheirBound) {
  for (int64_t cells : {threshold::mostPartialCells - 1, threshold::mostPartialCells, threshold::mostPartialCells + 1}) {
    expectReference(filled(R"(func.func @f(%x: tensor<7x$Axf32>) -> tensor<$Axf32> {
      %0 = flx.sum %x axes [0] : tensor<7x$Axf32> -> tensor<$Axf32>
      return %0 : tensor<$Axf32>
    })", {cells}));
    if (HasFatalFailure()) return;
  }
}

TEST(Threshold, GatheredRowsOfACutSum) {
  for (int64_t rows : {333, 4167, 20000, 40009})
    expectReference(filled(R"(func.func @f(%z: tensor<$Ax10xf32>, %i: tensor<$Axi32>) -> tensor<f32> {
      %zero = flx.constant dense<0> : tensor<$Axi32>
      %nine = flx.constant dense<9> : tensor<$Axi32>
      %0 = flx.max %i, %zero : tensor<$Axi32>
      %1 = flx.min %0, %nine : tensor<$Axi32>
      %2 = flx.broadcast %1 dims [0] : tensor<$Axi32> -> tensor<$Ax10xi32>
      %3 = flx.iota axis 1 : tensor<$Ax10xi32>
      %4 = flx.eq %2, %3 : tensor<$Ax10xi32>
      %none = flx.constant dense<0.0> : tensor<$Ax10xf32>
      %5 = flx.select %4, %z, %none : tensor<$Ax10xf32>
      %6 = flx.sum %5 axes [0, 1] : tensor<$Ax10xf32> -> tensor<f32>
      return %6 : tensor<f32>
    })", {rows}));
}

TEST(Threshold, SplitSumsOfProducts) {
  for (int64_t length : {threshold::splitLength - 1, threshold::splitLength, threshold::splitLength + 1, 8 * threshold::splitSegment + 8})
    for (int64_t width : {11, 16, 33}) {
      expectReference(filled(R"(func.func @f(%a: tensor<$Ax$Bxf32>, %b: tensor<$Ax16xf32>) -> tensor<$Bx16xf32> {
        %0 = flx.einsum "ki,kj->ij"(%a, %b) : (tensor<$Ax$Bxf32>, tensor<$Ax16xf32>) -> tensor<$Bx16xf32>
        return %0 : tensor<$Bx16xf32>
      })", {length, width}));
      if (HasFatalFailure()) return;
    }
}

TEST(Threshold, BatchesAndRunningSums) {
  for (int64_t batches : {1, 7, 8, 9, 63, 65}) {
    expectReference(filled(R"(func.func @f(%a: tensor<$Ax17x16xf32>, %b: tensor<$Ax16x15xf32>) -> tensor<$Ax17x15xf32> {
      %0 = flx.einsum "bij,bjk->bik"(%a, %b) : (tensor<$Ax17x16xf32>, tensor<$Ax16x15xf32>) -> tensor<$Ax17x15xf32>
      return %0 : tensor<$Ax17x15xf32>
    })", {batches}));
    expectReference(filled(R"(func.func @f(%x: tensor<$Ax1023xf32>) -> tensor<$Ax1023xf32> {
      %0 = flx.cumsum %x axis 1 : tensor<$Ax1023xf32>
      return %0 : tensor<$Ax1023xf32>
    })", {batches}));
    if (HasFatalFailure()) return;
  }
}

} // namespace
