#include "dagrad/ops/recurrent/lstm/lstm_cell.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "dagrad/runtime/simd/for_each_target.h"
#include "gtest/gtest.h"

namespace dagrad::ops::lstm_internal {
namespace {

using runtime::simd::ForEachTarget;

constexpr uint32_t kSeed = 20;

std::vector<float> Random(int64_t n, float scale, std::mt19937* random) {
  std::uniform_real_distribution<float> uniform(-scale, scale);
  std::vector<float> v(n);
  for (float& x : v) x = uniform(*random);
  return v;
}

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST(LstmCell, AgreesWithTheFormula) {
  SCOPED_TRACE(kSeed);
  ForEachTarget([] {
    std::mt19937 random(kSeed);
    for (const int64_t n : {1, 7, 8, 16, 19, 100}) {
      const std::vector<float> z = Random(4 * n, 20, &random), before = Random(n, 3, &random);
      std::vector<float> gates = z, c(n), h(n);
      LstmCell(n, before.data(), gates.data(), c.data(), h.data());
      for (int64_t j = 0; j < n; ++j) {
        const double i = Sigmoid(z[j]), f = Sigmoid(z[n + j]);
        const double g = std::tanh(static_cast<double>(z[2 * n + j])), o = Sigmoid(z[3 * n + j]);
        const double next = f * before[j] + i * g;
        EXPECT_NEAR(gates[j], i, 1e-6);
        EXPECT_NEAR(gates[n + j], f, 1e-6);
        EXPECT_NEAR(gates[2 * n + j], g, 1e-6);
        EXPECT_NEAR(gates[3 * n + j], o, 1e-6);
        EXPECT_NEAR(c[j], next, 1e-6);
        EXPECT_NEAR(h[j], o * std::tanh(next), 1e-6);
      }
    }
  });
}

TEST(LstmCell, SaturatesAndKeepsNan) {
  constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = NAN;
  ForEachTarget([] {
    std::vector<float> gates = {kInf, -kInf, 1000, -1000, kInf, -kInf, 1000, kNan};
    const std::vector<float> before = {1, 1};
    std::vector<float> c(2), h(2);
    LstmCell(2, before.data(), gates.data(), c.data(), h.data());
    EXPECT_EQ(std::vector<float>(gates.begin(), gates.begin() + 7),
              (std::vector<float>{1, 0, 1, 0, 1, -1, 1}));
    EXPECT_TRUE(std::isnan(gates[7]));
    EXPECT_EQ(c, (std::vector<float>{2, 0}));
    EXPECT_FLOAT_EQ(h[0], std::tanh(2.0f));
    EXPECT_TRUE(std::isnan(h[1]));
  });
}

TEST(LstmCellGrad, AgreesWithTheFormula) {
  SCOPED_TRACE(kSeed);
  ForEachTarget([] {
    std::mt19937 random(kSeed);
    for (const int64_t n : {1, 7, 8, 16, 19, 100}) {
      const std::vector<float> gates = Random(4 * n, 1, &random), before = Random(n, 2, &random);
      const std::vector<float> c = Random(n, 3, &random), outer = Random(n, 1, &random);
      const std::vector<float> dh = Random(n, 1, &random), carried = Random(n, 1, &random);
      std::vector<float> dc = carried, dz(4 * n);
      LstmCellGrad(n, {gates.data(), before.data(), c.data(), outer.data(), dh.data()}, dc.data(),
                   dz.data());
      for (int64_t j = 0; j < n; ++j) {
        const double i = gates[j], f = gates[n + j], g = gates[2 * n + j], o = gates[3 * n + j];
        const double t = std::tanh(static_cast<double>(c[j]));
        const double all_h = static_cast<double>(outer[j]) + dh[j];
        const double all_c = carried[j] + all_h * o * (1 - t * t);
        EXPECT_NEAR(dz[j], all_c * g * i * (1 - i), 1e-5);
        EXPECT_NEAR(dz[n + j], all_c * before[j] * f * (1 - f), 1e-5);
        EXPECT_NEAR(dz[2 * n + j], all_c * i * (1 - g * g), 1e-5);
        EXPECT_NEAR(dz[3 * n + j], all_h * t * o * (1 - o), 1e-5);
        EXPECT_NEAR(dc[j], all_c * f, 1e-5);
      }
    }
  });
}

}  // namespace
}  // namespace dagrad::ops::lstm_internal
