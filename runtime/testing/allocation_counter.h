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
  // Blocks that were allocated, by whomever, less those that were freed, since the object was made.
  int64_t live() const;

 private:
  int64_t start_count_;
  int64_t start_bytes_;
  int64_t start_onednn_count_;
  int64_t start_live_;
};

// In the lifetime of the object the allocations of all threads are numbered from 1, and number
// `nth` fails: malloc gives null, operator new throws. With `for_ever`, so do all that follow.
// Under the address sanitizer, whose malloc cannot be replaced, those of operator new alone; under
// the thread sanitizer none. One object at a time.
//
// What oneDNN and OpenMP allocate never fails: they end the process, or keep what is half made.
class AllocationFailure {
 public:
  static bool Supported();

  AllocationFailure(int64_t nth, bool for_ever);
  ~AllocationFailure();
  AllocationFailure(const AllocationFailure&) = delete;
  AllocationFailure& operator=(const AllocationFailure&) = delete;
  // Whether an allocation has failed.
  bool happened() const;
};

}  // namespace dagrad::testing

#endif  // DAGRAD_RUNTIME_TESTING_ALLOCATION_COUNTER_H_
