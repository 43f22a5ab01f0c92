#include "dagrad/ops/nn/conv3d/conv3d.h"

#include <cstdint>
#include <numeric>
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

// Integers, so that sums are exact.
Tensor Counted(const Dims& dims, int64_t modulus) {
  Tensor t = *Tensor::Zeros(DType::kFloat64, dims);
  int64_t i = 0;
  for (double& v : t.mutable_data<double>()) v = static_cast<double>(i++ * 7 % modulus - 3);
  return t;
}

double Dot(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.dims(), b.dims());
  return std::inner_product(a.data<double>().begin(), a.data<double>().end(),
                            b.data<double>().begin(), 0.0);
}

// <Conv3D(x), dy> = <x, Conv3DInputGrad(dy)> for all x and dy: it is the transposed convolution.
TEST(Conv3DTest, InputGradIsTheTransposedConvolution) {
  const Conv3DOptions cases[] = {{},
                                 {.strides = {2, 1, 2}},
                                 {.strides = {5, 5, 5}},
                                 {.dilations = {2, 1, 1}},
                                 {.strides = {2, 2, 1}, .padding = "same"},
                                 {.strides = {2, 1, 1},
                                  .padding = "explicit",
                                  .explicit_padding = {1, 2, 0, 1, 1, 0},
                                  .dilations = {2, 1, 2}},
                                 {.strides = {int64_t{1} << 31, 1, 1}, .groups = 2}};
  for (const Conv3DOptions& options : cases) {
    const Dims dims = {2, 7, 6, 5, 2}, window = {3, 2, 2, 2 / options.groups, 4};
    GraphBuilder g("f");
    const Value x = g.Input("x", DType::kFloat64, Shape(absl::MakeConstSpan(dims)));
    const Value f = g.Input("f", DType::kFloat64, Shape(absl::MakeConstSpan(window)));
    const Value y = Conv3D(x, f, options);
    ASSERT_TRUE(g.ok()) << g.status();
    const Value dy = g.Input("dy", DType::kFloat64, y.shape());
    const Dims dims_of_y = y.shape().ToDims();
    g.Output("y", y);
    g.Output("dx", Conv3DInputGrad(dy, f, x.shape(), options));
    const absl::StatusOr<Function> built = g.Build();
    ASSERT_TRUE(built.ok()) << built.status();
    const Tensor of_x = Counted(dims, 11), of_dy = Counted(dims_of_y, 13);
    const auto r =
        runtime::EvaluateFunction(*built, {{"x", of_x}, {"f", Counted(window, 5)}, {"dy", of_dy}});
    ASSERT_TRUE(r.ok()) << r.status();
    EXPECT_EQ(Dot(r->outputs.at("y"), of_dy), Dot(of_x, r->outputs.at("dx")));
  }
}

TEST(Conv3DTest, InputGradRefusesAnotherDepth) {
  GraphBuilder g("f");
  Conv3DInputGrad(g.Input("dy", DType::kFloat32, {1, 3, 4, 4, 1}),
                  g.Input("filter", DType::kFloat32, {2, 1, 1, 1, 1}), {1, 5, 4, 4, 1});
  EXPECT_TRUE(absl::StrContains(g.status().message(), "its depth is 4")) << g.status();
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
