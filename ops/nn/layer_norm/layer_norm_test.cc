#include "dagrad/ops/nn/layer_norm/layer_norm.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/nn/layer_norm/layer_norm_golden.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using namespace layer_norm_golden;

struct Case {
  std::string name;
  DType dtype;
  int64_t axis;
  Shape row, statistics;
  absl::Span<const double> gamma, beta, dmean, dinverse_stddev;
  absl::Span<const double> y, mean, inverse_stddev, dx, dgamma, dbeta, full_dx, a_x, a_gamma, a_dy;
};

Case From1(const std::string& name, DType dtype, int64_t axis) {
  return {name,      dtype,     axis,
          {3, 4},    {2, 1, 1}, kGamma_1,
          kBeta_1,   kDMean_1,  kDInverseStddev_1,
          kY_1,      kMean_1,   kInverseStddev_1,
          kDx_1,     kDGamma_1, kDBeta_1,
          kFullDx_1, kAX_1,     kAGamma_1,
          kADy_1};
}

Case From2(const std::string& name, DType dtype, int64_t axis) {
  return {name,      dtype,     axis,
          {4},       {2, 3, 1}, kGamma_2,
          kBeta_2,   kDMean_2,  kDInverseStddev_2,
          kY_2,      kMean_2,   kInverseStddev_2,
          kDx_2,     kDGamma_2, kDBeta_2,
          kFullDx_2, kAX_2,     kAGamma_2,
          kADy_2};
}

class LayerNormTest : public testing::TestWithParam<Case> {
 protected:
  Value Input(const std::string& name, const Shape& shape, absl::Span<const double> values) {
    feeds_[name] = *Tensor::Of<double>(shape.ToDims(), values).Cast(GetParam().dtype);
    return g_.Input(name, GetParam().dtype, shape);
  }
  void Expect(Value value, absl::Span<const double> values) {
    const std::string name = absl::StrCat("output ", expected_.size());
    g_.Output(name, value);
    expected_.push_back(values);
  }
  void Run() {
    absl::StatusOr<Function> f = g_.Build();
    ASSERT_TRUE(f.ok()) << f.status();
    for (auto mode : {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
      auto result = runtime::EvaluateFunction(*f, feeds_, {}, mode);
      ASSERT_TRUE(result.ok()) << result.status();
      for (size_t k = 0; k < expected_.size(); ++k) {
        const Tensor actual = *result->outputs[absl::StrCat("output ", k)].Cast(DType::kFloat64);
        ASSERT_EQ(actual.data<double>().size(), expected_[k].size());
        for (size_t i = 0; i < expected_[k].size(); ++i) {
          EXPECT_NEAR(actual.data<double>()[i], expected_[k][i],
                      GetParam().dtype == DType::kFloat32 ? 3e-6 : 1e-13)
              << "output " << k << ", element " << i;
        }
      }
    }
  }

  GraphBuilder g_{"f"};
  runtime::TensorMap feeds_;
  std::vector<absl::Span<const double>> expected_;
};

TEST_P(LayerNormTest, ValuesAndDerivatives) {
  const Case& p = GetParam();
  const Shape cube = {2, 3, 4};
  const Value x = Input("x", cube, kX), dy = Input("dy", cube, kDy), a = Input("a", cube, kA);
  const Value gamma = Input("gamma", p.row, p.gamma), beta = Input("beta", p.row, p.beta);
  const LayerNormResult r = LayerNorm(x, gamma, beta, {.axis = p.axis});
  Expect(r.y, p.y);
  Expect(r.mean, p.mean);
  Expect(r.inverse_stddev, p.inverse_stddev);
  auto first = Gradients({r.y}, {x, gamma, beta}, {.cotangents = {dy}});
  ASSERT_TRUE(first.ok()) << first.status();
  Expect((*first)[0], p.dx);
  Expect((*first)[1], p.dgamma);
  Expect((*first)[2], p.dbeta);
  auto second = Gradients({(*first)[0]}, {x, gamma, dy}, {.cotangents = {a}});
  ASSERT_TRUE(second.ok()) << second.status();
  Expect((*second)[0], p.a_x);
  Expect((*second)[1], p.a_gamma);
  Expect((*second)[2], p.a_dy);
  const Value dmean = Input("dmean", p.statistics, p.dmean);
  const Value dinverse_stddev = Input("dinverse_stddev", p.statistics, p.dinverse_stddev);
  auto full =
      Gradients({r.y, r.mean, r.inverse_stddev}, {x}, {.cotangents = {dy, dmean, dinverse_stddev}});
  ASSERT_TRUE(full.ok()) << full.status();
  Expect((*full)[0], p.full_dx);
  Run();
}

INSTANTIATE_TEST_SUITE_P(All, LayerNormTest,
                         testing::Values(From1("Axis1Float32", DType::kFloat32, 1),
                                         From1("Axis1Float64", DType::kFloat64, -2),
                                         From2("Axis2Float32", DType::kFloat32, -1),
                                         From2("Axis2Float64", DType::kFloat64, 2)),
                         [](const auto& info) { return info.param.name; });

// Deviations of 1 around 10,000, where float32 has steps of 0.001: the statistics are those of the
// rounded numbers.
TEST(LayerNormKernel, LargeMean) {
  constexpr uint32_t kSeed = 31337;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  Tensor x = ops::RandomTensor(DType::kFloat32, {20, 5000}, &random);
  for (float& v : x.mutable_data<float>()) v += 1e4f;
  const Tensor one = Tensor::Full(DType::kFloat32, {5000}, 1),
               zero = Tensor::Full(DType::kFloat32, {5000}, 0);
  auto fast = ops::RunKernel(ops::LayerNormOp(), {x, one, zero}, {});
  auto reference = ops::RunKernel(
      ops::LayerNormOp(),
      {*x.Cast(DType::kFloat64), *one.Cast(DType::kFloat64), *zero.Cast(DType::kFloat64)}, {});
  ASSERT_TRUE(fast.ok() && reference.ok());
  for (int i : {0, 1, 2}) {
    EXPECT_LT(ops::MaxError(*(*fast)[i].Cast(DType::kFloat64), (*reference)[i]), 1e-6)
        << "output " << i;
  }
}

// The mean in float32 is off by up to 0.0005, a twentieth of the deviations.
TEST(LayerNormKernel, GradientAtALargeMean) {
  constexpr uint32_t kSeed = 4711;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (const int64_t n : {7, 64, 1500}) {
    Tensor x = ops::RandomTensor(DType::kFloat32, {40, n}, &random);
    for (float& v : x.mutable_data<float>()) v = 1e4f + 0.02f * v;
    const Tensor gamma = ops::RandomTensor(DType::kFloat32, {n}, &random),
                 dy = ops::RandomTensor(DType::kFloat32, {40, n}, &random);
    const auto gradients = [&](DType dtype, runtime::KernelMode mode) {
      const Tensor xs = *x.Cast(dtype), gammas = *gamma.Cast(dtype);
      const AttrMap attrs = {{"epsilon", 1e-9}};
      const auto forward = ops::RunKernel(ops::LayerNormOp(), {xs, gammas, gammas}, attrs, {mode});
      return *ops::RunKernel(ops::LayerNormGradOp(),
                             {xs, gammas, (*forward)[1], (*forward)[2], *dy.Cast(dtype)}, {},
                             {mode});
    };
    const auto expected = gradients(DType::kFloat64, runtime::KernelMode::kReference);
    for (const auto mode : {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
      const auto actual = gradients(DType::kFloat32, mode);
      for (int i : {0, 1, 2}) {
        EXPECT_LT(ops::MaxError(*actual[i].Cast(DType::kFloat64), expected[i]), 1e-5)
            << "rows of " << n << ", output " << i;
      }
    }
  }
}

// Sums of thousands of terms of either sign: errors of 1e-5 are 1e-8 of the terms' magnitudes.
TEST(LayerNormKernel, FastAgreesWithReferenceOnAnyNumberOfThreads) {
  constexpr uint32_t kSeed = 1618;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (const auto& [rows, n] : std::vector<std::pair<int64_t, int64_t>>{
           {1, 1}, {3, 15}, {4, 16}, {100, 17}, {3000, 65}, {5, 20000}, {33, 1024}}) {
    const auto draw = [&](Dims dims) { return ops::RandomTensor(DType::kFloat32, dims, &random); };
    const std::vector<std::pair<const OpDef*, std::vector<Tensor>>> cases = {
        {&ops::LayerNormOp(), {draw({rows, n}), draw({n}), draw({n})}},
        {&ops::LayerNormGradOp(),
         {draw({rows, n}), draw({n}), draw({rows, 1}), draw({rows, 1}), draw({rows, n})}}};
    for (const auto& [op, inputs] : cases) {
      SCOPED_TRACE(absl::StrCat(op->name, " ", rows, " x ", n));
      std::vector<Tensor> doubles;
      for (const Tensor& t : inputs) doubles.push_back(*t.Cast(DType::kFloat64));
      auto fast = ops::RunKernel(*op, inputs, {});
      auto threaded = ops::RunKernel(*op, inputs, {}, {.threads = 3});
      auto reference = ops::RunKernel(*op, doubles, {});
      ASSERT_TRUE(fast.ok() && threaded.ok() && reference.ok());
      for (int i : {0, 1, 2}) {
        EXPECT_LT(ops::MaxError(*(*fast)[i].Cast(DType::kFloat64), (*reference)[i]), 1e-5)
            << "output " << i;
        EXPECT_TRUE(SameBits((*fast)[i], (*threaded)[i])) << "output " << i;
      }
    }
  }
}

TEST(LayerNorm, NamesAParameterOfAnotherSize) {
  GraphBuilder g("f");
  const LayerNormResult r =
      LayerNorm(g.Input("x", DType::kFloat32, {"batch", 2, 8}),
                g.Input("gamma", DType::kFloat32, {8}), g.Input("beta", DType::kFloat32, {4}));
  EXPECT_FALSE(r.y.valid() || r.mean.valid() || r.inverse_stddev.valid());
  EXPECT_NE(g.status().message().find(
                "beta [4] must be of shape [8] for x [batch,2,8] from axis 2 on (layer_norm_c2)"),
            std::string::npos)
      << g.status();
}

}  // namespace
}  // namespace dagrad
