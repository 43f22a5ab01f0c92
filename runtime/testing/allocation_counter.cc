#include "dagrad/runtime/testing/allocation_counter.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define DAGRAD_COUNTS_ALLOCATIONS 1
#else
#define DAGRAD_COUNTS_ALLOCATIONS 0
#endif

namespace dagrad::testing {
namespace {

std::atomic<int64_t> total{0};
std::atomic<int64_t> total_bytes{0};

}  // namespace

bool AllocationCounter::Supported() { return DAGRAD_COUNTS_ALLOCATIONS != 0; }
int64_t AllocationCounter::Total() { return total.load(std::memory_order_relaxed); }
int64_t AllocationCounter::TotalBytes() { return total_bytes.load(std::memory_order_relaxed); }

namespace allocation_internal {

void Count(size_t bytes) {
  total.fetch_add(1, std::memory_order_relaxed);
  total_bytes.fetch_add(static_cast<int64_t>(bytes), std::memory_order_relaxed);
}

}  // namespace allocation_internal
}  // namespace dagrad::testing

#if DAGRAD_COUNTS_ALLOCATIONS

// The C library's own functions under the names that it keeps for programs that replace the public ones.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* p, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) {
  dagrad::testing::allocation_internal::Count(size);
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  dagrad::testing::allocation_internal::Count(count * size);
  return __libc_calloc(count, size);
}

void* realloc(void* p, size_t size) {
  dagrad::testing::allocation_internal::Count(size);
  return __libc_realloc(p, size);
}

void* memalign(size_t alignment, size_t size) {
  dagrad::testing::allocation_internal::Count(size);
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void** p, size_t alignment, size_t size) {
  *p = memalign(alignment, size);
  return *p == nullptr ? ENOMEM : 0;
}
}  // extern "C"

#endif  // DAGRAD_COUNTS_ALLOCATIONS
