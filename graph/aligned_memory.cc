#include "dagrad/graph/aligned_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

#include "dagrad/graph/tensor.h"

namespace dagrad {
namespace {

constexpr size_t kHugePage = size_t{2} << 20, kSmallPage = 4096;
// A huge page that is filled less wastes more than its fewer addresses are worth: with 1 MiB the
// weights and slots of BERT-base's layers, 2.25 MiB each, took a third more than now.
constexpr size_t kLeastFilled = kHugePage / 4 * 3;

size_t RoundUp(size_t bytes, size_t multiple) {
  return (bytes + multiple - 1) / multiple * multiple;
}

// Of a block of `bytes`, the part that stands in huge pages.
size_t InHugePages(size_t bytes) {
  const size_t rest = bytes % kHugePage;
  return bytes - rest + (rest >= kLeastFilled ? kHugePage : 0);
}

}  // namespace

size_t AllocatedBytes(size_t bytes) {
  bytes = std::max<size_t>(bytes, 1);  // so that what is empty has an address too
  const size_t huge = InHugePages(bytes);
  if (huge == 0) return RoundUp(bytes, kTensorAlignment);
  return std::max(huge, RoundUp(bytes, kSmallPage));
}

void* AllocateAligned(size_t bytes) {
  if (bytes > ~size_t{0} - kHugePage) return nullptr;
  const size_t huge = InHugePages(bytes);
  void* p = nullptr;
  if (posix_memalign(&p, huge == 0 ? kTensorAlignment : kHugePage, AllocatedBytes(bytes)) != 0)
    return nullptr;
  // A wish only: where it is not granted, small pages serve as well.
  if (huge > 0) madvise(p, huge, MADV_HUGEPAGE);
  return p;
}

}  // namespace dagrad
