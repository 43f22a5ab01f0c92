#ifndef DAGRAD_RUNTIME_PLAN_CACHE_H_
#define DAGRAD_RUNTIME_PLAN_CACHE_H_

#include <functional>
#include <list>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "dagrad/runtime/plan.h"

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
  std::shared_ptr<const Plan> Find(absl::FunctionRef<bool(absl::Span<const Dims>)> matches)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int capacity_;
  mutable absl::Mutex mutex_;
  std::list<std::shared_ptr<const Plan>> plans_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_PLAN_CACHE_H_
