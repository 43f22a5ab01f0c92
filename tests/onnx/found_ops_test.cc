// Values of ops that a random comparison with ONNX Runtime found to be wrong or refused: of dtypes
// that an op of dagrad does not take, and of parameters that broadcast.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/tests/onnx/model_maker.h"
#include "dagrad/tests/onnx/run_model.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

constexpr int32_t kInt32 = 6, kBool = 9, kHalf = 10, kUInt32 = 12;

using FloatVector = std::vector<float>;
using Int32Vector = std::vector<int32_t>;

Tensor Numbers(const Dims& dims, const Int32Vector& values) {
  return Tensor::Of<int32_t>(dims, values);
}

// y of x, int32[n].
Int32Vector OfIntegers(ModelMaker& m, const Int32Vector& x) {
  return ValuesOf<int32_t>(Results(m, {{"x", Numbers({static_cast<int64_t>(x.size())}, x)}}));
}

// ---- Integers.

TEST(FoundReductions, OfIntegersAreCutOff) {
  const std::vector<std::pair<std::string, Int32Vector>> cases = {
      {"ReduceMean", {2}}, {"ReduceLogSum", {1}}, {"ReduceLogSumExp", {4}}, {"ReduceL2", {4}}};
  for (const auto& [op, expected] : cases) {
    ModelMaker m(13);
    m.Input("x", kInt32, {"n"}).Output("y").Node(op, {"x"}, {"y"});
    EXPECT_EQ(OfIntegers(m, {4, 2, 1}), expected) << op;
  }
  ModelMaker negative(13);
  negative.Input("x", kInt32, {"n"}).Output("y").Node("ReduceMean", {"x"}, {"y"});
  EXPECT_EQ(OfIntegers(negative, {-4, -2, -1}), (Int32Vector{-2}));
}

TEST(FoundReductions, OverNoAxesKeepIntegers) {
  constexpr int64_t kNoDouble = (int64_t{1} << 53) + 1;
  ModelMaker m(18);
  m.Input("x", kInt64, {"n"}).Output("y");
  SetInt(m.Node("ReduceMean", {"x"}, {"y"}), "noop_with_empty_axes", 1);
  EXPECT_EQ(ValuesOf<int64_t>(Results(m, {{"x", Tensor::Of<int64_t>({1}, {kNoDouble})}})),
            (std::vector<int64_t>{kNoDouble}));
}

template <typename T>
std::vector<T> ProductOf(const std::string& op, int32_t type, const std::vector<T>& a,
                         const std::vector<T>& b) {
  ModelMaker m(13);
  m.Input("a", type, {"2", "2"}).Input("b", type, {"2", "2"}).Output("y");
  m.Node(op, {"a", "b"}, {"y"});
  return ValuesOf<T>(
      Results(m, {{"a", Tensor::Of<T>({2, 2}, a)}, {"b", Tensor::Of<T>({2, 2}, b)}}));
}

TEST(FoundProducts, OfUnsignedIntegersWrapAround) {
  for (const char* op : {"MatMul", "Gemm"}) {
    EXPECT_EQ(ProductOf<uint32_t>(op, kUInt32, {1, 2, 3, 4294967295}, {1, 0, 0, 2}),
              (std::vector<uint32_t>{1, 4, 3, 4294967294}));
    EXPECT_EQ(ProductOf<uint8_t>(op, kUInt8, {1, 2, 3, 200}, {1, 0, 0, 2}),
              (std::vector<uint8_t>{1, 4, 3, 144}));
  }
}

TEST(FoundProducts, OfIntegersByFractions) {
  ModelMaker m(13);
  m.Input("a", kInt32, {"1", "2"}).Input("b", kInt32, {"2", "1"}).Input("c", kInt32, {"1"});
  m.Output("y");
  proto::Node* node = m.Node("Gemm", {"a", "b", "c"}, {"y"});
  for (const auto& [name, value] : {std::pair("alpha", 0.5f), std::pair("beta", 1.5f)}) {
    proto::Attribute* a = node->add_attribute();
    a->set_name(name);
    a->set_type(1);
    a->set_f(value);
  }
  // 0.5 (3 + 8) + 1.5 · 1
  EXPECT_EQ(ValuesOf<int32_t>(Results(m, {{"a", Numbers({1, 2}, {3, 4})},
                                          {"b", Numbers({2, 1}, {1, 2})},
                                          {"c", Numbers({1}, {1})}})),
            (Int32Vector{7}));
}

TEST(FoundActivations, ShrinkOfIntegersByAFraction) {
  ModelMaker m(9);
  m.Input("x", kInt32, {"n"}).Output("y").Node("Shrink", {"x"}, {"y"});  // lambd 0.5
  EXPECT_EQ(OfIntegers(m, {-1, 0, 2}), (Int32Vector{-1, 0, 2}));
}

// ---- Bools.

std::vector<bool> ScatteredBools(const std::string& reduction, bool by_tuples) {
  ModelMaker m(18);
  m.Input("x", kBool, {"4"}).Input("u", kBool, {"4"}).Output("y");
  m.Input("i", kInt64,
          by_tuples ? std::vector<std::string>{"4", "1"} : std::vector<std::string>{"4"});
  const std::string op = by_tuples ? "ScatterND" : "ScatterElements";
  SetText(m.Node(op, {"x", "i", "u"}, {"y"}), "reduction", reduction);
  const Dims dims = by_tuples ? Dims{4, 1} : Dims{4};
  const auto y =
      ValuesOf<bool>(Results(m, {{"x", Tensor::Of<bool>({4}, {true, false, true, false})},
                                 {"u", Tensor::Of<bool>({4}, {true, true, false, true})},
                                 {"i", Tensor::Of<int64_t>(dims, {1, 1, 2, 0})}}));
  return {y.begin(), y.end()};
}

TEST(FoundScatters, OfBoolsAreOrAndAnd) {
  for (const bool by_tuples : {false, true}) {
    for (const char* any : {"add", "max"})
      EXPECT_EQ(ScatteredBools(any, by_tuples), (std::vector<bool>{true, true, true, false}))
          << any;
    for (const char* all : {"mul", "min"})
      EXPECT_EQ(ScatteredBools(all, by_tuples), (std::vector<bool>{true, false, false, false}))
          << all;
  }
}

// ---- Scales that broadcast.

TEST(FoundNormalizations, ScalesOfOtherAxes) {
  ModelMaker m;
  m.Input("x", kFloat, {"2", "2"}).Output("y").Floats("scale", {2, 1}, {1, 2});
  m.Floats("bias", {2}, {10, 20});
  m.Node("LayerNormalization", {"x", "scale", "bias"}, {"y"});
  const FloatVector y = ValuesOf<float>(Results(m, {{"x", Floats({2, 2}, {1, 3, 2, 6})}}));
  const FloatVector expected = {9, 21, 8, 22};
  ASSERT_EQ(y.size(), expected.size());
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], expected[i], 1e-4) << i;
}

// One of halves is rounded once.
TEST(FoundNormalizations, ScalesOfOtherAxesOfHalves) {
  ModelMaker m;
  m.Input("x", kHalf, {"n", "2"}).Input("scale", kHalf, {"n", "1"}).Output("y");
  m.Node("LayerNormalization", {"x", "scale"}, {"y"});
  const auto halves = [](const Dims& dims, const FloatVector& values) {
    return *Floats(dims, values).Cast(DType::kFloat16);
  };
  const auto results =
      Results(m, {{"x", halves({2, 2}, {1, 3, 2, 6})}, {"scale", halves({2, 1}, {4, 8})}});
  ASSERT_TRUE(results.ok()) << results.status();
  const Tensor y = *results->at("y").Cast(DType::kFloat32);
  EXPECT_EQ(FloatVector(y.data<float>().begin(), y.data<float>().end()),
            (FloatVector{-4, 4, -8, 8}));
}

}  // namespace
}  // namespace dagrad::onnx
