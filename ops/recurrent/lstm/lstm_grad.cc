#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/recurrent/lstm/lstm.h"
#include "dagrad/ops/recurrent/lstm/lstm_internal.h"

namespace dagrad {
namespace {

using namespace ops::lstm_internal;  // NOLINT(google-build-using-namespace)

constexpr absl::string_view kPorts[] = {
    "x", "recurrent_kernel", "h0", "c0", "h", "c", "gates", "dh", "dc", "dgates", "mask"};

absl::Status Infer(InferContext& c) {
  const int inputs = c.num_inputs();
  const Shape &x = c.shape(kX), &recurrent = c.shape(kRecurrentKernel);
  if (x.rank() != 3 || recurrent.rank() != 2) {
    return InferContext::Fail("lstm_grad_c2",
                              absl::StrCat("x ", x.ToString(), " and recurrent_kernel ",
                                           recurrent.ToString(), " must be of ranks 3 and 2"));
  }
  const Dim units = recurrent.dim(0), n = units * 4;
  const Shape state = {x.dim(0), units}, states = {x.dim(0), x.dim(1), units};
  const Shape gates = {x.dim(0), x.dim(1), n};
  const Shape expected[] = {
      x,     {units, n},          state, state, states, states, gates, states, states,
      gates, {x.dim(0), x.dim(1)}};
  for (int i = 1; i < inputs; ++i) {
    if (c.shape(i) == expected[i]) continue;
    return InferContext::Fail(
        "lstm_grad_c3",
        absl::StrCat(kPorts[i], " ", c.shape(i).ToString(), " must be ", expected[i].ToString(),
                     " for x ", x.ToString(), " and recurrent_kernel ", recurrent.ToString()));
  }
  const Shape outputs[] = {gates, {x.dim(2), n}, {units, n}, {n}, state, state};
  for (size_t i = 0; i < std::size(outputs); ++i)
    c.SetOutput(static_cast<int>(i), c.dtype(kX), outputs[i]);
  return absl::OkStatus();
}

// Two products of those sizes for the weights, one for the states.
OpCost Cost(const CostContext& c) {
  const double rows = static_cast<double>(c.inputs[kX][0]) * static_cast<double>(c.inputs[kX][1]);
  const auto features = static_cast<double>(c.inputs[kX][2]);
  const auto units = static_cast<double>(c.inputs[kRecurrentKernel][0]);
  return {rows * units * (8 * (features + 2 * units) + 40), 0};
}

PortSpec Optional(absl::string_view name, absl::string_view doc) {
  return {.name = name, .dtypes = kFloatTypes, .type_variable = "T", .doc = doc, .optional = true};
}

OpDef Make() {
  return {.name = "LstmGrad",
          .label = "lstm_grad",
          .doc =
              "Gradient of Lstm, backwards through time. dz is the cotangent of the sums z_t:\n"
              "dkernel = Σ xᵀ dz, drecurrent_kernel = Σ h_{t-1}ᵀ dz, dbias = Σ dz (over batch and "
              "time);\n"
              "that of x is dz kernelᵀ.",
          .inputs = {{"x", kFloatTypes, "T", "Lstm's x"},
                     {"recurrent_kernel", kFloatTypes, "T", "Lstm's recurrent_kernel"},
                     {"h0", kFloatTypes, "T", "Lstm's h0"},
                     {"c0", kFloatTypes, "T", "Lstm's c0"},
                     {"h", kFloatTypes, "T", "Lstm's result h"},
                     {"c", kFloatTypes, "T", "Lstm's result c"},
                     {"gates", kFloatTypes, "T", "Lstm's result gates"},
                     {"dh", kFloatTypes, "T", "cotangent of h"},
                     Optional("dc", "cotangent of c; zeros if left out"),
                     Optional("dgates", "cotangent of gates; zeros if left out"),
                     {.name = "mask",
                      .dtypes = {DType::kBool},
                      .doc = "Lstm's mask; none if left out",
                      .optional = true}},
          .outputs = {{"dz", kFloatTypes, "T", "cotangent of z [batch, time, 4 units]"},
                      {"dkernel", kFloatTypes, "T", "cotangent of kernel"},
                      {"drecurrent_kernel", kFloatTypes, "T", "cotangent of recurrent_kernel"},
                      {"dbias", kFloatTypes, "T", "cotangent of bias"},
                      {"dh0", kFloatTypes, "T", "cotangent of h0"},
                      {"dc0", kFloatTypes, "T", "cotangent of c0"}},
          .attrs = {{"reverse", AttrKind::kBool, false, "Lstm went from the last time step on"}},
          .constraints = {{"lstm_grad_c2", "x is of rank 3 and recurrent_kernel of rank 2"},
                          {"lstm_grad_c3", "all others are of Lstm's shapes for these"}},
          .infer = Infer,
          .gradient = GradientOfGrad,
          .make_kernel = MakeGradKernel,
          .cost = Cost,
          .samples = MakeGradSamples};
}

}  // namespace

namespace ops {
const OpDef& LstmGradOp() { return Singleton<Make>(); }
}  // namespace ops
}  // namespace dagrad
