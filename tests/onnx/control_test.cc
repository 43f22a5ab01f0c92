// If, Loop and Scan of ONNX, whose graphs become bodies, nodes of their own, or are taken in.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dagrad/io/onnx/import.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

using io::ImportOnnx;
using io::ImportOnnxOptions;
using ::testing::HasSubstr;

constexpr int32_t kBool = 9;

// Adds the graph to the node; `inputs` and `outputs` are names.
proto::Graph* AddGraph(proto::Node* node, const std::string& name,
                       const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs) {
  proto::Attribute* a = node->add_attribute();
  a->set_name(name);
  a->set_type(5);
  for (const std::string& s : inputs) a->mutable_g()->add_input()->set_name(s);
  for (const std::string& s : outputs) a->mutable_g()->add_output()->set_name(s);
  return a->mutable_g();
}

proto::Node* AddTo(proto::Graph* graph, const std::string& op,
                   const std::vector<std::string>& inputs, const std::string& output) {
  proto::Node* node = graph->add_node();
  node->set_op_type(op);
  for (const std::string& s : inputs) node->add_input(s);
  node->add_output(output);
  return node;
}

void SetInt(proto::Node* node, const std::string& name, int64_t value) {
  proto::Attribute* a = node->add_attribute();
  a->set_name(name);
  a->set_type(2);
  a->set_i(value);
}

void SetInts(proto::Node* node, const std::string& name, const std::vector<int64_t>& values) {
  proto::Attribute* a = node->add_attribute();
  a->set_name(name);
  a->set_type(7);
  a->mutable_ints()->Add(values.begin(), values.end());
}

absl::StatusOr<std::map<std::string, std::vector<float>>> RunModel(
    ModelMaker& m, const std::map<std::string, Tensor>& feeds,
    const ImportOnnxOptions& options = {}) {
  auto loaded = ImportOnnx(m.model(), "", options);
  if (!loaded.ok()) return loaded.status();
  StateStore state;
  for (const auto& [name, tensor] : loaded->state) state.Set(name, tensor);
  auto executable = Executable::Compile(loaded->model.functions[0]);
  if (!executable.ok()) return executable.status();
  const auto results = (*executable)->Run({feeds.begin(), feeds.end()}, &state);
  if (!results.ok()) return results.status();
  std::map<std::string, std::vector<float>> values;
  for (const auto& [name, tensor] : *results)
    values[name] = {tensor.data<float>().begin(), tensor.data<float>().end()};
  return values;
}

using Results = std::map<std::string, std::vector<float>>;

// y = b ? x·w : -x; the weight is read outside, a constant inside.
ModelMaker Branches() {
  ModelMaker m;
  m.Input("b", kBool, {}).Input("x", kFloat, {"n"}).Output("y").Floats("w", {1}, {3});
  proto::Node* node = m.Node("If", {"b"}, {"y"});
  AddTo(AddGraph(node, "then_branch", {}, {"t"}), "Mul", {"x", "w"}, "t");
  AddTo(AddGraph(node, "else_branch", {}, {"e"}), "Neg", {"x"}, "e");
  return m;
}

TEST(OnnxControlTest, IfByAnInput) {
  ModelMaker m = Branches();
  const Tensor x = Tensor::Of<float>({2}, {1, -2});
  EXPECT_EQ(*RunModel(m, {{"b", Tensor::Scalar(true)}, {"x", x}}), (Results{{"y", {3, -6}}}));
  EXPECT_EQ(*RunModel(m, {{"b", Tensor::Scalar(false)}, {"x", x}}), (Results{{"y", {-1, 2}}}));
  const auto loaded = ImportOnnx(m.model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_EQ(loaded->model.states.size(), 1U);
  EXPECT_EQ(loaded->model.states[0].name, "w");
}

TEST(OnnxControlTest, NestedIf) {
  ModelMaker m;
  m.Input("a", kBool, {}).Input("b", kBool, {"1"}).Input("x", kFloat, {"n"}).Output("y");
  m.Floats("w", {1}, {3});
  proto::Node* node = m.Node("If", {"a"}, {"y"});
  proto::Graph* then_branch = AddGraph(node, "then_branch", {}, {"t"});
  AddTo(AddGraph(node, "else_branch", {}, {"e"}), "Identity", {"x"}, "e");
  AddTo(then_branch, "Neg", {"x"}, "minus");
  proto::Node* inner = AddTo(then_branch, "If", {"b"}, "t");
  AddTo(AddGraph(inner, "then_branch", {}, {"tt"}), "Mul", {"minus", "w"}, "tt");
  AddTo(AddGraph(inner, "else_branch", {}, {"te"}), "Mul", {"minus", "minus"}, "te");
  const Tensor x = Tensor::Of<float>({2}, {1, -2});
  const std::vector<float> expected[] = {{1, -2}, {1, -2}, {1, 4}, {-3, 6}};
  for (int i = 0; i < 4; ++i) {
    const Tensor b = Tensor::Of<bool>({1}, {i % 2 == 1});
    EXPECT_EQ(*RunModel(m, {{"a", Tensor::Scalar(i > 1)}, {"b", b}, {"x", x}}),
              (Results{{"y", expected[i]}}));
  }
}

TEST(OnnxControlTest, BranchesOfOtherTypesNeedAKnownCondition) {
  ModelMaker m = Branches();
  proto::Graph* graph = m.graph().mutable_node(0)->mutable_attribute(1)->mutable_g();
  graph->mutable_node(0)->set_op_type("Size");
  const Tensor x = Tensor::Of<float>({2}, {1, -2});
  EXPECT_THAT(
      RunModel(m, {}).status().ToString(),
      HasSubstr("output 0 is float32[n] of then_branch and int64[] of else_branch: so input "
                "0 \"b\" must be known"));
  ImportOnnxOptions options;
  options.constants["b"] = Tensor::Scalar(true);
  EXPECT_EQ(*RunModel(m, {{"x", x}}, options), (Results{{"y", {3, -6}}}));
}

// (s, all) after the steps: s = s + i + x, all stacks s. Condition and number of steps by `head`.
ModelMaker Sum(const std::function<void(proto::Graph*)>& condition,
               const std::vector<std::string>& head, bool stacks) {
  ModelMaker m;
  m.Input("x", kFloat, {"n"}).Input("s0", kFloat, {"n"}).Input("m", kInt64, {}).Output("s");
  m.Input("c", kBool, {});
  std::vector<std::string> outputs = {"s"}, inner = {"go", "s1"};
  if (stacks) {
    m.Output("all");
    outputs.emplace_back("all");
    inner.emplace_back("copy");
  }
  std::vector<std::string> inputs = head;
  inputs.emplace_back("s0");
  proto::Node* node = m.Node("Loop", inputs, outputs);
  proto::Graph* body = AddGraph(node, "body", {"i", "before", "s_in"}, inner);
  SetInt(AddTo(body, "Cast", {"i"}, "f"), "to", kFloat);
  AddTo(body, "Add", {"f", "x"}, "step");
  AddTo(body, "Add", {"s_in", "step"}, "s1");
  if (stacks) AddTo(body, "Identity", {"s1"}, "copy");
  condition(body);
  return m;
}

void Passed(proto::Graph* body) { AddTo(body, "Identity", {"before"}, "go"); }

// As long as the first element is below 10.
void Below10(proto::Graph* body) {
  proto::Tensor* ten = body->add_initializer();
  ten->set_name("ten");
  ten->set_data_type(kFloat);
  ten->add_float_data(10);
  AddTo(body, "ReduceMax", {"s1"}, "max");
  SetInt(body->mutable_node(body->node_size() - 1), "keepdims", 0);
  AddTo(body, "Less", {"max", "ten"}, "go");
}

std::map<std::string, Tensor> Feeds(int64_t m, bool c) {
  return {{"x", Tensor::Of<float>({2}, {1, -2})},
          {"s0", Tensor::Of<float>({2}, {0, 0})},
          {"m", Tensor::Scalar(m)},
          {"c", Tensor::Scalar(c)}};
}

TEST(OnnxControlTest, LoopOfAnUnknownNumberOfSteps) {
  ModelMaker m = Sum(Passed, {"m", "c"}, false);
  EXPECT_EQ(*RunModel(m, Feeds(3, true)), (Results{{"s", {6, -3}}}));
  EXPECT_EQ(*RunModel(m, Feeds(0, true)), (Results{{"s", {0, 0}}}));
  EXPECT_EQ(*RunModel(m, Feeds(3, false)), (Results{{"s", {0, 0}}}));
  ModelMaker open = Sum(Below10, {"", ""}, false);
  EXPECT_EQ(*RunModel(open, Feeds(0, false)), (Results{{"s", {10, -2}}}));
  ModelMaker bounded = Sum(Below10, {"m", ""}, false);
  EXPECT_EQ(*RunModel(bounded, Feeds(2, false)), (Results{{"s", {3, -3}}}));
}

TEST(OnnxControlTest, LoopOfAKnownNumberOfSteps) {
  ModelMaker m = Sum(Passed, {"m", ""}, true);
  EXPECT_THAT(RunModel(m, {}).status().ToString(), HasSubstr("must be known"));
  ImportOnnxOptions options;
  options.constants["m"] = Tensor::Scalar<int64_t>(3);
  std::map<std::string, Tensor> feeds = Feeds(0, true);
  feeds.erase("m");
  EXPECT_EQ(*RunModel(m, feeds, options),
            (Results{{"s", {6, -3}}, {"all", {1, -2, 3, -3, 6, -3}}}));
  options.constants["m"] = Tensor::Scalar<int64_t>(-1);
  EXPECT_EQ(*RunModel(m, feeds, options), (Results{{"s", {0, 0}}, {"all", {}}}));
}

// A step that makes what it carries longer: its steps become nodes of their own.
TEST(OnnxControlTest, LoopThatChangesTypes) {
  ModelMaker m;
  m.Input("x", kFloat, {"n"}).Input("m", kInt64, {}).Output("s");
  proto::Node* node = m.Node("Loop", {"m", "", "x"}, {"s"});
  proto::Graph* body = AddGraph(node, "body", {"i", "go_in", "s_in"}, {"go", "s1"});
  SetInt(AddTo(body, "Concat", {"s_in", "x"}, "s1"), "axis", 0);
  AddTo(body, "Identity", {"go_in"}, "go");
  const Tensor x = Tensor::Of<float>({1}, {5});
  EXPECT_THAT(RunModel(m, {}).status().ToString(),
              HasSubstr("carried value 0 is float32[n] before a step and float32[2*n] behind it"));
  ImportOnnxOptions options;
  options.constants["m"] = Tensor::Scalar<int64_t>(2);
  EXPECT_EQ(*RunModel(m, {{"x", x}}, options), (Results{{"s", {5, 5, 5}}}));
  options.constants["m"] = Tensor::Scalar<int64_t>(100000);
  EXPECT_FALSE(RunModel(m, {{"x", x}}, options).ok());
}

// Scans columns of one input backwards and rows of another forwards, and stacks columns.
TEST(OnnxControlTest, ScanByAxesAndDirections) {
  ModelMaker m;
  m.Input("s", kFloat, {"2"}).Input("a", kFloat, {"2", "t"}).Input("b", kFloat, {"t", "2"});
  m.Output("end").Output("all");
  proto::Node* node = m.Node("Scan", {"s", "a", "b"}, {"end", "all"});
  proto::Graph* body = AddGraph(node, "body", {"c", "u", "v"}, {"c1", "y"});
  AddTo(body, "Add", {"c", "u"}, "cu");
  AddTo(body, "Add", {"cu", "v"}, "c1");
  AddTo(body, "Identity", {"c1"}, "y");
  SetInt(node, "num_scan_inputs", 2);
  SetInts(node, "scan_input_axes", {-1, 0});
  SetInts(node, "scan_input_directions", {1, 0});
  SetInts(node, "scan_output_axes", {1});
  const std::map<std::string, Tensor> feeds = {
      {"s", Tensor::Of<float>({2}, {0, 0})},
      {"a", Tensor::Of<float>({2, 3}, {1, 2, 3, 10, 20, 30})},
      {"b", Tensor::Of<float>({3, 2}, {100, 100, 200, 200, 300, 300})}};
  EXPECT_EQ(*RunModel(m, feeds),
            (Results{{"end", {606, 660}}, {"all", {103, 305, 606, 130, 350, 660}}}));
  SetInts(node, "scan_output_directions", {1});
  EXPECT_EQ(*RunModel(m, feeds),
            (Results{{"end", {606, 660}}, {"all", {606, 305, 103, 660, 350, 130}}}));
}

TEST(OnnxControlTest, RefusesWhatIsWrong) {
  struct Broken {
    const char* message;
    std::function<void(proto::Node*)> damage;
  };
  const Broken kLoops[] = {
      {"lacks the graph body", [](proto::Node* n) { n->clear_attribute(); }},
      {"its body has 2 inputs",
       [](proto::Node* n) { n->mutable_attribute(0)->mutable_g()->mutable_input()->RemoveLast(); }},
      {"outputs", [](proto::Node* n) { n->mutable_attribute(0)->mutable_g()->clear_output(); }},
      {"is the result of no node",
       [](proto::Node* n) {
         n->mutable_attribute(0)->mutable_g()->mutable_output(1)->set_name("nobody");
       }},
      {"input 2 is missing", [](proto::Node* n) { n->set_input(2, ""); }}};
  for (const Broken& broken : kLoops) {
    ModelMaker m = Sum(Passed, {"m", "c"}, false);
    broken.damage(m.graph().mutable_node(0));
    EXPECT_THAT(RunModel(m, {}).status().ToString(), HasSubstr(broken.message));
  }
  for (const char* op : {"If", "Loop", "Scan"}) {
    ModelMaker m = Branches();
    m.graph().mutable_node(0)->set_op_type(op);
    m.model().mutable_opset_import(0)->set_domain("ai.onnx.ml");
    const absl::Status status = RunModel(m, {}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(status.ToString(), HasSubstr("its opset is not imported"));
  }
  ModelMaker m = Branches();
  m.graph().mutable_node(0)->mutable_attribute()->RemoveLast();
  EXPECT_THAT(RunModel(m, {}).status().ToString(), HasSubstr("lacks the graph else_branch"));
}

}  // namespace
}  // namespace dagrad::onnx
