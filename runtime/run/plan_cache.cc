#include "dagrad/runtime/run/plan_cache.h"

#include <utility>

#include "dagrad/graph/status_macros.h"

namespace dagrad::runtime {

std::shared_ptr<const Plan> PlanCache::Find(
    absl::FunctionRef<bool(absl::Span<const Dims>)> matches) {
  for (auto it = plans_.begin(); it != plans_.end(); ++it) {
    if (!matches((*it)->input_dims)) continue;
    plans_.splice(plans_.begin(), plans_, it);
    return plans_.front();
  }
  return nullptr;
}

absl::StatusOr<std::shared_ptr<const Plan>> PlanCache::FindOrMake(
    absl::FunctionRef<bool(absl::Span<const Dims>)> matches,
    absl::FunctionRef<absl::StatusOr<std::shared_ptr<const Plan>>()> make) {
  {
    const std::lock_guard lock(mutex_);
    if (std::shared_ptr<const Plan> found = Find(matches)) return found;
  }
  DAGRAD_ASSIGN_OR_RETURN(std::shared_ptr<const Plan> made, make());
  const std::lock_guard lock(mutex_);
  if (std::shared_ptr<const Plan> found = Find(matches)) return found;
  plans_.push_front(std::move(made));
  if (static_cast<int>(plans_.size()) > capacity_) plans_.pop_back();
  return plans_.front();
}

int PlanCache::size() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(plans_.size());
}

}  // namespace dagrad::runtime
