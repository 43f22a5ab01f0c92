// Resize beyond what ONNX's own cases have.
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "dagrad/tests/onnx/model_maker.h"
#include "dagrad/tests/onnx/run_model.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

// Resize of the last axis of x [1, 1, n] to `size` elements.
ModelMaker Linear(int32_t type, int64_t n, int64_t size) {
  ModelMaker m(18);
  m.Input("x", type, {"1", "1", std::to_string(n)}).Output("y").Integers("sizes", {1, 1, size});
  SetText(m.Node("Resize", {"x", "", "", "sizes"}, {"y"}), "mode", "linear");
  return m;
}

TEST(ResizeTest, AnInfiniteElementStaysAtItsPlace) {
  ModelMaker m = Linear(kFloat, 4, 8);
  const Tensor x = Tensor::Of<float>({1, 1, 4}, {1, 2, kInf, 4});
  EXPECT_EQ(Values<float>(RunOne(m, {{"x", x}})),
            (std::vector<float>{1, 1.25, 1.75, kInf, kInf, kInf, kInf, 4}));
  // An element that is just met takes no part of the next one.
  ModelMaker corners = Linear(kFloat, 2, 3);
  SetText(corners.graph().mutable_node(0), "coordinate_transformation_mode", "align_corners");
  EXPECT_EQ(Values<float>(RunOne(corners, {{"x", Tensor::Of<float>({1, 1, 2}, {kInf, 2})}})),
            (std::vector<float>{kInf, kInf, 2}));
}

TEST(ResizeTest, IntegersAreRounded) {
  ModelMaker m = Linear(kUInt8, 2, 4);
  EXPECT_EQ(Values<uint8_t>(RunOne(m, {{"x", Tensor::Of<uint8_t>({1, 1, 2}, {0, 10})}})),
            (std::vector<uint8_t>{0, 2, 8, 10}));
  ModelMaker wide = Linear(kInt64, 2, 4);
  EXPECT_EQ(Values<int64_t>(RunOne(wide, {{"x", Tensor::Of<int64_t>({1, 1, 2}, {-400, 400})}})),
            (std::vector<int64_t>{-400, -200, 200, 400}));
}

TEST(ResizeTest, LongAxes) {
  ModelMaker m = Linear(kFloat, 48000, 16000);
  std::vector<float> x(48000);
  std::iota(x.begin(), x.end(), 0.0f);
  const Tensor t = Tensor::Of<float>({1, 1, 48000}, absl::MakeConstSpan(x));
  const std::vector<float> y = Values<float>(RunOne(m, {{"x", t}}));
  ASSERT_EQ(y.size(), 16000U);
  EXPECT_NEAR(y[0], 1, 0.01);
  EXPECT_NEAR(y[15999], 47998, 0.01);
  ModelMaker antialias = Linear(kFloat, 1000000, 1000);
  SetInt(antialias.graph().mutable_node(0), "antialias", 1);
  const std::vector<float> means =
      Values<float>(RunOne(antialias, {{"x", Tensor::Full(DType::kFloat32, {1, 1, 1000000}, 3)}}));
  ASSERT_EQ(means.size(), 1000U);
  EXPECT_NEAR(means[500], 3, 1e-5);
}

// An axis whose size is a symbol, two and three times: what one of a known size gives.
TEST(ResizeTest, SymbolsByWholeNumbers) {
  for (const std::string mode : {"linear", "cubic"}) {
    for (const std::string coordinates : {"half_pixel", "asymmetric", "pytorch_half_pixel"}) {
      for (const float times : {2.0f, 3.0f}) {
        const auto make = [&](const std::string& size) {
          ModelMaker m;
          m.Input("x", kFloat, {"1", size}).Output("y").Floats("scales", {2}, {1, times});
          proto::Node* node = m.Node("Resize", {"x", "", "scales"}, {"y"});
          SetText(node, "mode", mode);
          SetText(node, "coordinate_transformation_mode", coordinates);
          return m;
        };
        const Tensor x = Tensor::Of<float>({1, 5}, {1, -2, 4, 8, 3});
        ModelMaker symbol = make("n"), number = make("5");
        const Tensor y = RunOne(symbol, {{"x", x}}), expected = RunOne(number, {{"x", x}});
        ASSERT_EQ(y.dims(), expected.dims()) << mode << ", " << coordinates;
        for (int64_t i = 0; i < y.num_elements(); ++i)
          EXPECT_NEAR(y.data<float>()[i], expected.data<float>()[i], 1e-5) << mode << " at " << i;
      }
    }
  }
}

// ONNX's own case of opset 10, test_resize_downsample_nearest.
TEST(ResizeTest, BeforeOpset11NearestIsUpWhereAnAxisShrinks) {
  ModelMaker m(10);
  m.Input("x", kFloat, {"1", "1", "2", "4"}).Output("y").Floats("scales", {4}, {1, 1, 0.6f, 0.6f});
  m.Node("Resize", {"x", "scales"}, {"y"});
  const Tensor x = Tensor::Of<float>({1, 1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(Values<float>(RunOne(m, {{"x", x}})), (std::vector<float>{1, 3}));
}

ModelMaker Proportional(const std::vector<std::string>& dims, const std::vector<int64_t>& sizes,
                        const std::string& policy) {
  ModelMaker m(18);
  m.Input("x", kFloat, dims).Output("y").Integers("sizes", sizes);
  proto::Node* node = m.Node("Resize", {"x", "", "", "sizes"}, {"y"});
  SetInts(node, "axes", {0, 1});
  SetText(node, "keep_aspect_ratio_policy", policy);
  return m;
}

TEST(ResizeTest, Proportions) {
  ModelMaker empty = Proportional({"0", "4"}, {0, 8}, "not_larger");
  EXPECT_EQ(RunOne(empty, {{"x", Tensor::Full(DType::kFloat32, {0, 4}, 0)}}).dims(), (Dims{0, 8}));
  ModelMaker huge = Proportional({"1", "1000000"}, {1000000, 1}, "not_smaller");
  ExpectError(huge, absl::StatusCode::kInvalidArgument, "an axis of 1000000 elements");
}

TEST(ResizeTest, RegionsAreFinite) {
  for (float end : {std::numeric_limits<float>::quiet_NaN(), kInf, 1e30f}) {
    ModelMaker m;
    m.Input("x", kFloat, {"4"}).Output("y").Floats("roi", {2}, {0, end}).Floats("scales", {1}, {2});
    SetText(m.Node("Resize", {"x", "roi", "scales"}, {"y"}), "coordinate_transformation_mode",
            "tf_crop_and_resize");
    ExpectError(m, absl::StatusCode::kInvalidArgument, "roi has a ");
  }
}

}  // namespace
}  // namespace dagrad::onnx
