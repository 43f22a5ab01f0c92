// Recurrent networks. The plain LSTM and GRU are dagrad's ops; what these do not have (peepholes,
// other activations, lengths, the reset gate before the product) is written out step by step.
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/activation/activation.h"
#include "dagrad/ops/recurrent/gru/gru.h"
#include "dagrad/ops/recurrent/lstm/lstm.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::onnx {
namespace {

using Function = std::function<Value(Value)>;

// What all three have: X [time, batch, features] (layout 1: batch first), W [directions, gates
// units, features], R [directions, gates units, units], B [directions, 2 gates units],
// sequence_lens [batch], initial states [directions, batch, units].
struct Network {
  Value x;  // [time, batch, features]
  Value w, r, b, lengths;
  int64_t units = 0, directions = 1;
  bool reverse = false;  // the only direction
  bool batch_first = false;
};

// Slice i of the first axis.
Value Part(Value v, int64_t i) {
  return Squeeze(SliceAxis(v, 0, {.start = Dim(i), .limit = Dim(i + 1)}), {0});
}

// Block `i` of `units` along the first axis of v.
Value Block(Value v, int64_t i, int64_t units) {
  return SliceAxis(v, 0, {.start = Dim(i * units), .limit = Dim((i + 1) * units)});
}

// The blocks of v in another order, along the first axis.
Value Reordered(Value v, const std::vector<int64_t>& order, int64_t units) {
  std::vector<Value> blocks;
  for (int64_t i : order) blocks.push_back(Block(v, i, units));
  return Concat(blocks, 0);
}

bool ReadNetwork(NodeImport& c, int64_t gates, Network* n) {
  n->batch_first = c.Int("layout", 0) != 0;
  if (c.IsNotOfRank(0, 3) || c.IsNotOfRank(1, 3) || c.IsNotOfRank(2, 3)) return false;
  const Value x = c.in(0);
  n->x = n->batch_first ? Transpose(x, {1, 0, 2}) : x;
  n->w = c.in(1);
  n->r = c.in(2);
  n->units = KnownDim(c, n->r, 2);
  n->directions = KnownDim(c, n->w, 0);
  const std::string direction =
      c.Choice("direction", "forward", {"forward", "reverse", "bidirectional"});
  n->reverse = direction == "reverse";
  if (n->directions != (direction == "bidirectional" ? 2 : 1)) c.Invalid("W has other directions");
  if (!(n->w.dim(1) == Dim(gates * n->units)) || !(n->r.dim(1) == Dim(gates * n->units)))
    c.Invalid("W or R does not have the rows of its gates");
  if (c.has(3)) n->b = c.in(3);
  if (c.has(4)) n->lengths = c.in(4);
  if (c.Real("clip", 0) != 0) c.Unsupported("clip");
  return c.ok();
}

// The state before the first step in direction d; zeros if it is not given.
Value Initial(NodeImport& c, int input, const Network& n, int64_t d) {
  if (!c.has(input)) return Full(c.builder(), n.x.dtype(), {n.x.dim(1), Dim(n.units)}, 0);
  const Value all = c.in(input);
  return Part(n.batch_first ? Transpose(all, {1, 0, 2}) : all, d);
}

// W's and R's biases of direction d, zeros without; `half` 0 or 1.
Value Bias(NodeImport& c, const Network& n, int64_t d, int64_t half, int64_t gates) {
  if (!n.b.valid()) return Full(c.builder(), n.x.dtype(), {Dim(gates * n.units)}, 0);
  return Block(Part(n.b, d), half, gates * n.units);
}

Function Activation(NodeImport& c, size_t i, const std::string& otherwise) {
  const std::vector<std::string> names = c.Texts("activations");
  const std::string name = absl::AsciiStrToLower(i < names.size() ? names[i] : otherwise);
  if (name == "tanh") return [](Value v) { return Tanh(v); };
  if (name == "sigmoid") return [](Value v) { return Sigmoid(v); };
  if (name == "relu") return [](Value v) { return Relu(v); };
  if (name == "softsign") return [](Value v) { return Softsign(v); };
  if (name == "softplus") return [](Value v) { return Softplus(v); };
  c.Unsupported(absl::StrCat("activation ", name));
  return [](Value v) { return v; };
}

bool HasDefaultActivations(NodeImport& c, const std::vector<std::string>& defaults) {
  const std::vector<std::string> names = c.Texts("activations");
  for (size_t i = 0; i < names.size(); ++i) {
    if (!absl::EqualsIgnoreCase(names[i], defaults[i % defaults.size()])) return false;
  }
  return true;
}

// What a direction gives: all steps [time, batch, units], and the last states.
struct Steps {
  Value y;
  std::vector<Value> last;
};

// No step: the states stay.
Steps NoSteps(NodeImport& c, const Network& n, std::vector<Value> states) {
  const Shape shape({Dim(0), n.x.dim(1), Dim(n.units)});
  return {Full(c.builder(), n.x.dtype(), shape, 0), std::move(states)};
}

// One step after the other: step(x_t, states) gives the new states, the first of which is the
// output. Beyond an example's length its states stay, and its outputs are 0.
Steps Unrolled(NodeImport& c, const Network& n, bool reverse, std::vector<Value> states,
               const std::function<std::vector<Value>(Value, const std::vector<Value>&)>& step) {
  constexpr int64_t kMostSteps = 1024;
  const int64_t time = KnownDim(c, n.x, 0);
  if (time > kMostSteps) c.Unsupported("so many steps one by one");
  if (!c.ok() || time == 0) return NoSteps(c, n, std::move(states));
  std::vector<Value> outputs(static_cast<size_t>(time));
  for (int64_t k = 0; k < time; ++k) {
    const int64_t t = reverse ? time - 1 - k : k;
    std::vector<Value> next = step(Part(n.x, t), states);
    Value y = next[0];
    if (n.lengths.valid()) {
      const Value lengths = Reshape(n.lengths, {n.x.dim(1), Dim(1)});
      const Value inside = Greater(lengths, Scalar(lengths, static_cast<double>(t)));
      y = Select(inside, y, 0.0);
      for (size_t i = 0; i < next.size(); ++i) next[i] = Select(inside, next[i], states[i]);
    }
    outputs[static_cast<size_t>(t)] = y;
    states = std::move(next);
  }
  return {Stack(outputs), states};
}

// Y [time, directions, batch, units] and the last states [directions, batch, units].
void OutSteps(NodeImport& c, const Network& n, const std::vector<Steps>& steps) {
  std::vector<Value> y;
  for (const Steps& s : steps) y.push_back(s.y);
  const Value all = Stack(y, 1);
  c.out(0, n.batch_first ? Transpose(all, {2, 0, 1, 3}) : all);
  for (size_t state = 0; state < steps[0].last.size(); ++state) {
    std::vector<Value> last;
    for (const Steps& s : steps) last.push_back(s.last[state]);
    const Value joined = Stack(last, 0);
    c.out(static_cast<int>(state) + 1, n.batch_first ? Transpose(joined, {1, 0, 2}) : joined);
  }
}

bool IsReverse(const Network& n, int64_t d) { return n.reverse || d == 1; }

Value Product(Value x, Value rows) { return MatMul(x, rows, {.transpose_b = true}); }

// h = f(x Wᵀ + h Rᵀ + bias).
void ImportRnn(NodeImport& c) {
  Network n;
  if (!ReadNetwork(c, 1, &n)) return;
  std::vector<Steps> steps;
  for (int64_t d = 0; d < n.directions; ++d) {
    const Value w = Part(n.w, d), r = Part(n.r, d);
    const Value bias = Bias(c, n, d, 0, 1) + Bias(c, n, d, 1, 1);
    const Function f = Activation(c, static_cast<size_t>(d), "Tanh");
    steps.push_back(Unrolled(c, n, IsReverse(n, d), {Initial(c, 5, n, d)},
                             [&](Value x, const std::vector<Value>& h) -> std::vector<Value> {
                               return {f(Product(x, w) + Product(h[0], r) + bias)};
                             }));
  }
  if (c.ok()) OutSteps(c, n, steps);
}

// The last of all steps [batch, time, units], in the direction that they were made in; `initial`
// where a number of steps that is a symbol may be 0.
Value LastOf(Value h, Value initial, bool reverse) {
  if (!h.dim(1).is_known()) {
    const Value first = Stack({initial}, 1);
    h = reverse ? Concat({h, first}, 1) : Concat({first, h}, 1);
  }
  const Dim last = reverse ? Dim(0) : h.dim(1) - 1;
  return Squeeze(SliceAxis(h, 1, {.start = last, .limit = last + 1}), {1});
}

Steps LstmByOp(NodeImport& c, const Network& n, int64_t d) {
  // ONNX's order of gates is input, output, forget, candidate.
  const std::vector<int64_t> order = {0, 2, 3, 1};
  const Value w = Transpose(Reordered(Part(n.w, d), order, n.units));
  const Value r = Transpose(Reordered(Part(n.r, d), order, n.units));
  const Value bias = Reordered(Bias(c, n, d, 0, 4) + Bias(c, n, d, 1, 4), order, n.units);
  const Value h0 = Initial(c, 5, n, d), c0 = Initial(c, 6, n, d);
  if (n.x.dim(0) == Dim(0)) return NoSteps(c, n, {h0, c0});
  const bool reverse = IsReverse(n, d);
  const LstmResult result =
      Lstm(Transpose(n.x, {1, 0, 2}), w, r, bias, h0, c0, {.reverse = reverse});
  return {Transpose(result.h, {1, 0, 2}),
          {LastOf(result.h, h0, reverse), LastOf(result.c, c0, reverse)}};
}

// P has the peepholes of input, output and forget gates.
Steps LstmBySteps(NodeImport& c, const Network& n, int64_t d) {
  const Value w = Part(n.w, d), r = Part(n.r, d);
  const Value bias = Bias(c, n, d, 0, 4) + Bias(c, n, d, 1, 4);
  const Value peepholes =
      c.has(7) ? Part(c.in(7), d) : Full(c.builder(), n.x.dtype(), {Dim(3 * n.units)}, 0);
  const auto at = static_cast<size_t>(3 * d);
  const Function f = Activation(c, at, "Sigmoid"), g = Activation(c, at + 1, "Tanh"),
                 h = Activation(c, at + 2, "Tanh");
  const bool coupled = c.Int("input_forget", 0) != 0;
  return Unrolled(c, n, IsReverse(n, d), {Initial(c, 5, n, d), Initial(c, 6, n, d)},
                  [&](Value x, const std::vector<Value>& s) -> std::vector<Value> {
                    const Value z = Transpose(Product(x, w) + Product(s[0], r) + bias);
                    const auto gate = [&](int64_t i) { return Transpose(Block(z, i, n.units)); };
                    const auto peep = [&](int64_t i) { return Block(peepholes, i, n.units); };
                    const Value i = f(gate(0) + peep(0) * s[1]);
                    const Value forget = coupled ? Scalar(i, 1) - i : f(gate(2) + peep(2) * s[1]);
                    const Value cell = forget * s[1] + i * g(gate(3));
                    const Value o = f(gate(1) + peep(1) * cell);
                    return {o * h(cell), cell};
                  });
}

void ImportLstm(NodeImport& c) {
  Network n;
  if (!ReadNetwork(c, 4, &n)) return;
  const bool plain = !n.lengths.valid() && !c.has(7) && c.Int("input_forget", 0) == 0 &&
                     HasDefaultActivations(c, {"Sigmoid", "Tanh", "Tanh"});
  std::vector<Steps> steps;
  for (int64_t d = 0; d < n.directions; ++d)
    steps.push_back(plain ? LstmByOp(c, n, d) : LstmBySteps(c, n, d));
  if (c.ok()) OutSteps(c, n, steps);
}

Steps GruByOp(NodeImport& c, const Network& n, int64_t d) {
  const Value bias = Stack({Bias(c, n, d, 0, 3), Bias(c, n, d, 1, 3)});
  const Value h0 = Initial(c, 5, n, d);
  if (n.x.dim(0) == Dim(0)) return NoSteps(c, n, {h0});
  const bool reverse = IsReverse(n, d);
  const GruResult result = Gru(Transpose(n.x, {1, 0, 2}), Transpose(Part(n.w, d)),
                               Transpose(Part(n.r, d)), bias, h0, {.reverse = reverse});
  return {Transpose(result.h, {1, 0, 2}), {LastOf(result.h, h0, reverse)}};
}

// The reset gate before the product (linear_before_reset = 0) or after it.
Steps GruBySteps(NodeImport& c, const Network& n, int64_t d) {
  const Value w = Part(n.w, d), r = Part(n.r, d);
  const Value wb = Bias(c, n, d, 0, 3), rb = Bias(c, n, d, 1, 3);
  const auto at = static_cast<size_t>(2 * d);
  const Function f = Activation(c, at, "Sigmoid"), g = Activation(c, at + 1, "Tanh");
  const bool after = c.Int("linear_before_reset", 0) != 0;
  return Unrolled(
      c, n, IsReverse(n, d), {Initial(c, 5, n, d)},
      [&](Value x, const std::vector<Value>& s) -> std::vector<Value> {
        const auto input = [&](int64_t i) {
          return Product(x, Block(w, i, n.units)) + Block(wb, i, n.units);
        };
        const auto recurrent = [&](Value h, int64_t i) {
          return Product(h, Block(r, i, n.units)) + Block(rb, i, n.units);
        };
        const Value z = f(input(0) + recurrent(s[0], 0)), reset = f(input(1) + recurrent(s[0], 1));
        const Value inner = after ? reset * recurrent(s[0], 2) : recurrent(reset * s[0], 2);
        const Value candidate = g(input(2) + inner);
        return {(Scalar(z, 1) - z) * candidate + z * s[0]};
      });
}

void ImportGru(NodeImport& c) {
  Network n;
  if (!ReadNetwork(c, 3, &n)) return;
  const bool plain = !n.lengths.valid() && c.Int("linear_before_reset", 0) != 0 &&
                     HasDefaultActivations(c, {"Sigmoid", "Tanh"});
  std::vector<Steps> steps;
  for (int64_t d = 0; d < n.directions; ++d)
    steps.push_back(plain ? GruByOp(c, n, d) : GruBySteps(c, n, d));
  if (c.ok()) OutSteps(c, n, steps);
}

constexpr Row kRows[] = {
    {"GRU", ImportGru, 6},
    {"LSTM", ImportLstm, 8},
    {"RNN", ImportRnn, 6},
};

}  // namespace

absl::Span<const Row> RecurrentRows() { return kRows; }

}  // namespace dagrad::onnx
