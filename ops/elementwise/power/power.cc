#include "dagrad/ops/elementwise/power/power.h"

#include <optional>

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/broadcast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/power/power_internal.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/runtime/compile/rewrite/constant.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) { return ops::InferBroadcast(c, c.dtype(0), "pow_c1"); }

// ∂a^b/∂a = b·a^(b-1), which is exactly 0 where b = 0. There its derivative by b is 1/a; so a^(b-1)
// is taken as it is, but where 1/a is not finite (0, NaN, the least denormals): 0·a^-1 would be
// NaN, and 0^1 stands for it, by which the derivative is 0.
Value BaseDerivative(Value a, Value b) {
  if (const std::optional<double> exponent = runtime::SplatValue(b.node());
      exponent.value_or(0) != 0)
    return Pow(a, *exponent - 1) * *exponent;
  const Value finite = IsFinite(Reciprocal(a));
  const Value limit = LogicalAnd(Equal(b, 0.0), LogicalNot(finite));
  return b * Pow(Select(limit, 0.0, a), Select(limit, 1.0, b - 1.0));
}

// ∂a^b/∂b = a^b·ln a. Where a <= 0 that is complex or a limit (0 for b > 0), and exactly 0 is
// taken: 0 and ln 1 stand for the factors.
Value ExponentDerivative(Value a, Value y) {
  const Value real = LogicalNot(LessEqual(a, 0.0));
  return Select(real, y, 0.0) * Log(Select(real, a, 1.0));
}

absl::Status Gradient(GradContext& c) {
  const Value a = c.input(0);
  if (c.needs_grad(0)) c.SetGrad(0, c.cotangent() * BaseDerivative(a, c.input(1)));
  if (c.needs_grad(1)) c.SetGrad(1, c.cotangent() * ExponentDerivative(a, c.output()));
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "Pow",
          .label = "pow",
          .doc =
              "Power, with broadcasting: y = a^b, as C's pow.\n"
              "Integers are powers modulo 2^bits; a negative exponent truncates 1 / a^-b toward 0.",
          .inputs = {{"a", kNumberTypes, "T", "base"}, {"b", kNumberTypes, "T", "exponent"}},
          .outputs = {{"y", kNumberTypes, "T", "a to the power b, of the broadcast shape"}},
          .traits = kElementwise | kInPlace,
          .constraints = {{"pow_c1", "the shapes of a and b broadcast"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::power_internal::MakeKernel,
          .samples = ops::power_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& PowOp() { return Singleton<Make>(); }
}  // namespace ops

Value Pow(Operand a, Operand b) { return ops::AddBinaryNode(ops::PowOp(), a, b); }

}  // namespace dagrad
