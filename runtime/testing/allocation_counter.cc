#include "dagrad/runtime/testing/allocation_counter.h"

#include <link.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#if !defined(DAGRAD_ADDRESS_SANITIZER) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define DAGRAD_COUNTS_ALLOCATIONS 1
#else
#define DAGRAD_COUNTS_ALLOCATIONS 0
#endif

namespace dagrad::testing {
namespace {

std::atomic<int64_t> total_count{0};
std::atomic<int64_t> total_bytes{0};
std::atomic<int64_t> total_onednn_count{0};
// oneDNN's code, once it is known where that is.
std::atomic<uintptr_t> onednn_begin{0};
std::atomic<uintptr_t> onednn_end{0};

int FindOneDnn(dl_phdr_info* info, size_t, void*) {
  if (std::strstr(info->dlpi_name, "libdnnl") == nullptr) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    onednn_begin = info->dlpi_addr + segment.p_vaddr;
    onednn_end = info->dlpi_addr + segment.p_vaddr + segment.p_memsz;
  }
  return 1;
}

}  // namespace

bool AllocationCounter::Supported() { return DAGRAD_COUNTS_ALLOCATIONS != 0; }

AllocationCounter::AllocationCounter() {
  dl_iterate_phdr(FindOneDnn, nullptr);
  start_count_ = total_count;
  start_bytes_ = total_bytes;
  start_onednn_count_ = total_onednn_count;
}

int64_t AllocationCounter::count() const { return total_count - start_count_; }
int64_t AllocationCounter::bytes() const { return total_bytes - start_bytes_; }
int64_t AllocationCounter::onednn_count() const { return total_onednn_count - start_onednn_count_; }

namespace allocation_internal {

void Count(size_t bytes, const void* caller) {
  const auto address = reinterpret_cast<uintptr_t>(caller);
  if (address >= onednn_begin.load(std::memory_order_relaxed) &&
      address < onednn_end.load(std::memory_order_relaxed)) {
    total_onednn_count.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  total_count.fetch_add(1, std::memory_order_relaxed);
  total_bytes.fetch_add(static_cast<int64_t>(bytes), std::memory_order_relaxed);
}

}  // namespace allocation_internal
}  // namespace dagrad::testing

#if DAGRAD_COUNTS_ALLOCATIONS

// The C library's own functions under the names that it keeps for programs that replace the public
// ones.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* p, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) {
  dagrad::testing::allocation_internal::Count(size, __builtin_return_address(0));
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  dagrad::testing::allocation_internal::Count(count * size, __builtin_return_address(0));
  return __libc_calloc(count, size);
}

void* realloc(void* p, size_t size) {
  dagrad::testing::allocation_internal::Count(size, __builtin_return_address(0));
  return __libc_realloc(p, size);
}

void* memalign(size_t alignment, size_t size) {
  dagrad::testing::allocation_internal::Count(size, __builtin_return_address(0));
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  dagrad::testing::allocation_internal::Count(size, __builtin_return_address(0));
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** p, size_t alignment, size_t size) {
  dagrad::testing::allocation_internal::Count(size, __builtin_return_address(0));
  *p = __libc_memalign(alignment, size);
  return *p == nullptr ? ENOMEM : 0;
}
}  // extern "C"

// The C++ library's own would call malloc: then nobody could tell who called them.
void* operator new(size_t size) {
  dagrad::testing::allocation_internal::Count(size, __builtin_return_address(0));
  void* const p = __libc_malloc(size == 0 ? 1 : size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

void* operator new[](size_t size) {
  dagrad::testing::allocation_internal::Count(size, __builtin_return_address(0));
  void* const p = __libc_malloc(size == 0 ? 1 : size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

void operator delete(void* p) noexcept { free(p); }
void operator delete(void* p, size_t) noexcept { free(p); }
void operator delete[](void* p) noexcept { free(p); }
void operator delete[](void* p, size_t) noexcept { free(p); }

#endif  // DAGRAD_COUNTS_ALLOCATIONS
