#ifndef DAGRAD_RUNTIME_TESTING_ALLOCATION_COUNTER_H_
#define DAGRAD_RUNTIME_TESTING_ALLOCATION_COUNTER_H_

#include <cstdint>

namespace dagrad::testing {

// Counts heap allocations of all threads: linking this library replaces malloc and its kin (and with them operator
// new) by ones that count. Under a sanitizer, which has its own, nothing is counted.
class AllocationCounter {
 public:
  // False under a sanitizer: a test of allocations skips then.
  static bool Supported();

  AllocationCounter() : start_(Total()), start_bytes_(TotalBytes()) {}
  // Allocations, and bytes asked for, since the object was made.
  int64_t count() const { return Total() - start_; }
  int64_t bytes() const { return TotalBytes() - start_bytes_; }

 private:
  static int64_t Total();
  static int64_t TotalBytes();

  int64_t start_;
  int64_t start_bytes_;
};

}  // namespace dagrad::testing

#endif  // DAGRAD_RUNTIME_TESTING_ALLOCATION_COUNTER_H_
