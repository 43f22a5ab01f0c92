#include "dagrad/runtime/simd/gemm.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "dagrad/runtime/simd/for_each_target.h"
#include "gtest/gtest.h"

namespace dagrad::runtime::simd {
namespace {

constexpr unsigned kSeed = 20240611;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kGuard = -12345.5f;

struct Case {
  int64_t m, n, k;
  bool ta = false, tb = false, add = false, bias = false;
  int64_t gap = 0;  // between stored rows

  std::string ToString() const {
    std::string s;
    for (int64_t size : {m, n, k, gap}) s += std::to_string(size) + " ";
    return s + (ta ? "ta " : "") + (tb ? "tb " : "") + (add ? "add " : "") + (bias ? "bias " : "") +
           "seed " + std::to_string(kSeed);
  }
};

std::vector<Case> Cases() {
  const int64_t sizes[][3] = {
      {1, 1, 1},   {1, 33, 17},    {2, 70, 9},     {3, 131, 20}, {4, 4, 0},     {5, 7, 3},
      {6, 16, 16}, {7, 32, 33},    {8, 48, 64},    {9, 100, 5},  {13, 1, 40},   {64, 1, 100},
      {17, 2, 30}, {40, 3, 50},    {32, 100, 100}, {49, 65, 31}, {70, 256, 8},  {66, 10, 400},
      {0, 5, 3},   {100, 530, 20}, {50, 40, 800},  {200, 24, 2}, {11, 15, 129}, {5, 0, 4}};
  std::vector<Case> cases;
  for (const auto& [m, n, k] : sizes) {
    for (int i = 0; i < 32; ++i) {
      cases.push_back(
          {m, n, k, (i & 1) != 0, (i & 2) != 0, (i & 4) != 0, (i & 8) != 0, (i & 16) != 0 ? 3 : 0});
    }
  }
  return cases;
}

// A stored matrix with NaN before the first row, behind the last and between them.
struct Matrix {
  Matrix(int64_t rows, int64_t cols, int64_t gap, std::mt19937* bits)
      : ld(cols + gap), values(2 * kMargin + rows * ld, kNan) {
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < cols; ++j) values[kMargin + i * ld + j] = uniform(*bits);
    }
  }
  GemmOperand Operand(bool transposed) const { return {values.data() + kMargin, ld, transposed}; }

  static constexpr int64_t kMargin = 64;
  int64_t ld;
  std::vector<float> values;
};

double At(GemmOperand x, int64_t i, int64_t j) {
  return x.data[x.transposed ? j * x.ld + i : i * x.ld + j];
}

// A product and a result with guards around and between its rows.
struct Product {
  Product(const Case& product, std::mt19937* bits)
      : c(product),
        a(c.ta ? c.k : c.m, c.ta ? c.m : c.k, c.gap, bits),
        b(c.tb ? c.n : c.k, c.tb ? c.k : c.n, c.gap, bits),
        bias(1, c.n, 0, bits),
        start(2 * Matrix::kMargin + c.m * ld(), kGuard) {
    const Matrix before(c.m, c.n, 0, bits);
    for (int64_t i = 0; i < c.m; ++i) {
      for (int64_t j = 0; j < c.n; ++j)
        start[Index(i, j)] = c.add ? static_cast<float>(At(before.Operand(false), i, j)) : kNan;
    }
  }
  int64_t ld() const { return c.n + c.gap; }
  size_t Index(int64_t i, int64_t j) const { return Matrix::kMargin + i * ld() + j; }
  GemmOperand A() const { return a.Operand(c.ta); }
  GemmOperand ARows(int64_t begin) const {
    GemmOperand rows = A();
    rows.data += c.ta ? begin : begin * a.ld;
    return rows;
  }
  GemmOperand B() const { return b.Operand(c.tb); }
  GemmOperand BColumns(int64_t begin) const {
    GemmOperand columns = B();
    columns.data += c.tb ? begin * b.ld : begin;
    return columns;
  }
  GemmResult C(std::vector<float>* y, int64_t row, int64_t col) const {
    return {y->data() + Index(row, col), ld(), c.add,
            c.bias ? bias.Operand(false).data + col : nullptr};
  }

  Case c;
  Matrix a, b, bias;
  std::vector<float> start;
};

std::vector<float> RunGemm(const Product& p) {
  std::vector<float> y = p.start;
  Gemm(p.c.m, p.c.n, p.c.k, p.A(), p.B(), p.C(&y, 0, 0));
  return y;
}

std::vector<float> RunPacked(const Product& p, bool with_scratch) {
  const Case& c = p.c;
  std::vector<float> y = p.start, packed(PackedBytes(c.k, c.n) / sizeof(float), kNan),
                     scratch(GemmScratchBytes(c.m, c.n, c.k) / sizeof(float), kNan);
  PackRight(c.k, c.n, p.B(), 0, NumPanels(c.n), packed.data());
  GemmPacked(c.m, c.n, c.k, p.A(), packed.data(), 0, NumPanels(c.n), p.C(&y, 0, 0),
             with_scratch && !scratch.empty() ? scratch.data() : nullptr);
  return y;
}

std::vector<float> RunDots(const Product& p) {
  std::vector<float> y = p.start;
  GemmDots(p.c.m, p.c.n, p.c.k, p.A(), p.B(), p.C(&y, 0, 0));
  return y;
}

bool HasDots(const Case& c) { return !c.ta && c.tb; }

// Also that nothing but c was written.
void ExpectNearFloat64(const Product& p, const std::vector<float>& y) {
  std::vector<float> rest = y;
  for (int64_t i = 0; i < p.c.m; ++i) {
    for (int64_t j = 0; j < p.c.n; ++j) {
      double sum = p.c.add ? p.start[p.Index(i, j)] : 0;
      for (int64_t q = 0; q < p.c.k; ++q) sum += At(p.A(), i, q) * At(p.B(), q, j);
      if (p.c.bias) sum += At(p.bias.Operand(false), 0, j);
      ASSERT_NEAR(y[p.Index(i, j)], sum, 2e-7 * (20 + p.c.k)) << "element " << i << ", " << j;
      rest[p.Index(i, j)] = kGuard;
    }
  }
  EXPECT_EQ(rest, std::vector<float>(rest.size(), kGuard)) << "outside of c";
}

void ExpectSameBits(const std::vector<float>& y, const std::vector<float>& expected) {
  EXPECT_TRUE(y.empty() || std::memcmp(y.data(), expected.data(), y.size() * sizeof(float)) == 0);
}

// 0 <= … <= size, in random steps.
std::vector<int64_t> RandomCuts(int64_t size, std::mt19937* bits) {
  std::vector<int64_t> cuts = {0};
  while (cuts.back() < size) {
    const int64_t most = (*bits)() % 2 == 0 ? 4 : 40;
    cuts.push_back(std::min<int64_t>(size, cuts.back() + 1 + (*bits)() % most));
  }
  return cuts;
}

// f(begin of rows, rows, begin of columns, columns) for random blocks of y.
template <typename F>
void ForRandomBlocks(int64_t m, int64_t n, std::mt19937* bits, F f) {
  const std::vector<int64_t> rows = RandomCuts(m, bits), cols = RandomCuts(n, bits);
  for (size_t i = 0; i + 1 < rows.size(); ++i) {
    for (size_t j = 0; j + 1 < cols.size(); ++j)
      f(rows[i], rows[i + 1] - rows[i], cols[j], cols[j + 1] - cols[j]);
  }
}

std::vector<float> RunPackedInBlocks(const Product& p, std::mt19937* bits) {
  const Case& c = p.c;
  std::vector<float> y = p.start, packed(PackedBytes(c.k, c.n) / sizeof(float), kNan);
  const int64_t panels = NumPanels(c.n);
  ForRandomBlocks(1, panels, bits, [&](int64_t, int64_t, int64_t panel, int64_t count) {
    PackRight(c.k, c.n, p.B(), panel, panel + count, packed.data());
  });
  ForRandomBlocks(c.m, panels, bits, [&](int64_t row, int64_t rows, int64_t panel, int64_t count) {
    std::vector<float> scratch(GemmScratchBytes(rows, c.n, c.k) / sizeof(float));
    GemmPacked(rows, c.n, c.k, p.ARows(row), packed.data(), panel, panel + count, p.C(&y, row, 0),
               scratch.empty() ? nullptr : scratch.data());
  });
  return y;
}

template <typename F>
void ForEachProduct(F f) {
  std::mt19937 bits(kSeed);
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.ToString());
    const Product p(c, &bits);
    ForEachTarget([&] { f(p, &bits); });
  }
}

TEST(GemmTest, AgreesWithFloat64) {
  ForEachProduct([](const Product& p, std::mt19937*) {
    ExpectNearFloat64(p, RunGemm(p));
    if (HasDots(p.c)) ExpectNearFloat64(p, RunDots(p));
  });
}

TEST(GemmTest, PackedHasTheBitsOfUnpacked) {
  ForEachProduct([](const Product& p, std::mt19937*) {
    const std::vector<float> expected = RunGemm(p);
    ExpectSameBits(RunPacked(p, true), expected);
    ExpectSameBits(RunPacked(p, false), expected);
  });
}

TEST(GemmTest, SameBitsHoweverCut) {
  ForEachProduct([](const Product& p, std::mt19937* bits) {
    const std::vector<float> expected = RunGemm(p);
    std::vector<float> y = p.start, dots = p.start;
    ForRandomBlocks(p.c.m, p.c.n, bits, [&](int64_t i, int64_t rows, int64_t j, int64_t cols) {
      Gemm(rows, cols, p.c.k, p.ARows(i), p.BColumns(j), p.C(&y, i, j));
      if (HasDots(p.c)) GemmDots(rows, cols, p.c.k, p.ARows(i), p.BColumns(j), p.C(&dots, i, j));
    });
    ExpectSameBits(y, expected);
    ExpectSameBits(RunPackedInBlocks(p, bits), expected);
    if (HasDots(p.c)) ExpectSameBits(dots, RunDots(p));
  });
}

// A matrix that is in no cache is read in another way, by the same order of sums.
TEST(GemmTest, StreamsLargeMatrices) {
  std::mt19937 bits(kSeed);
  for (int64_t m : {1, 3}) {
    const Product p({m, 4100, 1030, false, false, true, true}, &bits);
    const Product q({m, 4100, 1030, true, false, false, false, 5}, &bits);
    ForEachTarget([&] {
      ExpectSameBits(RunPacked(p, false), RunGemm(p));
      ExpectSameBits(RunPacked(q, false), RunGemm(q));
    });
  }
}

// Rows that are a power of two apart are read through copies.
TEST(GemmTest, AwkwardLeadingDimension) {
  std::mt19937 bits(kSeed);
  const Product p({65, 512, 40}, &bits), q({65, 500, 40, true, false, true, true, 12}, &bits);
  ForEachTarget([&] {
    ExpectNearFloat64(p, RunGemm(p));
    ExpectNearFloat64(q, RunGemm(q));
  });
}

}  // namespace
}  // namespace dagrad::runtime::simd
