#include "dagrad/ops/shape/pad/pad.h"

#include <algorithm>
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

// The index that element i of a padded axis comes from; -1 for the constant.
int64_t SourceOf(const std::string& mode, int64_t i, int64_t low, int64_t dim) {
  const int64_t s = i - low;
  if (s >= 0 && s < dim) return s;
  if (mode == "constant") return -1;
  if (mode == "edge") return s < 0 ? 0 : dim - 1;
  return s < 0 ? -s : 2 * dim - 2 - s;
}

struct Case {
  Dims dims, padded;
  Ints low, high;
};

Case RandomCase(const std::string& mode, std::mt19937* random) {
  Case c;
  const size_t rank = (*random)() % 4;
  for (size_t a = 0; a < rank; ++a) {
    c.dims.push_back(1 + (*random)() % 9);
    const int64_t most = mode == "reflect" ? c.dims[a] - 1 : 5;
    c.low.push_back((*random)() % (most + 1));
    c.high.push_back((*random)() % (most + 1));
    c.padded.push_back(c.low[a] + c.dims[a] + c.high[a]);
  }
  return c;
}

TEST(PadTest, PadAndItsAdjointFollowTheFormula) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    const std::string mode = std::vector<std::string>{"constant", "reflect", "edge"}[round % 3];
    const Case c = RandomCase(mode, &random);
    SCOPED_TRACE(absl::StrCat(mode, " ", DimsToString(c.dims), " by ", DimsToString(c.low), ", ",
                              DimsToString(c.high)));
    AttrMap attrs = {{"low", c.low}, {"high", c.high}, {"mode", mode}};
    const Tensor dy = ops::RandomTensor(DType::kFloat64, c.padded, &random);
    Tensor dx = *Tensor::Zeros(DType::kFloat64, c.dims);
    const Tensor x = ops::RandomTensor(DType::kFloat64, c.dims, &random);
    Tensor y = Tensor::Full(DType::kFloat64, c.padded, 2.5);
    ops::ForEachIndex(c.padded, [&](const Dims& i) {
      Dims from = i;
      for (size_t a = 0; a < i.size(); ++a) from[a] = SourceOf(mode, i[a], c.low[a], c.dims[a]);
      if (std::count(from.begin(), from.end(), -1) > 0) return;
      y.mutable_data<double>()[ops::PlaceOf(i, c.padded)] =
          x.data<double>()[ops::PlaceOf(from, c.dims)];
      dx.mutable_data<double>()[ops::PlaceOf(from, c.dims)] +=
          dy.data<double>()[ops::PlaceOf(i, c.padded)];
    });
    if (mode != "constant") {
      const auto adjoint = ops::RunKernel(ops::PadGradOp(), {dy}, attrs);
      ASSERT_TRUE(adjoint.ok()) << adjoint.status();
      ASSERT_LE(ops::MaxError((*adjoint)[0], dx), 1e-14);
    }
    attrs.Set("value", 2.5);
    const auto padded = ops::RunKernel(ops::PadOp(), {x}, attrs);
    ASSERT_TRUE(padded.ok()) << padded.status();
    ASSERT_TRUE(SameBits((*padded)[0], y));
  }
}

TEST(PadTest, SymbolicAxes) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {"n"});
  const Value y = Pad(x, {1}, {2}, {.mode = "reflect"});
  EXPECT_EQ(y.type().ToString(), "float32[n + 3]");
  EXPECT_EQ(PadGrad(y, {1}, {2}, "reflect").type().ToString(), "float32[n]");
  g.Output("y", y);
  const Function f = *g.Build();
  const auto good = runtime::EvaluateFunction(f, {{"x", Tensor::Of<float>({3}, {1, 2, 3})}});
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_TRUE(SameBits(good->outputs.at("y"), Tensor::Of<float>({6}, {2, 1, 2, 3, 2, 1})));
  const auto bad = runtime::EvaluateFunction(f, {{"x", Tensor::Of<float>({2}, {1, 2})}});
  EXPECT_EQ(bad.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(
      bad.status().message().find("mode reflect pads 2 elements by at most 1, not by 1 and 2"),
      std::string::npos)
      << bad.status();
}

TEST(PadTest, RefusesNegativePadding) {
  GraphBuilder g("f");
  EXPECT_FALSE(Pad(g.Input("x", DType::kFloat32, {3}), {-1}, {0}).valid());
  EXPECT_NE(
      g.status().message().find("axis 0 is padded by -1 and 0: neither may be negative (pad_c2)"),
      std::string::npos)
      << g.status();
}

}  // namespace
}  // namespace dagrad
