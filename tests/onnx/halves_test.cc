// Ops of halves that are several nodes of dagrad, whose squares and sums do not fit into 16 bits;
// dtypes of statistics, and what is known of those in bodies; pooling with padding.
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/io/onnx/import.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

constexpr int32_t kBool = 9, kHalf = 10, kDouble = 11, kBFloat = 16;
constexpr float kInf = std::numeric_limits<float>::infinity();
using Numbers = std::vector<float>;

runtime::TensorMap RunModel(ModelMaker& model, const runtime::TensorMap& feeds) {
  const auto loaded = io::ImportOnnx(model.model(), "");
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  if (!loaded.ok()) return {};
  const auto executable = Executable::Compile(loaded->model.functions[0]);
  EXPECT_TRUE(executable.ok()) << executable.status();
  if (!executable.ok()) return {};
  StateStore state;
  for (const auto& [name, tensor] : loaded->state) state.Set(name, tensor);
  const auto results = (*executable)->Run(feeds, &state);
  EXPECT_TRUE(results.ok()) << results.status();
  return results.ok() ? *results : runtime::TensorMap();
}

Tensor Of(DType dtype, const Dims& dims, const Numbers& values) {
  return *Tensor::Of<float>(dims, absl::MakeConstSpan(values)).Cast(dtype);
}
Tensor Halves(const Dims& dims, const Numbers& values) { return Of(DType::kFloat16, dims, values); }

Numbers Values(const Tensor& t) {
  const auto floats = t.Cast(DType::kFloat32);
  EXPECT_TRUE(floats.ok()) << floats.status();
  if (!floats.ok()) return {};
  return {floats->data<float>().begin(), floats->data<float>().end()};
}

// To the precision of its dtype.
void ExpectNear(const Tensor& t, DType dtype, const Numbers& expected) {
  EXPECT_EQ(t.dtype(), dtype);
  const Numbers values = Values(t);
  ASSERT_EQ(values.size(), expected.size());
  const float precision = dtype == DType::kBFloat16  ? 1.0f / 256
                          : dtype == DType::kFloat16 ? 1.0f / 1024
                                                     : 1e-6f;
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(values[i], expected[i], std::abs(expected[i]) * precision) << i;
}

void SetReal(proto::Node* node, const std::string& name, float value) {
  proto::Attribute* a = node->add_attribute();
  a->set_name(name);
  a->set_type(1);
  a->set_f(value);
}

std::vector<std::string> Sizes(const Dims& dims) {
  std::vector<std::string> sizes;
  for (int64_t d : dims) sizes.push_back(std::to_string(d));
  return sizes;
}

// y = op(x, further…) of halves; `further` are vectors.
struct OneOp {
  OneOp(const std::string& op, Tensor x, const std::vector<Numbers>& further = {},
        int64_t opset = 17)
      : model(opset) {
    Feed("x", std::move(x));
    for (const Numbers& v : further)
      Feed("i" + std::to_string(feeds.size()), Halves({static_cast<int64_t>(v.size())}, v));
    node->set_op_type(op);
    node->add_output("y");
    model.Output("y");
  }
  void Feed(const std::string& name, Tensor t) {
    const int32_t type = t.dtype() == DType::kFloat16 ? kHalf : kBFloat;
    model.Input(name, type, Sizes(t.dims()));
    node->add_input(name);
    feeds[name] = std::move(t);
  }
  void Expect(const Numbers& expected) {
    const DType dtype = feeds["x"].dtype();
    runtime::TensorMap results = RunModel(model, feeds);
    ExpectNear(results["y"], dtype, expected);
  }

  ModelMaker model;
  proto::Node* node = model.graph().add_node();
  runtime::TensorMap feeds;
};

TEST(HalvesTest, InstanceNormalization) {
  // √((300² + 1000²)/2) = 738.24, √1.25 = 1.118.
  const Tensor x = Halves({1, 2, 4}, {300, -300, 1000, -1000, 1, 2, 3, 4});
  OneOp m("InstanceNormalization", x, {{1, 2}, {0, 1}});
  m.Expect({0.40637f, -0.40637f, 1.35457f, -1.35457f, -1.68328f, 0.105573f, 1.89443f, 3.68328f});
}

TEST(HalvesTest, GroupNormalization) {
  // Of all: the mean is 1.25, and √(2180030/8 - 1.25²) = 522.02.
  const Tensor x = Halves({1, 2, 4}, {300, -300, 1000, -1000, 1, 2, 3, 4});
  const Numbers expected = {0.5723f,     -0.57709f, 1.91326f,  -1.91804f,
                            -0.0004789f, 0.001437f, 0.003352f, 0.005268f};
  for (const int64_t opset : {18, 21}) {
    const auto channels = static_cast<size_t>(opset == 18 ? 1 : 2);
    OneOp m("GroupNormalization", x, {Numbers(channels, 1), Numbers(channels, 0)}, opset);
    SetInt(m.node, "num_groups", 1);
    m.Expect(expected);
  }
}

TEST(HalvesTest, RmsNormalization) {
  // The root of (1000² + 2000²)/2 is 1581.14.
  OneOp m("RMSNormalization", Halves({2, 2}, {256, 256, 1000, 2000}), {{1, 1}}, 23);
  m.Expect({1, 1, 0.63246f, 1.26491f});
}

// y is of the scale's dtype.
TEST(HalvesTest, RmsNormalizationByAnotherScale) {
  ModelMaker m(23);
  m.Input("x", kHalf, {"1", "2"}).Floats("scale", {2}, {1, 1e6f}).Output("y");
  m.Node("RMSNormalization", {"x", "scale"}, {"y"});
  runtime::TensorMap results = RunModel(m, {{"x", Halves({1, 2}, {256, -256})}});
  ExpectNear(results["y"], DType::kFloat32, {1, -1e6f});
}

TEST(HalvesTest, Lrn) {
  // √(300² + 400²) = 500.
  OneOp m("LRN", Halves({1, 2, 1, 1}, {300, 400}));
  SetInt(m.node, "size", 3);
  SetReal(m.node, "alpha", 3);
  SetReal(m.node, "beta", 0.5);
  SetReal(m.node, "bias", 0);
  m.Expect({0.6f, 0.8f});
}

TEST(HalvesTest, LpNormalization) {
  for (const DType dtype : {DType::kFloat16, DType::kBFloat16}) {
    OneOp m("LpNormalization", Of(dtype, {3, 2}, {256, 256, 300, -400, 0, 0}));
    m.Expect({0.70711f, 0.70711f, 0.6f, -0.8f, 0, 0});
  }
  OneOp sum("LpNormalization", Halves({2}, {60000, 20000}));
  SetInt(sum.node, "p", 1);
  sum.Expect({0.75f, 0.25f});
}

TEST(HalvesTest, MeanVarianceNormalization) {
  OneOp m("MeanVarianceNormalization", Halves({1, 2, 1, 1}, {1000, -400}));
  SetInts(m.node, "axes", {1, 2, 3});
  m.Expect({1, -1});
}

TEST(HalvesTest, Reductions) {
  const auto expect = [](const std::string& op, const Numbers& x, float expected) {
    SCOPED_TRACE(op);
    OneOp m(op, Halves({static_cast<int64_t>(x.size())}, x));
    m.Expect({expected});
  };
  expect("ReduceL2", {256, 256}, 362.04f);
  expect("ReduceL2", {300, 400}, 500);
  expect("ReduceL1", {-300, 400}, 700);
  // 2⁻²⁶ is no half.
  expect("ReduceSumSquare", Numbers(1024, 1.0f / 8192), 1.0f / 65536);
  expect("ReduceLogSum", {60000, 60000}, 11.6952f);
  expect("ReduceLogSumExp", Numbers(131072, 0), 11.7835f);  // 17 ln 2
}

TEST(HalvesTest, ReductionsOverNoAxes) {
  for (const auto& [op, expected] :
       std::map<std::string, float>{{"ReduceL2", 300}, {"ReduceLogSumExp", -300}}) {
    ModelMaker m(18);
    m.Input("x", kHalf, {"1"}).Output("y");
    SetInt(m.Node(op, {"x"}, {"y"}), "noop_with_empty_axes", 1);
    runtime::TensorMap results = RunModel(m, {{"x", Halves({1}, {-300})}});
    ExpectNear(results["y"], DType::kFloat16, {expected});
  }
}

TEST(HalvesTest, LpPools) {
  OneOp global("GlobalLpPool", Halves({1, 1, 2, 2}, Numbers(4, 300)));
  global.Expect({600});
  OneOp cubes("GlobalLpPool", Halves({1, 1, 2, 2}, {3000, 4000, 5000, 0}));
  SetInt(cubes.node, "p", 3);
  cubes.Expect({6000});  // 27 + 64 + 125 = 216
  OneOp m("LpPool", Halves({1, 1, 3}, {300, -400, 300}));
  SetInts(m.node, "kernel_shape", {2});
  m.Expect({500, 500});
}

TEST(HalvesTest, AveragePool) {
  OneOp padded("AveragePool", Halves({1, 1, 2, 2}, Numbers(4, 60000)));
  SetInts(padded.node, "kernel_shape", {2, 2});
  SetInts(padded.node, "pads", {1, 1, 0, 0});
  SetInt(padded.node, "count_include_pad", 1);
  padded.Expect({15000, 30000, 30000, 60000});
  OneOp dilated("AveragePool", Halves({1, 1, 3}, {60000, 1, 60000}), {}, 19);
  SetInts(dilated.node, "kernel_shape", {2});
  SetInts(dilated.node, "dilations", {2});
  dilated.Expect({60000});
}

// Statistics are float32, or of stash_type.
TEST(LayerNormalizationTest, DTypesOfStatistics) {
  struct Case {
    int32_t type;
    DType x, statistics;
    int64_t stash_type;
  };
  for (const Case& t : {Case{kHalf, DType::kFloat16, DType::kFloat32, 1},
                        Case{kBFloat, DType::kBFloat16, DType::kFloat32, 1},
                        Case{kHalf, DType::kFloat16, DType::kBFloat16, kBFloat},
                        Case{kDouble, DType::kFloat64, DType::kFloat32, 1}}) {
    ModelMaker m;
    m.Input("x", t.type, {"2", "2"}).Input("scale", t.type, {"2"});
    m.Output("y").Output("mean").Output("inverse");
    proto::Node* node = m.Node("LayerNormalization", {"x", "scale"}, {"y", "mean", "inverse"});
    if (t.stash_type != 1) SetInt(node, "stash_type", t.stash_type);
    runtime::TensorMap results =
        RunModel(m, {{"x", Of(t.x, {2, 2}, {1, 3, 300, -300})}, {"scale", Of(t.x, {2}, {1, 1})}});
    const float one = 1 / std::sqrt(1 + 1e-5f);
    EXPECT_EQ(results["y"].dtype(), t.x);
    EXPECT_EQ(Values(*results["y"].Cast(DType::kFloat16)), (Numbers{-1, 1, 1, -1}));
    ExpectNear(results["mean"], t.statistics, {2, 0});
    ExpectNear(results["inverse"], t.statistics, {one, 1.0f / 300});
  }
}

// x of halves, and all else of floats.
ModelMaker BatchNormalization() {
  ModelMaker m;
  m.Input("x", kHalf, {"1", "1", "2"}).Output("y").Floats("scale", {1}, {2}).Floats("b", {1}, {1});
  return m;
}

TEST(BatchNormalizationTest, ParametersOfAnotherDType) {
  ModelMaker m = BatchNormalization();
  m.Floats("mean", {1}, {100}).Floats("variance", {1}, {90000});
  m.Node("BatchNormalization", {"x", "scale", "b", "mean", "variance"}, {"y"});
  runtime::TensorMap results = RunModel(m, {{"x", Halves({1, 1, 2}, {400, -200})}});
  ExpectNear(results["y"], DType::kFloat16, {3, -1});
}

TEST(BatchNormalizationTest, StatisticsOfAnotherDType) {
  ModelMaker m = BatchNormalization();
  m.Floats("mean", {1}, {0}).Floats("variance", {1}, {10000}).Output("m").Output("v");
  proto::Node* node =
      m.Node("BatchNormalization", {"x", "scale", "b", "mean", "variance"}, {"y", "m", "v"});
  SetInt(node, "training_mode", 1);
  SetReal(node, "momentum", 0.5);
  runtime::TensorMap results = RunModel(m, {{"x", Halves({1, 1, 2}, {400, -200})}});
  ExpectNear(results["y"], DType::kFloat16, {3, -1});
  ExpectNear(results["m"], DType::kFloat32, {50});
  ExpectNear(results["v"], DType::kFloat32, {50000});
}

proto::Graph* AddGraph(proto::Node* node, const std::string& name, const std::string& output) {
  proto::Attribute* a = node->add_attribute();
  a->set_name(name);
  a->set_type(5);
  a->mutable_g()->add_output()->set_name(output);
  return a->mutable_g();
}

void AddTo(proto::Graph* graph, const std::string& op, const std::vector<std::string>& inputs,
           const std::string& output) {
  proto::Node* node = graph->add_node();
  node->set_op_type(op);
  for (const std::string& s : inputs) node->add_input(s);
  node->add_output(output);
}

// In a body too, running statistics are no weights.
TEST(BatchNormalizationTest, StatisticsInABranch) {
  ModelMaker m;
  m.Input("x", kFloat, {"1", "1", "2"}).Input("c", kBool, {}).Output("y");
  for (const std::string name : {"scale", "b", "mean", "variance"}) m.Floats(name, {1}, {1});
  proto::Node* node = m.Node("If", {"c"}, {"y"});
  AddTo(AddGraph(node, "then_branch", "t"), "BatchNormalization",
        {"x", "scale", "b", "mean", "variance"}, "t");
  AddTo(AddGraph(node, "else_branch", "e"), "Mul", {"x", "scale"}, "e");
  const auto loaded = io::ImportOnnx(m.model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  std::map<std::string, bool> trainable;
  for (const auto& state : loaded->model.states) trainable[state.name] = state.trainable;
  EXPECT_EQ(trainable, (std::map<std::string, bool>{
                           {"scale", true}, {"b", true}, {"mean", false}, {"variance", false}}));
}

// Numbers of the largest elements where all are -inf, as ONNX Runtime has them: padding has none.
TEST(MaxPoolTest, IndicesOfInfiniteWindows) {
  const auto indices = [](const Dims& dims, int64_t size, int64_t stride, int64_t dilation,
                          int64_t storage_order) {
    ModelMaker m;
    m.Input("x", kFloat, Sizes(dims)).Output("y").Output("i");
    proto::Node* node = m.Node("MaxPool", {"x"}, {"y", "i"});
    const size_t axes = dims.size() - 2;
    SetInts(node, "kernel_shape", std::vector<int64_t>(axes, size));
    SetInts(node, "strides", std::vector<int64_t>(axes, stride));
    SetInts(node, "dilations", std::vector<int64_t>(axes, dilation));
    SetInts(node, "pads", std::vector<int64_t>(2 * axes, 1));
    SetInt(node, "storage_order", storage_order);
    runtime::TensorMap results = RunModel(m, {{"x", Tensor::Full(DType::kFloat32, dims, -kInf)}});
    EXPECT_EQ(Values(results["y"])[0], -kInf);
    const auto numbers = results["i"].data<int64_t>();
    return std::vector<int64_t>(numbers.begin(), numbers.end());
  };
  EXPECT_EQ(indices({1, 1, 4, 4}, 3, 2, 1, 0), (std::vector<int64_t>{0, 1, 4, 5}));
  EXPECT_EQ(indices({1, 1, 4, 4}, 3, 2, 1, 1), (std::vector<int64_t>{0, 4, 1, 5}));
  EXPECT_EQ(indices({1, 1, 5}, 3, 1, 2, 0), (std::vector<int64_t>{1, 0, 1}));
}

// What counts is known by the shape: x is not moved to the order of ONNX for it.
TEST(AveragePoolTest, PaddingOfChannelsLast) {
  ModelMaker m;
  m.Input("x", kFloat, {"1", "2", "2", "2"}).Output("y");
  SetInts(m.Node("MaxPool", {"x"}, {"h"}), "kernel_shape", {1, 1});
  proto::Node* node = m.Node("AveragePool", {"h"}, {"y"});
  SetInts(node, "kernel_shape", {2, 2});
  SetInts(node, "pads", {1, 1, 0, 0});
  SetInt(node, "count_include_pad", 1);
  const auto loaded = io::ImportOnnx(m.model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  int transposes = 0;
  for (const Node& n : loaded->model.functions[0].nodes) transposes += n.op->name == "Transpose";
  EXPECT_EQ(transposes, 2);
}

}  // namespace
}  // namespace dagrad::onnx
