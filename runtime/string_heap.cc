#include "dagrad/runtime/string_heap.h"

#include <algorithm>
#include <new>
#include <utility>

#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::runtime {

void StringHeap::Clear() {
  blocks_.clear();
  leases_.clear();
  free_ = nullptr;
  left_ = 0;
}

absl::StatusOr<char*> StringHeap::Allocate(size_t size) try {
  const std::lock_guard lock(mutex_);
  if (size > left_) return AddBlock(size);
  left_ -= size;
  return std::exchange(free_, free_ + size);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<char*> StringHeap::AddBlock(size_t size) {
  constexpr size_t kLeast = size_t{1} << 12, kMost = size_t{1} << 40;
  if (size > kMost) return ResourceExhaustedError("no memory for the text of strings");
  const size_t room = std::max(size, kLeast);
  DAGRAD_ASSIGN_OR_RETURN(Budget::Lease lease,
                          budget_.Lend(static_cast<int64_t>(room), "the text of strings"));
  leases_.push_back(std::move(lease));
  blocks_.push_back(std::unique_ptr<char[]>(new char[room]));
  free_ = blocks_.back().get() + size;
  left_ = room - size;
  return blocks_.back().get();
}

}  // namespace dagrad::runtime
