// Recurrent networks: ONNX's LSTM where the states after each step are all that is wanted, else a
// Scan over time. Time is the first axis here.
#include "dagrad/io/onnx/export/rows/common.h"
#include "dagrad/io/onnx/export/rows/scan.h"

namespace dagrad::onnx {
namespace {

const Perm kTimeFirst = {1, 0, 2};  // and back

// Block `i` of `units` along the last axis.
Var Block(const Var& x, int64_t i, int64_t units) {
  return x.c->SliceAxis(x, -1, i * units, (i + 1) * units);
}

// Blocks along the last axis in another order.
Var Reordered(const Var& x, const std::vector<int64_t>& order, int64_t units) {
  std::vector<Var> blocks;
  for (int64_t i : order) blocks.push_back(Block(x, i, units));
  return x.c->Concat(blocks, -1);
}

// What stood before each step: `first`, then all but the last, in the direction of time.
Var Before(NodeExport& c, const Var& all, const Var& first, bool reverse) {
  const Var one = c.Unsqueeze(first, {0});
  constexpr int64_t kEnd = INT64_MAX;
  if (reverse) return c.SliceAxis(c.Concat({all, one}, 0), 0, 1, kEnd);
  return c.SliceAxis(c.Concat({one, all}, 0), 0, 0, -1);
}

// Σ aᵀ b over batch and time, of [time, batch, m] and [time, batch, n].
Var Product(NodeExport& c, const Var& a, const Dim& m, const Var& b, const Dim& n) {
  const Dim steps = c.shape(0).dim(0) * c.shape(0).dim(1);
  return c.MatMul(c.Transpose(c.Reshape(a, {steps, m}), {1, 0}), c.Reshape(b, {steps, n}));
}

// σ'(z) of y = σ(z).
Var SigmoidSlope(const Var& y) { return y * (1 - y); }
Var TanhSlope(const Var& y) { return 1 - y * y; }

// Dimensions that must be numbers.
int64_t Known(NodeExport& c, const Dim& dim) {
  if (!dim.is_known()) c.Unsupported("units or features that are a symbol");
  return std::max<int64_t>(dim.value(), 1);
}

// The mask [batch, time] as a slice [batch, 1] for each step, behind the others; none if input i
// is left out.
void AddMask(NodeExport& c, int i, std::vector<Var>* slices) {
  if (c.num_inputs() > i) slices->push_back(c.Unsqueeze(c.in(i, {1, 0}), {-1}));
}

// `now` where the step is taken, which slice i says if there is one; else `otherwise`.
Var Taken(NodeExport& inner, const std::vector<Var>& slices, size_t i, const Var& now,
          const Var& otherwise) {
  return slices.size() > i ? inner.Where(slices[i], now, otherwise) : now;
}
Var TakenOr0(NodeExport& inner, const std::vector<Var>& slices, size_t i, const Var& now) {
  return Taken(inner, slices, i, now, inner.Scalar(0, now.dtype));
}

// ONNX's order of gates is i, o, f, g, and a bias for each of both products.
void WriteLstmByOp(NodeExport& c) {
  const int64_t units = Known(c, c.shape(2).dim(0));
  const std::vector<int64_t> order = {0, 3, 1, 2};
  const auto weights = [&](int i) {
    return c.Unsqueeze(c.Transpose(Reordered(c.in(i), order, units), {1, 0}), {0});
  };
  const Var bias = Reordered(c.in(3), order, units);
  const Var both = c.Unsqueeze(c.Concat({bias, bias * 0.0}, 0), {0});
  const Var y = c.Op(
      "LSTM",
      {c.in(0, kTimeFirst), weights(1), weights(2), both, Var(), c.Unsqueeze(c.in(4), {0}),
       c.Unsqueeze(c.in(5), {0})},
      {{"hidden_size", units}, {"direction", c.attr<bool>("reverse") ? "reverse" : "forward"}});
  c.out(0, c.Squeeze(y, {1}), kTimeFirst);
}

void WriteLstm(NodeExport& c) {
  constexpr int kMask = 6;
  if (!c.wants(1) && !c.wants(2) && c.num_inputs() <= kMask) return WriteLstmByOp(c);
  const int64_t units = Known(c, c.shape(2).dim(0));
  const Var z = c.MatMul(c.in(0, kTimeFirst), c.in(1)) + c.in(3);
  const Var recurrent = c.in(2);
  const auto step = [&](NodeExport& inner, const std::vector<Var>& s, const std::vector<Var>& x) {
    const Var sum = x[0] + inner.MatMul(s[0], Inside(inner, recurrent));
    const Var i = Sigmoid(Block(sum, 0, units)), f = Sigmoid(Block(sum, 1, units));
    const Var g = Tanh(Block(sum, 2, units)), o = Sigmoid(Block(sum, 3, units));
    const Var next = f * s[1] + i * g;
    const Var h = Taken(inner, x, 1, o * Tanh(next), s[0]), cell = Taken(inner, x, 1, next, s[1]);
    return Step{{h, cell}, {h, cell, TakenOr0(inner, x, 1, inner.Concat({i, f, g, o}, -1))}};
  };
  std::vector<Var> slices = {z};
  AddMask(c, kMask, &slices);
  const auto r = Scan(c, {c.in(4), c.in(5)}, slices, c.attr<bool>("reverse"), step);
  for (int i = 0; i < 3; ++i) c.out(i, r[static_cast<size_t>(i) + 2], kTimeFirst);
}

// An input that may be left out, time first; else zeros like `like`.
Var CotangentOr(NodeExport& c, int i, const Var& like) {
  return c.num_inputs() > i ? c.in(i, kTimeFirst) : like * 0.0;
}

void WriteLstmGrad(NodeExport& c) {
  const int64_t units = Known(c, c.shape(1).dim(0));
  const Dim features = c.shape(0).dim(2);
  const bool reverse = c.attr<bool>("reverse");
  const Var h = c.in(4, kTimeFirst), cell = c.in(5, kTimeFirst), gates = c.in(6, kTimeFirst);
  const Var before = Before(c, cell, c.in(3), reverse), recurrent = c.in(1, {1, 0});
  const auto step = [&](NodeExport& inner, const std::vector<Var>& s, const std::vector<Var>& x) {
    const auto gate = [&](int64_t k) { return Block(x[0], k, units); };
    const auto given = [&](int64_t k) { return Block(x[5], k, units); };
    const Var i = gate(0), f = gate(1), g = gate(2), o = gate(3);
    const Var dh = x[3] + s[0], t = Tanh(x[1]), passed = x[4] + s[1];
    const Var dc = passed + dh * o * TanhSlope(t);
    const Var all = inner.Concat(
        {(dc * g + given(0)) * SigmoidSlope(i), (dc * x[2] + given(1)) * SigmoidSlope(f),
         (dc * i + given(2)) * TanhSlope(g), (dh * t + given(3)) * SigmoidSlope(o)},
        -1);
    const Var dz = TakenOr0(inner, x, 6, all);
    return Step{{Taken(inner, x, 6, inner.MatMul(dz, Inside(inner, recurrent)), dh),
                 Taken(inner, x, 6, dc * f, passed)},
                {dz}};
  };
  std::vector<Var> slices = {
      gates, cell, before, c.in(7, kTimeFirst), CotangentOr(c, 8, cell), CotangentOr(c, 9, gates)};
  AddMask(c, 10, &slices);
  const auto r = Scan(c, {c.in(2) * 0.0, c.in(3) * 0.0}, slices, !reverse, step);
  const Var& dz = r[2];
  c.out(0, dz, kTimeFirst);
  c.out(1, Product(c, c.in(0, kTimeFirst), features, dz, 4 * units));
  c.out(2, Product(c, Before(c, h, c.in(2), reverse), units, dz, 4 * units));
  c.out(3, c.Reduce("ReduceSum", dz, {0, 1}, false));
  c.out(4, r[0]);
  c.out(5, r[1]);
}

// s = x kernel + bias[0] for all steps at once, u = h recurrent_kernel + bias[1].
void WriteGru(NodeExport& c) {
  const int64_t units = Known(c, c.shape(2).dim(0));
  const auto bias = [&](int64_t i) { return c.Squeeze(c.SliceAxis(c.in(3), 0, i, i + 1), {0}); };
  const Var s = c.MatMul(c.in(0, kTimeFirst), c.in(1)) + bias(0);
  const Var recurrent = c.in(2), inner_bias = bias(1);
  const auto step = [&](NodeExport& inner, const std::vector<Var>& h, const std::vector<Var>& x) {
    const Var u = inner.MatMul(h[0], Inside(inner, recurrent)) + Inside(inner, inner_bias);
    const Var z = Sigmoid(Block(x[0], 0, units) + Block(u, 0, units));
    const Var reset = Sigmoid(Block(x[0], 1, units) + Block(u, 1, units));
    const Var un = Block(u, 2, units), n = Tanh(Block(x[0], 2, units) + reset * un);
    const Var next = Taken(inner, x, 1, z * h[0] + (1 - z) * n, h[0]);
    return Step{{next},
                {next,
                 inner.Concat({Taken(inner, x, 1, z, inner.Scalar(1, z.dtype)),
                               TakenOr0(inner, x, 1, reset), TakenOr0(inner, x, 1, n)},
                              -1),
                 TakenOr0(inner, x, 1, un)}};
  };
  std::vector<Var> slices = {s};
  AddMask(c, 5, &slices);
  const auto r = Scan(c, {c.in(4)}, slices, c.attr<bool>("reverse"), step);
  for (int i = 0; i < 3; ++i) c.out(i, r[static_cast<size_t>(i) + 1], kTimeFirst);
}

void WriteGruGrad(NodeExport& c) {
  const int64_t units = Known(c, c.shape(1).dim(0));
  const Dim features = c.shape(0).dim(2);
  const bool reverse = c.attr<bool>("reverse");
  const Var before = Before(c, c.in(3, kTimeFirst), c.in(2), reverse);
  const Var gates = c.in(4, kTimeFirst), un = c.in(5, kTimeFirst), recurrent = c.in(1, {1, 0});
  const auto step = [&](NodeExport& inner, const std::vector<Var>& s, const std::vector<Var>& x) {
    const auto gate = [&](int64_t k) { return Block(x[0], k, units); };
    const auto given = [&](int64_t k) { return Block(x[4], k, units); };
    const Var z = gate(0), reset = gate(1), n = gate(2), dh = x[3] + s[0];
    const Var dn = (dh * (1 - z) + given(2)) * TanhSlope(n);
    const Var dz = (dh * (x[2] - n) + given(0)) * SigmoidSlope(z);
    const Var dr = (dn * x[1] + given(1)) * SigmoidSlope(reset);
    const Var du = dn * reset + x[5];
    const Var all = inner.MatMul(inner.Concat({dz, dr, du}, -1), Inside(inner, recurrent));
    return Step{{dh * z + all}, {inner.Concat({dz, dr, dn}, -1), du}};
  };
  const auto r = Scan(
      c, {c.in(2) * 0.0},
      {gates, un, before, c.in(6, kTimeFirst), CotangentOr(c, 7, gates), CotangentOr(c, 8, un)},
      !reverse, step);
  const Var &ds = r[1], &du = r[2];
  const Var all = c.Concat({c.SliceAxis(ds, -1, 0, 2 * units), du}, -1);
  c.out(0, ds, kTimeFirst);
  c.out(1, du, kTimeFirst);
  c.out(2, Product(c, c.in(0, kTimeFirst), features, ds, 3 * units));
  c.out(3, Product(c, before, units, all, 3 * units));
  const auto sum = [&c](const Var& x) {
    return c.Unsqueeze(c.Reduce("ReduceSum", x, {0, 1}, false), {0});
  };
  c.out(4, c.Concat({sum(ds), sum(all)}, 0));
  c.out(5, r[0]);
}

constexpr ExportRow kRows[] = {
    {"Gru", WriteGru},
    {"GruGrad", WriteGruGrad},
    {"Lstm", WriteLstm},
    {"LstmGrad", WriteLstmGrad},
};

}  // namespace

absl::Span<const ExportRow> RecurrentExportRows() { return kRows; }

}  // namespace dagrad::onnx
