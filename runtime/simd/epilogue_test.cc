#include "dagrad/runtime/simd/epilogue.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "dagrad/runtime/simd/for_each_target.h"
#include "gtest/gtest.h"

namespace dagrad::runtime::simd {
namespace {

std::vector<float> Numbers(int64_t n, float phase) {
  std::vector<float> numbers(n);
  for (int64_t i = 0; i < n; ++i) numbers[i] = 8 * std::sin(phase + 1.7F * static_cast<float>(i));
  return numbers;
}

float Expected(const Epilogue& e, float y, int64_t i, int64_t cols) {
  y += e.bias[i % cols];
  if (e.residual != nullptr) y += e.residual[i];
  if (e.relu && y <= 0) y = 0;
  return e.relu && y > e.most ? e.most : y;
}

TEST(EpilogueTest, HasTheBitsOfSingleSteps) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  ForEachTarget([&] {
    for (int64_t cols : {1, 3, 8, 16, 31, 64}) {
      for (int variant = 0; variant < 6; ++variant) {
        constexpr int64_t kRows = 5;
        const std::vector<float> bias = Numbers(cols, 1), residual = Numbers(kRows * cols, 2);
        const Epilogue e{bias.data(), variant % 2 == 0 ? nullptr : residual.data(), variant >= 2,
                         variant >= 4 ? 6.0F : kInf};
        std::vector<float> y = Numbers(kRows * cols, 3);
        y[0] = kInf;
        y[kRows * cols / 2] = kNan;
        std::vector<float> want = y;
        for (int64_t i = 0; i < kRows * cols; ++i) want[i] = Expected(e, y[i], i, cols);
        Finish(kRows, cols, e, y.data());
        for (int64_t i = 0; i < kRows * cols; ++i) {
          if (std::isnan(want[i])) {
            EXPECT_TRUE(std::isnan(y[i]));
          } else {
            EXPECT_EQ(y[i], want[i]) << cols << " columns, variant " << variant << ", " << i;
          }
        }
      }
    }
  });
}

}  // namespace
}  // namespace dagrad::runtime::simd
