#ifndef DAGRAD_RUNTIME_STRING_HEAP_H_
#define DAGRAD_RUNTIME_STRING_HEAP_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/budget.h"

namespace dagrad::runtime {

// Where kernels put the text of strings that they make, the one thing that they allocate: it stays
// until the next run begins. Elements of strings are views (DType::kString), so what only moves
// them needs no room here. Thread-safe but for Begin().
class StringHeap {
 public:
  // Of a new run, with its budget: forgets what is there. Costs next to nothing where nothing is.
  void Begin(const Budget& budget) {
    if (!blocks_.empty()) Clear();
    if (budget.limited() || budget_.limited()) budget_ = budget;
  }
  // Room for `size` bytes, uninitialised. ResourceExhausted when the budget or the memory ends.
  absl::StatusOr<char*> Allocate(size_t size);

 private:
  void Clear();
  absl::StatusOr<char*> AddBlock(size_t size);

  std::mutex mutex_;
  Budget budget_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::vector<Budget::Lease> leases_;  // of the blocks
  char* free_ = nullptr;               // of the last block
  size_t left_ = 0;
};

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_STRING_HEAP_H_
