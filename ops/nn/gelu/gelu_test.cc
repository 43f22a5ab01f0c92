#include "dagrad/ops/nn/gelu/gelu.h"

#include <cmath>
#include <limits>

#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/simd/for_each_target.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

// Values and derivatives in float32 against float64's, densely.
TEST(Gelu, EveryInstructionSetAgreesWithFloat64) {
  constexpr int64_t kPoints = 40003;
  Tensor x = *Tensor::Zeros(DType::kFloat32, {kPoints});
  for (int64_t i = 0; i < kPoints; ++i)
    x.mutable_data<float>()[i] = static_cast<float>(i - kPoints / 2) / 1500;
  const Tensor one = Tensor::Full(DType::kFloat32, {kPoints}, 1);
  const Tensor x64 = *x.Cast(DType::kFloat64), one64 = *one.Cast(DType::kFloat64);
  for (bool approximate : {false, true}) {
    const AttrMap attrs = {{"approximate", approximate ? "tanh" : "none"}};
    auto y = ops::RunKernel(ops::GeluOp(), {x64}, attrs);
    auto dx = ops::RunKernel(ops::GeluGradOp(), {x64, one64}, attrs);
    ASSERT_TRUE(y.ok() && dx.ok());
    runtime::simd::ForEachTarget([&] {
      auto fast = ops::RunKernel(ops::GeluOp(), {x}, attrs);
      auto fast_grad = ops::RunKernel(ops::GeluGradOp(), {x, one}, attrs);
      ASSERT_TRUE(fast.ok() && fast_grad.ok());
      EXPECT_LT(ops::MaxError(*(*fast)[0].Cast(DType::kFloat64), (*y)[0]), 1e-6);
      EXPECT_LT(ops::MaxError(*(*fast_grad)[0].Cast(DType::kFloat64), (*dx)[0]), 1e-6);
    });
  }
}

TEST(Gelu, Limits) {
  const Tensor x = Tensor::Of<float>({5}, {-kInf, kInf, std::nanf(""), -1e30f, 1e30f});
  const Tensor one = Tensor::Full(DType::kFloat32, {5}, 1);
  for (auto mode : {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
    for (bool approximate : {false, true}) {
      const AttrMap attrs = {{"approximate", approximate ? "tanh" : "none"}};
      const Tensor y = (*ops::RunKernel(ops::GeluOp(), {x}, attrs, {.mode = mode}))[0];
      const Tensor dx = (*ops::RunKernel(ops::GeluGradOp(), {x, one}, attrs, {.mode = mode}))[0];
      const auto v = y.data<float>(), d = dx.data<float>();
      EXPECT_EQ(v[0], 0);
      EXPECT_EQ(v[1], kInf);
      EXPECT_TRUE(std::isnan(v[2]) && std::isnan(d[2]));
      EXPECT_EQ(v[3], 0);
      EXPECT_EQ(v[4], 1e30f);
      EXPECT_EQ(d[0], 0);
      EXPECT_EQ(d[1], 1);
      EXPECT_EQ(d[3], 0);
      EXPECT_EQ(d[4], 1);
    }
  }
}

}  // namespace
}  // namespace dagrad
