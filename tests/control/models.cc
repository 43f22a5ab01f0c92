#include "dagrad/tests/control/models.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/ops.h"
#include "gtest/gtest.h"

namespace dagrad::tests {
namespace {

using Span = absl::Span<const Value>;

Tensor Random(DType dtype, const Dims& dims, double lo = -1, double hi = 1) {
  Tensor t = *Tensor::Zeros(DType::kFloat64, dims);
  std::mt19937 random(static_cast<uint32_t>(17 * t.num_elements() + dims.size()));
  std::uniform_real_distribution<float> uniform(static_cast<float>(lo), static_cast<float>(hi));
  for (double& v : t.mutable_data<double>()) v = uniform(random);
  return *t.Cast(dtype);
}

ControlModel Finish(std::string name, GraphBuilder* g, runtime::TensorMap feeds,
                    bool smooth = true) {
  absl::StatusOr<Function> f = g->Build();
  EXPECT_TRUE(f.ok()) << name << ": " << f.status();
  return {std::move(name), f.ok() ? *std::move(f) : Function(), std::move(feeds), smooth};
}

ControlModel Lstm(DType dtype, int64_t scale, bool reverse) {
  GraphBuilder g("lstm");
  g.Output("h", ScannedLstm(AddLstmInputs(&g, dtype), reverse));
  return Finish(reverse ? "lstm_reverse" : "lstm", &g,
                LstmFeeds(dtype, scale == 1 ? 2 : 3 * scale, 3, 2 * scale, 2 * scale));
}

// √a by Newton's iteration.
ControlModel Newton(DType dtype, int64_t scale) {
  GraphBuilder g("newton");
  const Value a = g.Input("a", dtype, {"n"});
  const WhileResult root = While(
      {a},
      [&](GraphBuilder&, Span c) {
        return Greater(ReduceMax(Abs(Square(c[0]) - a)), dtype == DType::kFloat64 ? 1e-12 : 1e-5);
      },
      [&](GraphBuilder&, Span c) -> Values { return 0.5 * (c[0] + a / c[0]); },
      {.max_iterations = 12});
  g.Output("root", root.carried[0]);
  g.Output("steps", root.iterations);
  return Finish("newton", &g, {{"a", Random(dtype, {3 * scale}, 0.5, 4)}});
}

ControlModel Branch(DType dtype, int64_t scale, bool taken) {
  GraphBuilder g("branch");
  const Value x = g.Input("x", dtype, {"rows", 4});
  const Value w = g.Input("w", dtype, {4, 4});
  const Value condition = g.Input("condition", DType::kBool, {});
  const std::vector<Value> y = If(
      condition,
      [&](GraphBuilder&) {
        return Values{MatMul(Tanh(x), w), ReduceSum(w)};
      },
      [&](GraphBuilder&) {
        return Values{Square(x) * 0.5, ReduceSum(x)};
      });
  g.Output("y", y[0]);
  g.Output("sum", y[1]);
  return Finish(taken ? "then" : "else", &g,
                {{"x", Random(dtype, {3 * scale, 4})},
                 {"w", Random(dtype, {4, 4})},
                 {"condition", Tensor::Scalar(taken)}});
}

// If in While in Scan.
ControlModel Nested(DType dtype, int64_t scale) {
  GraphBuilder g("nested");
  const Value xs = g.Input("xs", dtype, {"time", "n"});
  const Value h0 = g.Input("h0", dtype, {"n"});
  const Value w = g.Input("w", dtype, {"n"});
  const ScanResult r = Scan({h0}, {xs}, [&](GraphBuilder& step, Span c, Span x) {
    const Value zero = Constant(&step, Tensor::Scalar(int64_t{0}));
    const WhileResult inner = While(
        {zero, c[0]}, [&](GraphBuilder&, Span k) { return Less(k[0], 3); },
        [&](GraphBuilder&, Span k) {
          const Value odd = Equal(k[0], 1);
          const Value next = If(
              odd, [&](GraphBuilder&) { return Values{Sin(k[1]) * w}; },
              [&](GraphBuilder&) { return Values{Tanh(k[1] + x[0])}; })[0];
          return Values{k[0] + 1, next};
        },
        {.max_iterations = 4});
    return ScanStep{inner.carried[1], inner.carried[1] * w};
  });
  g.Output("last", r.carried[0]);
  g.Output("ys", r.outputs[0]);
  return Finish("nested", &g,
                {{"xs", Random(dtype, {3, 2 * scale})},
                 {"h0", Random(dtype, {2 * scale})},
                 {"w", Random(dtype, {2 * scale}, 0.5, 1)}});
}

// Noise that differs from step to step, by a key that is carried.
ControlModel Noise(DType dtype, int64_t scale) {
  GraphBuilder g("noise");
  const Value xs = g.Input("xs", dtype, {5, "n"});
  const Value key = g.Input("key", DType::kInt64, {2});
  const ScanResult r = Scan({key}, {xs}, [&](GraphBuilder& step, Span c, Span x) {
    const Value noise = RandomNormal(c[0], x[0].shape(), {.dtype = dtype});
    const Value one = Constant(&step, Tensor::Of<int64_t>({2}, {0, 1}));
    return ScanStep{c[0] + one, Values{Square(x[0]) * noise, noise}};
  });
  g.Output("y", r.outputs[0]);
  g.Output("noise", r.outputs[1]);
  g.Output("key", r.carried[0]);
  return Finish("noise", &g,
                {{"xs", Random(dtype, {5, 2 * scale})}, {"key", Tensor::Of<int64_t>({2}, {7, 0})}});
}

// One function called twice, with sizes of its own.
ControlModel Calls(DType dtype, int64_t scale) {
  GraphBuilder square("square");
  const Value a = square.Input("a", dtype, {"n"}), b = square.Input("b", dtype, {"n"});
  square.Output("y", Square(a) * b);
  const BodyPtr function = *Body::Make(*square.Build());
  GraphBuilder g("calls");
  const Value x = g.Input("x", dtype, {"batch"});
  const Value y = Call(function, {x, Sin(x)})[0];
  g.Output("y", Call(function, {Concat({x, y}, 0), Concat({y, x}, 0)})[0]);
  return Finish("calls", &g, {{"x", Random(dtype, {3 * scale})}});
}

}  // namespace

std::vector<ControlModel> ControlModels(DType dtype, int64_t scale) {
  return {Lstm(dtype, scale, false),  Lstm(dtype, scale, true),    Newton(dtype, scale),
          Branch(dtype, scale, true), Branch(dtype, scale, false), Nested(dtype, scale),
          Noise(dtype, scale),        Calls(dtype, scale)};
}

absl::StatusOr<Function> WithGradients(const Function& function) {
  GraphBuilder g(function);
  std::vector<Value> ys, xs;
  for (const Function::Output& o : function.outputs) {
    if (IsFloating(function.type(o.value).dtype)) ys.emplace_back(&g, o.value);
  }
  for (NodeId id : function.inputs) {
    if (IsFloating(function.nodes[id].outputs[0].dtype)) xs.emplace_back(&g, ValueRef{id, 0});
  }
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> grads, Gradients(ys, xs));
  for (size_t i = 0; i < grads.size(); ++i) g.Output(absl::StrCat("grad", i), grads[i]);
  return g.Build();
}

LstmInputs AddLstmInputs(GraphBuilder* g, DType dtype) {
  // First what gives the sizes.
  const Value h0 = g->Input("h0", dtype, {"batch", "units"});
  const Value x = g->Input("x", dtype, {"batch", "time", "features"});
  const Dim gates = Dim(4) * Dim("units");
  return {x,
          g->Input("kernel", dtype, {"features", gates}),
          g->Input("recurrent_kernel", dtype, {"units", gates}),
          g->Input("bias", dtype, {gates}),
          h0,
          g->Input("c0", dtype, {"batch", "units"})};
}

runtime::TensorMap LstmFeeds(DType dtype, int64_t batch, int64_t time, int64_t features,
                             int64_t units) {
  return {{"x", Random(dtype, {batch, time, features})},
          {"kernel", Random(dtype, {features, 4 * units})},
          {"recurrent_kernel", Random(dtype, {units, 4 * units})},
          {"bias", Random(dtype, {4 * units})},
          {"h0", Random(dtype, {batch, units})},
          {"c0", Random(dtype, {batch, units})}};
}

Value ScannedLstm(const LstmInputs& in, bool reverse) {
  const Dim batch = in.h0.dim(0), units = in.h0.dim(1);
  const auto gate = [&](Value z, int64_t i) {
    return Slice(z, {0, units * Dim(i)}, {batch, units});
  };
  const Value xs = Transpose(in.x, {1, 0, 2});
  const ScanResult r = Scan(
      {in.h0, in.c0}, {xs},
      [&](GraphBuilder&, Span carried, Span x) {
        const Value z = MatMul(x[0], in.kernel) + MatMul(carried[0], in.recurrent_kernel) + in.bias;
        const Value c = Sigmoid(gate(z, 1)) * carried[1] + Sigmoid(gate(z, 0)) * Tanh(gate(z, 2));
        const Value h = Sigmoid(gate(z, 3)) * Tanh(c);
        return ScanStep{Values{h, c}, h};
      },
      {.reverse = reverse});
  return Transpose(r.outputs[0], {1, 0, 2});
}

}  // namespace dagrad::tests
