#include "dagrad/ops/nn/conv3d/conv3d.h"

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

// The planes of one element each of 1, 2, 3, 4 by a filter of the planes 1, 10.
std::vector<float> OfFourPlanes(const Conv3DOptions& options) {
  GraphBuilder g("f");
  g.Output("y", Conv3D(g.Input("x", DType::kFloat32, {1, 4, 1, 1, 1}),
                       g.Input("filter", DType::kFloat32, {2, 1, 1, 1, 1}), options));
  const absl::StatusOr<Function> f = g.Build();
  EXPECT_TRUE(f.ok()) << f.status();
  if (!f.ok()) return {};
  const auto r =
      runtime::EvaluateFunction(*f, {{"x", Tensor::Of<float>({1, 4, 1, 1, 1}, {1, 2, 3, 4})},
                                     {"filter", Tensor::Of<float>({2, 1, 1, 1, 1}, {1, 10})}});
  EXPECT_TRUE(r.ok()) << r.status();
  if (!r.ok()) return {};
  const auto y = r->outputs.at("y").data<float>();
  return {y.begin(), y.end()};
}

TEST(Conv3DTest, SlidesAlongTheDepth) {
  using Values = std::vector<float>;
  EXPECT_EQ(OfFourPlanes({}), (Values{21, 32, 43}));
  EXPECT_EQ(OfFourPlanes({.strides = {2, 1, 1}}), (Values{21, 43}));
  EXPECT_EQ(OfFourPlanes({.dilations = {2, 1, 1}}), (Values{31, 42}));
  EXPECT_EQ(OfFourPlanes({.padding = "same"}), (Values{21, 32, 43, 4}));
  EXPECT_EQ(OfFourPlanes({.strides = {3, 1, 1}, .padding = "same"}), (Values{21, 4}));
  EXPECT_EQ(OfFourPlanes({.padding = "explicit", .explicit_padding = {1, 0, 0, 0, 0, 0}}),
            (Values{10, 21, 32, 43}));
}

// The builder's error for a depth and a filter's depth.
absl::Status ErrorOf(const Dim& depth, int64_t filter_depth, const Conv3DOptions& options) {
  GraphBuilder g("f");
  Conv3D(g.Input("x", DType::kFloat32, {1, depth, 4, 4, 1}),
         g.Input("filter", DType::kFloat32, {filter_depth, 1, 1, 1, 1}), options);
  return g.status();
}

TEST(Conv3DTest, NamesAWindowThatDoesNotFit) {
  for (const auto& [depth, size, options] :
       std::vector<std::tuple<int64_t, int64_t, Conv3DOptions>>{
           {2, 3, {}},
           {4, 3, {.dilations = {2, 1, 1}}},
           {1, 3, {.padding = "explicit", .explicit_padding = {1, 0, 0, 0, 0, 0}}}}) {
    const absl::Status s = ErrorOf(depth, size, options);
    EXPECT_TRUE(absl::StrContains(s.message(), "does not fit the depth")) << s;
    EXPECT_TRUE(ErrorOf(depth + 1, size, options).ok());
  }
  EXPECT_TRUE(ErrorOf("time", 3, {}).ok());
}

TEST(Conv3DTest, RefusesNumbersThatOverflow) {
  constexpr int64_t kHuge = int64_t{1} << 62;
  for (const Conv3DOptions& options : std::vector<Conv3DOptions>{
           {.strides = {kHuge, 1, 1}},
           {.dilations = {kHuge, 1, 1}},
           {.padding = "same", .dilations = {kHuge, 1, 1}},
           {.padding = "explicit", .explicit_padding = {kHuge, kHuge, 0, 0, 0, 0}}}) {
    EXPECT_EQ(ErrorOf(8, 3, options).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(ErrorOf(int64_t{1} << 40, int64_t{1} << 40, {}).code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace dagrad
