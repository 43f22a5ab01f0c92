#include "dagrad/keras/constraints/constraints.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/config/configured.h"
#include "dagrad/config/object_option_functions.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

namespace dagrad {

template class ObjectOption<keras::ConstraintImpl>;

namespace keras {
namespace {

constexpr double kEpsilon = 1e-7;  // Keras's backend epsilon

Value NormOf(Value w, const std::vector<int64_t>& axis) {
  return Sqrt(ReduceSum(Square(w), {.axes = axis, .keepdims = true}));
}

// w of norm `norm`, made `wanted`.
Value Rescaled(Value w, Value norm, Value wanted) { return w * (wanted / (norm + kEpsilon)); }

absl::Status CheckAxis(const std::vector<int64_t>& axis) {
  if (!axis.empty()) return absl::OkStatus();
  return InvalidArgumentError("axis must be one or more axes");
}

absl::Status CheckBound(const char* name, double value) {
  if (value >= 0 && std::isfinite(value)) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(name, " must be finite and not negative, not ", value));
}

struct MaxNormOptions {
  double max_value = 2;
  std::vector<int64_t> axis = {0};
};

class MaxNormConstraint : public Configured<MaxNormConstraint, ConstraintImpl, MaxNormOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "max_norm";
  static constexpr const char* kAliases[] = {"MaxNorm"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("max_value", o.max_value);
    visit("axis", o.axis);
  }
  absl::Status Validate() const override {
    DAGRAD_RETURN_IF_ERROR(CheckBound("max_value", options().max_value));
    return CheckAxis(options().axis);
  }
  Value Apply(Value w) const override {
    const Value norm = NormOf(w, options().axis);
    return Rescaled(w, norm, Minimum(norm, options().max_value));
  }
};

class NonNegConstraint : public Configured<NonNegConstraint, ConstraintImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "non_neg";
  static constexpr const char* kAliases[] = {"NonNeg"};
  Value Apply(Value w) const override { return Maximum(w, 0.0); }
};

struct UnitNormOptions {
  std::vector<int64_t> axis = {0};
};

class UnitNormConstraint : public Configured<UnitNormConstraint, ConstraintImpl, UnitNormOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "unit_norm";
  static constexpr const char* kAliases[] = {"UnitNorm"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("axis", o.axis);
  }
  absl::Status Validate() const override { return CheckAxis(options().axis); }
  Value Apply(Value w) const override { return w / (NormOf(w, options().axis) + kEpsilon); }
};

class MinMaxNormConstraint
    : public Configured<MinMaxNormConstraint, ConstraintImpl, constraints::MinMaxNormOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "min_max_norm";
  static constexpr const char* kAliases[] = {"MinMaxNorm"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("min_value", o.min_value);
    visit("max_value", o.max_value);
    visit("rate", o.rate);
    visit("axis", o.axis);
  }
  absl::Status Validate() const override {
    const constraints::MinMaxNormOptions& o = options();
    DAGRAD_RETURN_IF_ERROR(CheckBound("min_value", o.min_value));
    DAGRAD_RETURN_IF_ERROR(CheckBound("max_value", o.max_value));
    if (o.min_value > o.max_value) {
      return InvalidArgumentError(
          absl::StrCat("min_value ", o.min_value, " is above max_value ", o.max_value));
    }
    if (!(o.rate >= 0 && o.rate <= 1))
      return InvalidArgumentError(absl::StrCat("rate must be in [0, 1], not ", o.rate));
    return CheckAxis(o.axis);
  }
  Value Apply(Value w) const override {
    const constraints::MinMaxNormOptions& o = options();
    const Value norm = NormOf(w, o.axis);
    const Value clipped = Clip(norm, o.min_value, o.max_value);
    return Rescaled(w, norm, o.rate == 1 ? clipped : clipped * o.rate + norm * (1 - o.rate));
  }
};

}  // namespace

const Registry<ConstraintImpl>& ConstraintImpl::All() {
  static const auto* const all = new Registry<ConstraintImpl>(
      "a constraint", {MaxNormConstraint::Class(), NonNegConstraint::Class(),
                       UnitNormConstraint::Class(), MinMaxNormConstraint::Class()});
  return *all;
}

const std::vector<ConstraintClass>& ConstraintClasses() { return ConstraintImpl::All().classes(); }

Constraint constraints::MaxNorm(double max_value, std::vector<int64_t> axis) {
  return Constraint(
      std::make_shared<MaxNormConstraint>(MaxNormOptions{max_value, std::move(axis)}));
}
Constraint constraints::NonNeg() { return Constraint(std::make_shared<NonNegConstraint>()); }
Constraint constraints::UnitNorm(std::vector<int64_t> axis) {
  return Constraint(std::make_shared<UnitNormConstraint>(UnitNormOptions{std::move(axis)}));
}
Constraint constraints::MinMaxNorm(const MinMaxNormOptions& options) {
  return Constraint(std::make_shared<MinMaxNormConstraint>(options));
}

}  // namespace keras
}  // namespace dagrad
