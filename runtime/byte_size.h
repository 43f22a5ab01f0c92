#ifndef DAGRAD_RUNTIME_BYTE_SIZE_H_
#define DAGRAD_RUNTIME_BYTE_SIZE_H_

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace dagrad::runtime {

// A number of bytes to be planned, in 0..kMax, or too large. Sums and products never wrap around:
// what leaves that range is too large and stays so, whatever is added to it. Numbers from outside
// come in by the constructor and BytesOf(); value() is for what has been checked: of what is too
// large it gives kMax + 1, which no system can allocate. So a check that is forgotten ends in
// ResourceExhausted, not in a buffer that is too small.
class ByteSize {
 public:
  // 128 TiB, the address space that a process has on the processors of today.
  static constexpr uint64_t kMax = uint64_t{1} << 47;

  constexpr ByteSize() = default;
  // A negative number is one that wrapped around: too large.
  template <std::integral N>
  constexpr explicit ByteSize(N bytes)
      : value_(std::cmp_less(bytes, 0) || std::cmp_greater(bytes, kMax)
                   ? kTooLarge
                   : static_cast<uint64_t>(bytes)) {}

  constexpr bool too_large() const { return value_ == kTooLarge; }
  constexpr size_t value() const { return value_; }
  // The next multiple of `alignment`, a power of two.
  constexpr ByteSize Aligned(uint64_t alignment = 64) const {
    return ByteSize((value_ + alignment - 1) & ~(alignment - 1));
  }

  // Neither sum can wrap: both sides are at most kMax + 1.
  friend constexpr ByteSize operator+(ByteSize a, ByteSize b) {
    return ByteSize(a.value_ + b.value_);
  }
  constexpr ByteSize& operator+=(ByteSize other) { return *this = *this + other; }
  // n times as many; 0 for n = 0, whatever the size.
  template <std::integral N>
  friend constexpr ByteSize operator*(ByteSize size, N n) {
    uint64_t product = 0;
    if (std::cmp_less(n, 0) ||
        __builtin_mul_overflow(size.value_, static_cast<uint64_t>(n), &product))
      product = kTooLarge;
    return ByteSize(product);
  }
  template <std::integral N>
  friend constexpr ByteSize operator*(N n, ByteSize size) {
    return size * n;
  }
  constexpr auto operator<=>(const ByteSize&) const = default;

 private:
  static constexpr uint64_t kTooLarge = kMax + 1;
  uint64_t value_ = 0;
};

// Of a T for each of counts[0] * counts[1] * … places.
template <typename T, std::integral... Counts>
constexpr ByteSize BytesOf(Counts... counts) {
  if (((counts == 0) || ...)) return ByteSize();
  return (ByteSize(sizeof(T)) * ... * counts);
}

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_BYTE_SIZE_H_
