#ifndef DAGRAD_GRAPH_ALIGNED_MEMORY_H_
#define DAGRAD_GRAPH_ALIGNED_MEMORY_H_

#include <cstddef>

namespace dagrad {

// At least `bytes` bytes, aligned to kTensorAlignment, for std::free(); null if there is no memory.
// A large block stands in huge pages where the system gives them to who asks: its addresses then
// are few, and lie next to one another in the caches too.
void* AllocateAligned(size_t bytes);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_ALIGNED_MEMORY_H_
