#ifndef DAGRAD_OPTIMIZERS_SCHEDULE_H_
#define DAGRAD_OPTIMIZERS_SCHEDULE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/config/object_class.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/json_fwd.h"

namespace dagrad {

template <typename Object>
class Registry;

// What a class of learning-rate schedules implements; LearningRate has Keras's. One of your own
// derives from Configured<…, ScheduleImpl, …> (config/configured.h), is given as a shared pointer
// in the place of a rate, and to keras::Model::Load as CustomObjects::schedules. Immutable;
// thread-safe.
class ScheduleImpl : public ConfiguredObject {
 public:
  using Kind = ScheduleImpl;
  static const Registry<ScheduleImpl>& All();

  // The rate of the step behind `steps` ones (0, 1, …), as nodes: a float64 scalar, of one. Errors
  // go to the builder (GraphBuilder::Fail).
  virtual Value Rate(Value steps) const = 0;
};
using SchedulePtr = std::shared_ptr<const ScheduleImpl>;
using ScheduleClass = ObjectClass<ScheduleImpl>;

// What files find, by Keras's names: "ExponentialDecay", in files "exponential_decay", …
const std::vector<ScheduleClass>& ScheduleClasses();

// A learning rate: a number, or a schedule, a function of the steps s done before (0, 1, …). The
// formulas of Keras's, with η₀ the initial_learning_rate, N decay_steps and r decay_rate:
//
//   ExponentialDecay    η₀ r^(s/N), s/N rounded down with staircase
//   InverseTimeDecay    η₀ / (1 + r s/N), s/N rounded down with staircase
//   PolynomialDecay     (η₀ - η_end)(1 - min(s, N)/N)^power + η_end; with cycle N is N·max(1,
//                       ceil(s/N)) and s is not cut
//   CosineDecay         (η - α η)(1 + cos(π min(s', N)/N))/2 + α η, where without warmup η = η₀ and
//                       s' = s; with warmup_steps W and warmup_target η = the target and s' = s -
//                       W, and for s < W the rate rises linearly from η₀
//   CosineDecayRestarts
//                       CosineDecay that begins anew: the first time after N steps, then each time
//                       after t_mul times as many, from m_mul times the rate; with i restarts
//                       before and the share f of the period, η₀ ((1 - α) m_mulⁱ (1 + cos π f)/2 +
//                       α)
//   PiecewiseConstant   values[i] for the first i with s <= boundaries[i], values.back() beyond;
//                       Keras's PiecewiseConstantDecay
class LearningRate {
 public:
  static constexpr double kNoWarmup = -1;  // no warmup_target

  LearningRate(double rate) : constant_(rate) {}  // NOLINT(google-explicit-constructor)
  LearningRate(SchedulePtr schedule)              // NOLINT(google-explicit-constructor)
      : constant_(0), schedule_(std::move(schedule)), is_schedule_(true) {}
  LearningRate(const LearningRate&) = default;  // moves copy
  LearningRate& operator=(const LearningRate&) = default;

  static LearningRate ExponentialDecay(double initial, int64_t decay_steps, double decay_rate,
                                       bool staircase = false);
  static LearningRate InverseTimeDecay(double initial, int64_t decay_steps, double decay_rate,
                                       bool staircase = false);
  static LearningRate PolynomialDecay(double initial, int64_t decay_steps, double end = 0.0001,
                                      double power = 1, bool cycle = false);
  static LearningRate CosineDecay(double initial, int64_t decay_steps, double alpha = 0,
                                  double warmup_target = kNoWarmup, int64_t warmup_steps = 0);
  static LearningRate CosineDecayRestarts(double initial, int64_t first_decay_steps,
                                          double t_mul = 2, double m_mul = 1, double alpha = 0);
  static LearningRate PiecewiseConstant(std::vector<int64_t> boundaries,
                                        std::vector<double> values);

  // InvalidArgument for a rate that is negative or not finite, a null schedule, steps that are not
  // positive, boundaries that do not rise, values that are not one more than the boundaries, a
  // warmup_target without warmup_steps, or what a schedule of one's own refuses.
  absl::Status Validate() const;
  // The rate as a float64 scalar, from the number of steps done before as a float64 scalar.
  Value Build(GraphBuilder* g, Value steps) const;
  // The number that it is, where it is no schedule: an optimizer keeps that as state, which can be
  // set.
  std::optional<double> constant() const;
  // What Build's nodes give: for showing it. NaN for one that does not validate or cannot be built.
  double At(int64_t steps) const;

  // 0.01; or {"name": "exponential_decay", "initial_learning_rate": 0.1, …}.
  Json ToJson() const;
  // `custom`: the classes of the program's own. Also read is what earlier versions wrote.
  static absl::StatusOr<LearningRate> FromJson(const Json& json,
                                               absl::Span<const ScheduleClass> custom = {});

 private:
  double constant_;
  SchedulePtr schedule_;
  bool is_schedule_ = false;
};

}  // namespace dagrad

#endif  // DAGRAD_OPTIMIZERS_SCHEDULE_H_
