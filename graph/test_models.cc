#include "dagrad/graph/test_models.h"

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/test_ops.h"
#include "gtest/gtest.h"

namespace dagrad::testing {

Model SmallModel() {
  GraphBuilder g("predict");
  Value x = g.Input("x", DType::kFloat32, {"batch", 3});
  Value w = g.State("w", DType::kFloat32, {3});
  Value sum;
  {
    GraphBuilder::Scope scope(&g, "dense");
    sum = TestAdd(x, w);
  }
  Value many = g.AddNode(TestManyOp(), {sum, x},
                         {{"i", 7}, {"f", std::nan("")}, {"s", "line\n\"quoted\" ü"}},
                         SourceLocation::Current());
  {
    GraphBuilder::GradientOf gradient(&g, sum.ref().node);
    g.Output("again", TestAdd(many, x));
  }
  g.Output("y", many);
  g.Output("count", g.Outputs(many, 2)[1]);
  g.Update("w", TestAdd(w, w));
  Model model;
  model.name = "small";
  model.functions.push_back(*g.Build());
  model.states.push_back({"w", {DType::kFloat32, {3}}, true, ""});
  model.metadata = {{"note", "kept"}, {"about", "ü"}};
  return model;
}

// Tests change the protocol buffer of SmallModel and see what reading it says.
absl::Status ReadChanged(const std::function<void(proto::Model*)>& change) {
  proto::Model p;
  EXPECT_TRUE(ToProto(SmallModel(), &p).ok());
  change(&p);
  return ParseModel(p.SerializeAsString(), FindTestOp).status();
}

proto::Node* FindNode(proto::Model* p, absl::string_view name) {
  for (proto::Node& n : *p->mutable_functions(0)->mutable_nodes()) {
    if (n.name() == name) return &n;
  }
  ADD_FAILURE() << "no node " << name;
  return nullptr;
}

}  // namespace dagrad::testing
