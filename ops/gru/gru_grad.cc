#include <iterator>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/gru/gru.h"
#include "dagrad/ops/gru/gru_internal.h"

namespace dagrad {
namespace {

using namespace ops::gru_internal;  // NOLINT(google-build-using-namespace)

constexpr absl::string_view kPorts[] = {"x",  "recurrent_kernel", "h0",    "h", "gates", "inner",
                                        "dh", "dgates",           "dinner"};

absl::Status Infer(InferContext& c) {
  const int inputs = c.num_inputs();
  if (inputs > kDInner + 1) {
    return InferContext::Fail("gru_grad_c1",
                              absl::StrCat(inputs - kDh, " cotangents, more than 3"));
  }
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

OpDef Make() {
  OpDef op;
  op.name = "GruGrad";
  op.label = "gru_grad";
  for (int i = kX; i < kDh; ++i) op.inputs.push_back({kPorts[i], kFloatTypes, "T"});
  op.inputs.push_back(
      {.name = "cotangents", .dtypes = kFloatTypes, .type_variable = "T", .variadic = true});
  for (absl::string_view name : {"ds", "du", "dkernel", "drecurrent_kernel", "dbias", "dh0"})
    op.outputs.push_back({name, kFloatTypes, "T"});
  op.attrs = {
      {"reverse", AttrKind::kBool, Attribute(false), "Gru went from the last time step on"}};
  op.constraints = {{"gru_grad_c1", "there are one to three cotangents"},
                    {"gru_grad_c2", "x is of rank 3 and recurrent_kernel of rank 2"},
                    {"gru_grad_c3", "all others are of Gru's shapes for these"}};
  op.infer = Infer;
  op.gradient = GradientOfGrad;
  op.cost = Cost;
  op.make_kernel = MakeGradKernel;
  op.samples = MakeGradSamples;
  return op;
}

}  // namespace

namespace ops {
const OpDef& GruGradOp() {
  static const OpDef* const op = new OpDef(Make());
  return *op;
}
}  // namespace ops
}  // namespace dagrad
