#include "dagrad/graph/half.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "dagrad/graph/convert.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

// What the bits mean: sign, exponent of `exponent_bits`, mantissa.
double ValueOf(uint16_t bits, int exponent_bits) {
  const int mantissa_bits = 15 - exponent_bits;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = bits >> mantissa_bits & ((1 << exponent_bits) - 1);
  const int mantissa = bits & ((1 << mantissa_bits) - 1);
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1)
    return mantissa == 0 ? sign * std::numeric_limits<double>::infinity() : std::nan("");
  const int whole = exponent == 0 ? mantissa : mantissa | 1 << mantissa_bits;
  return sign * std::ldexp(whole, std::max(exponent, 1) - bias - mantissa_bits);
}

template <typename T>
class HalfTest : public ::testing::Test {
 public:
  static constexpr int kExponentBits = std::is_same_v<T, Float16> ? 5 : 8;
};
using Halves = ::testing::Types<Float16, BFloat16>;
TYPED_TEST_SUITE(HalfTest, Halves);

TYPED_TEST(HalfTest, EveryValueIsWhatItsBitsSayAndComesBack) {
  for (int i = 0; i < 65536; ++i) {
    const auto bits = static_cast<uint16_t>(i);
    const TypeParam h = TypeParam::FromBits(bits);
    const double value = ValueOf(bits, this->kExponentBits);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(static_cast<float>(h))) << bits;
      EXPECT_TRUE(std::isnan(static_cast<float>(TypeParam(static_cast<float>(h))))) << bits;
      continue;
    }
    ASSERT_EQ(static_cast<double>(h), value) << bits;
    ASSERT_EQ(TypeParam(static_cast<float>(value)).bits, bits);
    ASSERT_EQ(TypeParam(value).bits, bits);
  }
}

// Between two neighbours: the nearer one, in the middle that with the even last bit.
TYPED_TEST(HalfTest, RoundsToTheNearestOnce) {
  for (int i = 0; i + 1 < 65536; ++i) {
    const auto low = static_cast<uint16_t>(i), high = static_cast<uint16_t>(i + 1);
    if ((low & 0x7FFF) == 0x7FFF || (high & 0x8000) != (low & 0x8000)) continue;
    const double a = ValueOf(low, this->kExponentBits);
    double b = ValueOf(high, this->kExponentBits);
    if (std::isnan(a) || std::isnan(b) || std::isinf(a)) continue;
    if (std::isinf(b)) b = a + (a - ValueOf(static_cast<uint16_t>(low - 1), this->kExponentBits));
    const double middle = a + (b - a) / 2;
    const double away =
        a < b ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
    ASSERT_EQ(TypeParam(std::nextafter(middle, -away)).bits, low) << a;
    ASSERT_EQ(TypeParam(middle).bits, (low & 1) == 0 ? low : high) << a;
    ASSERT_EQ(TypeParam(std::nextafter(middle, away)).bits, high) << a;
    ASSERT_EQ(TypeParam(static_cast<float>(middle)).bits, (low & 1) == 0 ? low : high) << a;
  }
}

TYPED_TEST(HalfTest, IntegersAreRoundedOnce) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100000; ++i) {
    const auto v = static_cast<int64_t>(random() >> (random() % 63 + 1));
    const long double exact = v;
    const TypeParam h(v);
    if (std::isinf(static_cast<float>(h))) {
      ASSERT_GE(exact, ValueOf((TypeParam(1e300).bits - 1), this->kExponentBits));
      continue;
    }
    const long double error = std::abs(static_cast<long double>(static_cast<float>(h)) - exact);
    for (int step : {-1, 1}) {
      const double other = ValueOf(static_cast<uint16_t>(h.bits + step), this->kExponentBits);
      ASSERT_TRUE(v == 0 || std::isinf(other) || error <= std::abs(other - exact)) << v;
    }
  }
  // Just above the middle of two neighbours, by less than float64 sees.
  const int64_t middle = this->kExponentBits == 8 ? (int64_t{1} << 60) + (int64_t{1} << 52) : 0;
  if (middle != 0) {
    EXPECT_EQ(static_cast<float>(TypeParam(middle)), 0x1p60F);
    EXPECT_EQ(static_cast<float>(TypeParam(middle + 1)), 0x1.02p60F);
  }
}

TEST(ConvertTest, HalvesToIntegersSaturate) {
  EXPECT_EQ(Convert<int8_t>(Float16(1000.0F)), 127);
  EXPECT_EQ(Convert<uint8_t>(Float16(-3.0F)), 0);
  EXPECT_EQ(Convert<int32_t>(BFloat16(-2.75F)), -2);
  EXPECT_EQ(Convert<int64_t>(Float16(std::nan(""))), 0);
  EXPECT_TRUE(Convert<bool>(Float16(0.5F)));
  EXPECT_FALSE(Convert<bool>(Float16(-0.0F)));
  EXPECT_EQ(Convert<Float16>(BFloat16(1e30F)).bits, 0x7C00);
  EXPECT_EQ(static_cast<float>(Convert<Float16>(true)), 1);
}

}  // namespace
}  // namespace dagrad
