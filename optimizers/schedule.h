#ifndef DAGRAD_OPTIMIZERS_SCHEDULE_H_
#define DAGRAD_OPTIMIZERS_SCHEDULE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/json_fwd.h"

namespace dagrad {

// A learning rate: a number, or one of Keras's schedules as a function of the steps s done before
// (0, 1, …). The formulas, with η₀ the initial learning rate, N decay_steps and r decay_rate:
//
//   constant            η₀
//   exponential_decay   η₀ r^(s/N), s/N rounded down with staircase
//   inverse_time_decay  η₀ / (1 + r s/N), s/N rounded down with staircase
//   polynomial_decay    (η₀ - η_end)(1 - min(s, N)/N)^power + η_end; with cycle N is N·max(1,
//   ceil(s/N)) and s is not cut cosine_decay        (η - α η)(1 + cos(π min(s', N)/N))/2 + α η,
//   where without warmup η = η₀ and s' = s; with warmup_steps W and
//                       warmup_target η = the target and s' = s - W, and for s < W the rate rises
//                       linearly from η₀
//   cosine_decay_restarts
//                       cosine_decay that begins anew: the first time after N steps, then each time
//                       after t_mul times as many, from m_mul times the rate; with i restarts
//                       before and the share f of the period, η₀ ((1 - α) m_mulⁱ (1 + cos π f)/2 +
//                       α)
//   piecewise_constant  values[i] for the first i with s <= boundaries[i], values.back() beyond
class LearningRate {
 public:
  static constexpr double kNoWarmup = -1;  // no warmup_target

  LearningRate(double rate) : initial_(rate) {}  // NOLINT(google-explicit-constructor)
  LearningRate(const LearningRate&) = default;   // moves copy
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

  // The names of the schedules, as above.
  static std::vector<std::string> Schedules();

  // InvalidArgument for a rate that is negative or not finite, steps that are not positive,
  // boundaries that do not rise, values that are not one more than the boundaries, or a
  // warmup_target without warmup_steps.
  absl::Status Validate() const;
  // The rate as a float64 scalar, from the number of steps done before as a float64 scalar.
  Value Build(GraphBuilder* g, Value steps) const;
  // The number that it is, where it is no schedule: an optimizer keeps that as state, which can be
  // set.
  std::optional<double> constant() const;
  // The same, computed here: for showing it. NaN for one that does not validate.
  double At(int64_t steps) const;

  Json ToJson() const;
  static absl::StatusOr<LearningRate> FromJson(const Json& json);

 private:
  std::string kind_ = "constant";
  double initial_;
  int64_t decay_steps_ = 1;
  double rate_ = 0;   // decay_rate, end, alpha
  double power_ = 1;  // power, t_mul
  double m_mul_ = 1;
  bool flag_ = false;  // staircase, cycle
  double warmup_target_ = kNoWarmup;
  int64_t warmup_steps_ = 0;
  std::vector<int64_t> boundaries_;
  std::vector<double> values_;
};

}  // namespace dagrad

#endif  // DAGRAD_OPTIMIZERS_SCHEDULE_H_
