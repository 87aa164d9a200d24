// Contractions as machine code against plain loops: every form of emission, all transpositions, tails, batches,
// epilogues.
#include "Problem.h"
#include <gtest/gtest.h>
#include <random>
using namespace fluxion;
using namespace fluxion::cpu;

namespace {

std::vector<Machine> machines() {
  std::vector<Machine> all{Machine::host()};
  if (all[0].vectorBytes == 64) all.push_back(Machine::named("x86-64-v3"));
  return all;
}

void expectRight(const Problem &p, const Machine &machine) {
  EXPECT_LE(errorOf(p, machine, planContract), toleranceOf(p)) << p.name() << " in vectors of " << machine.vectorBytes;
}

Problem matmul(const char *equation, int64_t m, int64_t n, int64_t k, char kind = 'f', After after = After::Nothing) {
  return {equation, {{'i', m}, {'k', n}, {'j', k}}, kind, after};
}

const char *const kTransposed[] = {"ij,jk->ik", "ji,jk->ik", "ij,kj->ik", "ji,kj->ik", "ij,jk->ki", "ji,kj->ki"};

TEST(Contract, AllTranspositionsOfSmallAndOddSizes) {
  std::mt19937 random(5);
  const int64_t sizes[] = {1, 2, 3, 5, 7, 10, 13, 16, 17, 29, 31, 32, 33, 47, 64};
  auto size = [&] { return sizes[random() % std::size(sizes)]; };
  for (const Machine &machine : machines())
    for (const char *equation : kTransposed)
      for (int repeat = 0; repeat < 6; ++repeat)
        expectRight(matmul(equation, size(), size(), size(), repeat % 3 == 2 ? 'd' : 'f', After(random() % 7)),
                    machine);
}

TEST(Contract, AllTranspositionsThroughTheProductEmitter) {
  auto gemm = [](flx::ContractOp op, const Machine &machine) {
    return planAs(ContractForm::Gemm, shapeOf(op), machine);
  };
  for (const Machine &machine : machines())
    for (const char *equation : kTransposed)
      for (auto [m, n, k] : {std::tuple{37, 41, 19}, {1, 23, 5}, {19, 1, 3}, {128, 10, 50}})
        for (After after : {After::Nothing, After::TwoResults, After::Norm}) {
          Problem p = matmul(equation, m, n, k, 'f', after);
          EXPECT_LE(errorOf(p, machine, gemm), toleranceOf(p)) << p.name();
        }
}

TEST(Contract, BlocksOfKAndPackedPanels) {
  for (const Machine &machine : machines()) {
    for (const char *equation : kTransposed) expectRight(matmul(equation, 31, 37, 2100, 'f', After::Bias), machine);
    expectRight(matmul("ij,jk->ik", 70, 40, 1029, 'f', After::InPlace), machine);
    expectRight(matmul("ji,kj->ik", 30, 50, 1700, 'd', After::Residual), machine);
    expectRight(matmul("ij,jk->ik", 128, 256, 50, 'f', After::TwoResults), machine);
    expectRight(matmul("ij,kj->ik", 20, 400, 100, 'f', After::TwoResults), machine);
  }
}

TEST(Contract, BatchesAndManyLetters) {
  std::mt19937 random(9);
  const int64_t sizes[] = {1, 2, 3, 4, 5, 8, 11, 16, 18};
  for (const Machine &machine : machines())
    for (const char *equation : {"bij,bjk->bik",
                                 "bhid,bhjd->bhij",
                                 "bthe,bshe->bhts",
                                 "bhts,bshe->bthe",
                                 "abcd,cdef->abef",
                                 "acbd,cdef->abef",
                                 "abcd,dcef->abef",
                                 "abc,cd->abd",
                                 "abc,abd->cd",
                                 "ibj,jck->bick",
                                 "i,j->ij",
                                 "i,i->",
                                 "ij,j->i",
                                 "ij,i->j",
                                 "ij,ij->",
                                 "ij,ij->i",
                                 "ij,ij->ij",
                                 "ib,jb->ijb",
                                 "ib,jb->bij",
                                 "i,->i",
                                 ",->",
                                 "ji,jk->kji",
                                 "ij->ji",
                                 "ij->i",
                                 "ij->j",
                                 "ij->",
                                 "ijk->kj",
                                 "iij,j->i",
                                 "ii,ij->j"})
      for (int repeat = 0; repeat < 2; ++repeat) {
        Problem p{equation, {}, repeat ? 'd' : 'f', After(random() % 7)};
        for (char c : std::string(equation))
          if (std::isalpha(c)) p.extents[c] = sizes[random() % std::size(sizes)];
        expectRight(p, machine);
      }
}

TEST(Contract, DotFormWithTailsAndEpilogues) {
  auto dot = [](flx::ContractOp op, const Machine &machine) { return planAs(ContractForm::Dot, shapeOf(op), machine); };
  for (const Machine &machine : machines())
    for (auto [rows, k] : {std::pair{1, 1000}, {1, 7}, {3, 100}, {16, 64}, {37, 129}, {100, 5}})
      for (After after : {After::Nothing, After::TwoResults, After::Norm}) {
        Problem p{"ij,j->i", {{'i', rows}, {'j', k}}, 'f', after};
        EXPECT_LE(errorOf(p, machine, dot), toleranceOf(p)) << p.name();
        p.kind = 'd', p.equation = "ij,ij->i";
        EXPECT_LE(errorOf(p, machine, dot), toleranceOf(p)) << p.name();
      }
}

TEST(Contract, LongSumsAreSplit) {
  for (const Machine &machine : machines()) {
    expectRight({"ij,i->j", {{'i', 64000}, {'j', 35}}, 'd', After::InPlace}, machine);
    expectRight({"i,i->", {{'i', 1 << 21}}, 'd', After::Bias}, machine);
    expectRight({"ij,ik->jk", {{'i', 32000}, {'j', 7}, {'k', 12}}, 'd', After::TwoResults}, machine);
  }
}

TEST(Contract, EveryFormSumsWholeResults) {
  for (const Machine &machine : machines())
    for (ContractForm form : {ContractForm::Gemm, ContractForm::Dot, ContractForm::Direct})
      for (After after : {After::Norm, After::OnlyNorm}) {
        auto plan = [form](flx::ContractOp op, const Machine &machine) { return planAs(form, shapeOf(op), machine); };
        Problem p = matmul("ij,kj->ik", 37, 45, 19, 'f', after);
        EXPECT_LE(errorOf(p, machine, plan), toleranceOf(p)) << p.name();
      }
}

TEST(Contract, NothingToSumOrNothingToStore) {
  Machine machine = Machine::host();
  expectRight(matmul("ij,jk->ik", 5, 6, 0, 'f', After::Bias), machine);
  expectRight(matmul("ij,jk->ik", 0, 6, 4), machine);
  expectRight(matmul("ij,jk->ik", 0, 6, 4, 'f', After::OnlyNorm), machine);
}

TEST(Contract, SameBitsForAnyNumberOfThreads) {
  Machine machine = Machine::host();
  for (Problem p :
       {matmul("ij,jk->ik", 200, 130, 100, 'f', After::Bias), matmul("ij,kj->ik", 100, 700, 90, 'f', After::Residual),
        matmul("ij,jk->ik", 200, 130, 100, 'f', After::OnlyNorm),
        Problem{"ij,i->j", {{'i', 32768}, {'j', 70}}, 'f', After::Nothing}}) {
    std::vector<char> one = resultsOf(p, machine, 1), three = resultsOf(p, machine, 3);
    EXPECT_FALSE(one.empty());
    EXPECT_TRUE(one == three) << p.name();
  }
}

} // namespace
