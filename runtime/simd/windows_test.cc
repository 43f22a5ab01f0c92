#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "dagrad/runtime/simd/for_each_target.h"
#include "dagrad/runtime/simd/gemm.h"
#include "gtest/gtest.h"

namespace dagrad::runtime::simd {
namespace {

constexpr unsigned kSeed = 20240725;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Windows of `taps_y` x `taps_x` pixels on an image, each of `channels` elements.
struct Case {
  int64_t rows, columns, stride, dilation, taps_y, taps_x, channels, n;

  int64_t width() const { return (columns - 1) * stride + taps_x; }
  int64_t height() const { return (rows - 1) * stride + (taps_y - 1) * dilation + 1; }
  int64_t depth() const { return taps_y * taps_x * channels; }
  Windows On(const float* image) const {
    const int64_t pitch = width() * channels;
    return {image,
            rows,
            columns,
            stride * pitch,
            stride * channels,
            taps_y,
            taps_x * channels,
            dilation * pitch};
  }
  std::string ToString() const {
    std::string s;
    for (const int64_t v : {rows, columns, stride, dilation, taps_y, taps_x, channels, n})
      s += std::to_string(v) + " ";
    return s + "seed " + std::to_string(kSeed);
  }
};

// Few and many of everything: one row, one tap, more taps than one part of a sum, columns that
// fill no vector.
constexpr Case kCases[] = {{1, 1, 1, 1, 1, 1, 1, 1},     {5, 7, 1, 1, 3, 3, 2, 5},
                           {3, 28, 2, 1, 7, 7, 3, 33},   {14, 14, 1, 2, 3, 1, 8, 64},
                           {4, 9, 3, 1, 2, 5, 4, 40},    {2, 7, 2, 1, 3, 3, 160, 70},
                           {2, 3, 1, 1, 1, 1, 900, 16},  {1, 300, 1, 1, 1, 5, 3, 20},
                           {9, 40, 1, 1, 3, 3, 32, 256}, {30, 12, 1, 1, 1, 3, 70, 256}};

float At(const Windows& w, int64_t row, int64_t column) {
  return w.data[row / w.columns * w.row_step + row % w.columns * w.column_step +
                column / w.segment * w.segment_step + column % w.segment];
}

std::vector<float> Draw(int64_t size, std::mt19937* bits) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(size);
  for (float& v : values) v = uniform(*bits);
  return values;
}

// Of sums of `k` products of numbers below 1.
double Tolerance(int64_t k) { return 4e-6 * std::sqrt(static_cast<double>(k)); }

// Compares c[i, j], which starts at 1 where sums are added, with the sum over p < k of a(i, p) *
// b(p, j); `result` finds it.
template <typename A, typename B, typename C>
void ExpectProduct(int64_t m, int64_t n, int64_t k, bool add, A a, B b, C result) {
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double sum = add ? 1 : 0;
      for (int64_t p = 0; p < k; ++p) sum += static_cast<double>(a(i, p)) * b(p, j);
      ASSERT_NEAR(result(i, j), sum, Tolerance(k)) << i << ", " << j << (add ? " added" : "");
    }
  }
}

// Results stand `gap` apart, in both directions, and nothing between them is written.
void TestProduct(const Case& c, bool add, std::mt19937* bits) {
  const std::vector<float> image = Draw(c.height() * c.width() * c.channels, bits),
                           b = Draw(c.depth() * c.n, bits), bias = Draw(c.n, bits);
  const Windows w = c.On(image.data());
  std::vector<float> packed(PackedBytes(c.depth(), c.n) / sizeof(float), kNan);
  for (int64_t first = 0; first < c.depth(); first += w.segment) {
    PackRows(c.depth(), c.n, first, w.segment, {b.data() + first * c.n, c.n}, 0, NumPanels(c.n),
             packed.data());
  }
  constexpr int64_t kGap = 3;
  const int64_t ld = c.n + kGap, c_row = c.columns * ld + kGap;
  std::vector<float> y(c.rows * c_row, kNan);
  const auto at = [&](int64_t i, int64_t j) -> float& {
    return y[i / c.columns * c_row + i % c.columns * ld + j];
  };
  for (int64_t i = 0; i < c.rows * c.columns; ++i) {
    for (int64_t j = 0; j < c.n; ++j) at(i, j) = 1;
  }
  const GemmResult result = {y.data(), ld, add, add ? bias.data() : nullptr};
  for (int64_t panel = 0; panel < NumPanels(c.n); ++panel)
    GemmWindows(c.n, w, packed.data(), panel, panel + 1, result, c_row);
  ExpectProduct(
      c.rows * c.columns, c.n, c.depth(), add, [&](int64_t i, int64_t p) { return At(w, i, p); },
      [&](int64_t p, int64_t j) { return b[p * c.n + j]; },
      [&](int64_t i, int64_t j) { return at(i, j) - (add ? bias[j] : 0); });
  int64_t untouched = 0;
  for (const float v : y) untouched += std::isnan(v) ? 1 : 0;
  EXPECT_EQ(untouched, c.rows * c_row - c.rows * c.columns * c.n);
}

void TestTransposedProduct(const Case& c, bool add, std::mt19937* bits) {
  const std::vector<float> image = Draw(c.height() * c.width() * c.channels, bits),
                           b = Draw(c.rows * c.columns * c.n, bits);
  Windows w = c.On(image.data());
  w.segments = 1;
  std::vector<float> y(w.segment * c.n, 1);
  GemmTransposedWindows(c.n, w, b.data(), {y.data(), c.n, add});
  ExpectProduct(
      w.segment, c.n, c.rows * c.columns, add, [&](int64_t i, int64_t p) { return At(w, p, i); },
      [&](int64_t p, int64_t j) { return b[p * c.n + j]; },
      [&](int64_t i, int64_t j) { return y[i * c.n + j]; });
}

TEST(WindowsTest, ProductsAgreeWithFloat64) {
  std::mt19937 bits(kSeed);
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.ToString());
    for (const bool add : {false, true}) {
      ForEachTarget([&] {
        TestProduct(c, add, &bits);
        TestTransposedProduct(c, add, &bits);
      });
    }
  }
}

// However many panels are taken at a time, and from whichever row of the images on.
TEST(WindowsTest, SameBitsHoweverCut) {
  std::mt19937 bits(kSeed);
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.ToString());
    const std::vector<float> image = Draw(c.height() * c.width() * c.channels, &bits),
                             b = Draw(c.depth() * c.n, &bits);
    ForEachTarget([&] {
      std::vector<float> packed(PackedBytes(c.depth(), c.n) / sizeof(float), kNan);
      PackRight(c.depth(), c.n, {b.data(), c.n}, 0, NumPanels(c.n), packed.data());
      const int64_t c_row = c.columns * c.n;
      std::vector<float> whole(c.rows * c_row), cut(c.rows * c_row);
      Windows w = c.On(image.data());
      GemmWindows(c.n, w, packed.data(), 0, NumPanels(c.n), {whole.data(), c.n}, c_row);
      w.rows = 1;
      for (int64_t y = 0; y < c.rows; ++y, w.data += w.row_step) {
        for (int64_t panel = 0; panel < NumPanels(c.n); ++panel) {
          GemmWindows(c.n, w, packed.data(), panel, panel + 1, {cut.data() + y * c_row, c.n},
                      c_row);
        }
      }
      EXPECT_EQ(whole, cut);
    });
  }
}

}  // namespace
}  // namespace dagrad::runtime::simd
