#include "dagrad/runtime/testing/allocation_counter.h"

#include <link.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <new>

#if defined(DAGRAD_ADDRESS_SANITIZER) || defined(__SANITIZE_ADDRESS__)
#define DAGRAD_REPLACES_MALLOC 0
#define DAGRAD_REPLACES_NEW 1
#elif defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define DAGRAD_REPLACES_MALLOC 0
#define DAGRAD_REPLACES_NEW 0
#else
#define DAGRAD_REPLACES_MALLOC 1
#define DAGRAD_REPLACES_NEW 1
#endif

namespace dagrad::testing {
namespace {

std::atomic<int64_t> total_count{0};
std::atomic<int64_t> total_bytes{0};
std::atomic<int64_t> total_onednn_count{0};
std::atomic<int64_t> live_blocks{0};

// Of AllocationFailure: how many allocations are left until one fails (0: it has); and whether all
// fail from then on.
std::atomic<int64_t> until_failure{INT64_MAX};
std::atomic<bool> fails_for_ever{false};
std::atomic<bool> numbering{false};

// A library's code, once it is known where that is.
struct Code {
  const char* name;
  std::atomic<uintptr_t> begin{0};
  std::atomic<uintptr_t> end{0};

  bool Has(const void* address) const {
    const auto a = reinterpret_cast<uintptr_t>(address);
    return a >= begin.load(std::memory_order_relaxed) && a < end.load(std::memory_order_relaxed);
  }
};
Code onednn{"libdnnl"};
Code openmp{"libgomp"};

int FindCode(dl_phdr_info* info, size_t, void*) {
  for (Code* code : {&onednn, &openmp}) {
    if (std::strstr(info->dlpi_name, code->name) == nullptr) continue;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const auto& segment = info->dlpi_phdr[i];
      if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
      code->begin = info->dlpi_addr + segment.p_vaddr;
      code->end = info->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    }
  }
  return 0;
}

}  // namespace

bool AllocationCounter::Supported() { return DAGRAD_REPLACES_MALLOC != 0; }

AllocationCounter::AllocationCounter() {
  dl_iterate_phdr(FindCode, nullptr);
  start_count_ = total_count;
  start_bytes_ = total_bytes;
  start_onednn_count_ = total_onednn_count;
  start_live_ = live_blocks;
}

int64_t AllocationCounter::count() const { return total_count - start_count_; }
int64_t AllocationCounter::bytes() const { return total_bytes - start_bytes_; }
int64_t AllocationCounter::onednn_count() const { return total_onednn_count - start_onednn_count_; }

int64_t AllocationCounter::live() const { return live_blocks - start_live_; }

bool AllocationFailure::Supported() { return DAGRAD_REPLACES_NEW != 0; }

AllocationFailure::AllocationFailure(int64_t nth, bool for_ever) {
  dl_iterate_phdr(FindCode, nullptr);
  fails_for_ever = for_ever;
  until_failure = nth;
  numbering = true;
}
AllocationFailure::~AllocationFailure() { numbering = false; }
bool AllocationFailure::happened() const { return until_failure <= 0; }

namespace allocation_internal {

// Counts an allocation. Whether it is to fail.
bool Count(size_t bytes, const void* caller) {
  if (onednn.Has(caller)) {
    total_onednn_count.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  total_count.fetch_add(1, std::memory_order_relaxed);
  total_bytes.fetch_add(static_cast<int64_t>(bytes), std::memory_order_relaxed);
  if (!numbering.load(std::memory_order_relaxed) || openmp.Has(caller)) return false;
  const int64_t left = until_failure.fetch_sub(1, std::memory_order_relaxed) - 1;
  return left == 0 || (left < 0 && fails_for_ever.load(std::memory_order_relaxed));
}

void* Live(void* p) {
  if (p != nullptr) live_blocks.fetch_add(1, std::memory_order_relaxed);
  return p;
}

}  // namespace allocation_internal
}  // namespace dagrad::testing

using dagrad::testing::allocation_internal::Count;
using dagrad::testing::allocation_internal::Live;

#if DAGRAD_REPLACES_MALLOC

// The C library's own functions under the names that it keeps for programs that replace the public
// ones.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* p, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* p);

void* malloc(size_t size) {
  return Count(size, __builtin_return_address(0)) ? nullptr : Live(__libc_malloc(size));
}

void* calloc(size_t count, size_t size) {
  if (Count(count * size, __builtin_return_address(0))) return nullptr;
  return Live(__libc_calloc(count, size));
}

void* realloc(void* p, size_t size) {
  if (Count(size, __builtin_return_address(0))) return nullptr;
  void* const q = __libc_realloc(p, size);
  if (p != nullptr && q == nullptr && size == 0) dagrad::testing::live_blocks.fetch_sub(1);
  return p == nullptr ? Live(q) : q;
}

void* memalign(size_t alignment, size_t size) {
  if (Count(size, __builtin_return_address(0))) return nullptr;
  return Live(__libc_memalign(alignment, size));
}

void* aligned_alloc(size_t alignment, size_t size) {
  if (Count(size, __builtin_return_address(0))) return nullptr;
  return Live(__libc_memalign(alignment, size));
}

int posix_memalign(void** p, size_t alignment, size_t size) {
  *p = Count(size, __builtin_return_address(0)) ? nullptr : Live(__libc_memalign(alignment, size));
  return *p == nullptr ? ENOMEM : 0;
}

void free(void* p) {
  if (p != nullptr) dagrad::testing::live_blocks.fetch_sub(1, std::memory_order_relaxed);
  __libc_free(p);
}
}  // extern "C"

#define DAGRAD_MALLOC(size) Live(__libc_malloc(size))
#else
#define DAGRAD_MALLOC(size) malloc(size)
#endif  // DAGRAD_REPLACES_MALLOC

#if DAGRAD_REPLACES_NEW

// The C++ library's own would call malloc: then nobody could tell who called them.
void* operator new(size_t size) {
  if (Count(size, __builtin_return_address(0))) throw std::bad_alloc();
  void* const p = DAGRAD_MALLOC(size == 0 ? 1 : size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

void* operator new[](size_t size) {
  if (Count(size, __builtin_return_address(0))) throw std::bad_alloc();
  void* const p = DAGRAD_MALLOC(size == 0 ? 1 : size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

void* operator new(size_t size, const std::nothrow_t&) noexcept {
  if (Count(size, __builtin_return_address(0))) return nullptr;
  return DAGRAD_MALLOC(size == 0 ? 1 : size);
}

void operator delete(void* p) noexcept { free(p); }
void operator delete(void* p, size_t) noexcept { free(p); }
void operator delete[](void* p) noexcept { free(p); }
void operator delete[](void* p, size_t) noexcept { free(p); }

#endif  // DAGRAD_REPLACES_NEW
