#include "dagrad/ops/recurrent/gru/gru.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/recurrent/gru/gru_internal.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad {
namespace {

constexpr absl::string_view kPorts[] = {"x", "kernel", "recurrent_kernel", "bias", "h0", "mask"};
constexpr int kRanks[] = {3, 2, 2, 2, 2};
constexpr int kMask = 5;

absl::Status FailShape(const InferContext& c, absl::string_view label, int i,
                       const Shape& expected) {
  return InferContext::Fail(
      label, absl::StrCat(kPorts[i], " ", c.shape(i).ToString(), " must be ", expected.ToString(),
                          " for x ", c.shape(0).ToString(), " and recurrent_kernel ",
                          c.shape(2).ToString()));
}

absl::Status Infer(InferContext& c) {
  for (int i = 0; i < 5; ++i) {
    if (c.shape(i).rank() == kRanks[i]) continue;
    return InferContext::Fail("gru_c1", absl::StrCat(kPorts[i], " ", c.shape(i).ToString(),
                                                     " must be of rank ", kRanks[i]));
  }
  const Shape& x = c.shape(0);
  const Dim units = c.shape(2).dim(0), n = units * 3;
  const Shape parameters[] = {{x.dim(2), n}, {units, n}, {2, n}};
  for (int i : {1, 2, 3}) {
    if (!(c.shape(i) == parameters[i - 1])) return FailShape(c, "gru_c2", i, parameters[i - 1]);
  }
  const Shape state = {x.dim(0), units};
  if (!(c.shape(4) == state)) return FailShape(c, "gru_c3", 4, state);
  const Shape steps = {x.dim(0), x.dim(1)};
  if (c.has_input(kMask) && !(c.shape(kMask) == steps)) return FailShape(c, "gru_c4", kMask, steps);
  c.SetOutput(0, c.dtype(0), {x.dim(0), x.dim(1), units});
  c.SetOutput(1, c.dtype(0), {x.dim(0), x.dim(1), n});
  c.SetOutput(2, c.dtype(0), {x.dim(0), x.dim(1), units});
  return absl::OkStatus();
}

// The cotangent of output i, where no step was left out.
Value CotangentOfTaken(GradContext& c, int i) {
  const Value cotangent = c.cotangent(i);
  if (c.num_inputs() <= kMask) return cotangent;
  return Select(ExpandDims(c.input(kMask), 2), cotangent, ZerosLike(cotangent));
}

// GruGrad goes through the sums s_t = x_t K + b and u_t = h_{t-1} R + b' backwards in time. s̄ is
// its first output, and x̄_t = s̄_t Kᵀ.
absl::Status Gradient(GradContext& c) {
  std::vector<Value> inputs = {c.input(0),  c.input(2),  c.input(4),    c.output(0),
                               c.output(1), c.output(2), c.cotangent(0)};
  if (c.has_cotangent(1) || c.has_cotangent(2)) inputs.push_back(CotangentOfTaken(c, 1));
  if (c.has_cotangent(2)) inputs.push_back(CotangentOfTaken(c, 2));
  const Value ds = c.builder()->AddNode(
      ops::GruGradOp(), inputs, {{"reverse", c.attr<bool>("reverse")}}, SourceLocation::Current());
  const std::vector<Value> grads = c.builder()->Outputs(ds, 6);
  if (c.needs_grad(0)) c.SetGrad(0, MatMul(ds, c.input(1), {.transpose_b = true}));
  for (int i = 1; i < 5; ++i) {
    if (c.needs_grad(i)) c.SetGrad(i, grads[i + 1]);
  }
  return absl::OkStatus();
}

// Two products, and for each unit three exponentials and some fifteen operations.
OpCost Cost(const CostContext& c) {
  const double rows = static_cast<double>(c.inputs[0][0]) * static_cast<double>(c.inputs[0][1]);
  const auto features = static_cast<double>(c.inputs[0][2]);
  const auto units = static_cast<double>(c.inputs[2][0]);
  return {rows * units * (6 * (features + units) + 45), 0};
}

OpDef Make() {
  return {.name = "Gru",
          .label = "gru",
          .doc =
              "Gated recurrent unit over a sequence (Cho et al., 2014), as Keras's GRU with "
              "reset_after.\n"
              "s_t = x_t kernel + bias[0] and u_t = h_{t-1} recurrent_kernel + bias[1], of blocks "
              "z, r, n;\n"
              "z and r are sigmoid(s + u), n = tanh(s[n] + r u[n]), h_t = z h_{t-1} + (1 - z) n.\n"
              "Where mask is false, h_t = h_{t-1}.",
          .inputs = {{"x", kFloatTypes, "T", "sequences [batch, time, features]"},
                     {"kernel", kFloatTypes, "T", "weights of x [features, 3 units]"},
                     {"recurrent_kernel", kFloatTypes, "T", "weights of h [units, 3 units]"},
                     {"bias", kFloatTypes, "T", "added to s and to u [2, 3 units]"},
                     {"h0", kFloatTypes, "T", "h before the first step [batch, units]"},
                     {.name = "mask",
                      .dtypes = {DType::kBool},
                      .doc = "whether a step is taken [batch, time]; all are if left out",
                      .optional = true}},
          .outputs = {{"h", kFloatTypes, "T", "h after each step [batch, time, units]"},
                      {"gates", kFloatTypes, "T",
                       "the activated z, r, n of each step [batch, time, 3 units]"},
                      {"inner", kFloatTypes, "T", "u[n] of each step [batch, time, units]"}},
          .attrs = {{"reverse", AttrKind::kBool, false, "from the last time step to the first"}},
          .constraints = {{"gru_c1", "ranks are 3, 2, 2, 2 and 2"},
                          {"gru_c2",
                           "kernel, recurrent_kernel and bias fit x's features and have three "
                           "blocks"},
                          {"gru_c3", "h0 is [batch, units]"},
                          {"gru_c4", "mask is [batch, time]"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::gru_internal::MakeKernel,
          .cost = Cost,
          .samples = ops::gru_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& GruOp() { return Singleton<Make>(); }
}  // namespace ops

GruResult Gru(Operand x, Operand kernel, Operand recurrent_kernel, Operand bias, Operand h0,
              const GruOptions& options) {
  if (x.builder() == nullptr) return {};
  const Value h = x.builder()->AddNode(
      ops::GruOp(),
      {x.value(), kernel.value(), recurrent_kernel.value(), bias.value(), h0.value(), options.mask},
      {{"reverse", options.reverse}}, x.location());
  const std::vector<Value> outputs = x.builder()->Outputs(h, 3);
  return {outputs[0], outputs[1], outputs[2]};
}

}  // namespace dagrad
