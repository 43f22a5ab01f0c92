#include "dagrad/graph/aligned_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

#include "dagrad/graph/tensor.h"

namespace dagrad {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
// A smaller block would leave most of a huge page unused.
constexpr size_t kLeastForHugePages = size_t{1} << 20;

size_t RoundUp(size_t bytes, size_t multiple) {
  return (bytes + multiple - 1) / multiple * multiple;
}

}  // namespace

void* AllocateAligned(size_t bytes) {
  bytes = std::max<size_t>(bytes, 1);  // so that what is empty has an address too
  if (bytes > ~size_t{0} - kHugePage) return nullptr;
  if (bytes < kLeastForHugePages)
    return std::aligned_alloc(kTensorAlignment, RoundUp(bytes, kTensorAlignment));
  const size_t rounded = RoundUp(bytes, kHugePage);
  void* p = std::aligned_alloc(kHugePage, rounded);
  // A wish only: where it is not granted, small pages serve as well.
  if (p != nullptr) madvise(p, rounded, MADV_HUGEPAGE);
  return p;
}

}  // namespace dagrad
