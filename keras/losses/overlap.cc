#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/losses/losses.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/reshape/reshape.h"

// Losses of how far regions overlap: of the whole batch, or of each example by itself.
namespace dagrad::keras {
namespace {

using losses_internal::kEpsilon;

// The axes that are summed over, of a prediction of this rank: all of them; else `axis`, counted
// from 0.
absl::StatusOr<std::vector<int64_t>> AxesOf(const std::optional<std::vector<int64_t>>& axis,
                                            int rank) {
  std::vector<int64_t> axes;
  for (int i = 0; i < rank && !axis.has_value(); ++i) axes.push_back(i);
  if (!axis.has_value()) return axes;
  for (const int64_t a : *axis) {
    if (a < -rank || a >= rank)
      return InvalidArgumentError(absl::StrCat("axis ", a, " of an output of rank ", rank));
    axes.push_back(a < 0 ? a + rank : a);
  }
  return axes;
}

// `loss` with the axes that were summed over, of size 1, repeated for every position of `p`, and
// without the last axis: every position has the loss of what it is part of.
Value AtEveryPosition(Value loss, Value p) {
  std::vector<Dim> dims(p.shape().dims().begin(), p.shape().dims().end() - 1);
  const Shape positions(absl::MakeConstSpan(dims));
  if (loss.dim(-1) != Dim(1)) {
    return p.builder()->Fail(
        InvalidArgumentError("axis must have the last axis of the output among its axes"));
  }
  std::vector<Dim> without(loss.shape().dims().begin(), loss.shape().dims().end() - 1);
  return BroadcastTo(Reshape(loss, Shape(absl::MakeConstSpan(without))), positions);
}

class DiceLoss : public Configured<DiceLoss, LossImpl, losses::DiceOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "dice";
  static constexpr const char* kAliases[] = {"Dice"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("axis", o.axis);
  }
  Value PerExample(Value y, Value p) const override {
    if (!p.valid()) return p;
    const absl::StatusOr<std::vector<int64_t>> axes = AxesOf(options().axis, p.rank());
    if (!axes.ok()) return p.builder()->Fail(axes.status());
    const ReduceOptions over = {.axes = *axes, .keepdims = true};
    const Value overlap = ReduceSum(y * p, over) * 2.0;
    return AtEveryPosition(1.0 - overlap / (ReduceSum(y, over) + ReduceSum(p, over) + kEpsilon), p);
  }
};

class TverskyLoss : public Configured<TverskyLoss, LossImpl, losses::TverskyOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "tversky";
  static constexpr const char* kAliases[] = {"Tversky"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("alpha", o.alpha);
    visit("beta", o.beta);
    visit("axis", o.axis);
  }
  absl::Status Validate() const override {
    for (const double weight : {options().alpha, options().beta}) {
      if (!(weight >= 0 && std::isfinite(weight))) {
        return InvalidArgumentError(
            absl::StrCat("alpha and beta must be finite and not negative, not ", weight));
      }
    }
    return absl::OkStatus();
  }
  Value PerExample(Value y, Value p) const override {
    if (!p.valid()) return p;
    const absl::StatusOr<std::vector<int64_t>> axes = AxesOf(options().axis, p.rank());
    if (!axes.ok()) return p.builder()->Fail(axes.status());
    const ReduceOptions over = {.axes = *axes, .keepdims = true};
    const Value overlap = ReduceSum(y * p, over);
    const Value missed = ReduceSum((1.0 - p) * y, over) * options().alpha;
    const Value wrong = ReduceSum(p * (1.0 - y), over) * options().beta;
    return AtEveryPosition(1.0 - overlap / (overlap + missed + wrong + kEpsilon), p);
  }
};

}  // namespace

Loss losses::Dice(const DiceOptions& options) { return Loss(std::make_shared<DiceLoss>(options)); }
Loss losses::Tversky(const TverskyOptions& options) {
  return Loss(std::make_shared<TverskyLoss>(options));
}

std::vector<LossClass> losses_internal::OverlapClasses() {
  return {DiceLoss::Class(), TverskyLoss::Class()};
}

}  // namespace dagrad::keras
