#include "dagrad/ops/shape/slice/slice.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/testing/each_index.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using Ints = std::vector<int64_t>;
using ops::ForEachIndex;
using ops::PlaceOf;

// What is not taken costs nothing, however large it is.
TEST(SliceTest, CostIsThatOfWhatIsTaken) {
  const AttrMap attrs;
  const std::vector<Dims> in = {{1000000}}, out = {{5}};
  EXPECT_EQ(CostOf(ops::SliceOp(), {attrs, in, out}, {4000000}, {20}).bytes, 40);
}

TEST(SliceTest, SliceAndItsAdjointFollowTheFormula) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    Dims whole, starts, sizes;
    Ints strides;
    const size_t rank = random() % 5;
    for (size_t a = 0; a < rank; ++a) {
      whole.push_back(1 + random() % 12);
      starts.push_back(random() % whole[a]);
      const int64_t stride = static_cast<int64_t>(1 + random() % 3) * (random() % 2 == 0 ? 1 : -1);
      const int64_t room = stride > 0 ? whole[a] - 1 - starts[a] : starts[a];
      sizes.push_back(1 + random() % (room / std::abs(stride) + 1));
      strides.push_back(stride);
    }
    const AttrMap attrs = {{"starts", Shape(absl::MakeConstSpan(starts))},
                           {"sizes", Shape(absl::MakeConstSpan(sizes))},
                           {"strides", strides}};
    const Tensor x = ops::RandomTensor(DType::kFloat32, whole, &random);
    const auto y = ops::RunKernel(ops::SliceOp(), {x}, attrs);
    ASSERT_TRUE(y.ok()) << y.status();
    const auto dx = ops::RunKernel(ops::SliceGradOp(), {(*y)[0]},
                                   {{"shape", Shape(absl::MakeConstSpan(whole))},
                                    {"starts", Shape(absl::MakeConstSpan(starts))},
                                    {"strides", strides}});
    ASSERT_TRUE(dx.ok()) << dx.status();
    Tensor put_back = *Tensor::Zeros(DType::kFloat32, whole);
    ForEachIndex(sizes, [&](const Dims& i) {
      Dims from = starts;
      for (size_t a = 0; a < i.size(); ++a) from[a] += i[a] * strides[a];
      const float v = x.data<float>()[PlaceOf(from, whole)];
      ASSERT_EQ((*y)[0].data<float>()[PlaceOf(i, sizes)], v);
      put_back.mutable_data<float>()[PlaceOf(from, whole)] = v;
    });
    ASSERT_TRUE(SameBits((*dx)[0], put_back));
  }
}

Tensor Counted(Dims dims) {
  Tensor t = *Tensor::Zeros(DType::kFloat32, dims);
  for (int64_t i = 0; i < t.num_elements(); ++i) t.mutable_data<float>()[i] = static_cast<float>(i);
  return t;
}

// The outputs of `g` for x = 0, 1, 2, … of `dims`.
runtime::TensorMap Evaluate(GraphBuilder* g, Dims dims) {
  const auto f = g->Build();
  EXPECT_TRUE(f.ok()) << f.status();
  const auto result =
      runtime::EvaluateFunction(*f, {{"x", Counted(dims)}}, {}, runtime::KernelMode::kFast);
  EXPECT_TRUE(result.ok()) << result.status();
  return result->outputs;
}

TEST(SliceAxisTest, IsPythonsSlice) {
  struct Case {
    SliceAxisOptions options;
    std::vector<float> expected;
  };
  const std::vector<Case> cases = {{{}, {0, 1, 2, 3, 4}},
                                   {{.start = 1, .limit = 3}, {1, 2}},
                                   {{.start = -2}, {3, 4}},
                                   {{.limit = -1}, {0, 1, 2, 3}},
                                   {{.start = -100, .limit = 100}, {0, 1, 2, 3, 4}},
                                   {{.start = 1, .stride = 2}, {1, 3}},
                                   {{.start = 0, .stride = 3}, {0, 3}},
                                   {{.start = 3, .limit = 1}, {}}};
  for (const Case& c : cases) {
    GraphBuilder g("f");
    g.Output("y", SliceAxis(g.Input("x", DType::kFloat32, {5}), -1, c.options));
    const runtime::TensorMap y = Evaluate(&g, {5});
    const Tensor& t = y.at("y");
    EXPECT_EQ(std::vector<float>(t.data<float>().begin(), t.data<float>().end()), c.expected);
  }
}

TEST(SliceAxisTest, AllButTheLastOfASymbolicAxis) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {"time", 2});
  const Value y = SliceAxis(x, 0, {.limit = -1});
  EXPECT_EQ(y.type().ToString(), "float32[time - 1,2]");
  EXPECT_EQ(SliceAxis(x, 0, {.stride = 2}).dim(0).ToString(), "floor((time + 1)/2)");
  g.Output("y", y);
  const runtime::TensorMap out = Evaluate(&g, {3, 2});
  EXPECT_TRUE(SameBits(out.at("y"), Tensor::Of<float>({2, 2}, {0, 1, 2, 3})));
}

// Texts that are no symbols, as numbers in quotes.
TEST(SliceAxisTest, RefusesWhatIsNoDimension) {
  for (const SliceAxisOptions& options : std::vector<SliceAxisOptions>{
           {.start = "my start"}, {.start = "-1"}, {.limit = "2"}, {.limit = Dim::Invalid()}}) {
    for (const Dim& dim : {Dim(5), Dim("time")}) {
      GraphBuilder g("f");
      EXPECT_FALSE(SliceAxis(g.Input("x", DType::kFloat32, {dim}), 0, options).valid());
      EXPECT_EQ(g.status().code(), absl::StatusCode::kInvalidArgument) << g.status();
    }
  }
}

TEST(SplitTest, CutsAnAxis) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {"batch", 4});
  const std::vector<Value> two = Split(x, 2, -1);
  const std::vector<Value> uneven = Split(x, {1, 3}, 1);
  ASSERT_EQ(two.size(), 2u);
  g.Output("second", two[1]);
  g.Output("three", uneven[1]);
  const runtime::TensorMap y = Evaluate(&g, {2, 4});
  EXPECT_TRUE(SameBits(y.at("second"), Tensor::Of<float>({2, 2}, {2, 3, 6, 7})));
  EXPECT_TRUE(SameBits(y.at("three"), Tensor::Of<float>({2, 3}, {1, 2, 3, 5, 6, 7})));
}

TEST(SplitTest, SymbolicAxis) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {"batch"});
  const std::vector<Value> parts = Split(x, {Dim("batch") - 1, 1});
  EXPECT_TRUE(parts[1].valid()) << g.status();
  g.Output("last", parts[1]);
  EXPECT_TRUE(SameBits(Evaluate(&g, {7}).at("last"), Tensor::Of<float>({1}, {6})));
}

std::string ErrorOf(void (*build)(Value x)) {
  GraphBuilder g("f");
  build(g.Input("x", DType::kFloat32, {4, 6}));
  return std::string(g.status().message());
}

TEST(SliceTest, Errors) {
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  std::string e = ErrorOf([](Value x) { Slice(x, {0, 4}, {4, 3}); });
  EXPECT_TRUE(has(e, "axis 1: starts [0,4] and sizes [4,3] leave [4,6] (slice_c3)")) << e;
  e = ErrorOf([](Value x) { Split(x, 4, 1); });
  EXPECT_TRUE(has(e, "cannot be cut into 4 equal parts")) << e;
  e = ErrorOf([](Value x) { Split(x, {2, 3}, 1); });
  EXPECT_TRUE(has(e, "sizes add up to 5, but axis 1 of float32[4,6] is 6")) << e;
  e = ErrorOf([](Value x) { Split(x, 2, 5); });
  EXPECT_TRUE(has(e, "Split (slice_test.cc:")) << e;
  e = ErrorOf([](Value x) { SliceAxis(x, 2, {}); });
  EXPECT_TRUE(has(e, "axis 2 is outside [-2, 2)")) << e;
}

TEST(SliceTest, WhatSymbolsLeaveOpenIsCheckedWhenTheyAreKnown) {
  GraphBuilder g("f");
  g.Output("y", Slice(g.Input("x", DType::kFloat32, {"batch"}), {2}, {3}));
  const Function f = *g.Build();
  EXPECT_TRUE(runtime::EvaluateFunction(f, {{"x", Counted({5})}}).ok());
  const auto bad = runtime::EvaluateFunction(f, {{"x", Counted({4})}});
  EXPECT_EQ(bad.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(bad.status().message().find("starts [2] and sizes [3] leave [4]"), std::string::npos)
      << bad.status();
}

}  // namespace
}  // namespace dagrad
