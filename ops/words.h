#ifndef DAGRAD_OPS_WORDS_H_
#define DAGRAD_OPS_WORDS_H_

#include <cstddef>
#include <cstdint>

// Kernels that move elements as they are move words of their size: one loop for all dtypes of a
// size.
namespace dagrad::ops {

typedef uint8_t __attribute__((may_alias)) Word8;
typedef uint16_t __attribute__((may_alias)) Word16;
typedef uint32_t __attribute__((may_alias)) Word32;
typedef uint64_t __attribute__((may_alias)) Word64;
struct __attribute__((may_alias)) Word128 {
  uint64_t low, high;
};

// f(a word of `size` bytes): 1, 2, 4, 8 or 16, those of all dtypes (DTypeSize).
template <typename F>
void DispatchWord(size_t size, F&& f) {
  if (size == 1) return f(Word8{});
  if (size == 2) return f(Word16{});
  if (size == 4) return f(Word32{});
  if (size == 8) return f(Word64{});
  f(Word128{});
}

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_WORDS_H_
