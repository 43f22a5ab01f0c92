#include <iterator>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/recurrent/gru/gru.h"
#include "dagrad/ops/recurrent/gru/gru_internal.h"

namespace dagrad {
namespace {

using namespace ops::gru_internal;  // NOLINT(google-build-using-namespace)

constexpr absl::string_view kPorts[] = {"x",  "recurrent_kernel", "h0",    "h", "gates", "inner",
                                        "dh", "dgates",           "dinner"};

absl::Status Infer(InferContext& c) {
  const int inputs = c.num_inputs();
  const Shape &x = c.shape(kX), &recurrent = c.shape(kRecurrentKernel);
  if (x.rank() != 3 || recurrent.rank() != 2) {
    return InferContext::Fail("gru_grad_c2",
                              absl::StrCat("x ", x.ToString(), " and recurrent_kernel ",
                                           recurrent.ToString(), " must be of ranks 3 and 2"));
  }
  const Dim units = recurrent.dim(0), n = units * 3;
  const Shape state = {x.dim(0), units}, states = {x.dim(0), x.dim(1), units};
  const Shape gates = {x.dim(0), x.dim(1), n};
  const Shape expected[] = {x, {units, n}, state, states, gates, states, states, gates, states};
  for (int i = 1; i < inputs; ++i) {
    if (c.shape(i) == expected[i]) continue;
    return InferContext::Fail(
        "gru_grad_c3",
        absl::StrCat(kPorts[i], " ", c.shape(i).ToString(), " must be ", expected[i].ToString(),
                     " for x ", x.ToString(), " and recurrent_kernel ", recurrent.ToString()));
  }
  const Shape outputs[] = {gates, states, {x.dim(2), n}, {units, n}, {2, n}, state};
  for (size_t i = 0; i < std::size(outputs); ++i)
    c.SetOutput(static_cast<int>(i), c.dtype(kX), outputs[i]);
  return absl::OkStatus();
}

// Two products of those sizes for the weights, one for the states.
OpCost Cost(const CostContext& c) {
  const double rows = static_cast<double>(c.inputs[kX][0]) * static_cast<double>(c.inputs[kX][1]);
  const auto features = static_cast<double>(c.inputs[kX][2]);
  const auto units = static_cast<double>(c.inputs[kRecurrentKernel][0]);
  return {rows * units * (6 * (features + 2 * units) + 20), 0};
}

PortSpec Optional(absl::string_view name, absl::string_view doc) {
  return {.name = name, .dtypes = kFloatTypes, .type_variable = "T", .doc = doc, .optional = true};
}

OpDef Make() {
  return {
      .name = "GruGrad",
      .label = "gru_grad",
      .doc =
          "Gradient of Gru, backwards through time. ds and du are the cotangents of s_t and u_t:\n"
          "dkernel = Σ xᵀ ds, drecurrent_kernel = Σ h_{t-1}ᵀ du, dbias = (Σ ds, Σ du)\n"
          "(over batch and time); that of x is ds kernelᵀ.",
      .inputs = {{"x", kFloatTypes, "T", "Gru's x"},
                 {"recurrent_kernel", kFloatTypes, "T", "Gru's recurrent_kernel"},
                 {"h0", kFloatTypes, "T", "Gru's h0"},
                 {"h", kFloatTypes, "T", "Gru's result h"},
                 {"gates", kFloatTypes, "T", "Gru's result gates"},
                 {"inner", kFloatTypes, "T", "Gru's result inner"},
                 {"dh", kFloatTypes, "T", "cotangent of h"},
                 Optional("dgates", "cotangent of gates; zeros if left out"),
                 Optional("dinner", "cotangent of inner; zeros if left out")},
      .outputs = {{"ds", kFloatTypes, "T", "cotangent of s [batch, time, 3 units]"},
                  {"du", kFloatTypes, "T", "cotangent of u[n] [batch, time, units]"},
                  {"dkernel", kFloatTypes, "T", "cotangent of kernel"},
                  {"drecurrent_kernel", kFloatTypes, "T", "cotangent of recurrent_kernel"},
                  {"dbias", kFloatTypes, "T", "cotangent of bias"},
                  {"dh0", kFloatTypes, "T", "cotangent of h0"}},
      .attrs = {{"reverse", AttrKind::kBool, false, "Gru went from the last time step on"}},
      .constraints = {{"gru_grad_c2", "x is of rank 3 and recurrent_kernel of rank 2"},
                      {"gru_grad_c3", "all others are of Gru's shapes for these"}},
      .infer = Infer,
      .gradient = GradientOfGrad,
      .make_kernel = MakeGradKernel,
      .cost = Cost,
      .samples = MakeGradSamples};
}

}  // namespace

namespace ops {
const OpDef& GruGradOp() { return Singleton<Make>(); }
}  // namespace ops
}  // namespace dagrad
