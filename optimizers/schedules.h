#ifndef DAGRAD_OPTIMIZERS_SCHEDULES_H_
#define DAGRAD_OPTIMIZERS_SCHEDULES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/json.h"
#include "dagrad/optimizers/schedule.h"

// Keras's schedules as objects: schedule.h has their formulas.
namespace dagrad::optimizers_internal {

// Of ExponentialDecay and InverseTimeDecay.
struct DecayOptions {
  double initial_learning_rate = 0;
  int64_t decay_steps = 0;
  double decay_rate = 0;
  bool staircase = false;
};
struct PolynomialOptions {
  double initial_learning_rate = 0;
  int64_t decay_steps = 0;
  double end_learning_rate = 0.0001;
  double power = 1;
  bool cycle = false;
};
struct CosineOptions {
  double initial_learning_rate = 0;
  int64_t decay_steps = 0;
  double alpha = 0;
  std::optional<double> warmup_target = {};
  int64_t warmup_steps = 0;
};
struct RestartsOptions {
  double initial_learning_rate = 0;
  int64_t first_decay_steps = 0;
  double t_mul = 2;
  double m_mul = 1;
  double alpha = 0;
};
struct PiecewiseOptions {
  std::vector<int64_t> boundaries = {};
  std::vector<double> values = {};
};

SchedulePtr MakeExponentialDecay(DecayOptions options);
SchedulePtr MakeInverseTimeDecay(DecayOptions options);
SchedulePtr MakePolynomialDecay(PolynomialOptions options);
SchedulePtr MakeCosineDecay(CosineOptions options);
SchedulePtr MakeCosineDecayRestarts(RestartsOptions options);
SchedulePtr MakePiecewiseConstant(PiecewiseOptions options);

// The description of a schedule in the form that files have, of the one that earlier versions
// wrote: {"kind": "exponential_decay", "initial": 0.1, "rate": …}.
absl::StatusOr<Json> ScheduleOfBefore(const Json& json);

}  // namespace dagrad::optimizers_internal

#endif  // DAGRAD_OPTIMIZERS_SCHEDULES_H_
