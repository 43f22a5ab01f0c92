// What ONNX's own cases leave open of single ops.
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "dagrad/tests/onnx/run_model.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

constexpr int32_t kUInt16 = 4, kInt32 = 6, kHalf = 10;
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr int64_t kNoDouble = (int64_t{1} << 53) + 1;  // doubles around it are even

// A model whose "n" is the size of x's axis, [1].
ModelMaker WithSize() {
  ModelMaker m;
  m.Input("x", kFloat, {"size"}).Output("y").Integers("one", {1});
  m.Node("Shape", {"x"}, {"n"});
  return m;
}

runtime::TensorMap OfSize(int64_t n) { return {{"x", Tensor::Full(DType::kFloat32, {n}, 0)}}; }

TEST(SymbolicTest, NumbersBelowZero) {
  ModelMaker range = WithSize();
  range.Node("Sub", {"one", "n"}, {"start"});
  range.Node("Range", {"start", "n", "one"}, {"y"});
  EXPECT_EQ(Values<int64_t>(RunOne(range, OfSize(3))), (std::vector<int64_t>{-2, -1, 0, 1, 2}));
  ModelMaker rest = WithSize();
  rest.Integers("ten", {10}).Integers("zero", {0});
  rest.Node("Sub", {"ten", "n"}, {"rest"});
  rest.Node("Max", {"rest", "zero"}, {"y"});
  EXPECT_EQ(Values<int64_t>(RunOne(rest, OfSize(3))), (std::vector<int64_t>{7}));
  EXPECT_EQ(Values<int64_t>(RunOne(rest, OfSize(12))), (std::vector<int64_t>{0}));
  ModelMaker joined = WithSize();
  joined.Integers("minus", {-1});
  SetInt(joined.Node("Concat", {"n", "minus"}, {"y"}), "axis", 0);
  EXPECT_EQ(Values<int64_t>(RunOne(joined, OfSize(5))), (std::vector<int64_t>{5, -1}));
}

// Of sizes minus floors of them, times others: what is taken off is so term by term.
TEST(SymbolicTest, TermsBelowZero) {
  ModelMaker m = WithSize();
  m.Integers("two", {2}).Integers("three", {3});
  m.Node("Add", {"n", "one"}, {"more"});
  m.Node("Div", {"more", "two"}, {"half"});
  m.Node("Mul", {"half", "n"}, {"product"});
  m.Node("Sub", {"three", "product"}, {"rest"});
  m.Node("Add", {"rest", "n"}, {"y"});
  EXPECT_EQ(Values<int64_t>(RunOne(m, OfSize(4))), (std::vector<int64_t>{3 - 2 * 4 + 4}));
  EXPECT_EQ(Values<int64_t>(RunOne(m, OfSize(0))), (std::vector<int64_t>{3}));
}

TEST(SymbolicTest, QuotientsAreCutOffTowardZero) {
  ModelMaker m = WithSize();
  m.Integers("five", {5}).Integers("two", {2});
  m.Node("Sub", {"n", "five"}, {"rest"});
  m.Node("Div", {"rest", "two"}, {"y"});
  EXPECT_EQ(Values<int64_t>(RunOne(m, OfSize(4))), (std::vector<int64_t>{0}));
  EXPECT_EQ(Values<int64_t>(RunOne(m, OfSize(10))), (std::vector<int64_t>{2}));
  // Where no size gives a number below 0, the quotient is a dimension.
  ModelMaker shape = WithSize();
  shape.Integers("two", {2}).Floats("w", {1}, {7});
  shape.Node("Sub", {"n", "one"}, {"less"});
  shape.Node("Div", {"less", "two"}, {"half"});
  shape.Node("Expand", {"w", "half"}, {"y"});
  EXPECT_EQ(Values<float>(RunOne(shape, OfSize(6))), (std::vector<float>{7, 7}));
}

TEST(SymbolicTest, SizesOfInt32) {
  ModelMaker m = WithSize();
  m.Input("k", kInt32, {"1"});
  SetInt(m.Node("Cast", {"n"}, {"n32"}), "to", kInt32);
  m.Node("Add", {"n32", "k"}, {"y"});
  runtime::TensorMap feeds = OfSize(2);
  feeds["k"] = Tensor::Of<int32_t>({1}, {40});
  EXPECT_EQ(Values<int32_t>(RunOne(m, feeds)), (std::vector<int32_t>{42}));
}

// A list that doubles again and again is left to the run.
TEST(SymbolicTest, LongListsAreNoShapes) {
  ModelMaker m = WithSize();
  std::string last = "n";
  for (int i = 0; i < 20; ++i) {
    const std::string next = i < 19 ? absl::StrCat("n", i) : "y";
    SetInt(m.Node("Concat", {last, last}, {next}), "axis", 0);
    last = next;
  }
  const auto loaded = io::ImportOnnx(m.model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const Function& f = loaded->model.functions[0];
  EXPECT_EQ(f.type(f.outputs[0].value).ToString(), "int64[1048576]");
  EXPECT_LT(f.nodes.size(), 1000U);
}

TEST(GatherNDTest, BatchesOfSymbols) {
  ModelMaker m;
  m.Input("x", kFloat, {"2", "n"}).Input("i", kInt64, {"2", "1"}).Output("y");
  SetInt(m.Node("GatherND", {"x", "i"}, {"y"}), "batch_dims", 1);
  EXPECT_EQ(Values<float>(RunOne(m, {{"x", Tensor::Of<float>({2, 3}, {1, 2, 3, 4, 5, 6})},
                                     {"i", Tensor::Of<int64_t>({2, 1}, {-1, 0})}})),
            (std::vector<float>{3, 4}));
}

TEST(ScatterNDTest, RowsOfSymbols) {
  ModelMaker m;
  m.Input("x", kFloat, {"2", "n"}).Input("u", kFloat, {"1", "n"}).Output("y");
  m.Input("i", kInt64, {"1", "1"}).Node("ScatterND", {"x", "i", "u"}, {"y"});
  EXPECT_EQ(Values<float>(RunOne(m, {{"x", Tensor::Of<float>({2, 3}, {1, 2, 3, 4, 5, 6})},
                                     {"i", Tensor::Of<int64_t>({1, 1}, {1})},
                                     {"u", Tensor::Of<float>({1, 3}, {7, 8, 9})}})),
            (std::vector<float>{1, 2, 3, 7, 8, 9}));
}

// The largest element of two windows is stored twice, not added up.
TEST(MaxUnpoolTest, WindowsThatOverlap) {
  ModelMaker m;
  m.Input("x", kFloat, {"1", "1", "2"}).Input("i", kInt64, {"1", "1", "2"}).Output("y");
  SetInts(m.Node("MaxUnpool", {"x", "i"}, {"y"}), "kernel_shape", {2});
  EXPECT_EQ(Values<float>(RunOne(m, {{"x", Tensor::Of<float>({1, 1, 2}, {5, 5})},
                                     {"i", Tensor::Of<int64_t>({1, 1, 2}, {1, 1})}})),
            (std::vector<float>{0, 5, 0}));
}

std::vector<float> CumSumOf(const std::vector<float>& x, int64_t exclusive, int64_t reverse) {
  ModelMaker m;
  m.Input("x", kFloat, {std::to_string(x.size())}).Output("y").Integers("axis", {0});
  proto::Node* node = m.Node("CumSum", {"x", "axis"}, {"y"});
  SetInt(node, "exclusive", exclusive);
  SetInt(node, "reverse", reverse);
  const Tensor t = Tensor::Of<float>({static_cast<int64_t>(x.size())}, absl::MakeConstSpan(x));
  return Values<float>(RunOne(m, {{"x", t}}));
}

TEST(CumSumTest, AnInfiniteElementStaysInItsSums) {
  const std::vector<float> x = {1, kInf, 2, 3};
  EXPECT_EQ(CumSumOf(x, 0, 0), (std::vector<float>{1, kInf, kInf, kInf}));
  EXPECT_EQ(CumSumOf(x, 1, 0), (std::vector<float>{0, 1, kInf, kInf}));
  EXPECT_EQ(CumSumOf(x, 0, 1), (std::vector<float>{kInf, kInf, 5, 3}));
  EXPECT_EQ(CumSumOf(x, 1, 1), (std::vector<float>{kInf, 5, 3, 0}));
  const std::vector<float> sums = CumSumOf(std::vector<float>(5000, 1), 0, 0);
  ASSERT_EQ(sums.size(), 5000U);
  EXPECT_EQ(sums[4998], 4999);
  EXPECT_EQ(CumSumOf({7}, 1, 0), (std::vector<float>{0}));
}

TEST(AveragePoolTest, PaddingThatCounts) {
  const auto pool = [](const std::string& size) {
    ModelMaker m;
    m.Input("x", kFloat, {"1", "1", size}).Output("y");
    proto::Node* node = m.Node("AveragePool", {"x"}, {"y"});
    SetInts(node, "kernel_shape", {3});
    SetInts(node, "pads", {1, 2});
    SetInts(node, "strides", {2});
    SetInt(node, "ceil_mode", 1);
    SetInt(node, "count_include_pad", 1);
    return m;
  };
  ModelMaker m = pool("3");  // windows of (0 6 6) and (6 6 0)
  EXPECT_EQ(Values<float>(RunOne(m, {{"x", Tensor::Of<float>({1, 1, 3}, {6, 6, 6})}})),
            (std::vector<float>{4, 4}));
  ModelMaker huge = pool("1073741824");
  ExpectError(huge, absl::StatusCode::kUnimplemented, "an axis of 1073741824 elements");
}

TEST(LossTest, WhatIsIgnoredMayBeInfinite) {
  ModelMaker m;
  m.Input("x", kFloat, {"2", "2"}).Input("labels", kInt64, {"2"}).Output("y");
  SetInt(m.Node("NegativeLogLikelihoodLoss", {"x", "labels"}, {"y"}), "ignore_index", 0);
  EXPECT_EQ(Values<float>(RunOne(m, {{"x", Tensor::Of<float>({2, 2}, {-1, -2, -kInf, -3})},
                                     {"labels", Tensor::Of<int64_t>({2}, {1, 0})}})),
            (std::vector<float>{2}));
}

TEST(QuantizationTest, DTypesOfSteps) {
  ModelMaker integers(13);
  integers.Input("x", kInt32, {"2"}).Output("y").Floats("scale", {1}, {2});
  integers.Node("QuantizeLinear", {"x", "scale"}, {"y"});
  EXPECT_EQ(Values<uint8_t>(RunOne(integers, {{"x", Tensor::Of<int32_t>({2}, {7, -3})}})),
            (std::vector<uint8_t>{4, 0}));
  ModelMaker precise(23);
  precise.Input("x", kFloat, {"1"}).Output("y").Floats("scale", {1}, {1});
  proto::Node* node = precise.Node("QuantizeLinear", {"x", "scale"}, {"y"});
  SetInt(node, "precision", kHalf);
  SetInt(node, "output_dtype", kUInt16);
  EXPECT_EQ(Values<uint16_t>(RunOne(precise, {{"x", Tensor::Of<float>({1}, {2049})}})),
            (std::vector<uint16_t>{2048}));
  ModelMaker back(23);
  back.Input("x", kUInt8, {"1"}).Output("y").Floats("scale", {1}, {0.5});
  SetInt(back.Node("DequantizeLinear", {"x", "scale"}, {"y"}), "output_dtype", kHalf);
  const Tensor y = RunOne(back, {{"x", Tensor::Of<uint8_t>({1}, {3})}});
  EXPECT_EQ(y.dtype(), DType::kFloat16);
  EXPECT_EQ(Values<float>(*y.Cast(DType::kFloat32)), (std::vector<float>{1.5}));
}

TEST(QuantizationTest, ScalesOfRows) {
  ModelMaker m;
  m.Input("a", kUInt8, {"2", "1"}).Input("b", kUInt8, {"1", "2"}).Input("za", kUInt8, {"2"});
  m.Input("z", kUInt8, {}).Floats("rows", {2}, {1, 10}).Floats("one", {1}, {1}).Output("y");
  m.Node("QLinearMatMul", {"a", "rows", "za", "b", "one", "z", "one", "z"}, {"y"});
  EXPECT_EQ(Values<uint8_t>(RunOne(m, {{"a", Tensor::Of<uint8_t>({2, 1}, {1, 1})},
                                       {"b", Tensor::Of<uint8_t>({1, 2}, {1, 2})},
                                       {"za", Tensor::Of<uint8_t>({2}, {0, 0})},
                                       {"z", Tensor::Scalar<uint8_t>(0)}})),
            (std::vector<uint8_t>{1, 2, 10, 20}));
}

TEST(CreationTest, IntegersThatAreNoDoubles) {
  for (int64_t v : {kNoDouble, INT64_MAX}) {
    ModelMaker m;
    m.Output("y").Integers("shape", {2});
    proto::Attribute* a = m.Node("ConstantOfShape", {"shape"}, {"y"})->add_attribute();
    a->set_name("value");
    a->set_type(4);
    a->mutable_t()->set_data_type(kInt64);
    a->mutable_t()->add_dims(1);
    a->mutable_t()->add_int64_data(v);
    EXPECT_EQ(Values<int64_t>(RunOne(m, {})), (std::vector<int64_t>{v, v}));
  }
  ModelMaker range;
  range.Output("y").Integers("start", {kNoDouble}).Integers("one", {1});
  range.Integers("limit", {kNoDouble + 2}).Node("Range", {"start", "limit", "one"}, {"y"});
  EXPECT_EQ(Values<int64_t>(RunOne(range, {})), (std::vector<int64_t>{kNoDouble, kNoDouble + 1}));
  ModelMaker one_hot;
  one_hot.Input("i", kInt64, {"2"}).Output("y").Integers("depth", {2});
  one_hot.Integers("values", {0, kNoDouble}).Node("OneHot", {"i", "depth", "values"}, {"y"});
  EXPECT_EQ(Values<int64_t>(RunOne(one_hot, {{"i", Tensor::Of<int64_t>({2}, {1, 0})}})),
            (std::vector<int64_t>{0, kNoDouble, kNoDouble, 0}));
}

TEST(PadTest, ValuesThatAreNoDoubles) {
  ModelMaker m;
  m.Input("x", kInt64, {"1"}).Output("y").Integers("pads", {1, 0}).Integers("v", {kNoDouble});
  m.Node("Pad", {"x", "pads", "v"}, {"y"});
  EXPECT_EQ(Values<int64_t>(RunOne(m, {{"x", Tensor::Of<int64_t>({1}, {5})}})),
            (std::vector<int64_t>{kNoDouble, 5}));
}

TEST(PadTest, WrapsSymbols) {
  ModelMaker m(19);
  m.Input("x", kFloat, {"n"}).Output("y").Integers("pads", {2, 1});
  SetText(m.Node("Pad", {"x", "pads"}, {"y"}), "mode", "wrap");
  EXPECT_EQ(Values<float>(RunOne(m, {{"x", Tensor::Of<float>({3}, {1, 2, 3})}})),
            (std::vector<float>{2, 3, 1, 2, 3, 1}));
}

TEST(ConstantOfShapeTest, AShapeOfTooManyDimensions) {
  ModelMaker m;
  m.Input("shape", kInt64, {"1000000"}).Output("y").Node("ConstantOfShape", {"shape"}, {"y"});
  ExpectError(m, absl::StatusCode::kFailedPrecondition, "must be known");
}

// A number has no axis, so its places have no coordinates.
TEST(NonZeroTest, OfANumber) {
  ModelMaker m;
  m.Input("x", kFloat, {}).Output("y").Node("NonZero", {"x"}, {"y"});
  EXPECT_EQ(RunOne(m, {{"x", Tensor::Scalar(3.0f)}}).dims(), (Dims{0, 1}));
  EXPECT_EQ(RunOne(m, {{"x", Tensor::Scalar(0.0f)}}).dims(), (Dims{0, 0}));
}

// Before version 16 pixels stand at whole numbers. Values of ONNX Runtime 1.32.
TEST(RoiAlignTest, PixelsOfOldVersions) {
  const Tensor x = Tensor::Of<float>({1, 1, 2, 4}, {0, 1, 2, 3, 4, 5, 6, 7});
  for (const auto& [opset, expected] : std::vector<std::pair<int64_t, float>>{{10, 3}, {16, 0.5}}) {
    ModelMaker m(opset);
    m.Input("x", kFloat, {"1", "1", "2", "4"}).Output("y");
    m.Floats("rois", {1, 4}, {0, 0, 2, 0.5}).Integers("batch", {0});
    m.Node("RoiAlign", {"x", "rois", "batch"}, {"y"});
    const Tensor y = RunOne(m, {{"x", x}});
    EXPECT_EQ(y.dims(), (Dims{1, 1, 1, 1}));
    EXPECT_FLOAT_EQ(y.data<float>()[0], expected) << opset;
  }
}

}  // namespace
}  // namespace dagrad::onnx
