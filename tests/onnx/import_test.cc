#include "dagrad/io/onnx/import.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/builder.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

using io::ImportOnnx;
using io::ImportOnnxOptions;
using io::LoadedModel;
using ::testing::HasSubstr;

// x [batch, 3] times w [3, 2] plus b.
ModelMaker Dense() {
  ModelMaker m;
  m.Input("x", kFloat, {"batch", "3"}).Output("y");
  m.Floats("w", {3, 2}, {1, 2, 3, 4, 5, 6}).Floats("b", {2}, {10, 20});
  m.Node("Gemm", {"x", "w", "b"}, {"y"});
  return m;
}

std::string ErrorOf(const proto::Model& model, absl::StatusCode code,
                    const ImportOnnxOptions& options = {}) {
  const absl::StatusOr<LoadedModel> loaded = ImportOnnx(model, "", options);
  EXPECT_EQ(loaded.status().code(), code) << loaded.status();
  return std::string(loaded.status().message());
}

std::vector<float> RunOne(const LoadedModel& loaded, const Tensor& x) {
  StateStore state;
  for (const auto& [name, tensor] : loaded.state) state.Set(name, tensor);
  const auto executable = Executable::Compile(loaded.model.functions[0]);
  EXPECT_TRUE(executable.ok()) << executable.status();
  if (!executable.ok()) return {};
  const auto results = (*executable)->Run({{"x", x}}, &state);
  EXPECT_TRUE(results.ok()) << results.status();
  if (!results.ok()) return {};
  const Tensor y = results->begin()->second;
  return {y.data<float>().begin(), y.data<float>().end()};
}

TEST(ImportOnnxTest, RunsForAnyBatch) {
  const auto loaded = ImportOnnx(Dense().model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const Function& f = loaded->model.functions[0];
  EXPECT_EQ(f.name, "predict");
  EXPECT_EQ(f.nodes[f.inputs[0]].outputs[0].ToString(), "float32[batch,3]");
  EXPECT_EQ(RunOne(*loaded, Tensor::Of<float>({1, 3}, {1, 1, 1})), (std::vector<float>{19, 32}));
  EXPECT_EQ(RunOne(*loaded, Tensor::Of<float>({2, 3}, {1, 0, 0, 0, 1, 0})),
            (std::vector<float>{11, 22, 13, 24}));
}

TEST(ImportOnnxTest, WeightsAreWhatIsAskedFor) {
  using Weights = ImportOnnxOptions::Weights;
  for (Weights weights : {Weights::kTrainable, Weights::kFrozen, Weights::kConstant}) {
    const auto loaded = ImportOnnx(Dense().model(), "", {.weights = weights});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->model.states.size(), weights == Weights::kConstant ? 0 : 2);
    for (const StateDecl& s : loaded->model.states)
      EXPECT_EQ(s.trainable, weights == Weights::kTrainable);
    EXPECT_EQ(RunOne(*loaded, Tensor::Of<float>({1, 3}, {0, 0, 1})), (std::vector<float>{15, 26}));
  }
}

// The gradient of Σ y is that of a product: of w Σ x, of b the batch.
TEST(ImportOnnxTest, HasGradients) {
  const auto loaded = ImportOnnx(Dense().model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  GraphBuilder g(loaded->model.functions[0]);
  const Value y = {&g, g.function().outputs[0].value};
  const auto gradients = Gradients({ReduceSum(y)}, {g.Find("w"), g.Find("b")});
  ASSERT_TRUE(gradients.ok()) << gradients.status();
  g.Output("dw", (*gradients)[0]);
  g.Output("db", (*gradients)[1]);
  const auto executable = Executable::Compile(*g.Build());
  ASSERT_TRUE(executable.ok()) << executable.status();
  StateStore state;
  for (const auto& [name, tensor] : loaded->state) state.Set(name, tensor);
  const auto r = (*executable)->Run({{"x", Tensor::Of<float>({2, 3}, {1, 2, 3, 4, 5, 6})}}, &state);
  ASSERT_TRUE(r.ok()) << r.status();
  EXPECT_TRUE(SameBits(r->at("dw"), Tensor::Of<float>({3, 2}, {5, 5, 7, 7, 9, 9})));
  EXPECT_TRUE(SameBits(r->at("db"), Tensor::Of<float>({2}, {2, 2})));
}

// What PyTorch writes for x.reshape(x.shape[0], -1), with a batch that is a symbol.
TEST(ImportOnnxTest, ComputesShapesWithSymbols) {
  ModelMaker m;
  m.Input("x", kFloat, {"batch", "3", "4"}).Output("y");
  m.Integers("zero", {0}).Integers("rest", {-1});
  m.Node("Shape", {"x"}, {"shape"});
  SetInt(m.Node("Gather", {"shape", "zero"}, {"first"}), "axis", 0);
  SetInt(m.Node("Concat", {"first", "rest"}, {"to"}), "axis", 0);
  m.Node("Reshape", {"x", "to"}, {"y"});
  const auto loaded = ImportOnnx(m.model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const Function& f = loaded->model.functions[0];
  EXPECT_EQ(f.type(f.outputs[0].value).ToString(), "float32[batch,12]");
}

// Between two convolutions nothing is transposed: once on the way in and once on the way out.
TEST(ImportOnnxTest, ConvolutionsStayChannelsLast) {
  ModelMaker m;
  m.Input("x", kFloat, {"batch", "2", "8", "8"}).Output("y");
  m.Floats("w", {2, 2, 1, 1}, {1, 2, 3, 4}).Floats("scale", {2, 1, 1}, {1, 2});
  m.Node("Conv", {"x", "w"}, {"a"});
  m.Node("Mul", {"a", "scale"}, {"scaled"});
  m.Node("Relu", {"scaled"}, {"b"});
  m.Node("Conv", {"b", "w"}, {"c"});
  m.Node("Add", {"c", "b"}, {"y"});
  const auto loaded = ImportOnnx(m.model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  int of_images = 0;
  for (const Node& node : loaded->model.functions[0].nodes) {
    const bool is_image =
        node.op->name == "Transpose" && node.outputs[0].shape.dim(0) == Dim("batch");
    of_images += is_image ? 1 : 0;
  }
  EXPECT_EQ(of_images, 2);
}

TEST(ImportOnnxTest, ListsAllOpsThatAreUnknown) {
  ModelMaker m = Dense();
  m.Node("Frobnicate", {"y"}, {"a"});
  m.Node("Frobnicate", {"a"}, {"b"});
  m.Node("Custom", {"b"}, {"c"})->set_domain("com.example");
  EXPECT_THAT(
      ErrorOf(m.model(), absl::StatusCode::kUnimplemented),
      HasSubstr("Frobnicate (2: Frobnicate_2, Frobnicate_3), com.example.Custom (1: Custom_4)"));
}

TEST(ImportOnnxTest, SaysWhatMustBeKnown) {
  ModelMaker m;
  m.Input("x", kFloat, {"4"}).Input("shape", kInt64, {"2"}).Output("y");
  m.Node("Reshape", {"x", "shape"}, {"y"});
  EXPECT_THAT(ErrorOf(m.model(), absl::StatusCode::kFailedPrecondition),
              HasSubstr("node Reshape_1 (Reshape): input 1 \"shape\" must be known"));
  const auto loaded =
      ImportOnnx(m.model(), "", {.constants = {{"shape", Tensor::Of<int64_t>({2}, {2, 2})}}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const Function& f = loaded->model.functions[0];
  EXPECT_EQ(f.type(f.outputs[0].value).ToString(), "float32[2,2]");
}

TEST(ImportOnnxTest, CallsFunctionsOfTheModel) {
  ModelMaker m;
  m.Input("x", kFloat, {"2"}).Output("y");
  m.Node("Twice", {"x"}, {"y"})->set_domain("mine");
  proto::Function* f = m.model().add_functions();
  f->set_name("Twice");
  f->set_domain("mine");
  f->add_input("a");
  f->add_output("b");
  f->add_opset_import()->set_version(17);
  proto::Node* add = f->add_node();
  add->set_op_type("Add");
  add->add_input("a");
  add->add_input("a");
  add->add_output("b");
  const auto loaded = ImportOnnx(m.model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(RunOne(*loaded, Tensor::Of<float>({2}, {1, 2})), (std::vector<float>{2, 4}));
  // One that calls itself ends.
  add->set_op_type("Twice");
  add->set_domain("mine");
  add->mutable_input()->RemoveLast();
  EXPECT_THAT(ErrorOf(m.model(), absl::StatusCode::kResourceExhausted), HasSubstr("nested"));
}

// 30 functions, each of which calls the next twice.
TEST(ImportOnnxTest, CallsHaveABudget) {
  ModelMaker m;
  m.Input("x", kFloat, {"2"}).Output("y");
  m.Node("f0", {"x"}, {"y"})->set_domain("mine");
  for (int i = 0; i < 30; ++i) {
    proto::Function* f = m.model().add_functions();
    f->set_name(absl::StrCat("f", i));
    f->set_domain("mine");
    *f->add_input() = std::string("a");
    *f->add_output() = std::string("c");
    f->add_opset_import()->set_version(17);
    for (const char* names : {"ab", "bc"}) {
      proto::Node* node = f->add_node();
      node->set_op_type(i < 29 ? absl::StrCat("f", i + 1) : "Relu");
      node->set_domain(i < 29 ? "mine" : "");
      node->add_input(std::string(1, names[0]));
      node->add_output(std::string(1, names[1]));
    }
  }
  ImportOnnxOptions options;
  options.limits.nodes = 1000;
  EXPECT_THAT(ErrorOf(m.model(), absl::StatusCode::kResourceExhausted, options),
              HasSubstr("more than 1000 nodes"));
}

TEST(ImportOnnxTest, TakesTheBranchThatIsKnown) {
  ModelMaker m;
  m.Input("x", kFloat, {"2"}).Output("y");
  proto::Tensor* condition = m.graph().add_initializer();
  condition->set_name("condition");
  condition->set_data_type(9);
  condition->add_int32_data(1);
  proto::Node* node = m.Node("If", {"condition"}, {"y"});
  for (const char* branch : {"then_branch", "else_branch"}) {
    proto::Attribute* a = node->add_attribute();
    a->set_name(branch);
    a->set_type(5);
    proto::Node* inner = a->mutable_g()->add_node();
    inner->set_op_type(branch[0] == 't' ? "Neg" : "Abs");
    inner->add_input("x");
    inner->add_output(std::string("r_") + branch);
    a->mutable_g()->add_output()->set_name(std::string("r_") + branch);
  }
  const auto loaded = ImportOnnx(m.model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(RunOne(*loaded, Tensor::Of<float>({2}, {1, -2})), (std::vector<float>{-1, 2}));
}

// Positions of tokens, as exporters write them; and a slice from the least int64 on.
TEST(ImportOnnxTest, RangeOfASymbol) {
  ModelMaker m;
  m.Input("x", kFloat, {"1", "time"})
      .Output("y")
      .Integers("one", {1})
      .Integers("least", {INT64_MIN});
  m.Node("Shape", {"x"}, {"shape"});
  m.Node("Slice", {"shape", "least", "one"}, {"first"});
  m.Node("Slice", {"shape", "one"}, {"last"})->add_input("two");
  m.Integers("two", {2});
  m.Node("Squeeze", {"last"}, {"n"});
  m.Node("Squeeze", {"first"}, {"start"});
  m.Node("Squeeze", {"one"}, {"step"});
  m.Node("Range", {"start", "n", "step"}, {"range"});
  m.Node("Cast", {"range"}, {"y"})->add_attribute()->set_name("to");
  m.graph().mutable_node(m.graph().node_size() - 1)->mutable_attribute(0)->set_i(kFloat);
  m.graph().mutable_node(m.graph().node_size() - 1)->mutable_attribute(0)->set_type(2);
  const auto loaded = ImportOnnx(m.model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->model.functions[0].type(loaded->model.functions[0].outputs[0].value).ToString(),
            "float32[time - 1]");
  EXPECT_EQ(RunOne(*loaded, Tensor::Of<float>({1, 4}, {0, 0, 0, 0})),
            (std::vector<float>{1, 2, 3}));
}

// As PyTorch's MaxUnpool of windows that overlap: equal updates of one place.
TEST(ImportOnnxTest, EqualUpdatesOfOnePlaceDoNotAddUp) {
  ModelMaker m;
  m.Input("x", kFloat, {"5"}).Output("y").Floats("zeros", {4}, {0, 0, 0, 9});
  m.Integers("places", {0, 2, 2, 1, 0});
  m.Node("ScatterElements", {"zeros", "places", "x"}, {"y"});
  const auto loaded = ImportOnnx(m.model(), "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(RunOne(*loaded, Tensor::Of<float>({5}, {7, 4, 4, 1, 7})),
            (std::vector<float>{7, 1, 4, 9}));
}

struct Broken {
  const char* name;
  absl::StatusCode code;
  const char* message;
  void (*damage)(ModelMaker& m);
};

// Each is refused by name.
TEST(ImportOnnxTest, RefusesWhatIsWrong) {
  using enum absl::StatusCode;
  const Broken kAll[] = {
      {"no graph", kInvalidArgument, "no graph", [](ModelMaker& m) { m.model().clear_graph(); }},
      {"no outputs", kInvalidArgument, "no outputs",
       [](ModelMaker& m) { m.graph().clear_output(); }},
      {"opset 99", kUnimplemented, "opset 99",
       [](ModelMaker& m) { m.model().mutable_opset_import(0)->set_version(99); }},
      {"opset -1", kUnimplemented, "opset -1",
       [](ModelMaker& m) { m.model().mutable_opset_import(0)->set_version(-1); }},
      {"two opsets", kInvalidArgument, "twice",
       [](ModelMaker& m) { m.model().add_opset_import()->set_version(13); }},
      {"two inputs of a name", kAlreadyExists, "input x",
       [](ModelMaker& m) { m.Input("x", kFloat, {"1"}); }},
      {"two initializers of a name", kAlreadyExists, "initializer w",
       [](ModelMaker& m) { m.Floats("w", {1}, {1}); }},
      {"output of nothing", kNotFound, "output z", [](ModelMaker& m) { m.Output("z"); }},
      {"cycle", kNotFound, "its input late",
       [](ModelMaker& m) {
         m.graph().mutable_node(0)->set_input(0, "late");
         m.Node("Relu", {"y"}, {"late"});
       }},
      {"name taken", kAlreadyExists, "the name y is taken",
       [](ModelMaker& m) { m.Node("Relu", {"x"}, {"y"}); }},
      {"node without outputs", kInvalidArgument, "no outputs",
       [](ModelMaker& m) { m.Node("Relu", {"x"}, {}); }},
      {"sequence as a tensor", kInvalidArgument, "input 0 is a sequence, not a tensor",
       [](ModelMaker& m) {
         m.Node("SequenceConstruct", {"x"}, {"s"});
         m.Node("Relu", {"s"}, {"r"});
       }},
      {"sequence in a sequence", kInvalidArgument, "input 0 is a sequence, not a tensor",
       [](ModelMaker& m) {
         m.Node("SequenceConstruct", {"x"}, {"s"});
         m.Node("SequenceConstruct", {"s"}, {"t"});
       }},
      {"tensor as a sequence", kInvalidArgument, "input 0 is no sequence",
       [](ModelMaker& m) { m.Node("SequenceLength", {"x"}, {"n"}); }},
      {"erased from nothing", kInvalidArgument, "position -1 is outside of 0 elements",
       [](ModelMaker& m) {
         m.Node("SequenceEmpty", {}, {"s"});
         m.Node("SequenceErase", {"s"}, {"t"});
       }},
      {"sequence as output", kUnimplemented, "output s is a sequence",
       [](ModelMaker& m) {
         m.Node("SequenceConstruct", {"x"}, {"s"});
         m.graph().mutable_output(0)->set_name("s");
       }},
      {"gradient of nothing", kInvalidArgument, "attribute y names no tensor before it",
       [](ModelMaker& m) {
         m.Node("Gradient", {"x"}, {"dx"})->set_domain("ai.onnx.preview.training");
       }},
      {"dtype complex64", kUnimplemented, "dtype complex64",
       [](ModelMaker& m) { m.Input("h", kComplex64, {"1"}); }},
      {"dtype 999", kInvalidArgument, "data type 999",
       [](ModelMaker& m) { m.Input("h", 999, {"1"}); }},
      {"dimension below 0", kInvalidArgument, "input h",
       [](ModelMaker& m) { m.Input("h", kFloat, {"-3"}); }},
      {"inner dimensions", kInvalidArgument, "matmul_c2",
       [](ModelMaker& m) {
         m.graph().mutable_initializer(0)->set_dims(0, 2),
             m.graph().mutable_initializer(0)->set_dims(1, 3);
       }},
      {"missing input", kInvalidArgument, "input 1",
       [](ModelMaker& m) { m.graph().mutable_node(0)->mutable_input()->DeleteSubrange(1, 2); }},
      {"too few elements", kDataLoss, "initializer w",
       [](ModelMaker& m) { m.graph().mutable_initializer(0)->mutable_float_data()->RemoveLast(); }},
      {"no elements, many dims", kDataLoss, "initializer w",
       [](ModelMaker& m) {
         m.graph().mutable_initializer(0)->clear_float_data();
         m.graph().mutable_initializer(0)->set_dims(0, int64_t{1} << 40);
       }},
      {"elements in two fields", kInvalidArgument, "two fields",
       [](ModelMaker& m) { m.graph().mutable_initializer(0)->set_raw_data("12345678"); }},
      {"external data without a directory", kFailedPrecondition, "no directory", [](ModelMaker& m) {
         proto::Tensor* t = m.graph().mutable_initializer(0);
         t->clear_float_data();
         t->set_data_location(1);
         proto::StringEntry* e = t->add_external_data();
         e->set_key("location");
         e->set_value("weights.bin");
       }}};
  for (const Broken& broken : kAll) {
    SCOPED_TRACE(broken.name);
    ModelMaker m = Dense();
    broken.damage(m);
    EXPECT_THAT(ErrorOf(m.model(), broken.code), HasSubstr(broken.message));
  }
}

}  // namespace
}  // namespace dagrad::onnx
