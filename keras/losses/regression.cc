#include <cmath>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/losses/losses.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

// Losses of the distance between numbers.
namespace dagrad::keras {
namespace {

using losses_internal::kEpsilon;

Value LastMean(Value x) { return ReduceMean(x, {.axes = {-1}}); }

class SquaredError : public Configured<SquaredError, LossImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "mean_squared_error";
  static constexpr const char* kAliases[] = {"MeanSquaredError", "mse", "MSE"};
  Value PerExample(Value y, Value p) const override { return LastMean(Square(p - y)); }
};

class AbsoluteError : public Configured<AbsoluteError, LossImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "mean_absolute_error";
  static constexpr const char* kAliases[] = {"MeanAbsoluteError", "mae", "MAE"};
  Value PerExample(Value y, Value p) const override { return LastMean(Abs(p - y)); }
};

class PercentageError : public Configured<PercentageError, LossImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "mean_absolute_percentage_error";
  static constexpr const char* kAliases[] = {"MeanAbsolutePercentageError", "mape", "MAPE"};
  Value PerExample(Value y, Value p) const override {
    return 100.0 * LastMean(Abs((y - p) / Maximum(Abs(y), kEpsilon)));
  }
};

class SquaredLogError : public Configured<SquaredLogError, LossImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "mean_squared_logarithmic_error";
  static constexpr const char* kAliases[] = {"MeanSquaredLogarithmicError", "msle", "MSLE"};
  Value PerExample(Value y, Value p) const override {
    return LastMean(Square(Log1p(Maximum(p, kEpsilon)) - Log1p(Maximum(y, kEpsilon))));
  }
};

class HuberLoss : public Configured<HuberLoss, LossImpl, losses::HuberOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "huber";
  static constexpr const char* kAliases[] = {"Huber"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("delta", o.delta);
  }
  absl::Status Validate() const override {
    if (options().delta > 0 && !std::isinf(options().delta)) return absl::OkStatus();
    return InvalidArgumentError(
        absl::StrCat("delta must be positive and finite, not ", options().delta));
  }
  Value PerExample(Value y, Value p) const override {
    const double delta = options().delta;
    Value error = Abs(p - y);
    Value quadratic = 0.5 * Square(error);
    Value linear = delta * error - 0.5 * delta * delta;
    return LastMean(Select(LessEqual(error, delta), quadratic, linear));
  }
};

class LogCoshLoss : public Configured<LogCoshLoss, LossImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "log_cosh";
  static constexpr const char* kAliases[] = {"LogCosh", "logcosh"};
  Value PerExample(Value y, Value p) const override {
    Value d = p - y;
    return LastMean(d + Softplus(-2.0 * d) - std::log(2.0));
  }
};

}  // namespace

Loss losses::MeanSquaredError() { return Loss(std::make_shared<SquaredError>()); }
Loss losses::MeanAbsoluteError() { return Loss(std::make_shared<AbsoluteError>()); }
Loss losses::MeanAbsolutePercentageError() { return Loss(std::make_shared<PercentageError>()); }
Loss losses::MeanSquaredLogarithmicError() { return Loss(std::make_shared<SquaredLogError>()); }
Loss losses::Huber(const HuberOptions& options) {
  return Loss(std::make_shared<HuberLoss>(options));
}
Loss losses::LogCosh() { return Loss(std::make_shared<LogCoshLoss>()); }

std::vector<LossClass> losses_internal::RegressionClasses() {
  return {SquaredError::Class(),    AbsoluteError::Class(), PercentageError::Class(),
          SquaredLogError::Class(), HuberLoss::Class(),     LogCoshLoss::Class()};
}

}  // namespace dagrad::keras
