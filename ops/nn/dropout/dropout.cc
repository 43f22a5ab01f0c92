#include "dagrad/ops/nn/dropout/dropout.h"

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/random/random.h"
#include "dagrad/ops/nn/dropout/dropout_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  DAGRAD_RETURN_IF_ERROR(ops::CheckKey(c.input(1), "dropout_c1"));
  const double rate = c.attr<double>("rate");
  if (!(rate >= 0 && rate < 1)) {
    return InferContext::Fail("dropout_c2", absl::StrCat("rate ", rate, " is outside [0, 1)"));
  }
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

// y = D x with a diagonal D that key, stream and rate determine, so x̄ = Dᵀ ȳ = D ȳ.
absl::Status Gradient(GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  c.SetGrad(
      0, Dropout(c.cotangent(), c.input(1), {c.attr<double>("rate"), c.attr<int64_t>("stream")}));
  return absl::OkStatus();
}

// A quarter of ten rounds of four multiplications and as many exclusive ors for each element.
OpCost Cost(const CostContext& c) {
  const double n = static_cast<double>(NumElements(c.outputs[0]));
  return {20 * n, 8 * n};
}

OpDef Make() {
  return {
      .name = "Dropout",
      .label = "dropout",
      .doc =
          "Inverted dropout: y = x / (1 - rate) with probability 1 - rate, else 0.\n"
          "What is dropped depends on key, stream and the element's number only (Srivastava et "
          "al., 2014).",
      .inputs = {{"x", kFloatTypes, "T", "tensor of any shape"},
                 {.name = "key",
                  .dtypes = {DType::kInt64},
                  .doc = "Philox key {seed, counter}",
                  .differentiable = false}},
      .outputs = {{.name = "y",
                   .dtypes = kFloatTypes,
                   .type_variable = "T",
                   .doc = "x without what was dropped",
                   .in_place_of = "x"}},
      .attrs = {{"rate", AttrKind::kFloat, std::nullopt, "probability of dropping an element"},
                {"stream", AttrKind::kInt, 0, "tells apart the nodes that draw from one key"}},
      .traits = kRandom,
      .constraints = {{"dropout_c1", "the key is an int64[2]"}, {"dropout_c2", "0 <= rate < 1"}},
      .infer = Infer,
      .gradient = Gradient,
      .make_kernel = ops::dropout_internal::MakeKernel,
      .cost = Cost,
      .samples = ops::dropout_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& DropoutOp() { return Singleton<Make>(); }
}  // namespace ops

Value Dropout(Operand x, Operand key, const DropoutOptions& o) {
  return AddNode(ops::DropoutOp(), {x, key}, {{"rate", o.rate}, {"stream", o.stream}});
}

}  // namespace dagrad
