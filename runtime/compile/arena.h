#ifndef DAGRAD_RUNTIME_COMPILE_ARENA_H_
#define DAGRAD_RUNTIME_COMPILE_ARENA_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::runtime {

// A buffer that is needed from step `first` through step `last`, both included.
struct BufferLifetime {
  ByteSize bytes;
  int first = 0;
  int last = 0;
};

// Offsets of buffers in one block of `bytes` bytes, multiples of kTensorAlignment; buffers that are
// needed at the same time do not overlap.
struct ArenaLayout {
  std::vector<size_t> offsets;
  ByteSize bytes;
};

// Places the buffers. No layout is smaller than PeakLiveBytes; this one usually is not larger,
// found in O(n log n): by best fit in the order of time and, for no more than some thousands of
// buffers, by best fit from the largest down, whichever is smaller. Deterministic. Buffers whose
// sum is too large are not placed: all offsets are 0, and `bytes` is too large.
ArenaLayout LayOutArena(absl::Span<const BufferLifetime> buffers);

// The largest sum of the bytes (rounded up to kTensorAlignment) of buffers that are needed at one
// time; too large where the sum of all is.
ByteSize PeakLiveBytes(absl::Span<const BufferLifetime> buffers);

// Internal, naming two buffers by index, if any that are needed at the same time overlap or one
// leaves the arena.
absl::Status CheckArena(absl::Span<const BufferLifetime> buffers, const ArenaLayout& layout);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_ARENA_H_
