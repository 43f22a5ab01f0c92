#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/lstm/lstm.h"
#include "dagrad/ops/lstm/lstm_internal.h"

namespace dagrad {
namespace {

using namespace ops::lstm_internal;  // NOLINT(google-build-using-namespace)

constexpr absl::string_view kPorts[] = {
    "x", "recurrent_kernel", "h0", "c0", "h", "c", "gates", "dh", "dc", "dgates"};

absl::Status Infer(InferContext& c) {
  const int inputs = c.num_inputs();
  if (inputs > kDGates + 1) {
    return InferContext::Fail("lstm_grad_c1",
                              absl::StrCat(inputs - kDh, " cotangents, more than 3"));
  }
  const Shape &x = c.shape(kX), &recurrent = c.shape(kRecurrentKernel);
  if (x.rank() != 3 || recurrent.rank() != 2) {
    return InferContext::Fail("lstm_grad_c2",
                              absl::StrCat("x ", x.ToString(), " and recurrent_kernel ",
                                           recurrent.ToString(), " must be of ranks 3 and 2"));
  }
  const Dim units = recurrent.dim(0), n = units * 4;
  const Shape state = {x.dim(0), units}, states = {x.dim(0), x.dim(1), units};
  const Shape gates = {x.dim(0), x.dim(1), n};
  const Shape expected[] = {x,      {units, n}, state,  state,  states,
                            states, gates,      states, states, gates};
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

OpDef Make() {
  OpDef op;
  op.name = "LstmGrad";
  op.label = "lstm_grad";
  for (int i = kX; i < kDh; ++i) op.inputs.push_back({kPorts[i], kFloatTypes, "T"});
  op.inputs.push_back(
      {.name = "cotangents", .dtypes = kFloatTypes, .type_variable = "T", .variadic = true});
  for (absl::string_view name : {"dz", "dkernel", "drecurrent_kernel", "dbias", "dh0", "dc0"})
    op.outputs.push_back({name, kFloatTypes, "T"});
  op.attrs = {
      {"reverse", AttrKind::kBool, Attribute(false), "Lstm went from the last time step on"}};
  op.constraints = {{"lstm_grad_c1", "there are one to three cotangents"},
                    {"lstm_grad_c2", "x is of rank 3 and recurrent_kernel of rank 2"},
                    {"lstm_grad_c3", "all others are of Lstm's shapes for these"}};
  op.infer = Infer;
  op.gradient = GradientOfGrad;
  op.cost = Cost;
  op.make_kernel = MakeGradKernel;
  op.samples = MakeGradSamples;
  return op;
}

}  // namespace

namespace ops {
const OpDef& LstmGradOp() {
  static const OpDef* const op = new OpDef(Make());
  return *op;
}
}  // namespace ops
}  // namespace dagrad
