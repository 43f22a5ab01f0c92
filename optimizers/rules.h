#ifndef DAGRAD_OPTIMIZERS_RULES_H_
#define DAGRAD_OPTIMIZERS_RULES_H_

#include "absl/status/statusor.h"
#include "dagrad/optimizers/optimizer.h"

// What each optimizer's file gives to the table in optimizer.cc.
namespace dagrad::optimizers_internal {

absl::StatusOr<OptimizerPtr> AdadeltaFromJson(const Json& json);
absl::StatusOr<OptimizerPtr> AdagradFromJson(const Json& json);
absl::StatusOr<OptimizerPtr> AdamFromJson(const Json& json);
absl::StatusOr<OptimizerPtr> AdamaxFromJson(const Json& json);
absl::StatusOr<OptimizerPtr> AdamWFromJson(const Json& json);
absl::StatusOr<OptimizerPtr> FtrlFromJson(const Json& json);
absl::StatusOr<OptimizerPtr> LambFromJson(const Json& json);
absl::StatusOr<OptimizerPtr> LionFromJson(const Json& json);
absl::StatusOr<OptimizerPtr> NadamFromJson(const Json& json);
absl::StatusOr<OptimizerPtr> RmspropFromJson(const Json& json);
absl::StatusOr<OptimizerPtr> SgdFromJson(const Json& json);

}  // namespace dagrad::optimizers_internal

#endif  // DAGRAD_OPTIMIZERS_RULES_H_
