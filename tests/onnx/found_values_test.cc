// Values that other importers of ONNX were reported to have wrong, and what an import is told about
// its inputs.
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "dagrad/tests/onnx/run_model.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

using runtime::TensorMap;

constexpr int32_t kInt8 = 3, kInt32 = 6, kBool = 9;

TEST(ShapeArithmetic, ADifferenceMayBeBelowZero) {
  ModelMaker m;
  m.Input("x", kFloat, {"n"}).Output("y").Integers("three", {3}).Integers("minus", {-1});
  m.Node("Shape", {"x"}, {"size"});
  m.Node("Sub", {"size", "three"}, {"rest"});
  m.Node("Equal", {"rest", "minus"}, {"y"});
  EXPECT_EQ(ValuesOf<bool>(Results(m, {{"x", Floats({2}, {1, 2})}})), (std::vector<bool>{true}));
  EXPECT_EQ(ValuesOf<bool>(Results(m, {{"x", Floats({5}, {1, 2, 3, 4, 5})}})),
            (std::vector<bool>{false}));
}

TEST(DynamicQuantizeLinear, TiesAreThoseOfTheQuotient) {
  ModelMaker m;
  m.Input("x", kFloat, {"n"}).Output("y").Output("scale").Output("zero");
  m.Node("DynamicQuantizeLinear", {"x"}, {"y", "scale", "zero"});
  for (float most : {0.1f, 0.3f, 0.7f, 1.1f, 1.3f, 1.9f, 2.3f, 2.9f}) {
    const auto results = Results(m, {{"x", Floats({2}, {-most, most})}});
    const float scale = (most - -most) / 255.0f;
    EXPECT_EQ(ValuesOf<float>(results, "scale"), (std::vector<float>{scale}));
    const auto zero = static_cast<uint8_t>(std::nearbyint(most / scale));
    EXPECT_EQ(ValuesOf<uint8_t>(results, "zero"), (std::vector<uint8_t>{zero})) << most;
  }
}

// float32's 0.7 and 1/3 are less, or more, than these numbers.
TEST(Resize, ScalesAreTheNumbersThatFloatsStandFor) {
  const std::vector<std::pair<float, std::vector<float>>> cases = {
      {1.0f / 3, {0, 3, 6}}, {0.2f, {0, 5}}, {0.7f, {0, 1, 2, 4, 5, 7, 8}}};
  for (const auto& [scale, expected] : cases) {
    ModelMaker m(13);
    m.Input("x", kFloat, {"10"}).Output("y").Floats("scales", {1}, {scale});
    proto::Node* node = m.Node("Resize", {"x", "", "scales"}, {"y"});
    SetText(node, "coordinate_transformation_mode", "asymmetric");
    SetText(node, "nearest_mode", "floor");
    std::vector<float> x(10);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
    EXPECT_EQ(ValuesOf<float>(Results(m, {{"x", Floats({10}, x)}})), expected) << scale;
  }
}

TEST(Resize, TakesSizesOfWhichSomeAreSymbols) {
  ModelMaker m(13);
  m.Input("x", kFloat, {"n", "1", "2"}).Output("y").Integers("first", {0}).Integers("rest", {1, 4});
  m.Node("Shape", {"x"}, {"shape"});
  m.Node("Gather", {"shape", "first"}, {"batch"});
  SetInt(m.Node("Concat", {"batch", "rest"}, {"sizes"}), "axis", 0);
  m.Node("Resize", {"x", "", "", "sizes"}, {"y"});
  EXPECT_EQ(ValuesOf<float>(Results(m, {{"x", Floats({2, 1, 2}, {1, 2, 3, 4})}})),
            (std::vector<float>{1, 1, 2, 2, 3, 3, 4, 4}));
}

// Equal updates of one place stay what they are, whatever their sum.
template <typename T>
void ExpectScattered(int32_t type, T update) {
  ModelMaker m(16);
  m.Input("x", type, {"2"}).Input("u", type, {"3"}).Output("y").Integers("at", {1, 1, 1});
  SetInt(m.Node("ScatterElements", {"x", "at", "u"}, {"y"}), "axis", 0);
  const TensorMap feeds = {{"x", Tensor::Of<T>({2}, {5, 6})},
                           {"u", Tensor::Of<T>({3}, {update, update, update})}};
  EXPECT_EQ(ValuesOf<T>(Results(m, feeds)), (std::vector<T>{5, update}));
}

TEST(ScatterElements, EqualUpdatesDoNotWrap) {
  ExpectScattered<uint8_t>(kUInt8, 200);
  ExpectScattered<int8_t>(kInt8, 100);
  ExpectScattered<int32_t>(kInt32, INT32_MIN);
  for (const int64_t v : {int64_t{1} << 62, INT64_MIN, INT64_MAX, int64_t{-5}})
    ExpectScattered<int64_t>(kInt64, v);
  ExpectScattered<float>(kFloat, 1e38f);
}

template <typename T>
std::vector<T> Remainders(int32_t type, const std::vector<T>& a, const std::vector<T>& b) {
  const auto n = static_cast<int64_t>(a.size());
  ModelMaker m;
  m.Input("a", type, {"n"}).Input("b", type, {"n"}).Output("y");
  SetInt(m.Node("Mod", {"a", "b"}, {"y"}), "fmod", 1);
  return ValuesOf<T>(Results(m, {{"a", Tensor::Of<T>({n}, a)}, {"b", Tensor::Of<T>({n}, b)}}));
}

TEST(Mod, OfTheLowestIntegers) {
  EXPECT_EQ(Remainders<int8_t>(kInt8, {-128, 5, -7, 7, -7, -6}, {3, -128, 3, -3, -3, 3}),
            (std::vector<int8_t>{-2, 5, -1, 1, -1, 0}));
  EXPECT_EQ(Remainders<int64_t>(kInt64, {INT64_MIN, 5}, {3, INT64_MIN}),
            (std::vector<int64_t>{-2, 5}));
}

// ---- Constants, defaults and symbols.

// A module that returns a value twice.
TEST(Outputs, MayBeListedAgain) {
  ModelMaker m;
  m.Input("x", kFloat, {"n"}).Output("y").Output("y").Output("z");
  m.Node("Neg", {"x"}, {"y"});
  m.Node("Abs", {"x"}, {"z"});
  const auto results = Results(m, {{"x", Floats({2}, {1, -2})}});
  for (const char* name : {"y", "y:2"})
    EXPECT_EQ(ValuesOf<float>(results, name), (std::vector<float>{-1, 2})) << name;
  EXPECT_EQ(ValuesOf<float>(results, "z"), (std::vector<float>{1, 2}));
}

// The gradient of the sum of the model's "y" by "x".
std::vector<float> GradientAt(ModelMaker& model, const Tensor& x) {
  const absl::StatusOr<io::LoadedModel> loaded = io::ImportOnnx(model.model(), "");
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  if (!loaded.ok()) return {};
  GraphBuilder g(loaded->model.functions[0]);
  const auto dx = Gradients({Value(&g, g.function().outputs[0].value)}, {g.Find("x")});
  EXPECT_TRUE(dx.ok()) << dx.status();
  if (!dx.ok()) return {};
  g.Output("dx", (*dx)[0]);
  const auto executable = Executable::Compile(*g.Build());
  EXPECT_TRUE(executable.ok()) << executable.status();
  if (!executable.ok()) return {};
  return ValuesOf<float>((*executable)->Run({{"x", x}}), "dx");
}

// As PyTorch's clamp and fmod: docs/kinks.md.
TEST(Gradients, OfClipAtItsBoundsAndOfModAtZero) {
  const Tensor x = Floats({3}, {-1, 0, 1});
  ModelMaker clip;
  clip.Input("x", kFloat, {"n"}).Output("y").Floats("low", {}, {0}).Floats("high", {}, {1});
  clip.Node("Clip", {"x", "low", "high"}, {"y"});
  EXPECT_EQ(GradientAt(clip, x), (std::vector<float>{0, 1, 1}));
  ModelMaker mod;
  mod.Input("x", kFloat, {"n"}).Output("y").Floats("b", {}, {0.75f});
  SetInt(mod.Node("Mod", {"x", "b"}, {"y"}), "fmod", 1);
  EXPECT_EQ(GradientAt(mod, x), (std::vector<float>{1, 1, 1}));
}

TEST(Constants, AreWhatTheirInputsAreDeclared) {
  ModelMaker m;
  m.Input("x", kFloat, {"1"}).Input("yes", kBool, {}).Input("v", kFloat, {"3"}).Output("y");
  m.Node("Where", {"yes", "x", "v"}, {"y"});
  const std::map<std::string, Tensor> numbers = {{"x", Tensor::Scalar<int64_t>(2)},
                                                 {"yes", Tensor::Scalar<int64_t>(1)}};
  const TensorMap feeds = {{"v", Floats({3}, {1, 2, 3})}};
  EXPECT_EQ(ValuesOf<float>(Results(m, feeds, {.constants = numbers})),
            (std::vector<float>{2, 2, 2}));
  for (const Tensor& bad : {Floats({2}, {1, 2}), Tensor::Of<int64_t>({3}, {1, 2, 3})}) {
    const absl::Status s = Results(m, feeds, {.constants = {{"v", bad}}}).status();
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << s;
    EXPECT_TRUE(absl::StrContains(s.message(), "the input is float32")) << s;
  }
}

TEST(Constants, TakeThePlaceOfDefaults) {
  ModelMaker m;
  m.Input("x", kFloat, {"1"}).Input("by", kFloat, {"1"}).Output("y").Floats("by", {1}, {10});
  m.Node("Mul", {"x", "by"}, {"y"});
  const TensorMap feeds = {{"x", Floats({1}, {2})}};
  EXPECT_EQ(ValuesOf<float>(Results(m, feeds)), (std::vector<float>{20}));
  EXPECT_EQ(ValuesOf<float>(Results(m, feeds, {.constants = {{"by", Floats({1}, {3})}}})),
            (std::vector<float>{6}));
}

TEST(Symbols, OfEqualSizesAreSaidToBe) {
  ModelMaker m;
  m.Input("a", kFloat, {"unk_1", "3"}).Input("b", kFloat, {"unk_2", "3"}).Output("y");
  m.Node("Add", {"a", "b"}, {"y"});
  const TensorMap feeds = {{"a", Floats({1, 3}, {1, 2, 3})}, {"b", Floats({1, 3}, {1, 2, 3})}};
  const absl::Status s = Results(m, feeds).status();
  EXPECT_TRUE(absl::StrContains(s.message(), "ImportOnnxOptions::shapes")) << s;
  const Shape same({Dim("n"), Dim(3)});
  EXPECT_EQ(ValuesOf<float>(Results(m, feeds, {.shapes = {{"a", same}, {"b", same}}})),
            (std::vector<float>{2, 4, 6}));
}

}  // namespace
}  // namespace dagrad::onnx
