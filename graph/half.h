#ifndef DAGRAD_GRAPH_HALF_H_
#define DAGRAD_GRAPH_HALF_H_

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>

namespace dagrad {
namespace half_internal {

// A float64 as a float32 that every narrower format rounds as it would round the float64 itself:
// rounded toward zero, with the last bit set if anything was lost (rounding to odd; S. Boldo and
// G. Melquiond, "Emulation of FMA and correctly rounded sums", IEEE Trans. Computers 57, 2008).
inline float RoundToOdd(double v) {
  const auto f = static_cast<float>(v);
  if (static_cast<double>(f) == v || std::isnan(v)) return f;
  auto bits = std::bit_cast<uint32_t>(f);
  if (std::abs(static_cast<double>(f)) > std::abs(v)) --bits;
  return std::bit_cast<float>(bits | 1);
}

// An integer as a float64 that every narrower format rounds as it would round the integer.
template <std::integral T>
double Widened(T v) {
  if constexpr (sizeof(T) < 8) {
    return static_cast<double>(v);
  } else {
    constexpr T kLow = 0xFFF;
    constexpr T kLarge = T{1} << 52;
    bool large = v >= kLarge;
    if constexpr (std::is_signed_v<T>) large |= v <= -kLarge;
    if (!large || (v & kLow) == 0) return static_cast<double>(v);
    return static_cast<double>(static_cast<T>((v & ~kLow) | (T{1} << 11)));
  }
}

}  // namespace half_internal

// An element of dtype float16: IEEE 754 binary16. It is storage only: it turns into a float by
// itself, in which one computes, and is made explicitly, rounded once to the nearest (ties to
// even), beyond 65504 to infinity; a NaN stays one.
struct Float16 {
  Float16() = default;
  explicit Float16(float v) : bits(Round(v)) {}
  explicit Float16(double v) : bits(Round(half_internal::RoundToOdd(v))) {}
  template <std::integral T>
  explicit Float16(T v) : Float16(half_internal::Widened(v)) {}
  static constexpr Float16 FromBits(uint16_t bits) {
    Float16 h;
    h.bits = bits;
    return h;
  }

  operator float() const {  // exact
    // Exponent and mantissa where float32 has them; the difference of the biases is 112.
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
    const uint32_t rest = static_cast<uint32_t>(bits & 0x7FFF) << 13;
    if (rest >= 0x0F800000) return std::bit_cast<float>(sign | (rest + 0x70000000));  // inf, NaN
    if (rest >= 0x00800000) return std::bit_cast<float>(sign | (rest + 0x38000000));
    const float subnormal = static_cast<float>(bits & 0x3FF) * 0x1p-24F;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(subnormal));
  }

  uint16_t bits = 0;

 private:
  static uint16_t Round(float v) {
    const auto all = std::bit_cast<uint32_t>(v);
    const auto sign = static_cast<uint16_t>(all >> 16 & 0x8000);
    const uint32_t size = all & 0x7FFFFFFF;
    if (size > 0x7F800000) return sign | 0x7E00 | (size >> 13 & 0x3FF);
    if (size >= 0x477FF000) return sign | 0x7C00;  // 65520 and more
    if (size < 0x38800000) {
      // Below 2^-14 the result counts steps of 2^-24; adding 0.5 makes float32 round to those.
      const float sum = std::bit_cast<float>(size) + 0.5F;
      return sign | static_cast<uint16_t>(std::bit_cast<uint32_t>(sum) - 0x3F000000);
    }
    const uint32_t even = size >> 13 & 1;
    return sign | static_cast<uint16_t>((size - 0x38000000 + 0xFFF + even) >> 13);
  }
};

// An element of dtype bfloat16: the upper half of an IEEE 754 binary32. Storage only, as Float16.
struct BFloat16 {
  BFloat16() = default;
  explicit BFloat16(float v) : bits(Round(v)) {}
  explicit BFloat16(double v) : bits(Round(half_internal::RoundToOdd(v))) {}
  template <std::integral T>
  explicit BFloat16(T v) : BFloat16(half_internal::Widened(v)) {}
  static constexpr BFloat16 FromBits(uint16_t bits) {
    BFloat16 h;
    h.bits = bits;
    return h;
  }

  operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

  uint16_t bits = 0;

 private:
  static uint16_t Round(float v) {
    const auto all = std::bit_cast<uint32_t>(v);
    if ((all & 0x7FFFFFFF) > 0x7F800000) return static_cast<uint16_t>(all >> 16 | 0x40);
    return static_cast<uint16_t>((all + 0x7FFF + (all >> 16 & 1)) >> 16);
  }
};

// Whether T is one of both.
template <typename T>
inline constexpr bool kIsHalf = std::same_as<T, Float16> || std::same_as<T, BFloat16>;

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_HALF_H_
