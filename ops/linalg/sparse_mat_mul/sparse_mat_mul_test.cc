#include "dagrad/ops/linalg/sparse_mat_mul/sparse_mat_mul.h"

#include <random>

#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/simd/for_each_target.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

SparseMatrix RandomMatrix(int64_t rows, int64_t columns, std::mt19937* random) {
  std::uniform_int_distribution<int64_t> count(0, 5), column(0, columns - 1);
  std::uniform_real_distribution<double> value(-1, 1);
  SparseMatrix a;
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t t = count(*random); t > 0; --t) a.Add(column(*random), value(*random));
    a.EndRow();
  }
  return a;
}

AttrMap AttrsOf(const SparseMatrix& a, int64_t axis) {
  return {
      {"row_starts", a.row_starts}, {"columns", a.columns}, {"values", a.values}, {"axis", axis}};
}

// [rows, columns] by elements of the matrix.
std::vector<double> Dense(const SparseMatrix& a, int64_t columns) {
  std::vector<double> dense(static_cast<size_t>(a.rows() * columns));
  for (int64_t i = 0; i < a.rows(); ++i) {
    for (int64_t t = a.row_starts[i]; t < a.row_starts[i + 1]; ++t)
      dense[i * columns + a.columns[t]] += a.values[t];
  }
  return dense;
}

TEST(SparseMatMul, IsTheProductWithTheDenseMatrix) {
  constexpr uint32_t kSeed = 4;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  constexpr int64_t kRows = 9, kColumns = 7;
  for (int64_t inner : {1, 2, 3, 4, 5, 8, 19, 40}) {
    const SparseMatrix a = RandomMatrix(kRows, kColumns, &random);
    const std::vector<double> dense = Dense(a, kColumns);
    const Tensor x = ops::RandomTensor(DType::kFloat64, {2, kColumns, inner}, &random);
    auto y = ops::RunKernel(ops::SparseMatMulOp(), {x}, AttrsOf(a, 1));
    ASSERT_TRUE(y.ok()) << y.status();
    for (int64_t k = 0; k < (*y)[0].num_elements(); ++k) {
      const int64_t o = k / inner / kRows, i = k / inner % kRows, j = k % inner;
      double sum = 0;
      for (int64_t c = 0; c < kColumns; ++c)
        sum += dense[i * kColumns + c] * x.data<double>()[(o * kColumns + c) * inner + j];
      EXPECT_NEAR((*y)[0].data<double>()[k], sum, 1e-12) << o << ", " << i << ", " << j;
    }
  }
}

// Sums in one order, each product rounded: all instruction sets give the same bits.
TEST(SparseMatMul, HasTheSameBitsWithEveryInstructionSet) {
  constexpr uint32_t kSeed = 5;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (int64_t inner : {1, 3, 4, 7, 16, 37}) {
    const AttrMap attrs = AttrsOf(RandomMatrix(30, 11, &random), 0);
    const Tensor x = ops::RandomTensor(DType::kFloat32, {11, inner}, &random);
    const auto first = ops::RunKernel(ops::SparseMatMulOp(), {x}, attrs);
    ASSERT_TRUE(first.ok()) << first.status();
    runtime::simd::ForEachTarget([&] {
      const auto y = ops::RunKernel(ops::SparseMatMulOp(), {x}, attrs);
      ASSERT_TRUE(y.ok()) << y.status();
      EXPECT_TRUE(SameBits((*y)[0], (*first)[0])) << inner;
    });
  }
}

TEST(SparseMatMul, TransposingTwiceGivesTheMatrixInOrder) {
  SparseMatrix a;
  a.Add(2, 3);
  a.Add(0, -1);
  a.EndRow();
  a.EndRow();
  a.Add(2, 5);
  a.Add(1, 0);  // left out
  a.EndRow();
  const SparseMatrix t = Transposed(a, 4);
  EXPECT_EQ(t.row_starts, (std::vector<int64_t>{0, 1, 1, 3, 3}));
  EXPECT_EQ(t.columns, (std::vector<int64_t>{0, 0, 2}));
  EXPECT_EQ(t.values, (std::vector<double>{-1, 3, 5}));
  const SparseMatrix again = Transposed(t, a.rows());
  EXPECT_EQ(again.row_starts, a.row_starts);
  EXPECT_EQ(again.columns, (std::vector<int64_t>{0, 2, 2}));
  EXPECT_EQ(again.values, (std::vector<double>{-1, 3, 5}));
}

}  // namespace
}  // namespace dagrad
