#include "dagrad/ops/recurrent/lstm/lstm.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/recurrent/lstm/lstm_internal.h"

namespace dagrad {
namespace {

constexpr absl::string_view kPorts[] = {"x",  "kernel", "recurrent_kernel", "bias", "h0",
                                        "c0", "mask"};
constexpr int kRanks[] = {3, 2, 2, 1, 2, 2};
constexpr int kMask = 6;

absl::Status FailShape(const InferContext& c, absl::string_view label, int i,
                       const Shape& expected) {
  return InferContext::Fail(
      label, absl::StrCat(kPorts[i], " ", c.shape(i).ToString(), " must be ", expected.ToString(),
                          " for x ", c.shape(0).ToString(), " and recurrent_kernel ",
                          c.shape(2).ToString()));
}

absl::Status Infer(InferContext& c) {
  for (int i = 0; i < 6; ++i) {
    if (c.shape(i).rank() == kRanks[i]) continue;
    return InferContext::Fail("lstm_c1", absl::StrCat(kPorts[i], " ", c.shape(i).ToString(),
                                                      " must be of rank ", kRanks[i]));
  }
  const Shape& x = c.shape(0);
  const Dim units = c.shape(2).dim(0);
  const Shape parameters[] = {{x.dim(2), units * 4}, {units, units * 4}, {units * 4}};
  for (int i : {1, 2, 3}) {
    if (!(c.shape(i) == parameters[i - 1])) return FailShape(c, "lstm_c2", i, parameters[i - 1]);
  }
  const Shape state = {x.dim(0), units};
  for (int i : {4, 5}) {
    if (!(c.shape(i) == state)) return FailShape(c, "lstm_c3", i, state);
  }
  const Shape steps = {x.dim(0), x.dim(1)};
  if (c.has_input(kMask) && !(c.shape(kMask) == steps))
    return FailShape(c, "lstm_c4", kMask, steps);
  c.SetOutput(0, c.dtype(0), {x.dim(0), x.dim(1), units});
  c.SetOutput(1, c.dtype(0), {x.dim(0), x.dim(1), units});
  c.SetOutput(2, c.dtype(0), {x.dim(0), x.dim(1), units * 4});
  return absl::OkStatus();
}

// LstmGrad goes through the sums z_t = x_t K + h_{t-1} R + b backwards in time. z̄ is its first
// output, and x̄_t = z̄_t Kᵀ.
absl::Status Gradient(GradContext& c) {
  std::vector<Value> inputs = {c.input(0),  c.input(2),  c.input(4),  c.input(5),
                               c.output(0), c.output(1), c.output(2), c.cotangent(0)};
  const bool masked = c.num_inputs() > kMask;
  if (masked || c.has_cotangent(1) || c.has_cotangent(2)) inputs.push_back(c.cotangent(1));
  if (masked || c.has_cotangent(2)) inputs.push_back(c.cotangent(2));
  if (masked) inputs.push_back(c.input(kMask));
  const Value dz = c.builder()->AddNode(
      ops::LstmGradOp(), inputs, {{"reverse", c.attr<bool>("reverse")}}, SourceLocation::Current());
  const std::vector<Value> grads = c.builder()->Outputs(dz, 6);
  if (c.needs_grad(0)) c.SetGrad(0, MatMul(dz, c.input(1), {.transpose_b = true}));
  for (int i = 1; i < 6; ++i) {
    if (c.needs_grad(i)) c.SetGrad(i, grads[i]);
  }
  return absl::OkStatus();
}

// Two products, and for each unit five exponentials and some twenty operations.
OpCost Cost(const CostContext& c) {
  const double rows = static_cast<double>(c.inputs[0][0]) * static_cast<double>(c.inputs[0][1]);
  const auto features = static_cast<double>(c.inputs[0][2]);
  const auto units = static_cast<double>(c.inputs[2][0]);
  return {rows * units * (8 * (features + units) + 70), 0};
}

OpDef Make() {
  return {.name = "Lstm",
          .label = "lstm",
          .doc =
              "Long short-term memory over a sequence (Hochreiter, Schmidhuber, 1997), as Keras's "
              "LSTM.\n"
              "z_t = x_t kernel + h_{t-1} recurrent_kernel + bias, its blocks i, f, g, o;\n"
              "c_t = sigmoid(f) c_{t-1} + sigmoid(i) tanh(g), h_t = sigmoid(o) tanh(c_t).\n"
              "Where mask is false, h_t = h_{t-1} and c_t = c_{t-1}.",
          .inputs = {{"x", kFloatTypes, "T", "sequences [batch, time, features]"},
                     {"kernel", kFloatTypes, "T", "weights of x [features, 4 units]"},
                     {"recurrent_kernel", kFloatTypes, "T", "weights of h [units, 4 units]"},
                     {"bias", kFloatTypes, "T", "added to z [4 units]"},
                     {"h0", kFloatTypes, "T", "h before the first step [batch, units]"},
                     {"c0", kFloatTypes, "T", "c before the first step [batch, units]"},
                     {.name = "mask",
                      .dtypes = {DType::kBool},
                      .doc = "whether a step is taken [batch, time]; all are if left out",
                      .optional = true}},
          .outputs = {{"h", kFloatTypes, "T", "h after each step [batch, time, units]"},
                      {"c", kFloatTypes, "T", "c after each step [batch, time, units]"},
                      {"gates", kFloatTypes, "T",
                       "the activated i, f, g, o of each step [batch, time, 4 units]"}},
          .attrs = {{"reverse", AttrKind::kBool, false, "from the last time step to the first"}},
          .constraints = {{"lstm_c1", "ranks are 3, 2, 2, 1, 2 and 2"},
                          {"lstm_c2",
                           "kernel, recurrent_kernel and bias fit x's features and have four "
                           "blocks of units"},
                          {"lstm_c3", "h0 and c0 are [batch, units]"},
                          {"lstm_c4", "mask is [batch, time]"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::lstm_internal::MakeKernel,
          .cost = Cost,
          .samples = ops::lstm_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& LstmOp() { return Singleton<Make>(); }
}  // namespace ops

LstmResult Lstm(Operand x, Operand kernel, Operand recurrent_kernel, Operand bias, Operand h0,
                Operand c0, const LstmOptions& options) {
  if (x.builder() == nullptr) return {};
  const Value h = x.builder()->AddNode(ops::LstmOp(),
                                       {x.value(), kernel.value(), recurrent_kernel.value(),
                                        bias.value(), h0.value(), c0.value(), options.mask},
                                       {{"reverse", options.reverse}}, x.location());
  const std::vector<Value> outputs = x.builder()->Outputs(h, 3);
  return {outputs[0], outputs[1], outputs[2]};
}

}  // namespace dagrad
