#include "dagrad/ops/recurrent/gru/gru.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/recurrent/gru/gru_golden.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using namespace gru_golden;
using Numbers = absl::Span<const double>;

struct Case {
  std::string name;
  DType dtype;
  bool reverse;
  Numbers h;
  std::vector<Numbers> first, second;  // by x, kernel, recurrent_kernel, bias, h0 (and dh)
};

Case Forwards(const std::string& name, DType dtype) {
  return {name,
          dtype,
          false,
          kH,
          {kDX, kDKernel, kDRecurrentKernel, kDBias, kDH0},
          {kAX, kAKernel, kARecurrentKernel, kABias, kAH0, kADh}};
}

Case Backwards(const std::string& name, DType dtype) {
  return {name,
          dtype,
          true,
          kHReverse,
          {kDXReverse, kDKernelReverse, kDRecurrentKernelReverse, kDBiasReverse, kDH0Reverse},
          {kAXReverse, kAKernelReverse, kARecurrentKernelReverse, kABiasReverse, kAH0Reverse,
           kADhReverse}};
}

class GruTest : public testing::TestWithParam<Case> {
 protected:
  Value Input(const std::string& name, const Shape& shape, Numbers values) {
    feeds_[name] = *Tensor::Of<double>(shape.ToDims(), values).Cast(GetParam().dtype);
    return g_.Input(name, GetParam().dtype, shape);
  }
  void Expect(Value value, Numbers values) {
    g_.Output(absl::StrCat("output ", expected_.size()), value);
    expected_.push_back(values);
  }
  void Run() {
    absl::StatusOr<Function> f = g_.Build();
    ASSERT_TRUE(f.ok()) << f.status();
    for (auto mode : {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
      auto result = runtime::EvaluateFunction(*f, feeds_, {}, mode);
      ASSERT_TRUE(result.ok()) << result.status();
      for (size_t k = 0; k < expected_.size(); ++k)
        Compare(k, result->outputs[absl::StrCat("output ", k)]);
    }
  }
  void Compare(size_t k, const Tensor& output) {
    const Tensor actual = *output.Cast(DType::kFloat64);
    ASSERT_EQ(actual.data<double>().size(), expected_[k].size());
    for (size_t i = 0; i < expected_[k].size(); ++i) {
      EXPECT_NEAR(actual.data<double>()[i], expected_[k][i],
                  GetParam().dtype == DType::kFloat32 ? 2e-5 : 1e-12)
          << "output " << k << ", element " << i;
    }
  }

  GraphBuilder g_{"f"};
  runtime::TensorMap feeds_;
  std::vector<Numbers> expected_;
};

TEST_P(GruTest, ValuesAndDerivatives) {
  const Case& p = GetParam();
  const std::vector<Value> inputs = {Input("x", {2, 4, 3}, kX), Input("kernel", {3, 6}, kKernel),
                                     Input("recurrent", {2, 6}, kRecurrentKernel),
                                     Input("bias", {2, 6}, kBias), Input("h0", {2, 2}, kH0)};
  const Value h =
      Gru(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], {.reverse = p.reverse}).h;
  Expect(h, p.h);
  const Value dh = Input("dh", {2, 4, 2}, kDh);
  auto first = Gradients({h}, inputs, {.cotangents = {dh}});
  ASSERT_TRUE(first.ok()) << first.status();
  for (size_t i = 0; i < first->size(); ++i) Expect((*first)[i], p.first[i]);

  std::vector<Value> by = inputs;
  by.push_back(dh);
  const std::vector<Value> cotangents = {
      Input("b_x", {2, 4, 3}, kBX), Input("b_kernel", {3, 6}, kBKernel),
      Input("b_recurrent", {2, 6}, kBRecurrentKernel), Input("b_bias", {2, 6}, kBBias),
      Input("b_h0", {2, 2}, kBH0)};
  auto second = Gradients(*first, by, {.cotangents = cotangents});
  ASSERT_TRUE(second.ok()) << second.status();
  for (size_t i = 0; i < second->size(); ++i) Expect((*second)[i], p.second[i]);
  Run();
}

INSTANTIATE_TEST_SUITE_P(All, GruTest,
                         testing::Values(Forwards("Float32", DType::kFloat32),
                                         Forwards("Float64", DType::kFloat64),
                                         Backwards("ReverseFloat32", DType::kFloat32),
                                         Backwards("ReverseFloat64", DType::kFloat64)),
                         [](const auto& info) { return info.param.name; });

TEST(GruKernel, FastAgreesWithReferenceOnAnyNumberOfThreads) {
  constexpr uint32_t kSeed = 271;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  const auto draw = [&](Dims dims) { return ops::RandomTensor(DType::kFloat32, dims, &random); };
  for (const auto& [b, t, f, u] : std::vector<std::array<int64_t, 4>>{
           {1, 1, 1, 1}, {3, 7, 5, 17}, {70, 3, 20, 16}, {33, 9, 1, 65}, {2, 200, 3, 8}}) {
    const std::vector<std::pair<const OpDef*, std::vector<Tensor>>> cases = {
        {&ops::GruOp(),
         {draw({b, t, f}), draw({f, 3 * u}), draw({u, 3 * u}), draw({2, 3 * u}), draw({b, u})}},
        {&ops::GruGradOp(),
         {draw({b, t, f}), draw({u, 3 * u}), draw({b, u}), draw({b, t, u}), draw({b, t, 3 * u}),
          draw({b, t, u}), draw({b, t, u}), draw({b, t, 3 * u}), draw({b, t, u})}}};
    for (const auto& [op, inputs] : cases) {
      SCOPED_TRACE(absl::StrCat(op->name, " ", b, " x ", t, " x ", f, ", ", u, " units"));
      std::vector<Tensor> scaled = inputs, doubles;
      for (Tensor& tensor : scaled) {  // sums stay of order 1
        for (float& v : tensor.mutable_data<float>()) v /= u > 1 ? 4 : 1;
      }
      for (const Tensor& tensor : scaled) doubles.push_back(*tensor.Cast(DType::kFloat64));
      auto fast = ops::RunKernel(*op, scaled, {{"reverse", b == 33}});
      auto threaded = ops::RunKernel(*op, scaled, {{"reverse", b == 33}}, {.threads = 3});
      auto reference = ops::RunKernel(*op, doubles, {{"reverse", b == 33}});
      ASSERT_TRUE(fast.ok() && threaded.ok() && reference.ok());
      for (size_t i = 0; i < fast->size(); ++i) {
        EXPECT_LT(ops::MaxError(*(*fast)[i].Cast(DType::kFloat64), (*reference)[i]), 1e-5)
            << "output " << i;
        EXPECT_TRUE(SameBits((*fast)[i], (*threaded)[i])) << "output " << i;
      }
    }
  }
}

Value GruOverTime(GraphBuilder* g, Dim time, int64_t units) {
  const DType f = DType::kFloat32;
  return Gru(g->Input("x", f, {"batch", time, 3}), g->Input("kernel", f, {3, 6}),
             g->Input("recurrent", f, {2, 6}), g->Input("bias", f, {2, 6}),
             g->Input("h0", f, {"batch", units}))
      .h;
}

TEST(Gru, NamesAStateOfAnotherSize) {
  GraphBuilder g("f");
  EXPECT_FALSE(GruOverTime(&g, 4, 3).valid());
  EXPECT_TRUE(absl::StrContains(g.status().message(),
                                "h0 [batch,3] must be [batch,2] for x [batch,4,3] and "
                                "recurrent_kernel [2,6] (gru_c3)"))
      << g.status();
}

TEST(Gru, RefusesASecondDerivativeOverSymbolicTime) {
  GraphBuilder g("f");
  const Value h = GruOverTime(&g, "time", 2);
  ASSERT_TRUE(h.valid()) << g.status();
  const Value x(&g, g.node(h.ref().node).inputs[0]);
  auto first = Gradients({h}, {x});
  ASSERT_TRUE(first.ok()) << first.status();
  auto second = Gradients(*first, {x});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnimplemented) << second.status();
  EXPECT_TRUE(absl::StrContains(second.status().message(), "time must be a number, not time"))
      << second.status();
}

}  // namespace
}  // namespace dagrad
