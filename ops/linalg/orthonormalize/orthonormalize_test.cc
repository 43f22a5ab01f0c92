#include "dagrad/ops/linalg/orthonormalize/orthonormalize.h"

#include <cmath>
#include <random>

#include "dagrad/ops/testing/run_kernel.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

// Sum over rows of a[:, i] b[:, j].
double ProductOfColumns(const Tensor& a, int64_t i, const Tensor& b, int64_t j) {
  const int64_t n = a.dims()[1];
  double sum = 0;
  for (int64_t row = 0; row < a.dims()[0]; ++row)
    sum += a.data<double>()[row * n + i] * b.data<double>()[row * n + j];
  return sum;
}

TEST(Orthonormalize, ColumnsAreOrthonormalAndSpanWhatTheySpanned) {
  constexpr uint32_t kSeed = 11;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (const Dims& dims : {Dims{60, 60}, Dims{100, 37}}) {
    const Tensor a = ops::RandomTensor(DType::kFloat64, dims, &random);
    auto q = ops::RunKernel(ops::OrthonormalizeOp(), {a}, {});
    ASSERT_TRUE(q.ok()) << q.status();
    for (int64_t i = 0; i < dims[1]; ++i) {
      for (int64_t j = 0; j < dims[1]; ++j) {
        EXPECT_NEAR(ProductOfColumns((*q)[0], i, (*q)[0], j), i == j, 1e-11) << i << ", " << j;
        const double r = ProductOfColumns((*q)[0], i, a, j);
        EXPECT_TRUE(i == j ? r > 0 : i < j || std::abs(r) < 1e-11) << i << ", " << j << ": " << r;
      }
    }
  }
}

}  // namespace
}  // namespace dagrad
