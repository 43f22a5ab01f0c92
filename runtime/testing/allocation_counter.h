#ifndef DAGRAD_RUNTIME_TESTING_ALLOCATION_COUNTER_H_
#define DAGRAD_RUNTIME_TESTING_ALLOCATION_COUNTER_H_

#include <cstdint>

namespace dagrad::testing {

// Counts heap allocations of all threads: linking this library replaces malloc and its kin (and
// with them operator new) by ones that count. Under a sanitizer, which has its own, nothing is
// counted.
//
// What oneDNN's code allocates is counted apart: dnnl_sgemm asks for memory to pack a matrix into
// in some calls, which nobody outside of it can change.
class AllocationCounter {
 public:
  // False under a sanitizer: a test of allocations skips then.
  static bool Supported();

  AllocationCounter();
  // Allocations, and bytes asked for, since the object was made; without oneDNN's.
  int64_t count() const;
  int64_t bytes() const;
  // oneDNN's allocations since the object was made.
  int64_t onednn_count() const;

 private:
  int64_t start_count_;
  int64_t start_bytes_;
  int64_t start_onednn_count_;
};

}  // namespace dagrad::testing

#endif  // DAGRAD_RUNTIME_TESTING_ALLOCATION_COUNTER_H_
