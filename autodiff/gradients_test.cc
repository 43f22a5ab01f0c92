#include "dagrad/autodiff/gradients.h"

#include <cmath>
#include <deque>
#include <string>
#include <vector>

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

constexpr DType kF64 = DType::kFloat64;

Tensor Vector(std::vector<double> v) {
  return Tensor::Of<double>({static_cast<int64_t>(v.size())}, absl::MakeConstSpan(v));
}

// The output "out" of what `g` has built.
std::vector<double> Evaluate(GraphBuilder* g, Value out, const runtime::TensorMap& feeds) {
  g->Output("out", out);
  absl::StatusOr<Function> f = g->Build();
  EXPECT_TRUE(f.ok()) << f.status();
  if (!f.ok()) return {};
  absl::StatusOr<runtime::EvaluateResult> r = runtime::EvaluateFunction(*f, feeds);
  EXPECT_TRUE(r.ok()) << r.status();
  if (!r.ok()) return {};
  const auto data = r->outputs.at("out").data<double>();
  return {data.begin(), data.end()};
}

Value Grad(Value y, Value x) {
  auto grads = Gradients({y}, {x});
  EXPECT_TRUE(grads.ok()) << grads.status();
  return grads.ok() ? (*grads)[0] : Value();
}

TEST(GradientsTest, ProductRule) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {2});
  EXPECT_EQ(Evaluate(&g, Grad(Sin(x) * x, x), {{"x", Vector({0, 1})}}),
            (std::vector<double>{0, std::cos(1.0) + std::sin(1.0)}));
}

TEST(GradientsTest, SecondAndThirdDerivativeOfACube) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {2});
  Value y = x * x * x;
  Value third = Grad(Grad(Grad(y, x), x), x);
  EXPECT_EQ(Evaluate(&g, third, {{"x", Vector({2, -5})}}), (std::vector<double>{6, 6}));
}

TEST(GradientsTest, EveryUseCounts) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {1});
  EXPECT_EQ(Evaluate(&g, Grad(x + x + x + x * 2, x), {{"x", Vector({7})}}),
            (std::vector<double>{5}));
}

TEST(GradientsTest, SeveralOutputsWithCotangents) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {2});
  Value c = g.Input("c", kF64, {2});
  auto grads = Gradients({x * 3, x * x}, {x}, {.cotangents = {c, c}});
  ASSERT_TRUE(grads.ok()) << grads.status();
  EXPECT_EQ(Evaluate(&g, (*grads)[0], {{"x", Vector({1, 2})}, {"c", Vector({10, 100})}}),
            (std::vector<double>{50, 700}));
}

TEST(GradientsTest, AnXThatIsAYGetsItsCotangentToo) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {1});
  auto grads = Gradients({x, x * 4}, {x});
  ASSERT_TRUE(grads.ok()) << grads.status();
  EXPECT_EQ(Evaluate(&g, (*grads)[0], {{"x", Vector({1})}}), (std::vector<double>{5}));
}

TEST(GradientsTest, InnerValuesAreXsAndDoNotStopThePath) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {1});
  Value h = x * 3;
  auto grads = Gradients({h * h}, {h, x});
  ASSERT_TRUE(grads.ok()) << grads.status();
  EXPECT_EQ(Evaluate(&g, (*grads)[0] * 1000 + (*grads)[1], {{"x", Vector({2})}}),
            (std::vector<double>{12036}));
}

TEST(GradientsTest, UnreachableXsGetZerosOfTheirType) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {"batch", 2});
  Value z = g.Input("z", DType::kFloat32, {"batch", 3});
  auto grads = Gradients({x}, {z, StopGradient(x)});
  ASSERT_TRUE(grads.ok()) << grads.status();
  EXPECT_EQ((*grads)[0].type(), z.type());
  EXPECT_EQ((*grads)[1].type(), x.type());
  EXPECT_EQ(Evaluate(&g, (*grads)[1],
                     {{"x", *Tensor::Zeros(kF64, {1, 2})},
                      {"z", *Tensor::Zeros(DType::kFloat32, {1, 3})}}),
            (std::vector<double>{0, 0}));
}

TEST(GradientsTest, AYBeforeAllXsGivesZeros) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {1});
  Value y = x * 2;
  EXPECT_EQ(Evaluate(&g, Grad(x, y), {{"x", Vector({1})}}), (std::vector<double>{0}));
}

TEST(GradientsTest, StopGradientEndsThePath) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {1});
  EXPECT_EQ(Evaluate(&g, Grad(StopGradient(x * x) * x, x), {{"x", Vector({3})}}),
            (std::vector<double>{9}));
}

TEST(GradientsTest, GivesTheBuildersFirstError) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {3});
  Value y = x + g.Input("w", kF64, {2});
  EXPECT_EQ(Gradients({y}, {x}).status(), g.status());
  EXPECT_FALSE(g.ok());
}

TEST(GradientsTest, SumsOverBroadcastAxesSymbolically) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {"n", 1});
  Value w = g.Input("w", kF64, {2, "n", 4});
  Value b = g.Input("b", kF64, {});
  auto grads = Gradients({x * w * b}, {x, w, b});
  ASSERT_TRUE(grads.ok()) << grads.status();
  EXPECT_EQ((*grads)[0].type(), x.type());
  EXPECT_EQ((*grads)[1].type(), w.type());
  EXPECT_EQ((*grads)[2].type(), b.type());
  runtime::TensorMap feeds = {{"x", Tensor::Full(kF64, {3, 1}, 5)},
                              {"w", Tensor::Full(kF64, {2, 3, 4}, 2)},
                              {"b", Tensor::Scalar(10.0)}};
  EXPECT_EQ(Evaluate(&g, (*grads)[0] + (*grads)[2], feeds),
            (std::vector<double>(3, 8 * 2 * 10 + 24 * 5 * 2)));
}

TEST(GradientsTest, NodesAreMarkedAndScoped) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {1});
  Value y;
  {
    GraphBuilder::Scope scope(&g, "layer");
    y = Sin(x);
  }
  const NodeId before = static_cast<NodeId>(g.function().nodes.size());
  Value dx = Grad(y, x);
  EXPECT_EQ(dx.node().gradient_of, y.ref().node);
  EXPECT_EQ(dx.node().source_line, y.node().source_line);
  EXPECT_EQ(dx.node().name.rfind("gradients/layer/", 0), 0u) << dx.node().name;
  for (size_t id = before; id < g.function().nodes.size(); ++id) {
    EXPECT_EQ(g.node(id).gradient_of, y.ref().node) << g.node(id).name;
    EXPECT_EQ(g.node(id).name.rfind("gradients/", 0), 0u) << g.node(id).name;
  }
}

TEST(GradientsTest, OnlyNodesBetweenXsAndYsAreDifferentiated) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {1});
  Value other = g.Input("other", kF64, {1});
  Value unused = Exp(Sin(other));
  Value y = x * unused;
  Exp(y);  // not on the way to y
  const size_t before = g.function().nodes.size();
  Grad(y, x);
  for (size_t id = before; id < g.function().nodes.size(); ++id)
    EXPECT_EQ(g.node(id).gradient_of, y.ref().node);
}

TEST(GradientsTest, Refusals) {
  GraphBuilder g("f");
  GraphBuilder h("h");
  Value x = g.Input("x", kF64, {2});
  Value n = g.Input("n", DType::kInt32, {2});
  Value z = h.Input("z", kF64, {2});
  auto message = [](const absl::StatusOr<std::vector<Value>>& r) {
    EXPECT_EQ(r.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(r.status().message());
  };
  EXPECT_EQ(message(Gradients({}, {x})), "Gradients: there is no y");
  EXPECT_NE(message(Gradients({x}, {z})).find("belongs to another GraphBuilder"),
            std::string::npos);
  EXPECT_NE(message(Gradients({x}, {n})).find("not of floating type"), std::string::npos);
  EXPECT_NE(message(Gradients({n}, {x})).find("not of floating type"), std::string::npos);
  EXPECT_NE(message(Gradients({Value()}, {x})).find("y 0 is not a value"), std::string::npos);
  EXPECT_NE(message(Gradients({x}, {x}, {.cotangents = {x, x}})).find("1 ys but 2"),
            std::string::npos);
  Value row = g.Input("row", kF64, {1, 2});
  EXPECT_NE(message(Gradients({x}, {x}, {.cotangents = {row}})).find("[1,2]"), std::string::npos);
  EXPECT_TRUE(g.ok());
  EXPECT_TRUE(Gradients({x}, {}).ok());
}

// Ops made for one test: what the driver does with gradient functions that keep the contract badly.
absl::Status InferSame(InferContext& c) {
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

Value ApplyOpWith(Value x, absl::Status (*gradient)(GradContext&)) {
  static auto* const ops = new std::deque<OpDef>();  // live as long as any graph
  OpDef* const op = &ops->emplace_back();
  op->name = "Odd";
  op->label = "odd";
  op->inputs = {{"x", kFloatTypes}};
  op->outputs = {{"y", kFloatTypes}};
  op->infer = InferSame;
  op->gradient = gradient;
  return x.builder()->AddNode(*op, {x}, {}, SourceLocation::Current());
}

absl::Status ErrorOf(absl::Status (*gradient)(GradContext&)) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {2});
  return Gradients({ApplyOpWith(x, gradient)}, {x}).status();
}

TEST(GradientsTest, MissingGradientFunction) {
  const absl::Status s = ErrorOf(nullptr);
  EXPECT_EQ(s.code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(s.message().rfind("Odd (Odd, gradients_test.cc:", 0), 0u) << s;
}

TEST(GradientsTest, GradientThatIsNotSet) {
  const absl::Status s = ErrorOf([](GradContext&) { return absl::OkStatus(); });
  EXPECT_EQ(s.code(), absl::StatusCode::kInternal);
  EXPECT_NE(s.message().find("for input 0 (x): the op sets none"), std::string::npos) << s;
}

TEST(GradientsTest, GradientOfAnotherShape) {
  const absl::Status s = ErrorOf([](GradContext& c) {
    c.SetGrad(0, Full(c.builder(), kF64, {3}, 1));
    return absl::OkStatus();
  });
  EXPECT_EQ(s.code(), absl::StatusCode::kInternal);
  EXPECT_NE(s.message().find("has shape [3], which is no broadcast of the input's [2]"),
            std::string::npos)
      << s;
}

TEST(GradientsTest, GradientOfAnotherDType) {
  const absl::Status s = ErrorOf([](GradContext& c) {
    c.SetGrad(0, Full(c.builder(), DType::kFloat32, {2}, 1));
    return absl::OkStatus();
  });
  EXPECT_EQ(s.code(), absl::StatusCode::kInternal);
  EXPECT_NE(s.message().find("is float32[2], the input float64[2]"), std::string::npos) << s;
}

TEST(GradientsTest, ErrorOfTheGradientFunctionNamesTheNode) {
  const absl::Status s =
      ErrorOf([](GradContext&) { return absl::UnimplementedError("not for odd numbers"); });
  EXPECT_EQ(s.code(), absl::StatusCode::kUnimplemented);
  EXPECT_NE(s.message().find("gradient of Odd (Odd, gradients_test.cc:"), std::string::npos) << s;
}

TEST(GradientsTest, ErrorOfANodeOfTheGradient) {
  const absl::Status s = ErrorOf([](GradContext& c) {
    c.SetGrad(0, c.cotangent() + Full(c.builder(), kF64, {3}, 1));
    return absl::OkStatus();
  });
  EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(s.message().find("gradients/Add (Add, gradients_test.cc:"), std::string::npos) << s;
}

TEST(GradientsTest, LongChains) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {1});
  Value y = x;
  for (int i = 0; i < 100000; ++i) y = Neg(y);
  EXPECT_EQ(Evaluate(&g, Grad(y, x), {{"x", Vector({3})}}), (std::vector<double>{1}));
}

// Each diamond doubles the number of paths: 2^50000 paths, but linear work.
TEST(GradientsTest, LongRowsOfDiamonds) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {1});
  Value y = x;
  for (int i = 0; i < 50000; ++i) y = y - y * 2;  // -y
  const size_t before = g.function().nodes.size();
  Value dx = Grad(y, x);
  EXPECT_LT(g.function().nodes.size(), 10 * before);
  EXPECT_EQ(Evaluate(&g, dx, {{"x", Vector({3})}}), (std::vector<double>{1}));
}

TEST(GradientsTest, ManyUsesOfOneValueAndManyXs) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {1});
  std::vector<Value> xs = {x};
  Value y = x;
  for (int i = 0; i < 100000; ++i) {
    xs.push_back(y = y + x);
  }
  auto grads = Gradients({y}, xs);
  ASSERT_TRUE(grads.ok()) << grads.status();
  ASSERT_EQ(grads->size(), xs.size());
  EXPECT_EQ(Evaluate(&g, (*grads)[0], {{"x", Vector({3})}}), (std::vector<double>{100001}));
}

}  // namespace
}  // namespace dagrad
