#ifndef DAGRAD_TESTS_GUARDED_BUFFER_H_
#define DAGRAD_TESTS_GUARDED_BUFFER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dagrad/graph/tensor.h"

namespace dagrad::tests {

// Bytes between two guards, all filled with `poison`. Aligned to kTensorAlignment.
class GuardedBuffer {
 public:
  GuardedBuffer(size_t size, unsigned char poison)
      : size_(size),
        poison_(poison),
        bytes_(Tensor::Full(DType::kUInt8, {static_cast<int64_t>(size + 2 * kGuard)}, poison)) {}

  std::byte* data() { return static_cast<std::byte*>(bytes_.mutable_bytes()) + kGuard; }

  // Whether all bytes, too, are as at first.
  bool Untouched() const {
    const auto all = bytes_.data<uint8_t>();
    return std::all_of(all.begin(), all.end(), [&](uint8_t b) { return b == poison_; });
  }
  bool GuardsHold() const {
    const auto all = bytes_.data<uint8_t>();
    auto intact = [&](uint8_t b) { return b == poison_; };
    return std::all_of(all.begin(), all.begin() + kGuard, intact) &&
           std::all_of(all.begin() + kGuard + size_, all.end(), intact);
  }

 private:
  static constexpr size_t kGuard = 4 * kTensorAlignment;
  size_t size_;
  unsigned char poison_;
  Tensor bytes_;
};

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_GUARDED_BUFFER_H_
