#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/losses/losses.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {
namespace {

// ln Σ e^x over those of each row that are `chosen`, one or more of them.
Value LogSumExp(Value x, Value chosen) {
  constexpr double kBelowAll = -1e30;
  const Value none = Full(x.builder(), x.dtype(), Shape(), kBelowAll);
  const Value those = Select(chosen, x, none);
  const Value largest = StopGradient(ReduceMax(those, {.axes = {1}, .keepdims = true}));
  const Value sum = ReduceSum(Select(chosen, Exp(those - largest), ZerosLike(x)), {.axes = {1}});
  return Log(Maximum(sum, 1e-30)) + Squeeze(largest, {1});
}

class CircleLoss : public Configured<CircleLoss, LossImpl, losses::CircleOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "circle";
  static constexpr const char* kAliases[] = {"Circle"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("gamma", o.gamma);
    visit("margin", o.margin);
    visit("remove_diagonal", o.remove_diagonal);
  }
  absl::Status Validate() const override {
    if (std::isfinite(options().gamma) && std::isfinite(options().margin)) return absl::OkStatus();
    return InvalidArgumentError("gamma and margin must be finite");
  }
  TargetKind target_kind() const override { return TargetKind::kSparse; }
  Value PerExample(Value y, Value p) const override {
    if (!p.valid()) return p;
    if (p.rank() != 2) {
      return p.builder()->Fail(InvalidArgumentError(
          absl::StrCat(kName, " takes embeddings [batch, n], not ", p.type().ToString())));
    }
    const double margin = options().margin, gamma = options().gamma;
    const Value distance = Maximum(1.0 - MatMul(p, p, {.transpose_b = true}), 0.0);
    const Value same = Equal(ExpandDims(y, 1), ExpandDims(y, 0));
    const Value positive = options().remove_diagonal ? LogicalAnd(same, OffDiagonal(y)) : same;
    const Value negative = LogicalNot(same);
    const Value near = Maximum(distance + margin, 0.0) * (distance - margin) * gamma;
    const Value far = Maximum(1 + margin - distance, 0.0) * (1 - margin - distance) * gamma;
    const Value has_both =
        LogicalAnd(ReduceAny(positive, {.axes = {1}}), ReduceAny(negative, {.axes = {1}}));
    const Value loss = Softplus(LogSumExp(near, positive) + LogSumExp(far, negative));
    return Select(has_both, loss, ZerosLike(loss));
  }
  Value Valid(Value /*y*/, Value losses) const override { return Greater(losses, 0.0); }

 private:
  static Value OffDiagonal(Value y) {
    const Value row = Iota(y.builder(), DType::kInt64, Shape({y.dim(0)}), 0);
    return NotEqual(ExpandDims(row, 1), ExpandDims(row, 0));
  }
};

}  // namespace

Loss losses::Circle(const CircleOptions& options) {
  return Loss(std::make_shared<CircleLoss>(options));
}

std::vector<LossClass> losses_internal::CircleClasses() { return {CircleLoss::Class()}; }

}  // namespace dagrad::keras
