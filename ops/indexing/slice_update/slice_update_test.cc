#include "dagrad/ops/indexing/slice_update/slice_update.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/graph/builder.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/runtime/run/executable.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using runtime::TensorMap;

constexpr int64_t kLength = 4096;
constexpr int64_t kWidth = 64;

// A cache to which each run adds a row; the sum of what is in it.
absl::StatusOr<Function> Cached() {
  GraphBuilder g("cached");
  const Value row = g.Input("row", DType::kFloat32, {1, kWidth});
  const Value length = g.Input("length", DType::kInt64, {});
  const Value cache =
      SliceUpdate(g.State("cache", DType::kFloat32, {kLength, kWidth}), row, length);
  g.Update("cache", cache);
  g.Output("sum", ReduceSum(cache));
  return g.Build();
}

TEST(SliceUpdateTest, AStateIsWrittenInPlace) {
  const auto f = Cached();
  ASSERT_TRUE(f.ok()) << f.status();
  const auto e = Executable::Compile(*f);
  ASSERT_TRUE(e.ok()) << e.status();
  const auto plan = (*e)->Plan({{1, kWidth}, {}});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_LT(plan->arena_bytes, kLength * kWidth * 4 / 8) << "the cache is copied";
  StateStore state;
  state.Set("cache", *Tensor::Zeros(DType::kFloat32, {kLength, kWidth}));
  for (int i = 0; i < 5; ++i) {
    const auto y = (*e)->Run({{"row", Tensor::Full(DType::kFloat32, {1, kWidth}, i + 1)},
                              {"length", Tensor::Scalar<int64_t>(i)}},
                             &state);
    ASSERT_TRUE(y.ok()) << y.status();
    EXPECT_EQ(y->at("sum").data<float>()[0], kWidth * (i + 1) * (i + 2) / 2);
  }
  const Tensor cache = state.Get("cache");
  for (int64_t r = 0; r < 7; ++r)
    EXPECT_EQ(cache.data<float>()[r * kWidth + 3], r < 5 ? static_cast<float>(r + 1) : 0) << r;
}

TEST(SliceUpdateTest, AStartOutOfRangeLeavesTheStateAsItWas) {
  const auto f = Cached();
  ASSERT_TRUE(f.ok()) << f.status();
  const auto e = Executable::Compile(*f);
  ASSERT_TRUE(e.ok()) << e.status();
  StateStore state;
  state.Set("cache", *Tensor::Zeros(DType::kFloat32, {kLength, kWidth}));
  for (int64_t start : {int64_t{-1}, kLength, int64_t{1} << 62}) {
    const auto y = (*e)->Run({{"row", Tensor::Full(DType::kFloat32, {1, kWidth}, 1)},
                              {"length", Tensor::Scalar<int64_t>(start)}},
                             &state);
    EXPECT_EQ(y.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(y.status().message(), "an update of 1 into an axis of 4096"))
        << y.status();
    EXPECT_EQ(state.Get("cache").data<float>()[kLength * kWidth - 1], 0);
  }
}

TEST(SliceUpdateTest, AnUpdateThatIsLongerThanTheAxisIsRefused) {
  for (bool circular : {false, true}) {
    GraphBuilder g("f");
    g.Output("y",
             SliceUpdate(g.Input("x", DType::kFloat32, {"n"}), g.Input("u", DType::kFloat32, {"m"}),
                         g.Input("s", DType::kInt64, {}), {.circular = circular}));
    const auto f = g.Build();
    ASSERT_TRUE(f.ok()) << f.status();
    const auto e = Executable::Compile(*f);
    ASSERT_TRUE(e.ok()) << e.status();
    const auto y = (*e)->Run({{"x", Tensor::Full(DType::kFloat32, {3}, 1)},
                              {"u", Tensor::Full(DType::kFloat32, {4}, 1)},
                              {"s", Tensor::Scalar<int64_t>(0)}});
    EXPECT_EQ(y.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(y.status().message(), "an update of 4 into an axis of 3"))
        << y.status();
  }
}

}  // namespace
}  // namespace dagrad
