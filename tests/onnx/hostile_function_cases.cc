// Hostile files of ONNX: functions, control flow and gradients.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/tests/onnx/hostile_cases.h"
#include "dagrad/tests/onnx/model_maker.h"

namespace dagrad::onnx {
namespace {

constexpr char kTraining[] = "ai.onnx.preview.training";

// ---- 45 to 49: functions, of the inputs x and c.

// `count` functions, the last of which is a node and each other one calls the next `calls` times.
std::string CallsInARow(int count, int calls) {
  ModelMaker m;
  m.Input("x", kFloat, {"2"}).Output("y").Node("f0", {"x"}, {"y"})->set_domain("mine");
  for (int i = 0; i < count; ++i) {
    proto::Function* f = AddFunction(m, absl::StrCat("f", i), {"x"});
    for (int k = 0; k < calls; ++k) {
      const std::string from = k == 0 ? "x" : absl::StrCat("t", k - 1);
      const std::string to = k + 1 == calls ? "r" : absl::StrCat("t", k);
      if (i + 1 < count) {
        AddCall(f, absl::StrCat("f", i + 1), {from}, to);
      } else {
        AddTo(f, "Relu", {from}, {to});
      }
    }
  }
  return BytesOf(m);
}

// `count` functions, of which each calls the next one and the last one the first, `calls` times.
std::string CallsInACircle(int count, int calls) {
  ModelMaker m;
  m.Input("x", kFloat, {"2"}).Output("y").Node("f0", {"x"}, {"y"})->set_domain("mine");
  for (int i = 0; i < count; ++i) {
    proto::Function* f = AddFunction(m, absl::StrCat("f", i), {"x"});
    for (int k = 0; k < calls; ++k)
      AddCall(f, absl::StrCat("f", (i + 1) % count), {"x"}, k == 0 ? "r" : absl::StrCat("t", k));
  }
  return BytesOf(m);
}

// A branch whose graphs are those that the function is given.
void AddIfByReference(proto::Graph* graph) {
  proto::Node* node = AddTo(graph, "If", {"c"}, {"g"});
  for (const char* branch : {"then_branch", "else_branch"})
    AddAttribute(node, branch, kTypeGraph)->set_ref_attr_name("a");
  graph->add_output()->set_name("g");
}

// Functions that give the next one a graph in which the graph that they were given stands twice:
// the last one is given 2^(levels - 1) of the first.
std::string GraphsTwice(int levels) {
  ModelMaker m;
  m.Input("x", kFloat, {"2"}).Output("y");
  proto::Tensor* c = m.graph().add_initializer();
  c->set_name("c");
  c->set_data_type(kBool);
  c->add_int32_data(1);
  proto::Node* first = m.Node("f0", {"x", "c"}, {"y"});
  first->set_domain("mine");
  AddTo(AddGraph(first, "a", {}, {"g"}), "Relu", {"x"}, {"g"});
  for (int i = 0; i < levels; ++i) {
    proto::Function* f = AddFunction(m, absl::StrCat("f", i), {"x", "c"});
    f->add_attribute("a");
    if (i + 1 < levels) {
      proto::Node* call = AddCall(f, absl::StrCat("f", i + 1), {"x", "c"}, "r");
      AddIfByReference(AddAttribute(call, "a", kTypeGraph)->mutable_g());
    } else {
      proto::Node* node = AddTo(f, "If", {"c"}, {"r"});
      for (const char* branch : {"then_branch", "else_branch"})
        AddAttribute(node, branch, kTypeGraph)->set_ref_attr_name("a");
    }
  }
  return BytesOf(m);
}

// Each of the nodes of a function has the name of its call before its own.
std::string LongNameOfACall(size_t bytes, int nodes) {
  ModelMaker m;
  m.Input("x", kFloat, {"2"}).Output("y");
  proto::Node* call = m.Node("F", {"x"}, {"y"});
  call->set_domain("mine");
  call->set_name(std::string(bytes, 'n'));
  proto::Function* f = AddFunction(m, "F", {"x"});
  for (int i = 0; i < nodes; ++i)
    AddTo(f, "Sin", {i == 0 ? "x" : absl::StrCat("t", i - 1)}, {absl::StrCat("t", i)});
  AddTo(f, "Neg", {absl::StrCat("t", nodes - 1)}, {"r"});
  return BytesOf(m);
}

std::string TwoFunctions(const std::string& first, const std::string& second) {
  ModelMaker m;
  m.Input("x", kFloat, {"2"}).Output("y").Node("F", {"x"}, {"y"})->set_domain(first);
  for (const std::string& domain : {first, second}) {
    proto::Function* f = AddFunction(m, "F", {"x"});
    f->set_domain(domain);
    AddTo(f, "Relu", {"x"}, {"r"});
  }
  return BytesOf(m);
}

void AddFunctions(HostileCases* cases) {
  const auto add = [cases](int number, const char* name, Codes accepted, auto bytes) {
    cases->push_back({number, name, accepted, bytes});
  };
  constexpr Codes kEndless = kInvalid | kExhausted;
  add(45, "calls itself", kEndless, [] { return CallsInACircle(1, 1); });
  add(45, "calls itself twice", kEndless, [] { return CallsInACircle(1, 2); });
  add(46, "two", kEndless, [] { return CallsInACircle(2, 1); });
  add(46, "three, each twice", kEndless, [] { return CallsInACircle(3, 2); });
  add(47, "10,000 calls", kExhausted, [] { return CallsInARow(10'000, 1); });
  add(47, "10,001 functions", kExhausted, [] { return CallsInARow(10'001, 1); });
  add(48, "2^30 nodes", kExhausted, [] { return CallsInARow(30, 2); });
  add(48, "100^60 nodes", kExhausted, [] { return CallsInARow(60, 100); });
  add(48, "2^19 graphs", kOk | kExhausted, [] { return GraphsTwice(20); });
  add(25, "a call", kExhausted, [] { return LongNameOfACall(256 << 10, 2000); });
  add(49, "two of a name", kExists, [] { return TwoFunctions("mine", "mine"); });
  add(49, "two of a domain's names", kExists, [] { return TwoFunctions("", "ai.onnx"); });
}

// ---- 50 and 51: branches and loops.

proto::Node* Branches(ModelMaker& m, const std::vector<std::string>& then_outputs,
                      const std::vector<std::string>& else_outputs) {
  proto::Node* node = m.Node("If", {"b"}, {"y"});
  proto::Graph* then_branch = AddGraph(node, "then_branch", {}, then_outputs);
  AddTo(then_branch, "Relu", {"x"}, {"t"});
  AddTo(then_branch, "Shape", {"x"}, {"s"});
  AddTo(AddGraph(node, "else_branch", {}, else_outputs), "Neg", {"x"}, {"e"});
  return node;
}

// x is carried through `steps` steps, as long as the result of `condition` is true, and stacked if
// `stacks`.
void Loop(ModelMaker& m, const std::string& steps, bool stacks) {
  if (!steps.empty()) {
    proto::Tensor* t = m.graph().add_initializer();
    t->set_name("steps");
    t->set_data_type(kInt64);
    t->add_int64_data(std::stoll(steps));
  }
  proto::Node* node = m.Node("Loop", {steps.empty() ? "" : "steps", "", "x"}, {"y"});
  proto::Graph* body = AddGraph(node, "body", {"n", "c", "s"}, {"go", "r"});
  AddTo(body, "Identity", {"c"}, {"go"});
  AddTo(body, "Sin", {"s"}, {"r"});
  if (!stacks) return;
  body->add_output()->set_name("r");
  node->set_output(0, "last");
  node->add_output("y");
}

void Scan(ModelMaker& m, int64_t scanned) {
  m.Input("s", kFloat, {"3"});
  proto::Node* node = m.Node("Scan", {"s", "x"}, {"y"});
  SetInt(node, "num_scan_inputs", scanned);
  AddTo(AddGraph(node, "body", {"c", "u"}, {"r"}), "Add", {"c", "u"}, {"r"});
}

constexpr Codes kNotForEver = kInvalid | kExhausted | kDeadline;

const GraphRow kControl[] = {
    {50, "numbers of outputs", kInvalid | kMustBeKnown,
     [](ModelMaker& m) {
       Branches(m, {"t", "s"}, {"e"});
     }},
    {50, "dtypes", kInvalid | kMustBeKnown, [](ModelMaker& m) { Branches(m, {"s"}, {"e"}); }},
    {50, "no outputs", kInvalid | kMustBeKnown | kUnimplemented,
     [](ModelMaker& m) { Branches(m, {}, {}); }},
    {50, "fewer than the node has", kInvalid | kUnimplemented,
     [](ModelMaker& m) { Branches(m, {"t"}, {"e"})->add_output("more"); }},
    {50, "inputs", kInvalid | kMustBeKnown,
     [](ModelMaker& m) {
       Branches(m, {"t"}, {"e"})->mutable_attribute(0)->mutable_g()->add_input()->set_name("in");
     }},
    {51, "2^63 - 1 steps", kNotForEver,
     [](ModelMaker& m) { Loop(m, "9223372036854775807", false); }},
    {51, "2^40 steps", kNotForEver, [](ModelMaker& m) { Loop(m, "1099511627776", false); }},
    {51, "2^40 steps that are stacked", kNotForEver,
     [](ModelMaker& m) { Loop(m, "1099511627776", true); }},
    {51, "2^63 - 1 steps that are stacked", kNotForEver,
     [](ModelMaker& m) { Loop(m, "9223372036854775807", true); }},
    {51, "always true", kNotForEver | kUnimplemented | kMustBeKnown,
     [](ModelMaker& m) { Loop(m, "", false); }},
    {51, "always true, stacked", kNotForEver | kUnimplemented | kMustBeKnown,
     [](ModelMaker& m) { Loop(m, "", true); }},
    {51, "-1 steps", kOk | kInvalid, [](ModelMaker& m) { Loop(m, "-1", false); }},
    {51, "-2^63 steps", kOk | kInvalid,
     [](ModelMaker& m) { Loop(m, "-9223372036854775808", false); }},
    {51, "Scan of 0", kInvalid, [](ModelMaker& m) { Scan(m, 0); }},
    {51, "Scan of -1", kInvalid, [](ModelMaker& m) { Scan(m, -1); }},
    {51, "Scan of 3", kInvalid, [](ModelMaker& m) { Scan(m, 3); }},
    {51, "Scan of -2^31", kInvalid, [](ModelMaker& m) { Scan(m, INT32_MIN); }},
    {51, "Scan of 2^32 + 1", kInvalid, [](ModelMaker& m) { Scan(m, (int64_t{1} << 32) + 1); }},
};

// ---- 53 and 54: gradients.

void Gradient(ModelMaker& m, const std::string& input, const std::vector<std::string>& xs,
              const std::string& y) {
  proto::Node* node = m.Node("Gradient", {input}, {"y"});
  node->set_domain(kTraining);
  proto::Attribute* names = AddAttribute(node, "xs", kTypeStrings);
  for (const std::string& x : xs) names->add_strings(x);
  AddAttribute(node, "y", kTypeString)->set_s(y);
}

const GraphRow kGradients[] = {
    {53, "by integers", kInvalid | kUnimplemented,
     [](ModelMaker& m) {
       m.Node("Sin", {"x"}, {"z"});
       Gradient(m, "i", {"i"}, "z");
     }},
    {53, "of integers", kInvalid | kUnimplemented,
     [](ModelMaker& m) {
       m.Node("Shape", {"x"}, {"z"});
       Gradient(m, "x", {"x"}, "z");
     }},
    {53, "of what does not depend on it", kOk | kInvalid | kUnimplemented,
     [](ModelMaker& m) {
       m.Input("w", kFloat, {"2"}).Node("Sin", {"w"}, {"z"});
       Gradient(m, "x", {"x"}, "z");
     }},
    {53, "through what has none", kOk | kInvalid | kUnimplemented | kMustBeKnown,
     [](ModelMaker& m) {
       m.Node("Unique", {"x"}, {"z"});
       Gradient(m, "x", {"x"}, "z");
     }},
    {53, "of nothing", kInvalid | kNotFound,
     [](ModelMaker& m) { Gradient(m, "x", {"x"}, "nobody"); }},
    {53, "by nothing", kInvalid | kNotFound,
     [](ModelMaker& m) {
       m.Node("Sin", {"x"}, {"z"});
       Gradient(m, "x", {}, "z");
     }},
    {54, "of itself", kInvalid | kNotFound, [](ModelMaker& m) { Gradient(m, "x", {"x"}, "y"); }},
    {54, "by itself", kInvalid | kNotFound, [](ModelMaker& m) { Gradient(m, "y", {"y"}, "x"); }},
    {54, "by another value than it takes", kInvalid | kUnimplemented,
     [](ModelMaker& m) {
       m.Input("w", kFloat, {"2"}).Node("Sin", {"x"}, {"z"});
       Gradient(m, "w", {"x"}, "z");
     }},
    {54, "by more values than it takes", kInvalid | kUnimplemented,
     [](ModelMaker& m) {
       m.Node("Sin", {"x"}, {"z"});
       Gradient(m, "x", {"x", "z"}, "z");
     }},
};

}  // namespace

HostileCases FunctionCases() {
  HostileCases cases;
  AddFunctions(&cases);
  AddRows(kControl, &cases);
  AddRows(kGradients, &cases);
  return cases;
}

}  // namespace dagrad::onnx
