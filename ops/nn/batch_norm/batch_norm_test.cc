#include "dagrad/ops/nn/batch_norm/batch_norm.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/nn/batch_norm/batch_norm_golden.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

namespace golden = batch_norm_golden;

struct Expected {
  std::string output;
  absl::Span<const double> values;
};

void ExpectOutputs(GraphBuilder* g, DType dtype, const std::vector<Expected>& expected) {
  absl::StatusOr<Function> f = g->Build();
  ASSERT_TRUE(f.ok()) << f.status();
  const Dims cube = {2, 3, 4}, channels = {4};
  const runtime::TensorMap all = {{"x", Tensor::Of<double>(cube, golden::kX)},
                                  {"dy", Tensor::Of<double>(cube, golden::kDy)},
                                  {"a", Tensor::Of<double>(cube, golden::kA)},
                                  {"gamma", Tensor::Of<double>(channels, golden::kGamma)},
                                  {"beta", Tensor::Of<double>(channels, golden::kBeta)},
                                  {"mean", Tensor::Of<double>(channels, golden::kMean)},
                                  {"variance", Tensor::Of<double>(channels, golden::kVariance)},
                                  {"dmean", Tensor::Of<double>(channels, golden::kDMean)},
                                  {"dvariance", Tensor::Of<double>(channels, golden::kDVariance)}};
  runtime::TensorMap feeds;
  for (const auto& [name, t] : all) feeds[name] = *t.Cast(dtype);
  for (auto mode : {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
    auto result = runtime::EvaluateFunction(*f, feeds, {}, mode);
    ASSERT_TRUE(result.ok()) << result.status();
    for (const Expected& e : expected) {
      SCOPED_TRACE(e.output);
      const Tensor actual = *result->outputs[e.output].Cast(DType::kFloat64);
      ASSERT_EQ(actual.data<double>().size(), e.values.size());
      for (size_t i = 0; i < e.values.size(); ++i) {
        EXPECT_NEAR(actual.data<double>()[i], e.values[i], dtype == DType::kFloat32 ? 3e-6 : 1e-13)
            << i;
      }
    }
  }
}

class BatchNormTest : public testing::TestWithParam<DType> {};

TEST_P(BatchNormTest, ValuesAndDerivatives) {
  GraphBuilder g("f");
  const DType t = GetParam();
  const Value x = g.Input("x", t, {"a", "b", 4}), gamma = g.Input("gamma", t, {4}),
              beta = g.Input("beta", t, {4});
  const Value dy = g.Input("dy", t, {"a", "b", 4}), a = g.Input("a", t, {"a", "b", 4});
  const BatchNormResult r = BatchNorm(x, gamma, beta);
  g.Output("y", r.y);
  g.Output("mean", r.mean);
  g.Output("variance", r.variance);
  auto first = Gradients({r.y}, {x, gamma, beta}, {.cotangents = {dy}});
  ASSERT_TRUE(first.ok()) << first.status();
  auto second = Gradients({(*first)[0]}, {x, gamma, dy}, {.cotangents = {a}});
  ASSERT_TRUE(second.ok()) << second.status();
  for (int i = 0; i < 3; ++i) g.Output(absl::StrCat("d", i), (*first)[i]);
  for (int i = 0; i < 3; ++i) g.Output(absl::StrCat("a", i), (*second)[i]);
  const Value dmean = g.Input("dmean", t, {4}), dvariance = g.Input("dvariance", t, {4});
  auto full = Gradients({r.y, r.mean, r.variance}, {x}, {.cotangents = {dy, dmean, dvariance}});
  ASSERT_TRUE(full.ok()) << full.status();
  g.Output("full", (*full)[0]);
  ExpectOutputs(&g, t,
                {{"y", golden::kY},
                 {"mean", golden::kMean},
                 {"variance", golden::kVariance},
                 {"d0", golden::kDx},
                 {"d1", golden::kDGamma},
                 {"d2", golden::kDBeta},
                 {"full", golden::kFullDx},
                 {"a0", golden::kAX},
                 {"a1", golden::kAGamma},
                 {"a2", golden::kADy}});
}

TEST_P(BatchNormTest, InferenceWithTheBatchsStatisticsIsTheSame) {
  GraphBuilder g("f");
  const DType t = GetParam();
  g.Output("y", BatchNormInference(g.Input("x", t, {"a", "b", 4}), g.Input("gamma", t, {4}),
                                   g.Input("beta", t, {4}), g.Input("mean", t, {4}),
                                   g.Input("variance", t, {4})));
  ExpectOutputs(&g, t, {{"y", golden::kY}});
}

INSTANTIATE_TEST_SUITE_P(DTypes, BatchNormTest, testing::Values(DType::kFloat32, DType::kFloat64),
                         [](const auto& info) { return std::string(DTypeName(info.param)); });

// Deviations of 1 around 10,000, where float32 has steps of 0.001: the statistics are those of the
// rounded numbers.
TEST(BatchNormKernel, LargeMean) {
  constexpr uint32_t kSeed = 31337;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  Tensor x = ops::RandomTensor(DType::kFloat32, {5000, 20}, &random);
  for (float& v : x.mutable_data<float>()) v += 1e4f;
  const Tensor one = Tensor::Full(DType::kFloat32, {20}, 1),
               zero = Tensor::Full(DType::kFloat32, {20}, 0);
  const Tensor x64 = *x.Cast(DType::kFloat64), one64 = *one.Cast(DType::kFloat64),
               zero64 = *zero.Cast(DType::kFloat64);
  auto fast = ops::RunKernel(ops::BatchNormOp(), {x, one, zero}, {});
  auto reference = ops::RunKernel(ops::BatchNormOp(), {x64, one64, zero64}, {});
  ASSERT_TRUE(fast.ok() && reference.ok());
  for (int i : {0, 1, 2}) {
    EXPECT_LT(ops::MaxError(*(*fast)[i].Cast(DType::kFloat64), (*reference)[i]), 1e-6)
        << "output " << i;
  }
}

// The mean in float32 is off by up to 0.0005, a twentieth of the deviations.
TEST(BatchNormKernel, GradientAtALargeMean) {
  constexpr uint32_t kSeed = 4711;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (const int64_t channels : {3, 8, 130}) {
    Tensor x = ops::RandomTensor(DType::kFloat32, {2000, channels}, &random);
    for (float& v : x.mutable_data<float>()) v = 1e4f + 0.02f * v;
    const Tensor gamma = ops::RandomTensor(DType::kFloat32, {channels}, &random),
                 dy = ops::RandomTensor(DType::kFloat32, {2000, channels}, &random);
    const auto gradients = [&](DType dtype, runtime::KernelMode mode) {
      const Tensor xs = *x.Cast(dtype), gammas = *gamma.Cast(dtype);
      const AttrMap attrs = {{"epsilon", 1e-9}};
      const auto forward = ops::RunKernel(ops::BatchNormOp(), {xs, gammas, gammas}, attrs, {mode});
      return *ops::RunKernel(ops::BatchNormGradOp(),
                             {xs, gammas, (*forward)[1], (*forward)[2], *dy.Cast(dtype)}, attrs,
                             {mode});
    };
    const auto expected = gradients(DType::kFloat64, runtime::KernelMode::kReference);
    for (const auto mode : {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
      const auto actual = gradients(DType::kFloat32, mode);
      for (int i : {0, 1, 2}) {
        EXPECT_LT(ops::MaxError(*actual[i].Cast(DType::kFloat64), expected[i]), 1e-5)
            << channels << " channels, output " << i;
      }
    }
  }
}

// Sums of thousands of terms of either sign: errors of 1e-5 are 1e-8 of the terms' magnitudes.
TEST(BatchNormKernel, FastAgreesWithReferenceOnAnyNumberOfThreads) {
  constexpr uint32_t kSeed = 1618;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (const auto& [rows, channels] : std::vector<std::pair<int64_t, int64_t>>{
           {1, 5}, {15, 3}, {16, 1}, {300, 8}, {20000, 3}, {3000, 32}, {513, 129}, {40, 4000}}) {
    const auto draw = [&, c = channels](bool matrix) {
      return ops::RandomTensor(DType::kFloat32, matrix ? Dims{rows, c} : Dims{c}, &random);
    };
    Tensor variance = draw(false);
    for (float& v : variance.mutable_data<float>()) v = 1.5f + v;
    const std::vector<std::pair<const OpDef*, std::vector<Tensor>>> cases = {
        {&ops::BatchNormOp(), {draw(true), draw(false), draw(false)}},
        {&ops::BatchNormGradOp(), {draw(true), draw(false), draw(false), variance, draw(true)}}};
    for (const auto& [op, inputs] : cases) {
      SCOPED_TRACE(absl::StrCat(op->name, " ", rows, " x ", channels));
      std::vector<Tensor> doubles;
      for (const Tensor& t : inputs) doubles.push_back(*t.Cast(DType::kFloat64));
      const AttrMap attrs = {{"epsilon", 0.01}};
      auto fast = ops::RunKernel(*op, inputs, attrs);
      auto threaded = ops::RunKernel(*op, inputs, attrs, {.threads = 3});
      auto reference = ops::RunKernel(*op, doubles, attrs);
      ASSERT_TRUE(fast.ok() && threaded.ok() && reference.ok());
      for (int i : {0, 1, 2}) {
        EXPECT_LT(ops::MaxError(*(*fast)[i].Cast(DType::kFloat64), (*reference)[i]), 1e-5)
            << "output " << i;
        EXPECT_TRUE(SameBits((*fast)[i], (*threaded)[i])) << "output " << i;
      }
    }
  }
}

TEST(BatchNorm, NamesAParameterOfAnotherSize) {
  GraphBuilder g("f");
  const BatchNormResult r =
      BatchNorm(g.Input("x", DType::kFloat32, {"batch", 8}), g.Input("gamma", DType::kFloat32, {8}),
                g.Input("beta", DType::kFloat32, {4}));
  EXPECT_FALSE(r.y.valid() || r.mean.valid() || r.variance.valid());
  EXPECT_NE(
      g.status().message().find("beta [4] must be of shape [8] for x [batch,8] (batch_norm_c2)"),
      std::string::npos)
      << g.status();
}

}  // namespace
}  // namespace dagrad
