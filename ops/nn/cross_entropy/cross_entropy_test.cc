#include "dagrad/ops/nn/cross_entropy/cross_entropy.h"

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy_golden.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using namespace cross_entropy_golden;

void ExpectNear(const Tensor& t, absl::Span<const double> expected, double tolerance) {
  const Tensor actual = *t.Cast(DType::kFloat64);
  ASSERT_EQ(actual.data<double>().size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(actual.data<double>()[i], expected[i], tolerance) << i;
}

struct Expected {
  std::string output;
  absl::Span<const double> values;
};

// Adds the outputs loss; d0, d1, … (vjps of `dy` to each x); dd0, … (vjps of G through d0 to each x
// and to dy).
void AddOutputs(GraphBuilder* g, Value loss, std::vector<Value> xs, Value dy, Value cotangent) {
  g->Output("loss", loss);
  auto first = Gradients({loss}, xs, {.cotangents = {dy}});
  ASSERT_TRUE(first.ok()) << first.status();
  for (size_t i = 0; i < xs.size(); ++i) g->Output(absl::StrCat("d", i), (*first)[i]);
  xs.push_back(dy);
  auto second = Gradients({(*first)[0]}, xs, {.cotangents = {cotangent}});
  ASSERT_TRUE(second.ok()) << second.status();
  for (size_t i = 0; i < xs.size(); ++i) g->Output(absl::StrCat("dd", i), (*second)[i]);
}

void ExpectOutputs(GraphBuilder* g, DType dtype, const Tensor& dy,
                   const std::vector<Expected>& expected) {
  absl::StatusOr<Function> f = g->Build();
  ASSERT_TRUE(f.ok()) << f.status();
  const runtime::TensorMap all = {{"x", Tensor::Of<double>({2, 3, 5}, kX)},
                                  {"z", Tensor::Of<double>({2, 3, 5}, kZ)},
                                  {"g", Tensor::Of<double>({2, 3, 5}, kG)},
                                  {"dy", dy}};
  runtime::TensorMap feeds = {{"classes", Tensor::Of<int64_t>({2, 3}, kClasses)}};
  for (const auto& [name, t] : all) feeds[name] = *t.Cast(dtype);
  for (auto mode : {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
    auto result = runtime::EvaluateFunction(*f, feeds, {}, mode);
    ASSERT_TRUE(result.ok()) << result.status();
    for (const Expected& e : expected) {
      SCOPED_TRACE(e.output);
      ExpectNear(result->outputs[e.output], e.values, dtype == DType::kFloat32 ? 5e-6 : 1e-13);
    }
  }
}

class CrossEntropyTest : public testing::TestWithParam<DType> {};

TEST_P(CrossEntropyTest, DenseValuesAndDerivatives) {
  GraphBuilder g("f");
  const Value x = g.Input("x", GetParam(), {"a", "b", 5}),
              z = g.Input("z", GetParam(), {"a", "b", 5});
  const Value dy = g.Input("dy", GetParam(), {"a", "b"}),
              cotangent = g.Input("g", GetParam(), {"a", "b", 5});
  AddOutputs(&g, SoftmaxCrossEntropy(x, z), {x, z}, dy, cotangent);
  ExpectOutputs(&g, GetParam(), Tensor::Of<double>({2, 3}, kDy),
                {{"loss", kDenseLoss},
                 {"d0", kDenseDx},
                 {"d1", kDenseDz},
                 {"dd0", kDenseDxDx},
                 {"dd1", kDenseDxDz},
                 {"dd2", kDenseDxDy}});
}

TEST_P(CrossEntropyTest, SparseValuesAndDerivatives) {
  GraphBuilder g("f");
  const Value x = g.Input("x", GetParam(), {"a", "b", 5}),
              z = g.Input("classes", DType::kInt64, {"a", "b"});
  const Value dy = g.Input("dy", GetParam(), {"a", "b"}),
              cotangent = g.Input("g", GetParam(), {"a", "b", 5});
  AddOutputs(&g, SparseSoftmaxCrossEntropy(x, z), {x}, dy, cotangent);
  ExpectOutputs(
      &g, GetParam(), Tensor::Of<double>({2, 3}, kDy),
      {{"loss", kSparseLoss}, {"d0", kSparseDx}, {"dd0", kSparseDxDx}, {"dd1", kSparseDxDy}});
}

TEST_P(CrossEntropyTest, SigmoidValuesAndDerivatives) {
  GraphBuilder g("f");
  const Value x = g.Input("x", GetParam(), {"a", "b", 5}),
              z = g.Input("z", GetParam(), {"a", "b", 5});
  const Value dy = g.Input("dy", GetParam(), {"a", "b", 5}),
              cotangent = g.Input("g", GetParam(), {"a", "b", 5});
  AddOutputs(&g, SigmoidCrossEntropy(x, z), {x, z}, dy, cotangent);
  ExpectOutputs(&g, GetParam(), Tensor::Of<double>({2, 3, 5}, kG),
                {{"loss", kSigmoidLoss},
                 {"d0", kSigmoidDx},
                 {"d1", kSigmoidDz},
                 {"dd0", kSigmoidDxDx},
                 {"dd1", kSigmoidDxDz},
                 {"dd2", kSigmoidDxDy}});
}

INSTANTIATE_TEST_SUITE_P(DTypes, CrossEntropyTest,
                         testing::Values(DType::kFloat32, DType::kFloat64),
                         [](const auto& info) { return std::string(DTypeName(info.param)); });

TEST(SparseSoftmaxCrossEntropy, NamesALabelOutOfRange) {
  const Tensor x = Tensor::Full(DType::kFloat32, {2, 2, 10}, 1),
               dy = Tensor::Full(DType::kFloat32, {2, 2}, 1);
  for (int bad : {-1, 10}) {
    const Tensor labels = Tensor::Of<int32_t>({2, 2}, {0, 9, bad, 3});
    const std::string message =
        absl::StrCat("input 1 (labels): label ", bad, " of example 2 is outside [0, 10)");
    auto forward = ops::RunKernel(ops::SparseSoftmaxCrossEntropyOp(), {x, labels}, {});
    ASSERT_FALSE(forward.ok());
    EXPECT_EQ(forward.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(forward.status().message(), message);
    auto backward = ops::RunKernel(ops::SparseSoftmaxCrossEntropyGradOp(), {x, labels, dy}, {});
    ASSERT_FALSE(backward.ok());
    EXPECT_EQ(backward.status().message(), message);
  }
}

TEST(SparseSoftmaxCrossEntropy, NoClassesHaveNoLabel) {
  auto loss =
      ops::RunKernel(ops::SparseSoftmaxCrossEntropyOp(),
                     {Tensor::Full(DType::kFloat32, {1, 0}, 0), Tensor::Of<int32_t>({1}, {0})}, {});
  ASSERT_FALSE(loss.ok());
  EXPECT_EQ(loss.status().message(), "input 1 (labels): label 0 of example 0 is outside [0, 0)");
}

TEST(CrossEntropy, NamesLabelsOfAnotherShape) {
  GraphBuilder g("f");
  SparseSoftmaxCrossEntropy(g.Input("x", DType::kFloat32, {"batch", 10}),
                            g.Input("z", DType::kInt32, {"batch", 1}));
  EXPECT_NE(g.status().message().find(
                "labels [batch,1] must be of shape [batch] (sparse_softmax_cross_entropy_c2)"),
            std::string::npos)
      << g.status();
}

// Whatever the logits, neither overflow nor NaN, and the gradient stays between -1 and 1.
TEST(CrossEntropy, IsStable) {
  const Tensor x = Tensor::Of<float>({2, 3}, {3e38f, -3e38f, 0, 1e4f, 1e4f, 1e4f - 1});
  const Tensor labels = Tensor::Of<int32_t>({2}, {0, 2});
  const Tensor dy = Tensor::Of<float>({2}, {1, 1});
  const Tensor loss = (*ops::RunKernel(ops::SparseSoftmaxCrossEntropyOp(), {x, labels}, {}))[0];
  EXPECT_EQ(loss.data<float>()[0], 0);
  EXPECT_NEAR(loss.data<float>()[1], 1 + std::log(2 + std::exp(-1.0)), 1e-6);
  const Tensor dx =
      (*ops::RunKernel(ops::SparseSoftmaxCrossEntropyGradOp(), {x, labels, dy}, {}))[0];
  const double p = 1 / (2 + std::exp(-1.0));
  ExpectNear(dx, {0, 0, 0, p, p, p * std::exp(-1.0) - 1}, 1e-6);
  const Tensor s = (*ops::RunKernel(
      ops::SigmoidCrossEntropyOp(),
      {Tensor::Of<float>({4}, {1e4f, -1e4f, 1e4f, 0}), Tensor::Of<float>({4}, {1, 0, 0, 0.5f})},
      {}))[0];
  ExpectNear(s, {0, 0, 1e4, std::log(2.0)}, 1e-6);
}

TEST(CrossEntropy, SigmoidOfNonFiniteLogits) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  const Tensor x = Tensor::Of<float>({4}, {nan, -inf, inf, inf}),
               z = Tensor::Of<float>({4}, {1, 0.5f, 0.5f, -1});
  for (auto mode : {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
    const Tensor y = (*ops::RunKernel(ops::SigmoidCrossEntropyOp(), {x, z}, {}, {.mode = mode}))[0];
    EXPECT_TRUE(std::isnan(y.data<float>()[0]));
    EXPECT_EQ(y.data<float>()[1], inf);
    EXPECT_EQ(y.data<float>()[2], inf);
    EXPECT_EQ(y.data<float>()[3], inf);
  }
}

TEST(CrossEntropyKernel, FastAgreesWithReferenceOnAnyNumberOfThreads) {
  constexpr uint32_t kSeed = 271828;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (const auto& [rows, classes] :
       std::vector<std::pair<int64_t, int64_t>>{{64, 10}, {7, 1}, {3, 50257}, {999, 33}}) {
    Tensor x = ops::RandomTensor(DType::kFloat32, {rows, classes}, &random);
    for (float& v : x.mutable_data<float>()) v *= 10;
    const Tensor z = ops::RandomTensor(DType::kFloat32, {rows, classes}, &random);
    const Tensor dy = ops::RandomTensor(DType::kFloat32, {rows}, &random);
    Tensor labels = Tensor::Full(DType::kInt32, {rows}, 0);
    for (int32_t& v : labels.mutable_data<int32_t>()) v = static_cast<int32_t>(random() % classes);
    const std::vector<std::pair<const OpDef*, std::vector<Tensor>>> cases = {
        {&ops::SigmoidCrossEntropyOp(), {x, z}},
        {&ops::SoftmaxCrossEntropyOp(), {x, z}},
        {&ops::SoftmaxCrossEntropyGradOp(), {x, z, dy}},
        {&ops::SparseSoftmaxCrossEntropyOp(), {x, labels}},
        {&ops::SparseSoftmaxCrossEntropyGradOp(), {x, labels, dy}}};
    for (const auto& [op, inputs] : cases) {
      SCOPED_TRACE(absl::StrCat(op->name, " ", classes));
      std::vector<Tensor> doubles;
      for (const Tensor& t : inputs)
        doubles.push_back(t.dtype() == DType::kFloat32 ? *t.Cast(DType::kFloat64) : t);
      auto fast = ops::RunKernel(*op, inputs, {});
      auto threaded = ops::RunKernel(*op, inputs, {}, {.threads = 3});
      auto reference = ops::RunKernel(*op, doubles, {});
      ASSERT_TRUE(fast.ok() && threaded.ok() && reference.ok());
      EXPECT_LT(ops::MaxError(*(*fast)[0].Cast(DType::kFloat64), (*reference)[0]), 2e-6);
      EXPECT_TRUE(SameBits((*fast)[0], (*threaded)[0]));
    }
  }
}

}  // namespace
}  // namespace dagrad
