// What docs/control_flow.md shows, as it stands there.

#include <cmath>
#include <utility>

#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/ops.h"
#include "dagrad/runtime/run/executable.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

absl::StatusOr<Function> Classify() {
  GraphBuilder g("classify");
  Value x = g.Input("x", DType::kFloat32, {"batch", "time", 8});
  Value w = g.State("w", DType::kFloat32, {8, 16});
  Value u = g.State("u", DType::kFloat32, {16, 16});
  Value h0 = Full(&g, DType::kFloat32, {"batch", 16}, 0);

  // A recurrent network: the first axis of what is scanned is time.
  ScanResult r = Scan({h0}, {Transpose(x, {1, 0, 2})},
                      [&](GraphBuilder&, absl::Span<const Value> c, absl::Span<const Value> x) {
                        Value h = Tanh(MatMul(x[0], w) + MatMul(c[0], u));
                        return ScanStep{.carried = h, .outputs = h};
                      });

  // Newton's iteration for √a, as long as it moves.
  Value a = ReduceMean(Square(r.carried[0]));
  WhileResult root = While(
      {a},
      [&](GraphBuilder&, absl::Span<const Value> c) {
        return Greater(Abs(c[0] * c[0] - a), 1e-6 * a);
      },
      [&](GraphBuilder&, absl::Span<const Value> c) -> Values { return 0.5 * (c[0] + a / c[0]); },
      {.max_iterations = 50});

  // Only the branch that is taken is computed.
  g.Output("y", If(
                    Less(a, 1), [&](GraphBuilder&) { return Values{root.carried[0]}; },
                    [&](GraphBuilder&) { return Values{Log(a)}; })[0]);
  g.Output("a", a);
  return g.Build();
}

absl::StatusOr<Function> Gated() {
  GraphBuilder f("gate");
  Value z = f.Input("z", DType::kFloat32, {"n"});
  f.Output("y", z * Sigmoid(z));
  DAGRAD_ASSIGN_OR_RETURN(Function function, f.Build());
  DAGRAD_ASSIGN_OR_RETURN(BodyPtr gate, Body::Make(std::move(function)));
  GraphBuilder g("gated");
  Value x = g.Input("x", DType::kFloat32, {3});
  Value y = Call(gate, {x})[0];  // its "n" is what x has there
  g.Output("y", y);
  return g.Build();
}

TEST(ControlFlowExampleTest, RunsAsTheDocumentationSays) {
  const auto e = Executable::Compile(*Classify());
  ASSERT_TRUE(e.ok()) << e.status();
  StateStore store;
  store.Set("w", Tensor::Full(DType::kFloat32, {8, 16}, 0.1));
  store.Set("u", Tensor::Full(DType::kFloat32, {16, 16}, 0.02));
  const auto y = (*e)->Run({{"x", Tensor::Full(DType::kFloat32, {2, 5, 8}, 0.5)}}, &store);
  ASSERT_TRUE(y.ok()) << y.status();
  const float a = y->at("a").data<float>()[0];
  ASSERT_LT(a, 1);
  EXPECT_NEAR(y->at("y").data<float>()[0], std::sqrt(a), 1e-5);
}

TEST(ControlFlowExampleTest, AFunctionIsCalled) {
  const auto e = Executable::Compile(*Gated());
  ASSERT_TRUE(e.ok()) << e.status();
  const auto y = (*e)->Run({{"x", Tensor::Of<float>({3}, {0, 1, -1})}});
  ASSERT_TRUE(y.ok()) << y.status();
  EXPECT_NEAR(y->at("y").data<float>()[1], 0.731059F, 1e-5F);
}

}  // namespace
}  // namespace dagrad
