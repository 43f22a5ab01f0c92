#include <memory>
#include <vector>

#include "dagrad/config/configured.h"
#include "dagrad/keras/losses/losses.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

// Losses of a margin.
namespace dagrad::keras {
namespace {

// Targets of 0 and 1 are turned into -1 and 1, if there are no others.
Value SignedTargets(Value y) {
  Value binary = ReduceAll(LogicalOr(Equal(y, 0.0), Equal(y, 1.0)));
  return Select(binary, 2.0 * y - 1.0, y);
}

Value HingeError(Value y, Value p) { return Maximum(1.0 - SignedTargets(y) * p, 0.0); }

class HingeLoss : public Configured<HingeLoss, LossImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "hinge";
  static constexpr const char* kAliases[] = {"Hinge"};
  Value PerExample(Value y, Value p) const override {
    return ReduceMean(HingeError(y, p), {.axes = {-1}});
  }
};

class SquaredHingeLoss : public Configured<SquaredHingeLoss, LossImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "squared_hinge";
  static constexpr const char* kAliases[] = {"SquaredHinge"};
  Value PerExample(Value y, Value p) const override {
    return ReduceMean(Square(HingeError(y, p)), {.axes = {-1}});
  }
};

class CategoricalHingeLoss : public Configured<CategoricalHingeLoss, LossImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "categorical_hinge";
  static constexpr const char* kAliases[] = {"CategoricalHinge"};
  Value PerExample(Value y, Value p) const override {
    const Value right = ReduceSum(y * p, {.axes = {-1}});
    const Value wrong = ReduceMax((1.0 - y) * p, {.axes = {-1}});
    return Maximum(wrong - right + 1.0, 0.0);
  }
};

}  // namespace

Loss losses::CategoricalHinge() { return Loss(std::make_shared<CategoricalHingeLoss>()); }
Loss losses::Hinge() { return Loss(std::make_shared<HingeLoss>()); }
Loss losses::SquaredHinge() { return Loss(std::make_shared<SquaredHingeLoss>()); }

std::vector<LossClass> losses_internal::HingeClasses() {
  return {HingeLoss::Class(), SquaredHingeLoss::Class(), CategoricalHingeLoss::Class()};
}

}  // namespace dagrad::keras
