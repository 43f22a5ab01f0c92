#include "dagrad/ops/recurrent/gru/gru_cell.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "dagrad/runtime/simd/for_each_target.h"
#include "gtest/gtest.h"

namespace dagrad::ops::gru_internal {
namespace {

using runtime::simd::ForEachTarget;

constexpr uint32_t kSeed = 21;

std::vector<float> Random(int64_t n, float scale, std::mt19937* random) {
  std::uniform_real_distribution<float> uniform(-scale, scale);
  std::vector<float> v(n);
  for (float& x : v) x = uniform(*random);
  return v;
}

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST(GruCell, AgreesWithTheFormula) {
  SCOPED_TRACE(kSeed);
  ForEachTarget([] {
    std::mt19937 random(kSeed);
    for (const int64_t n : {1, 7, 8, 16, 19, 100}) {
      const std::vector<float> sums = Random(3 * n, 10, &random), inner = Random(n, 3, &random);
      const std::vector<float> before = Random(n, 1, &random);
      std::vector<float> gates = sums, h(n);
      GruCell(n, inner.data(), before.data(), gates.data(), h.data());
      for (int64_t j = 0; j < n; ++j) {
        const double z = Sigmoid(sums[j]), r = Sigmoid(sums[n + j]);
        const double candidate = std::tanh(sums[2 * n + j] + r * inner[j]);
        EXPECT_NEAR(gates[j], z, 1e-6);
        EXPECT_NEAR(gates[n + j], r, 1e-6);
        EXPECT_NEAR(gates[2 * n + j], candidate, 2e-6);
        EXPECT_NEAR(h[j], z * before[j] + (1 - z) * candidate, 2e-6);
      }
    }
  });
}

TEST(GruCell, SaturatesAndKeepsNan) {
  constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = NAN;
  ForEachTarget([] {
    std::vector<float> gates = {kInf, -kInf, 0, -1000, kNan, 1000};
    const std::vector<float> inner = {1, 1}, before = {0.5, 0.5};
    std::vector<float> h(2);
    GruCell(2, inner.data(), before.data(), gates.data(), h.data());
    EXPECT_EQ(std::vector<float>(gates.begin(), gates.begin() + 4),
              (std::vector<float>{1, 0, 0.5F, 0}));
    EXPECT_TRUE(std::isnan(gates[4]));
    EXPECT_EQ(gates[5], 1);
    EXPECT_TRUE(std::isnan(h[0]));
    EXPECT_EQ(h[1], 1);
  });
}

TEST(GruCellGrad, AgreesWithTheFormula) {
  SCOPED_TRACE(kSeed);
  ForEachTarget([] {
    std::mt19937 random(kSeed);
    for (const int64_t n : {1, 7, 8, 16, 19, 100}) {
      const std::vector<float> gates = Random(3 * n, 1, &random), inner = Random(n, 2, &random);
      const std::vector<float> before = Random(n, 1, &random), outer = Random(n, 1, &random);
      const std::vector<float> carried = Random(n, 1, &random);
      std::vector<float> dh = carried, dsums(3 * n), dinner(n);
      GruCellGrad(n, {gates.data(), inner.data(), before.data(), outer.data()}, dh.data(),
                  dsums.data(), dinner.data());
      for (int64_t j = 0; j < n; ++j) {
        const double z = gates[j], r = gates[n + j], candidate = gates[2 * n + j];
        const double all = static_cast<double>(outer[j]) + carried[j];
        const double dn = all * (1 - z) * (1 - candidate * candidate);
        EXPECT_NEAR(dsums[j], all * (before[j] - candidate) * z * (1 - z), 1e-5);
        EXPECT_NEAR(dsums[n + j], dn * inner[j] * r * (1 - r), 2e-5);
        EXPECT_NEAR(dsums[2 * n + j], dn, 1e-5);
        EXPECT_NEAR(dinner[j], dn * r, 1e-5);
        EXPECT_NEAR(dh[j], all * z, 1e-5);
      }
    }
  });
}

}  // namespace
}  // namespace dagrad::ops::gru_internal
