#ifndef DAGRAD_OPTIMIZERS_RULES_H_
#define DAGRAD_OPTIMIZERS_RULES_H_

#include "absl/status/statusor.h"
#include "dagrad/optimizers/optimizer.h"

// What each optimizer's file gives to the table in optimizer.cc.
namespace dagrad::optimizers_internal {

absl::StatusOr<OptimizerPtr> AdagradFromJson(const nlohmann::json& json);
absl::StatusOr<OptimizerPtr> AdamFromJson(const nlohmann::json& json);
absl::StatusOr<OptimizerPtr> AdamWFromJson(const nlohmann::json& json);
absl::StatusOr<OptimizerPtr> RmspropFromJson(const nlohmann::json& json);
absl::StatusOr<OptimizerPtr> SgdFromJson(const nlohmann::json& json);

}  // namespace dagrad::optimizers_internal

#endif  // DAGRAD_OPTIMIZERS_RULES_H_
