#include "dagrad/ops/nn/attention/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/nn/attention/attention_columns.h"
#include "dagrad/ops/nn/attention/attention_golden.inc"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/runtime/simd/for_each_target.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using namespace attention_golden;

class AttentionTest : public testing::TestWithParam<DType> {
 protected:
  Value Input(const std::string& name, const Shape& shape, absl::Span<const double> values) {
    feeds_[name] = *Tensor::Of<double>(shape.ToDims(), values).Cast(GetParam());
    return g_.Input(name, GetParam(), shape);
  }
  void Expect(Value value, absl::Span<const double> values) {
    const std::string name = absl::StrCat("output ", expected_.size());
    g_.Output(name, value);
    expected_.push_back(values);
  }
  void ExpectGradients(const std::vector<Value>& ys, const std::vector<Value>& cotangents,
                       const std::vector<Value>& xs,
                       const std::vector<absl::Span<const double>>& expected) {
    auto grads = Gradients(ys, xs, {.cotangents = cotangents});
    ASSERT_TRUE(grads.ok()) << grads.status();
    for (size_t i = 0; i < xs.size(); ++i) Expect((*grads)[i], expected[i]);
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
                      GetParam() == DType::kFloat32 ? 4e-6 : 1e-13)
              << "output " << k << ", element " << i;
        }
      }
    }
  }

  GraphBuilder g_{"f"};
  runtime::TensorMap feeds_;
  std::vector<absl::Span<const double>> expected_;
};

TEST_P(AttentionTest, Causal) {
  const Value q = Input("q", {2, 3, 4, 2}, kQ), k = Input("k", {2, 5, 2, 2}, kK),
              v = Input("v", {2, 5, 2, 3}, kV), dy = Input("dy", {2, 3, 4, 3}, kDy),
              dlse = Input("dlse", {2, 4, 3}, kDLse), a = Input("a", {2, 5, 2, 2}, kA);
  const AttentionResult r = Attention(q, k, v, {.is_causal = true});
  Expect(r.y, kCausalY);
  Expect(r.lse, kCausalLse);
  ExpectGradients({r.y}, {dy}, {q, k, v}, {kCausalDq, kCausalDk, kCausalDv});
  ExpectGradients({r.y, r.lse}, {dy, dlse}, {q, k, v},
                  {kCausalFullDq, kCausalFullDk, kCausalFullDv});
  const Value dk = (*Gradients({r.y}, {k}, {.cotangents = {dy}}))[0];
  ExpectGradients({dk}, {a}, {q, k, v, dy}, {kCausalAQ, kCausalAK, kCausalAV, kCausalADy});
  Run();
}

TEST_P(AttentionTest, Biased) {
  const Value q = Input("q", {2, 3, 4, 2}, kQ), k = Input("k", {2, 5, 2, 2}, kK),
              v = Input("v", {2, 5, 2, 3}, kV), dy = Input("dy", {2, 3, 4, 3}, kDy),
              dlse = Input("dlse", {2, 4, 3}, kDLse), a = Input("a", {2, 5, 2, 2}, kA),
              bias = Input("bias", {4, 1, 5}, kBias);
  const AttentionResult r = Attention(q, k, v, {.mask = bias, .scale = 0.7});
  Expect(r.y, kBiasedY);
  Expect(r.lse, kBiasedLse);
  ExpectGradients({r.y}, {dy}, {q, k, v, bias}, {kBiasedDq, kBiasedDk, kBiasedDv, kBiasedDBias});
  ExpectGradients({r.y, r.lse}, {dy, dlse}, {q, k, v, bias},
                  {kBiasedFullDq, kBiasedFullDk, kBiasedFullDv, kBiasedFullDBias});
  const Value dk = (*Gradients({r.y}, {k}, {.cotangents = {dy}}))[0];
  ExpectGradients({dk}, {a}, {q, k, v, dy}, {kBiasedAQ, kBiasedAK, kBiasedAV, kBiasedADy});
  Run();
}

INSTANTIATE_TEST_SUITE_P(All, AttentionTest, testing::Values(DType::kFloat32, DType::kFloat64),
                         [](const auto& info) { return std::string(DTypeName(info.param)); });

// A query that sees no key has y = 0, lse = -inf and no gradient; others are as if it were not.
TEST(Attention, QueryThatSeesNoKey) {
  GraphBuilder g("f");
  const Shape shape = {1, 2, 1, 2};
  const Value x = g.Input("x", DType::kFloat32, shape);
  const Value mask = g.Input("mask", DType::kBool, {2, 2});
  const AttentionResult r = Attention(x, x, x, {.mask = mask});
  g.Output("y", r.y);
  g.Output("lse", r.lse);
  g.Output("dx", (*Gradients({r.y}, {x}))[0]);
  const Function f = *g.Build();
  const runtime::TensorMap feeds = {
      {"x", Tensor::Of<float>({1, 2, 1, 2}, {1, 2, 3, 4})},
      {"mask", *Tensor::Of<float>({2, 2}, {0, 0, 1, 0}).Cast(DType::kBool)}};
  for (auto mode : {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
    auto result = runtime::EvaluateFunction(f, feeds, {}, mode);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(SameBits(result->outputs["y"], Tensor::Of<float>({1, 2, 1, 2}, {0, 0, 1, 2})));
    EXPECT_EQ(result->outputs["lse"].data<float>()[0], -std::numeric_limits<float>::infinity());
    // One key is seen by one query: y = x of the first, whatever the scores.
    EXPECT_LT(ops::MaxError(result->outputs["dx"], Tensor::Of<float>({1, 2, 1, 2}, {1, 1, 0, 0})),
              1e-6);
  }
}

// The gradients with respect to q, k, v and mask, of `given` (these and y's cotangent) in `dtype`,
// in float64; y in front of them.
std::vector<Tensor> Results(DType dtype, const std::vector<Tensor>& given,
                            runtime::KernelMode mode = runtime::KernelMode::kFast) {
  GraphBuilder g("f");
  std::vector<Value> in;
  runtime::TensorMap feeds;
  for (const Tensor& t : given) {
    const std::string name = absl::StrCat("input ", in.size());
    in.push_back(g.Input(name, dtype, Shape(absl::MakeConstSpan(t.dims()))));
    feeds[name] = *t.Cast(dtype);
  }
  const Value y = Attention(in[0], in[1], in[2], {.mask = in[3]}).y;
  std::vector<Value> results =
      *Gradients({y}, {in[0], in[1], in[2], in[3]}, {.cotangents = {in[4]}});
  results.insert(results.begin(), y);
  for (size_t i = 0; i < results.size(); ++i) g.Output(absl::StrCat("output ", i), results[i]);
  auto run = runtime::EvaluateFunction(*g.Build(), feeds, {}, mode);
  std::vector<Tensor> tensors;
  EXPECT_TRUE(run.ok()) << run.status();
  for (size_t i = 0; run.ok() && i < results.size(); ++i)
    tensors.push_back(*run->outputs.at(absl::StrCat("output ", i)).Cast(DType::kFloat64));
  return tensors;
}

// A mask that hides all keys leaves them alike, by any finite number; that of padding is float32's
// lowest one.
TEST(Attention, QueryOfWhichAMaskHidesAllKeys) {
  for (const float hidden : {std::numeric_limits<float>::lowest(), -1e9f, -1e4f}) {
    const std::vector<Tensor> given = {
        Tensor::Of<float>({1, 2, 1, 2}, {0, 0, 1, 2}),
        Tensor::Of<float>({1, 3, 1, 2}, {1, 0, 0, 1, 1, 1}),
        Tensor::Of<float>({1, 3, 1, 2}, {1, 2, 3, 4, 5, 9}),
        Tensor::Of<float>({2, 3}, {hidden, hidden, hidden, 0, hidden, hidden}),
        Tensor::Of<float>({1, 2, 1, 2}, {1, 1, 1, 1})};
    // P is 1/3 for query 0, and 1, 0, 0; dP is 3, 7, 14, of which 8 is the mean.
    const double r = std::sqrt(0.5);
    const std::vector<Tensor> expected = {
        Tensor::Of<double>({1, 2, 1, 2}, {3, 5, 1, 2}),
        Tensor::Of<double>({1, 2, 1, 2}, {r / 3, r * 5 / 3, 0, 0}),
        Tensor::Of<double>({1, 3, 1, 2}, {0, 0, 0, 0, 0, 0}),
        Tensor::Of<double>({1, 3, 1, 2}, {4.0 / 3, 4.0 / 3, 1.0 / 3, 1.0 / 3, 1.0 / 3, 1.0 / 3}),
        Tensor::Of<double>({2, 3}, {-5.0 / 3, -1.0 / 3, 2, 0, 0, 0})};
    for (const DType dtype : {DType::kFloat32, DType::kFloat64}) {
      for (auto mode : {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
        const std::vector<Tensor> actual = Results(dtype, given, mode);
        ASSERT_EQ(actual.size(), expected.size());
        for (size_t i = 0; i < expected.size(); ++i) {
          EXPECT_LT(ops::MaxError(actual[i], expected[i]), 3e-6)
              << hidden << " in " << DTypeName(dtype) << ", result " << i;
        }
      }
    }
  }
}

// The same among other queries, over several blocks.
TEST(Attention, HiddenQueriesAmongOthers) {
  constexpr int64_t kQueries = 131, kKeys = 300;
  std::mt19937 random(1414);
  const auto draw = [&](Dims dims) { return ops::RandomTensor(DType::kFloat32, dims, &random); };
  for (const int64_t heads : {1, 8}) {
    Tensor mask = draw({kQueries, kKeys});
    for (int64_t i = 0; i < kQueries; ++i) {
      for (int64_t j = 0; j < kKeys; ++j) {
        if (i % 5 == 0 || (i + j) % 3 == 0)
          mask.mutable_data<float>()[i * kKeys + j] = std::numeric_limits<float>::lowest();
      }
    }
    const std::vector<Tensor> given = {draw({1, kQueries, heads, 8}), draw({1, kKeys, heads, 8}),
                                       draw({1, kKeys, heads, 5}), mask,
                                       draw({1, kQueries, heads, 5})};
    const std::vector<Tensor> actual = Results(DType::kFloat32, given),
                              expected = Results(DType::kFloat64, given);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_LT(ops::MaxError(actual[i], expected[i]), 1e-5) << heads << " heads, result " << i;
  }
}

// Logarithms of sums up to 30, which halves hold to 0.01 (float16) or 0.06. The heads' gradients of
// the mask are rounded, and their sum.
TEST(Attention, GradientsOfHalvesAreThoseOfFloat64) {
  std::mt19937 random(577);
  for (const DType half : {DType::kFloat16, DType::kBFloat16}) {
    const auto draw = [&](Dims dims, float size) {
      Tensor t = ops::RandomTensor(DType::kFloat32, dims, &random);
      for (float& v : t.mutable_data<float>()) v *= size;
      return *t.Cast(half);
    };
    const std::vector<Tensor> given = {draw({1, 20, 2, 8}, 6), draw({1, 20, 2, 8}, 6),
                                       draw({1, 20, 2, 4}, 1), draw({20, 20}, 1),
                                       draw({1, 20, 2, 4}, 1)};
    const std::vector<Tensor> actual = Results(half, given),
                              expected = Results(DType::kFloat64, given);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      double largest = 0, error = 0;
      for (size_t k = 0; k < expected[i].data<double>().size(); ++k) {
        const double e = expected[i].data<double>()[k];
        largest = std::max(largest, std::abs(e));
        error = std::max(error, std::abs(actual[i].data<double>()[k] - e));
      }
      EXPECT_LT(error, largest / (half == DType::kFloat16 ? 1000 : 125)) << "result " << i;
    }
  }
}

// Scores of hundreds, where exp overflows: by the maximum, the largest one wins.
TEST(AttentionKernel, LargeScores) {
  const Tensor q = Tensor::Full(DType::kFloat32, {1, 1, 1, 1}, 20);
  Tensor k = *Tensor::Zeros(DType::kFloat32, {1, 300, 1, 1});
  Tensor v = *Tensor::Zeros(DType::kFloat32, {1, 300, 1, 1});
  for (int i = 0; i < 300; ++i) {
    k.mutable_data<float>()[i] = static_cast<float>(i) - 150;
    v.mutable_data<float>()[i] = static_cast<float>(i);
  }
  auto r = ops::RunKernel(ops::AttentionOp(), {q, k, v}, {});
  ASSERT_TRUE(r.ok()) << r.status();
  EXPECT_NEAR((*r)[0].data<float>()[0], 299, 1e-4);
  EXPECT_NEAR((*r)[1].data<float>()[0], 20 * 149, 1e-3);
}

struct Case {
  int64_t batch, q_len, kv_len, heads, kv_heads, head_dim, value_dim;
  bool causal;
};

TEST(AttentionKernel, FastAgreesWithReferenceOnAnyNumberOfThreads) {
  constexpr uint32_t kSeed = 2718;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (const Case& c : std::vector<Case>{{1, 1, 1, 1, 1, 1, 1, false},
                                         {2, 17, 200, 4, 2, 64, 33, false},
                                         {1, 200, 300, 2, 2, 40, 64, true},
                                         {1, 70, 300, 8, 8, 32, 32, true},
                                         {2, 70, 257, 8, 4, 16, 20, false},
                                         {1, 1, 300, 4, 2, 300, 300, false},
                                         {1, 260, 64, 1, 1, 8, 8, true}}) {
    SCOPED_TRACE(absl::StrCat(c.q_len, " queries, ", c.kv_len, " keys, ", c.heads, " heads"));
    const auto draw = [&](Dims dims) { return ops::RandomTensor(DType::kFloat32, dims, &random); };
    Tensor lse = draw({c.batch, c.heads, c.q_len});
    for (float& v : lse.mutable_data<float>()) v += std::log(static_cast<float>(c.kv_len));
    const std::vector<Tensor> inputs = {draw({c.batch, c.q_len, c.heads, c.head_dim}),
                                        draw({c.batch, c.kv_len, c.kv_heads, c.head_dim}),
                                        draw({c.batch, c.kv_len, c.kv_heads, c.value_dim}),
                                        lse,
                                        draw({c.batch, c.q_len, c.heads}),
                                        draw({c.batch, c.q_len, c.heads, c.value_dim})};
    const Tensor bias = draw({c.heads, c.q_len, c.kv_len});
    const std::vector<Tensor> forward(inputs.begin(), inputs.begin() + 3);
    const auto with = [&](std::vector<Tensor> tensors) {
      tensors.push_back(bias);
      return tensors;
    };
    const std::vector<std::pair<const OpDef*, std::vector<Tensor>>> ops = {
        {&ops::AttentionOp(), forward},
        {&ops::AttentionOp(), with(forward)},
        {&ops::AttentionGradOp(), inputs},
        {&ops::AttentionGradOp(), with(inputs)}};
    for (const auto& [op, tensors] : ops) {
      SCOPED_TRACE(std::string(op->name));
      const AttrMap attrs = {{"is_causal", c.causal}};
      std::vector<Tensor> doubles;
      for (const Tensor& t : tensors) doubles.push_back(*t.Cast(DType::kFloat64));
      auto fast = ops::RunKernel(*op, tensors, attrs);
      auto threaded = ops::RunKernel(*op, tensors, attrs, {.threads = 3});
      auto reference = ops::RunKernel(*op, doubles, attrs);
      ASSERT_TRUE(fast.ok() && threaded.ok() && reference.ok());
      for (size_t i = 0; i < fast->size(); ++i) {
        EXPECT_LT(ops::MaxError(*(*fast)[i].Cast(DType::kFloat64), (*reference)[i]), 1e-5)
            << "output " << i;
        EXPECT_TRUE(SameBits((*fast)[i], (*threaded)[i])) << "output " << i;
      }
    }
  }
}

TEST(AttentionColumns, Exp2OnEveryInstructionSet) {
  using ops::attention_internal::Exp2;
  using ops::attention_internal::kPad;
  const float kInf = std::numeric_limits<float>::infinity();
  runtime::simd::ForEachTarget([kInf] {
    const std::vector<float> zeros(kPad, 0);
    for (float x = -126; x < 127.4f; x += 0.037f) {
      std::vector<float> s(kPad, x);
      Exp2(s.data(), 1, kPad, 1, zeros.data());
      const double exact = std::exp2(static_cast<double>(x));
      EXPECT_NEAR(s[0] / exact, 1, 4 * 6e-8) << x;
    }
    std::vector<float> s(kPad, 0);
    s[1] = -kInf;
    s[2] = kInf;
    s[3] = std::nanf("");
    s[4] = -127.5f;
    Exp2(s.data(), 1, kPad, 1, zeros.data());
    EXPECT_NEAR(s[0], 1, 2e-7);
    EXPECT_EQ(s[1], 0);
    EXPECT_EQ(s[2], kInf);
    EXPECT_TRUE(std::isnan(s[3]));
    EXPECT_EQ(s[4], 0);
  });
}

TEST(Attention, NamesHeadsThatDoNotDivide) {
  GraphBuilder g("f");
  const Value q = g.Input("q", DType::kFloat32, {"batch", "time", 6, 8}),
              k = g.Input("k", DType::kFloat32, {"batch", "time", 4, 8});
  EXPECT_FALSE(Attention(q, k, k).y.valid());
  EXPECT_NE(g.status().message().find("(attention_c3)"), std::string::npos) << g.status();
}

}  // namespace
}  // namespace dagrad
