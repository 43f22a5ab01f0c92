// io::ToOnnx and io::ExportOnnx, and what ImportOnnx makes of it again.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/io/onnx/export/export.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/io/test_files.h"
#include "dagrad/ops/control/if/if.h"
#include "dagrad/ops/control/scan/scan.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/random/random.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/nn/gelu/gelu.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

using io::ExportOnnxOptions;
using io::LoadedModel;
using runtime::EvaluateFunction;
using runtime::EvaluateResult;

Model ModelOf(GraphBuilder* g) {
  Model model;
  model.name = "m";
  absl::StatusOr<Function> f = g->Build();
  EXPECT_TRUE(f.ok()) << f.status();
  if (f.ok()) model.functions.push_back(*std::move(f));
  return model;
}

LoadedModel Again(const Model& model, const io::TensorMap& state,
                  const ExportOnnxOptions& options = {}) {
  const auto written = io::ToOnnx(model, state, options);
  EXPECT_TRUE(written.ok()) << written.status();
  if (!written.ok()) return {};
  auto loaded = io::ImportOnnx(*written, "");
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return loaded.ok() ? *std::move(loaded) : LoadedModel();
}

int Count(const proto::Model& model, absl::string_view op) {
  int count = 0;
  for (const proto::Node& node : model.graph().node()) count += node.op_type() == op ? 1 : 0;
  return count;
}

void ExpectSameResults(const Function& a, const Function& b, const runtime::TensorMap& feeds,
                       const runtime::TensorMap& states = {}) {
  const auto x = EvaluateFunction(a, feeds, states), y = EvaluateFunction(b, feeds, states);
  ASSERT_TRUE(x.ok()) << x.status();
  ASSERT_TRUE(y.ok()) << y.status();
  ASSERT_EQ(x->outputs.size(), y->outputs.size());
  for (const auto& [name, tensor] : x->outputs)
    EXPECT_TRUE(SameBits(tensor, y->outputs.at(name))) << name;
  ASSERT_EQ(x->updates.size(), y->updates.size());
  for (const auto& [name, tensor] : x->updates)
    EXPECT_TRUE(SameBits(tensor, y->updates.at(name))) << name;
}

TEST(ExportTest, GivesBackTheModel) {
  GraphBuilder g("predict");
  const Value x = g.Input("x", DType::kFloat32, {"batch", 3});
  const Value w = g.State("dense/w", DType::kFloat32, {3, 2});
  const Value frozen = g.State("offset", DType::kFloat64, {2});
  g.Output("y", Gelu(MatMul(x, w)));
  g.Output("twice", frozen + frozen);
  Model model = ModelOf(&g);
  model.states = {{"dense/w", {DType::kFloat32, {3, 2}}, true, ""},
                  {"offset", {DType::kFloat64, {2}}, false, ""}};
  model.metadata = {{"author", "somebody"}, {"onnx.metadata.k", "v"}};
  const io::TensorMap state = {{"dense/w", Tensor::Of<float>({3, 2}, {1, -2, 3, 4, 5, 6.5f})},
                               {"offset", Tensor::Of<double>({2}, {0.1, 1e300})}};
  const LoadedModel again = Again(model, state);
  EXPECT_EQ(again.model.name, "m");
  EXPECT_EQ(again.model.metadata, model.metadata);
  ASSERT_EQ(again.model.states.size(), 2u);
  EXPECT_TRUE(again.model.FindState("dense/w")->trainable);
  EXPECT_FALSE(again.model.FindState("offset")->trainable);
  for (const auto& [name, tensor] : state)
    EXPECT_TRUE(SameBits(again.state.at(name), tensor)) << name;
  const Function* f = again.model.FindFunction("predict");
  ASSERT_NE(f, nullptr);
  EXPECT_EQ(f->nodes[f->inputs[0]].outputs[0], (ValueType{DType::kFloat32, {"batch", 3}}));
  const runtime::TensorMap feeds = {{"x", Tensor::Of<float>({1, 3}, {0.5f, -1, 2})}};
  ExpectSameResults(model.functions[0], *f, feeds, state);
}

TEST(ExportTest, StateThatIsUpdatedIsInputAndOutput) {
  GraphBuilder g("train_step");
  const Value x = g.Input("x", DType::kFloat32, {"batch"});
  const Value w = g.State("w", DType::kFloat32, {});
  const Value key = g.State("key", DType::kInt64, {2});
  const Value noise = RandomUniform(key, {"batch"});
  g.Output("loss", ReduceSum(x * w + noise));
  g.Update("w", w - 0.5);
  g.Update("key", key + 1.0);
  Model model = ModelOf(&g);
  model.states = {{"w", {DType::kFloat32, {}}, true, ""}, {"key", {DType::kInt64, {2}}, false, ""}};
  const io::TensorMap state = {{"w", Tensor::Scalar(3.0f)},
                               {"key", Tensor::Of<int64_t>({2}, {7, 9})}};
  const auto written = io::ToOnnx(model, state, {.function = "train_step"});
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->opset_import(0).version(), 18);
  ASSERT_EQ(written->graph().input_size(), 3);
  EXPECT_EQ(written->graph().input(1).name(), "w");
  ASSERT_EQ(written->graph().output_size(), 3);
  EXPECT_EQ(written->graph().output(1).name(), "w:new");
  EXPECT_EQ(written->graph().initializer_size(), 2);
  const auto again = io::ImportOnnx(*written, "");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->state.size(), 2u);
  const Function& f = again->model.functions[0];
  EXPECT_EQ(f.name, "train_step");
  EXPECT_EQ(f.inputs.size(), 1u);
  ExpectSameResults(model.functions[0], f, {{"x", Tensor::Of<float>({2}, {1, 2})}}, state);
  const auto too_old = io::ToOnnx(model, state, {.function = "train_step", .opset = 17});
  EXPECT_EQ(too_old.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_TRUE(absl::StrContains(too_old.status().message(), "RandomUniform (1: "))
      << too_old.status();
}

// Names that meet each other, or that ONNX tools choke on, are names here too.
TEST(ExportTest, OddNames) {
  for (const std::string name : {"x", "y:0", "a b", "Add", "\xc3\xa9", "size_1", "x:out", "."}) {
    SCOPED_TRACE(name);
    GraphBuilder g("predict");
    const Value x = g.Input(name, DType::kFloat32, {"n"});
    g.Output(name, Exp(x));
    g.Output("Exp", x);
    g.Output(absl::StrCat(name, ":out"), x + x);
    const Model model = ModelOf(&g);
    const LoadedModel again = Again(model, {});
    ASSERT_FALSE(again.model.functions.empty());
    ExpectSameResults(model.functions[0], again.model.functions[0],
                      {{name, Tensor::Of<float>({2}, {0, 1})}});
  }
}

TEST(ExportTest, NoNodesAtAll) {
  GraphBuilder g("predict");
  const Value x = g.Input("x", DType::kFloat32, {});
  g.Output("y", x);
  const Model model = ModelOf(&g);
  const LoadedModel again = Again(model, {});
  ASSERT_FALSE(again.model.functions.empty());
  ExpectSameResults(model.functions[0], again.model.functions[0], {{"x", Tensor::Scalar(2.0f)}});
}

TEST(ExportTest, EveryDTypeAndEmptyTensors) {
  for (DType dtype : kAllDTypes) {
    for (const Dims& dims : {Dims{}, Dims{0}, Dims{2, 0, 3}, Dims{3}}) {
      SCOPED_TRACE(absl::StrCat(DTypeName(dtype), DimsToString(dims)));
      GraphBuilder g("predict");
      const Value x = g.Input("x", dtype, Shape(absl::MakeConstSpan(dims)));
      const Tensor constant = Tensor::Full(dtype, dims, 1);
      g.Output("y", Concat({ExpandDims(x, 0), ExpandDims(Constant(&g, constant), 0)}, 0));
      const bool is_state = dtype != DType::kBool;
      if (is_state) g.Output("s", g.State("s", dtype, Shape(absl::MakeConstSpan(dims))));
      Model model = ModelOf(&g);
      io::TensorMap state;
      if (is_state) {
        model.states = {{"s", {dtype, Shape(absl::MakeConstSpan(dims))}, false, ""}};
        state["s"] = Tensor::Full(dtype, dims, 3);
      }
      const LoadedModel again = Again(model, state);
      ASSERT_FALSE(again.model.functions.empty());
      ExpectSameResults(model.functions[0], again.model.functions[0],
                        {{"x", Tensor::Full(dtype, dims, 1)}}, state);
    }
  }
}

// Two convolutions with what stands between them: a transpose of the image at each end, as long as
// nothing needs the other order.
TEST(ExportTest, TransposesThatMeetAreNotWritten) {
  GraphBuilder g("predict");
  const Value x = g.Input("x", DType::kFloat32, {"n", 8, 8, 3});
  const Value f1 = g.Input("f1", DType::kFloat32, {4, 3, 3, 3});
  const Value f2 = g.Input("f2", DType::kFloat32, {5, 4, 3, 3});
  const Value bias = g.Input("bias", DType::kFloat32, {4});
  const Value a = Conv2D(x, Transpose(f1, {2, 3, 1, 0}), {.padding = "same"});
  const Value b = Conv2D(Tanh(a + bias), Transpose(f2, {2, 3, 1, 0}));
  g.Output("y", b);
  const Model model = ModelOf(&g);
  const auto written = io::ToOnnx(model, {});
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(Count(*written, "Conv"), 2);
  EXPECT_EQ(Count(*written, "Transpose"), 2);
}

// What an import of channels first makes is written as it was.
TEST(ExportTest, ImportedConvolutionsHaveNoTransposes) {
  ModelMaker m;
  m.Input("x", kFloat, {"n", "3", "8", "8"}).Output("y");
  m.Floats("f", {4, 3, 3, 3}, std::vector<float>(108, 0.5f)).Floats("b", {4}, {1, 2, 3, 4});
  m.Floats("g", {2, 4, 1, 1}, std::vector<float>(8, 0.25f));
  m.Node("Conv", {"x", "f", "b"}, {"c"});
  m.Node("Relu", {"c"}, {"r"});
  m.Node("MaxPool", {"r"}, {"p"});
  SetInts(m.graph().mutable_node(2), "kernel_shape", {2, 2});
  m.Node("Conv", {"p", "g"}, {"q"});
  m.Node("GlobalAveragePool", {"q"}, {"y"});
  const auto loaded = io::ImportOnnx(m.model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const auto written = io::ToOnnx(loaded->model, loaded->state);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(Count(*written, "Transpose"), 0) << written->graph().DebugString();
}

TEST(ExportTest, SymbolsAreComputedInTheGraph) {
  GraphBuilder g("predict");
  const Value x = g.Input("x", DType::kFloat32, {"batch", "time", 4});
  const Value flat = Reshape(x, {Dim("batch") * Dim("time"), Dim(4)});
  g.Output("flat", flat);
  g.Output("half", SliceAxis(x, 1, {.start = Dim(1), .stride = 2}));
  g.Output("ones", Full(&g, DType::kFloat32, {Dim("time") + 1, Dim("batch")}, 1));
  const Model model = ModelOf(&g);
  const LoadedModel again = Again(model, {});
  ASSERT_FALSE(again.model.functions.empty());
  const Function& f = again.model.functions[0];
  for (const Function::Output& o : model.functions[0].outputs)
    EXPECT_EQ(f.type(f.FindOutput(o.name)->value), model.functions[0].type(o.value)) << o.name;
  ExpectSameResults(model.functions[0], f, {{"x", Tensor::Full(DType::kFloat32, {2, 5, 4}, 1)}});
}

// Backwards from the end to a place that may be before the start, or not.
TEST(ExportTest, SlicesBackwardsOfSymbols) {
  GraphBuilder g("predict");
  const Value x = g.Input("x", DType::kFloat32, {"n", "m"});
  g.Output("two", Slice(x, {Dim("n") - 1, 0}, {2, Dim("m")}, {-1, 1}));
  g.Output("all", Slice(x, {Dim("n") - 1, Dim("m") - 1}, {"n", "m"}, {-1, -1}));
  const Model model = ModelOf(&g);
  const auto written = io::ToOnnx(model, {});
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(Count(*written, "Slice"), 3);  // "all" needs one
  const LoadedModel again = Again(model, {});
  ASSERT_FALSE(again.model.functions.empty());
  const Tensor feed = Tensor::Of<float>({5, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  ExpectSameResults(model.functions[0], again.model.functions[0], {{"x", feed}});
}

TEST(ExportTest, CompositionsAsNodes) {
  GraphBuilder g("predict");
  g.Output("y", Gelu(g.Input("x", DType::kFloat32, {"n"})));
  const Model model = ModelOf(&g);
  const auto calls = io::ToOnnx(model, {});
  ASSERT_TRUE(calls.ok()) << calls.status();
  EXPECT_EQ(calls->functions_size(), 1);
  const auto nodes =
      io::ToOnnx(model, {}, {.compositions = ExportOnnxOptions::Compositions::kNodes});
  ASSERT_TRUE(nodes.ok()) << nodes.status();
  EXPECT_EQ(nodes->functions_size(), 0);
  EXPECT_EQ(nodes->opset_import_size(), 1);
  EXPECT_EQ(Count(*nodes, "Erf"), 1);
  const auto newer = io::ToOnnx(model, {}, {.opset = 20});
  ASSERT_TRUE(newer.ok()) << newer.status();
  EXPECT_EQ(Count(*newer, "Gelu"), 1);
  EXPECT_EQ(newer->functions_size(), 0);
}

// A Scan in ONNX Runtime asks for the ranks of what a step gives, and does not find that of an If.
TEST(ExportTest, StepsSayTheRanksOfTheirResults) {
  GraphBuilder g("predict");
  const Value x = g.Input("x", DType::kFloat32, {"time", "batch", 3});
  const Value c = g.Input("c", DType::kBool, {});
  const ScanResult sums =
      Scan({ReduceSum(x, {.axes = {0}})}, {x},
           [&](GraphBuilder&, absl::Span<const Value> carried, absl::Span<const Value> slices) {
             const Value y = If(
                 c, [&](GraphBuilder&) { return carried[0] + slices[0]; },
                 [&](GraphBuilder&) { return carried[0] * 2.0; })[0];
             return ScanStep{y, ReduceSum(y)};
           });
  g.Output("y", sums.outputs[0]);
  const auto written =
      io::ToOnnx(ModelOf(&g), {}, {.compositions = ExportOnnxOptions::Compositions::kNodes});
  ASSERT_TRUE(written.ok()) << written.status();
  int scans = 0;
  for (const proto::Node& node : written->graph().node()) {
    if (node.op_type() != "Scan") continue;
    ++scans;
    for (const proto::Attribute& attribute : node.attribute()) {
      if (attribute.name() != "body") continue;
      ASSERT_EQ(attribute.g().output_size(), 2);
      for (int i = 0; i < 2; ++i) {
        const auto& type = attribute.g().output(i).type().tensor_type();
        EXPECT_TRUE(type.has_shape());
        EXPECT_EQ(type.shape().dim_size(), i == 0 ? 2 : 0);
      }
    }
  }
  EXPECT_EQ(scans, 1);
}

TEST(ExportTest, ACompositionThatAToolChangedCounts) {
  GraphBuilder g("predict");
  g.Output("y", Square(g.Input("x", DType::kFloat32, {"n"})));
  const Model model = ModelOf(&g);
  auto written = io::ToOnnx(model, {});
  ASSERT_TRUE(written.ok()) << written.status();
  constexpr int32_t kDouble = 11;
  auto* graph = written->mutable_graph();
  graph->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(kDouble);
  const auto loaded = io::ImportOnnx(*written, "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const Function& f = loaded->model.functions[0];
  EXPECT_EQ(f.type(f.outputs[0].value).dtype, DType::kFloat64);
}

TEST(ExportTest, StateOutsideOfTheFile) {
  GraphBuilder g("predict");
  const Value x = g.Input("x", DType::kFloat32, {1000});
  g.Output("y", x * g.State("w", DType::kFloat32, {1000}) + g.State("b", DType::kFloat32, {}));
  Model model = ModelOf(&g);
  model.states = {{"w", {DType::kFloat32, {1000}}, true, ""},
                  {"b", {DType::kFloat32, {}}, true, ""}};
  const io::TensorMap state = {{"w", Tensor::Full(DType::kFloat32, {1000}, 2)},
                               {"b", Tensor::Scalar(1.0f)}};
  const std::string path = io::testing::FreshDirectory() + "m.onnx";
  const absl::Status status = io::ExportOnnx(model, state, path, {.external_bytes = 100});
  ASSERT_TRUE(status.ok()) << status;
  const auto loaded = io::ImportOnnx(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  for (const auto& [name, tensor] : state)
    EXPECT_TRUE(SameBits(loaded->state.at(name), tensor)) << name;
  EXPECT_TRUE(io::ImportOnnx(*io::ToOnnx(model, state), "").ok());
}

TEST(ExportTest, Errors) {
  GraphBuilder g("predict");
  g.Output("y", g.Input("x", DType::kFloat32, {}) + g.State("w", DType::kFloat32, {}));
  Model model = ModelOf(&g);
  model.states = {{"w", {DType::kFloat32, {}}, true, ""}};
  const io::TensorMap state = {{"w", Tensor::Scalar(1.0f)}};
  using Code = absl::StatusCode;
  EXPECT_EQ(io::ToOnnx(model, state, {.function = "no"}).status().code(), Code::kNotFound);
  EXPECT_EQ(io::ToOnnx(model, {}).status().code(), Code::kNotFound);
  EXPECT_EQ(io::ToOnnx(model, {{"w", Tensor::Scalar(1.0)}}).status().code(),
            Code::kInvalidArgument);
  for (int64_t opset : {-1, 0, 16, 29})
    EXPECT_EQ(io::ToOnnx(model, state, {.opset = opset}).status().code(), Code::kInvalidArgument);
  model.functions[0].outputs[0].value.node = 99;
  EXPECT_FALSE(io::ToOnnx(model, state).ok());
}

}  // namespace
}  // namespace dagrad::onnx
