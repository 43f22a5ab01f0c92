#ifndef DAGRAD_OPS_CREATION_RANDOM_PHILOX_SIMD_H_
#define DAGRAD_OPS_CREATION_RANDOM_PHILOX_SIMD_H_

#include <cstdint>

#include "dagrad/ops/creation/random/philox.h"

namespace dagrad::random {

// words[4 b + w] = word w of Philox4x32({first_block + b, counter}, key) for b in 0 … blocks-1;
// several blocks at a time with whatever vectors the machine has.
void FillBlocks(uint64_t first_block, uint64_t counter, PhiloxKey key, int64_t blocks,
                uint32_t* words);

}  // namespace dagrad::random

#endif  // DAGRAD_OPS_CREATION_RANDOM_PHILOX_SIMD_H_
