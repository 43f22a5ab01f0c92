// Every op's nodes, and their gradients, survive being written and read, as bytes and as text.

#include <string>
#include <vector>

#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/validate.h"
#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

// The case's function, and where it can be differentiated, its gradients.
absl::StatusOr<Model> MakeModel(const OpCase& c) {
  absl::StatusOr<Function> f = MakeFunction(c);
  if (!f.ok()) return f.status();
  GraphBuilder g(*std::move(f));
  std::vector<Value> ys, xs;
  for (const Function::Output& o : g.function().outputs) {
    if (IsFloating(g.function().type(o.value).dtype)) ys.emplace_back(&g, o.value);
  }
  for (NodeId id : g.function().inputs) {
    if (IsFloating(g.node(id).outputs[0].dtype)) xs.emplace_back(&g, ValueRef{id, 0});
  }
  if (!ys.empty() && !xs.empty()) {
    const auto grads = Gradients(ys, xs);
    if (!grads.ok()) return grads.status();
    for (size_t i = 0; i < xs.size(); ++i) g.Output("grad" + std::to_string(i), (*grads)[i]);
  }
  f = g.Build();
  if (!f.ok()) return f.status();
  Model model;
  model.name = "case";
  model.functions.push_back(*std::move(f));
  return model;
}

void ExpectSameNodes(const Function& a, const Function& b) {
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    const Node& m = a.nodes[i];
    const Node& n = b.nodes[i];
    SCOPED_TRACE(Describe(m));
    EXPECT_EQ(m.op, n.op);
    EXPECT_EQ(m.name, n.name);
    EXPECT_EQ(m.inputs, n.inputs);
    EXPECT_TRUE(m.attrs == n.attrs) << m.attrs.ToString() << "\n" << n.attrs.ToString();
    EXPECT_EQ(m.attrs.Hash(), n.attrs.Hash());
    EXPECT_EQ(m.outputs, n.outputs);
    EXPECT_EQ(m.source_line, n.source_line);
    EXPECT_EQ(m.gradient_of, n.gradient_of);
  }
}

TEST_P(OpTest, RoundTripsAsBytesAndAsText) {
  for (const OpCase& c : AllCases(op())) {
    SCOPED_TRACE(c.Name());
    const absl::StatusOr<Model> model = MakeModel(c);
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_TRUE(ValidateModel(*model).ok()) << ValidateModel(*model);
    const absl::StatusOr<std::string> bytes = SerializeModel(*model);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    const absl::StatusOr<Model> read = ParseModel(*bytes, ops::FindOp);
    ASSERT_TRUE(read.ok()) << read.status();
    ExpectSameNodes(model->functions[0], read->functions[0]);
    EXPECT_EQ(*SerializeModel(*read), *bytes);

    const absl::StatusOr<std::string> text = ModelToText(*model);
    ASSERT_TRUE(text.ok()) << text.status();
    const absl::StatusOr<Model> read_text = ParseModelText(*text, ops::FindOp);
    ASSERT_TRUE(read_text.ok()) << read_text.status();
    ExpectSameNodes(model->functions[0], read_text->functions[0]);
    EXPECT_EQ(*SerializeModel(*read_text), *bytes);
  }
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
