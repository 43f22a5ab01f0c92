// Hostile files of ONNX: names, and what nodes are given.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/tests/onnx/hostile_cases.h"
#include "dagrad/tests/onnx/model_maker.h"

namespace dagrad::onnx {
namespace {

void Relu(ModelMaker& m) { m.Node("Relu", {"x"}, {"y"}); }

const std::string& Huge() {
  static const auto* const name = new std::string(10 << 20, 'n');
  return *name;
}

// ---- 23 to 25, and 36: names.

const GraphRow kNames[] = {
    {23, "two nodes of a name", kOk | kExists,
     [](ModelMaker& m) {
       m.Node("Relu", {"x"}, {"z"})->set_name("same");
       m.Node("Relu", {"z"}, {"y"})->set_name("same");
     }},
    {23, "two results of a name", kExists,
     [](ModelMaker& m) {
       Relu(m);
       Relu(m);
     }},
    {23, "two results of a node of a name", kExists,
     [](ModelMaker& m) {
       SetInt(m.Node("Split", {"x"}, {"y", "y", "y"}), "axis", 1);
     }},
    {24, "node", kOk, [](ModelMaker& m) { m.Node("Relu", {"x"}, {"y"})->clear_name(); }},
    {24, "input", kInvalid,
     [](ModelMaker& m) {
       Relu(m);
       m.Input("", kFloat, {"1"});
     }},
    {24, "output", kNotFound | kInvalid,
     [](ModelMaker& m) {
       Relu(m);
       m.Output("");
     }},
    {24, "initializer", kOk | kInvalid,
     [](ModelMaker& m) {
       Relu(m);
       m.Floats("", {1}, {1});
     }},
    {25, "node", kExhausted, [](ModelMaker& m) { m.Node("Relu", {"x"}, {"y"})->set_name(Huge()); }},
    {25, "value", kOk | kExhausted,
     [](ModelMaker& m) {
       m.Node("Relu", {"x"}, {Huge()});
       m.Node("Relu", {Huge()}, {"y"});
     }},
    {25, "input", kExhausted,
     [](ModelMaker& m) {
       Relu(m);
       m.Input(Huge(), kFloat, {"1"});
     }},
    {25, "output", kExhausted,
     [](ModelMaker& m) {
       m.Node("Relu", {"x"}, {Huge()});
       m.graph().mutable_output(0)->set_name(Huge());
     }},
    {25, "state", kExhausted,
     [](ModelMaker& m) {
       m.Floats(Huge(), {3}, {1, 2, 3}).Node("Add", {"x", Huge()}, {"y"});
     }},
    {25, "symbol", kExhausted | kInvalid,
     [](ModelMaker& m) {
       Relu(m);
       m.Input("h", kFloat, {Huge()});
     }},
    {25, "domain of an opset", kOk | kExhausted,
     [](ModelMaker& m) {
       Relu(m);
       m.model().add_opset_import()->set_domain(Huge());
     }},
    {36, "no op", kInvalid | kUnimplemented, [](ModelMaker& m) { m.Node("", {"x"}, {"y"}); }},
    {36, "an op of 10 MiB", kInvalid | kUnimplemented | kExhausted,
     [](ModelMaker& m) { m.Node(Huge(), {"x"}, {"y"}); }},
};

// ---- 26 to 40, and 52: what nodes are given.

const GraphRow kEdges[] = {
    {26, "input that is missing", kNotFound,
     [](ModelMaker& m) { m.Node("Relu", {"nobody"}, {"y"}); }},
    {27, "result 7", kNotFound,
     [](ModelMaker& m) {
       m.Node("Relu", {"x"}, {"r"});
       m.Node("Neg", {"r:7"}, {"y"});
     }},
    {27, "more results than the op has", kOutOfRange | kInvalid | kUnimplemented,
     [](ModelMaker& m) {
       m.Node("Relu", {"x"}, {"y", "z"});
     }},
    {29, "itself", kNotFound | kInvalid, [](ModelMaker& m) { m.Node("Relu", {"y"}, {"y"}); }},
    {30, "cycle of two", kNotFound | kInvalid,
     [](ModelMaker& m) {
       m.Node("Relu", {"z"}, {"y"});
       m.Node("Relu", {"y"}, {"z"});
     }},
    {33, "cycle through a branch", kNotFound | kInvalid | kMustBeKnown,
     [](ModelMaker& m) {
       proto::Node* node = m.Node("If", {"b"}, {"y"});
       AddTo(AddGraph(node, "then_branch", {}, {"t"}), "Relu", {"y"}, {"t"});
       AddTo(AddGraph(node, "else_branch", {}, {"e"}), "Neg", {"x"}, {"e"});
     }},
    {33, "cycle through a loop", kNotFound | kInvalid | kMustBeKnown,
     [](ModelMaker& m) {
       proto::Node* node = m.Node("Loop", {"", "b", "x"}, {"y"});
       proto::Graph* body = AddGraph(node, "body", {"n", "c", "s"}, {"c", "r"});
       AddTo(body, "Add", {"s", "y"}, {"r"});
     }},
    {34, "the input as the result", kExists | kInvalid,
     [](ModelMaker& m) {
       m.Node("Relu", {"x"}, {"x"});
       m.Node("Relu", {"x"}, {"y"});
     }},
    {34, "the same input twice", kOk,
     [](ModelMaker& m) {
       m.Node("Add", {"x", "x"}, {"y"});
     }},
    {35, "op", kUnimplemented, [](ModelMaker& m) { m.Node("Frobnicate", {"x"}, {"y"}); }},
    {35, "domain", kUnimplemented,
     [](ModelMaker& m) { m.Node("Relu", {"x"}, {"y"})->set_domain("com.example"); }},
    {35, "domain without an opset", kInvalid | kUnimplemented,
     [](ModelMaker& m) { m.Node("Binarizer", {"x"}, {"y"})->set_domain("ai.onnx.ml"); }},
    {38, "Add of 100,000", kInvalid | kUnimplemented,
     [](ModelMaker& m) { m.Node("Add", std::vector<std::string>(100'000, "x"), {"y"}); }},
    {38, "Add of three", kInvalid | kUnimplemented,
     [](ModelMaker& m) {
       m.Node("Add", {"x", "x", "x"}, {"y"});
     }},
    {38, "Sum of 5,000", kOk | kExhausted | kDeadline,
     [](ModelMaker& m) { m.Node("Sum", std::vector<std::string>(5000, "x"), {"y"}); }},
    {52, "output of nothing", kNotFound, [](ModelMaker& m) { m.Node("Relu", {"x"}, {"z"}); }},
    // As onnx.checker and ONNX Runtime have it, and PyTorch writes it.
    {52, "the same output twice", kOk,
     [](ModelMaker& m) {
       Relu(m);
       m.Output("y");
     }},
    {52, "no output", kInvalid,
     [](ModelMaker& m) {
       Relu(m);
       m.graph().clear_output();
     }},
};

void AddNodesWithInputs(int number, const std::vector<std::vector<std::string>>& nodes,
                        HostileCases* cases) {
  for (const std::vector<std::string>& node : nodes) {
    cases->push_back({number, absl::StrCat(node[0], " of ", node.size() - 1), kInvalid, [node] {
                        ModelMaker m;
                        m.Input("x", kFloat, {"2", "3"}).Output("y");
                        m.Node(node[0], {node.begin() + 1, node.end()}, {"y"});
                        return BytesOf(m);
                      }});
  }
}

void AddMissingInputs(HostileCases* cases) {
  std::vector<std::vector<std::string>> nodes;
  for (const char* op : {"Add",  "Concat",     "Conv",   "Gather",  "Gemm", "Identity", "If",
                         "LSTM", "Loop",       "MatMul", "Max",     "Relu", "Reshape",  "Resize",
                         "Scan", "SequenceAt", "Slice",  "Softmax", "Sum",  "Where"})
    nodes.push_back({op});
  AddNodesWithInputs(37, nodes, cases);
  AddNodesWithInputs(39,
                     {{"Add", "x", ""},
                      {"BatchNormalization", "x", "", "", "", ""},
                      {"Clip", "", "x"},
                      {"ConstantOfShape", ""},
                      {"Conv", "x", ""},
                      {"CumSum", "x", ""},
                      {"Expand", "x", ""},
                      {"Gather", "x", ""},
                      {"Gemm", "x", ""},
                      {"HannWindow", ""},
                      {"Identity", ""},
                      {"MatMul", "", "x"},
                      {"Pad", "x", ""},
                      {"Reshape", "x", ""},
                      {"ScatterND", "x", "", "x"},
                      {"SequenceConstruct", "x", ""},
                      {"Slice", "x", "", ""},
                      {"Tile", "x", ""},
                      {"TopK", "x", ""},
                      {"Unsqueeze", "x", ""},
                      {"Where", "", "x", "x"}},
                     cases);
  for (const char* name : {":", "x:", "x:0", "x:-1", "x:0x", "x:2147483648", ":0"}) {
    cases->push_back({28, name, kNotFound | kInvalid, [name] {
                        ModelMaker m;
                        m.Input("x", kFloat, {"2"}).Output("y").Node("Relu", {name}, {"y"});
                        return BytesOf(m);
                      }});
  }
}

// ---- 31 and 38: many.

// `count` nodes, each of which takes the result of the one before it.
std::string Chain(int count) {
  ModelMaker m;
  m.Input("v0", kFloat, {"4"}).Output(absl::StrCat("v", count));
  std::string nodes;
  for (int i = 0; i < count; ++i) {
    nodes += Field(kNodeOfGraph, Field(kInputOfNode, absl::StrCat("v", i)) +
                                     Field(kOutputOfNode, absl::StrCat("v", i + 1)) +
                                     Field(kOpOfNode, i % 2 == 0 ? "Sin" : "Neg"));
  }
  return BytesOf(m) + Field(kGraphOfModel, nodes);
}

// A function of as many inputs as its node has, all of which are left out.
std::string AbsentInputs(int count) {
  ModelMaker m;
  m.Output("y").Node("F", {}, {"y"})->set_domain("mine");
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(absl::StrCat("absent", i));
  proto::Function* f = AddFunction(m, "F", names);
  AddTo(f, "Sum", std::vector<std::string>(count, names.back()), {"r"});
  return BytesOf(m);
}

void AddMany(HostileCases* cases) {
  cases->push_back({31, "1,000,000 nodes", kExhausted, [] { return Chain(1'000'000); }});
  cases->push_back(
      {31, "10,000 nodes", kOk | kExhausted | kDeadline, [] { return Chain(10'000); }});
  cases->push_back({38, "Add of 1,000,000", kInvalid | kExhausted, [] {
                      return Field(kGraphOfModel,
                                   Field(kNodeOfGraph, Repeated("\x0a\x01x", 1'000'000) +
                                                           Field(kOutputOfNode, "y") +
                                                           Field(kOpOfNode, "Add")));
                    }});
  cases->push_back({38, "50,000 inputs of a function", kInvalid | kExhausted,
                    [] { return AbsentInputs(50'000); }});
}

}  // namespace

HostileCases GraphCases() {
  HostileCases cases;
  AddRows(kNames, &cases);
  AddRows(kEdges, &cases);
  AddMissingInputs(&cases);
  AddMany(&cases);
  return cases;
}

}  // namespace dagrad::onnx
