#include "dagrad/ops/training/clip_factor/clip_factor.h"

#include <cmath>
#include <limits>
#include <vector>

#include "dagrad/ops/testing/run_kernel.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

double Factor(const Tensor& x, double clipnorm) {
  const auto factor = ops::RunKernel(ops::ClipFactorOp(), {x}, {{"clipnorm", clipnorm}});
  EXPECT_TRUE(factor.ok()) << factor.status();
  return factor.ok() ? (*factor)[0].Cast(DType::kFloat64)->data<double>()[0] : -1;
}

// Of two dtypes' largest numbers, whose squares no dtype holds.
TEST(ClipFactor, NoFiniteNumberIsTooLarge) {
  constexpr double kMost = std::numeric_limits<double>::max();
  const double expected = 1e300 / kMost / std::sqrt(2.0);
  EXPECT_DOUBLE_EQ(Factor(Tensor::Of<double>({2}, {kMost, -kMost}), 1e300), expected);
  constexpr float kMostFloat = std::numeric_limits<float>::max();
  EXPECT_NEAR(Factor(Tensor::Of<float>({4}, {kMostFloat, kMostFloat, kMostFloat, 0}), 1e30),
              1e30 / kMostFloat / std::sqrt(3.0), 1e-15);
  EXPECT_NEAR(Factor(Tensor::Of<float>({2}, {3e-25f, 4e-25f}), 1e-25), 0.2, 1e-7);
  EXPECT_NEAR(Factor(Tensor::Of<float>({2}, {6e30f, -8e30f}), 1e30), 0.1, 1e-7);
}

TEST(ClipFactor, InfinityIsTheLargestNumber) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kMost = std::numeric_limits<double>::max();
  EXPECT_DOUBLE_EQ(Factor(Tensor::Of<double>({3}, {1, kInfinity, -kInfinity}), 1e300),
                   1e300 / kMost / std::sqrt(2.0));
  for (const DType half : {DType::kFloat16, DType::kBFloat16}) {
    const Tensor x = *Tensor::Of<double>({3}, {1, kInfinity, -kInfinity}).Cast(half);
    const double most = LargestFinite(half), expected = std::sqrt(0.5) / 4;
    EXPECT_NEAR(Factor(x, most / 4), expected, expected / 256) << DTypeName(half);
  }
  EXPECT_EQ(Factor(Tensor::Of<double>({1}, {kInfinity}), kInfinity), 1);
  EXPECT_TRUE(std::isnan(Factor(Tensor::Of<double>({2}, {std::nan(""), kInfinity}), 1)));
  EXPECT_TRUE(std::isnan(Factor(Tensor::Of<double>({2}, {kInfinity, std::nan("")}), 1)));
}

}  // namespace
}  // namespace dagrad
