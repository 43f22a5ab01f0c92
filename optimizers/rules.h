#ifndef DAGRAD_OPTIMIZERS_RULES_H_
#define DAGRAD_OPTIMIZERS_RULES_H_

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/optimizers/optimizer.h"

// What each optimizer's file gives to the table in optimizer.cc.
namespace dagrad::optimizers_internal {

using Schedules = absl::Span<const ScheduleClass>;  // of the program's own

absl::StatusOr<OptimizerPtr> AdadeltaFromJson(const Json& json, Schedules schedules);
absl::StatusOr<OptimizerPtr> AdagradFromJson(const Json& json, Schedules schedules);
absl::StatusOr<OptimizerPtr> AdamFromJson(const Json& json, Schedules schedules);
absl::StatusOr<OptimizerPtr> AdamaxFromJson(const Json& json, Schedules schedules);
absl::StatusOr<OptimizerPtr> AdamWFromJson(const Json& json, Schedules schedules);
absl::StatusOr<OptimizerPtr> FtrlFromJson(const Json& json, Schedules schedules);
absl::StatusOr<OptimizerPtr> LambFromJson(const Json& json, Schedules schedules);
absl::StatusOr<OptimizerPtr> LionFromJson(const Json& json, Schedules schedules);
absl::StatusOr<OptimizerPtr> NadamFromJson(const Json& json, Schedules schedules);
absl::StatusOr<OptimizerPtr> RmspropFromJson(const Json& json, Schedules schedules);
absl::StatusOr<OptimizerPtr> SgdFromJson(const Json& json, Schedules schedules);

}  // namespace dagrad::optimizers_internal

#endif  // DAGRAD_OPTIMIZERS_RULES_H_
