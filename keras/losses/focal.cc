#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/losses/losses.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/one_hot/one_hot.h"
#include "dagrad/ops/nn/softmax/softmax.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

// Cross-entropies in which what is predicted well counts for less.
namespace dagrad::keras {
namespace {

using losses_internal::kEpsilon;
using losses_internal::Within;

absl::Status CheckFocal(double gamma, double label_smoothing) {
  if (!(gamma >= 0))
    return InvalidArgumentError(absl::StrCat("gamma must not be negative, not ", gamma));
  if (label_smoothing >= 0 && label_smoothing <= 1) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("label_smoothing must be in [0, 1], not ", label_smoothing));
}

class BinaryFocal : public Configured<BinaryFocal, LossImpl, losses::BinaryFocalOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "binary_focal_crossentropy";
  static constexpr const char* kAliases[] = {"BinaryFocalCrossentropy"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("apply_class_balancing", o.apply_class_balancing);
    visit("alpha", o.alpha);
    visit("gamma", o.gamma);
    visit("from_logits", o.from_logits);
    visit("label_smoothing", o.label_smoothing);
  }
  absl::Status Validate() const override {
    return CheckFocal(options().gamma, options().label_smoothing);
  }
  Value PerExample(Value y, Value p) const override {
    const losses::BinaryFocalOptions& o = options();
    if (o.label_smoothing > 0) y = y * (1 - o.label_smoothing) + 0.5 * o.label_smoothing;
    if (o.from_logits) p = Sigmoid(p);
    const Value q = Clip(p, kEpsilon, 1 - kEpsilon);
    const Value of_truth = y * p + (1.0 - y) * (1.0 - p);
    Value loss = Neg(y * Log(q) + (1.0 - y) * Log(1.0 - q)) * Pow(1.0 - of_truth, o.gamma);
    if (o.apply_class_balancing) loss = loss * (y * o.alpha + (1.0 - y) * (1 - o.alpha));
    return ReduceMean(loss, {.axes = {-1}});
  }
};

class CategoricalFocal
    : public Configured<CategoricalFocal, LossImpl, losses::CategoricalFocalOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "categorical_focal_crossentropy";
  static constexpr const char* kAliases[] = {"CategoricalFocalCrossentropy"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("alpha", o.alpha);
    visit("gamma", o.gamma);
    visit("from_logits", o.from_logits);
    visit("label_smoothing", o.label_smoothing);
  }
  absl::Status Validate() const override {
    if (options().alpha.empty()) return InvalidArgumentError("alpha must be one number or more");
    return CheckFocal(options().gamma, options().label_smoothing);
  }
  Value PerExample(Value y, Value p) const override {
    const losses::CategoricalFocalOptions& o = options();
    if (o.label_smoothing > 0 && p.valid() && p.dim(-1).is_known()) {
      const auto n = static_cast<double>(p.dim(-1).value());
      y = y * (1 - o.label_smoothing) + o.label_smoothing / n;
    }
    if (o.from_logits) p = Softmax(p);
    const Value q =
        Clip(p / ReduceSum(p, {.axes = {-1}, .keepdims = true}), kEpsilon, 1 - kEpsilon);
    const Value loss = Pow(1.0 - q, o.gamma) * Neg(y * Log(q));
    return ReduceSum(losses_internal::TimesRow(loss, o.alpha), {.axes = {-1}});
  }
};

class GeneralizedCrossEntropy
    : public Configured<GeneralizedCrossEntropy, LossImpl, losses::GeneralizedOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "categorical_generalized_cross_entropy";
  static constexpr const char* kAliases[] = {"CategoricalGeneralizedCrossEntropy"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("q", o.q);
  }
  absl::Status Validate() const override {
    if (options().q > 0 && options().q < 1) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("q must be in (0, 1), not ", options().q));
  }
  TargetKind target_kind() const override { return TargetKind::kSparse; }
  Value PerExample(Value y, Value p) const override {
    if (!p.valid() || !p.dim(-1).is_known()) {
      return p.builder()->Fail(InvalidArgumentError(
          absl::StrCat(kName, " needs an output of a known number of classes")));
    }
    const Value truth =
        OneHot(Within(y, p.dim(-1).value()), p.dim(-1).value(), {.dtype = p.dtype()});
    const Value of_truth = ReduceSum(p * truth, {.axes = {-1}});
    return (1.0 - Pow(of_truth, options().q)) / options().q;
  }
};

}  // namespace

Loss losses::BinaryFocalCrossentropy(const BinaryFocalOptions& options) {
  return Loss(std::make_shared<BinaryFocal>(options));
}
Loss losses::CategoricalFocalCrossentropy(const CategoricalFocalOptions& options) {
  return Loss(std::make_shared<CategoricalFocal>(options));
}
Loss losses::CategoricalGeneralizedCrossEntropy(const GeneralizedOptions& options) {
  return Loss(std::make_shared<GeneralizedCrossEntropy>(options));
}

std::vector<LossClass> losses_internal::FocalClasses() {
  return {BinaryFocal::Class(), CategoricalFocal::Class(), GeneralizedCrossEntropy::Class()};
}

}  // namespace dagrad::keras
