#ifndef DAGRAD_RUNTIME_RUN_PLAN_CACHE_H_
#define DAGRAD_RUNTIME_RUN_PLAN_CACHE_H_

#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/runtime/compile/plan.h"

namespace dagrad::runtime {

// The plans of an executable, most recently used first. Those that fall out live on in the contexts
// that hold them. Thread-safe.
class PlanCache {
 public:
  explicit PlanCache(int capacity) : capacity_(capacity) {}

  // The plan for which `matches` holds (of its input_dims), else what `make` gives. `make` runs
  // outside of the lock, so that other sizes go on meanwhile; of two threads that make the same
  // plan, the first one's is kept. Finding one allocates nothing.
  absl::StatusOr<std::shared_ptr<const Plan>> FindOrMake(
      absl::FunctionRef<bool(absl::Span<const Dims>)> matches,
      absl::FunctionRef<absl::StatusOr<std::shared_ptr<const Plan>>()> make);

  int size() const;

 private:
  // Under mutex_.
  std::shared_ptr<const Plan> Find(absl::FunctionRef<bool(absl::Span<const Dims>)> matches);

  const int capacity_;
  // Not absl::Mutex: the thread sanitizer does not see into installed libraries.
  mutable std::mutex mutex_;
  std::list<std::shared_ptr<const Plan>> plans_;  // under mutex_
};

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_RUN_PLAN_CACHE_H_
