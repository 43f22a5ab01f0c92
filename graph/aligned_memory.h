#ifndef DAGRAD_GRAPH_ALIGNED_MEMORY_H_
#define DAGRAD_GRAPH_ALIGNED_MEMORY_H_

#include <cstddef>

namespace dagrad {

// At least `bytes` bytes, aligned to kTensorAlignment, for std::free(); null if there is no memory.
// What fills huge pages of 2 MiB, the last one to three quarters at least, stands in them where the
// system gives them to who asks: its addresses then are few, and lie next to one another in the
// caches too.
void* AllocateAligned(size_t bytes);

// What AllocateAligned(bytes) takes.
size_t AllocatedBytes(size_t bytes);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_ALIGNED_MEMORY_H_
