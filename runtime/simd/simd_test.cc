#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dagrad/runtime/simd/binary.h"
#include "dagrad/runtime/simd/for_each_target.h"
#include "dagrad/runtime/simd/unary.h"
#include "gtest/gtest.h"

namespace dagrad::runtime::simd {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kDenormal = std::numeric_limits<float>::denorm_min();
constexpr float kMax = std::numeric_limits<float>::max();
constexpr unsigned kSeed = 20240229;
constexpr float kAlpha = 0.3f;

// A function, its definition in float64, and the range on which they are compared.
struct Case {
  std::string name;
  UnaryFunction function;
  double (*reference)(double);
  float lo, hi;
  double tolerance;  // of |difference| / max(1e-3, |reference|); 0: correctly rounded
};

double Sign(double x) { return x > 0 ? 1 : x == 0 ? 0 : x < 0 ? -1 : x; }
double Sigmoid(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}
double Softplus(double x) { return (x > 0 ? x : 0) + std::log1p(std::exp(-std::abs(x))); }
double Softsign(double x) { return std::isinf(x) ? std::copysign(1, x) : x / (1 + std::abs(x)); }
double Elu(double x) { return x <= 0 ? double{kAlpha} * std::expm1(x) : x; }

std::vector<Case> Cases() {
  using F = UnaryFunction;
  return {
      {"Neg", F::kNeg, [](double x) { return -x; }, -9, 9, 0},
      {"Abs", F::kAbs, [](double x) { return std::abs(x); }, -9, 9, 0},
      {"Sign", F::kSign, Sign, -9, 9, 0},
      {"Square", F::kSquare, [](double x) { return x * x; }, -9, 9, 0},
      {"Relu6", F::kRelu6, [](double x) { return x <= 0   ? 0
                                                 : x >= 6 ? 6
                                                          : x; }, -9, 9, 0},
      {"Relu", F::kRelu, [](double x) { return x <= 0 ? 0 : x; }, -9, 9, 0},
      {"Sqrt", F::kSqrt, [](double x) { return std::sqrt(x); }, 0, 9, 0},
      {"Rsqrt", F::kRsqrt, [](double x) { return 1 / std::sqrt(x); }, 0.1f, 9, 2e-7},
      {"Reciprocal", F::kReciprocal, [](double x) { return 1 / x; }, 0.1f, 9, 0},
      {"Floor", F::kFloor, [](double x) { return std::floor(x); }, -9, 9, 0},
      {"Ceil", F::kCeil, [](double x) { return std::ceil(x); }, -9, 9, 0},
      {"Round", F::kRound, [](double x) { return std::rint(x); }, -9, 9, 0},
      {"LeakyRelu", F::kLeakyRelu, [](double x) { return x <= 0 ? kAlpha * x : x; }, -9, 9, 0},
      {"Exp", F::kExp, [](double x) { return std::exp(x); }, -80, 88, 3e-7},
      {"Expm1", F::kExpm1, [](double x) { return std::expm1(x); }, -20, 88, 6e-7},
      {"Log", F::kLog, [](double x) { return std::log(x); }, 0, 100, 6e-7},
      {"Log1p", F::kLog1p, [](double x) { return std::log1p(x); }, -0.9f, 100, 6e-7},
      {"Sin", F::kSin, [](double x) { return std::sin(x); }, -50000, 50000, 1e-6},
      {"Cos", F::kCos, [](double x) { return std::cos(x); }, -50000, 50000, 1e-6},
      {"Tanh", F::kTanh, [](double x) { return std::tanh(x); }, -12, 12, 6e-7},
      {"Sigmoid", F::kSigmoid, Sigmoid, -90, 90, 6e-7},
      {"Softplus", F::kSoftplus, Softplus, -90, 90, 6e-7},
      {"Softsign", F::kSoftsign, Softsign, -90, 90, 2e-7},
      {"Sinh", F::kSinh, [](double x) { return std::sinh(x); }, -80, 80, 3e-7},
      {"Cosh", F::kCosh, [](double x) { return std::cosh(x); }, -80, 80, 3e-7},
      {"Erf", F::kErf, [](double x) { return std::erf(x); }, -5, 5, 6e-7},
      {"Elu", F::kElu, Elu, -90, 9, 6e-7},
  };
}

std::vector<float> Draw(size_t n, float lo, float hi, unsigned seed) {
  std::mt19937 bits(seed);
  std::uniform_real_distribution<float> uniform(lo, hi);
  std::vector<float> x(n);
  for (float& v : x) v = uniform(bits);
  return x;
}

std::vector<float> Apply(const Case& c, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  Unary(c.function, kAlpha, x.data(), static_cast<int64_t>(x.size()), y.data());
  return y;
}

bool SameFloats(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

TEST(SimdUnary, AgreesWithFloat64) {
  for (const Case& c : Cases()) {
    const std::vector<float> x = Draw(20001, c.lo, c.hi, kSeed);
    ForEachTarget([&] {
      const std::vector<float> y = Apply(c, x);
      double worst = 0;
      float at = 0;
      for (size_t i = 0; i < x.size(); ++i) {
        const double expected =
            c.tolerance == 0 ? static_cast<float>(c.reference(x[i])) : c.reference(x[i]);
        const double error = std::abs(y[i] - expected) / std::max(1e-3, std::abs(expected));
        if (error > worst) at = x[i];
        worst = std::max(worst, error);
      }
      EXPECT_LE(worst, c.tolerance) << c.name << " at " << at << ", seed " << kSeed;
    });
  }
}

TEST(SimdUnary, EdgesAreThoseOfTheCLibrary) {
  const std::vector<float> x = {0.0f,      -0.0f,      1.0f,   -1.0f,   kInf, -kInf, kNan,
                                kDenormal, -kDenormal, 88.7f,  89.5f,   200,  -200,  -87.5,
                                1e30f,     -1e30f,     1e-30f, -1e-30f, kMax, -kMax, 0.5f,
                                -0.5f,     1.5f,       2.5f,   1e5f,    3e9f, -3e9f, 8388609.5f};
  for (const Case& c : Cases()) {
    ForEachTarget([&] {
      const std::vector<float> y = Apply(c, x);
      for (size_t i = 0; i < x.size(); ++i) {
        const float expected = static_cast<float>(c.reference(x[i]));
        if (std::isnan(expected) || std::isinf(expected)) {
          EXPECT_EQ(std::isnan(y[i]), std::isnan(expected))
              << c.name << "(" << x[i] << ") = " << y[i];
          if (std::isinf(expected)) {
            EXPECT_EQ(y[i], expected) << c.name << "(" << x[i] << ")";
          }
        } else {
          EXPECT_NEAR(y[i], expected, 1e-6 * std::max(1e-30f, std::abs(expected)))
              << c.name << "(" << x[i] << ")";
        }
      }
    });
  }
}

TEST(SimdUnary, SignsOfZero) {
  const Case odd[] = {{"Tanh", UnaryFunction::kTanh, nullptr, 0, 0, 0},
                      {"Erf", UnaryFunction::kErf, nullptr, 0, 0, 0},
                      {"Sin", UnaryFunction::kSin, nullptr, 0, 0, 0},
                      {"Floor", UnaryFunction::kFloor, nullptr, 0, 0, 0},
                      {"Ceil", UnaryFunction::kCeil, nullptr, 0, 0, 0},
                      {"Round", UnaryFunction::kRound, nullptr, 0, 0, 0},
                      {"Sqrt", UnaryFunction::kSqrt, nullptr, 0, 0, 0}};
  ForEachTarget([&] {
    for (const Case& c : odd) EXPECT_TRUE(std::signbit(Apply(c, {-0.0f})[0])) << c.name;
    EXPECT_FALSE(std::signbit(Apply({"Relu", UnaryFunction::kRelu, nullptr, 0, 0, 0}, {-0.0f})[0]));
    EXPECT_FALSE(std::signbit(Apply({"Sign", UnaryFunction::kSign, nullptr, 0, 0, 0}, {-0.0f})[0]));
  });
}

// The bits of an element depend neither on where the range is cut nor on whether the result
// overwrites the input.
TEST(SimdUnary, SameBitsHoweverCut) {
  for (const Case& c : Cases()) {
    const std::vector<float> x = Draw(133, c.lo, c.hi, kSeed + 1);
    ForEachTarget([&] {
      const std::vector<float> whole = Apply(c, x);
      for (int64_t piece : {1, 3, 7, 17, 40}) {
        std::vector<float> y = x;
        for (int64_t i = 0; i < 133; i += piece) {
          Unary(c.function, kAlpha, y.data() + i, std::min<int64_t>(piece, 133 - i), y.data() + i);
        }
        EXPECT_TRUE(SameFloats(y, whole)) << c.name << " in pieces of " << piece;
      }
    });
  }
}

// How an operand of rows x cols may be laid out.
struct Layout {
  std::string name;
  bool repeat_row;
  bool repeat_column;
};
const Layout kLayouts[] = {
    {"dense", false, false}, {"row", true, false}, {"column", false, true}, {"scalar", true, true}};

template <typename T>
Rows<T> Operand(const Layout& layout, const T* data, int64_t cols) {
  return {data, layout.repeat_row ? 0 : layout.repeat_column ? 1 : cols, layout.repeat_column};
}

template <typename T>
T At(const Rows<T>& x, int64_t r, int64_t c) {
  return x.data[r * x.row_stride + (x.repeat_column ? 0 : c)];
}

// Random numbers among which ties, zeros of both signs, infinities and NaN are frequent.
std::vector<float> DrawWithTies(size_t n, unsigned seed) {
  std::mt19937 bits(seed);
  const float edges[] = {0.0f, -0.0f, 1, -1, kInf, -kInf, kNan, kDenormal};
  std::vector<float> x = Draw(n, -3, 3, seed);
  for (float& v : x) {
    if (bits() % 3 == 0) v = edges[bits() % 8];
  }
  return x;
}

float Plain(BinaryFunction f, float a, float b) {
  switch (f) {
    case BinaryFunction::kAdd:
      return a + b;
    case BinaryFunction::kSub:
      return a - b;
    case BinaryFunction::kMul:
      return a * b;
    case BinaryFunction::kDiv:
      return a / b;
    case BinaryFunction::kMaximum:
      return a > b ? a : a <= b ? b : kNan;
    case BinaryFunction::kMinimum:
      return a < b ? a : a >= b ? b : kNan;
  }
  return 0;
}

bool Plain(Comparison f, float a, float b) {
  switch (f) {
    case Comparison::kEqual:
      return a == b;
    case Comparison::kNotEqual:
      return a != b;
    case Comparison::kLess:
      return a < b;
    case Comparison::kLessEqual:
      return a <= b;
    case Comparison::kGreater:
      return a > b;
    case Comparison::kGreaterEqual:
      return a >= b;
  }
  return false;
}

// Equal as bits, any NaN equal to any other.
bool Same(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

// f(rows, cols, layout of a, layout of b) over sizes that reach bodies, tails and tiles.
template <typename F>
void ForEachLayout(F f) {
  const int64_t sizes[][2] = {{1, 1}, {1, 133}, {5, 7}, {3, 64}, {300, 10}, {70, 33}};
  for (const auto& size : sizes) {
    for (const Layout& a : kLayouts) {
      for (const Layout& b : kLayouts) {
        SCOPED_TRACE(a.name + " with " + b.name + ", " + std::to_string(size[0]) + " x " +
                     std::to_string(size[1]));
        f(size[0], size[1], a, b);
      }
    }
  }
}

TEST(SimdBinary, AgreesWithPlainLoops) {
  const std::vector<float> x = DrawWithTies(3000, kSeed + 2);
  const std::vector<float> y = DrawWithTies(3000, kSeed + 3);
  for (BinaryFunction f :
       {BinaryFunction::kAdd, BinaryFunction::kSub, BinaryFunction::kMul, BinaryFunction::kDiv,
        BinaryFunction::kMaximum, BinaryFunction::kMinimum}) {
    ForEachTarget([&] {
      ForEachLayout([&](int64_t rows, int64_t cols, const Layout& la, const Layout& lb) {
        const Rows<float> a = Operand(la, x.data(), cols);
        const Rows<float> b = Operand(lb, y.data(), cols);
        std::vector<float> out(rows * cols + 1, 77.0f);
        Binary(f, rows, cols, a, b, out.data());
        int64_t wrong = 0;
        for (int64_t i = 0; i < rows * cols; ++i) {
          wrong += !Same(out[i], Plain(f, At(a, i / cols, i % cols), At(b, i / cols, i % cols)));
        }
        EXPECT_EQ(wrong, 0) << "function " << static_cast<int>(f);
        EXPECT_EQ(out.back(), 77.0f) << "written beyond the end";
      });
    });
  }
}

TEST(SimdBinary, InPlace) {
  const std::vector<float> x = DrawWithTies(3000, kSeed + 4);
  std::vector<float> y = x;
  Binary(BinaryFunction::kMul, 300, 10, {y.data(), 10, false}, {x.data(), 0, false}, y.data());
  for (int64_t i = 0; i < 3000; ++i) ASSERT_TRUE(Same(y[i], x[i] * x[i % 10])) << i;
  Binary(BinaryFunction::kAdd, 1, 3000, {y.data(), 3000, false}, {y.data(), 3000, false}, y.data());
  for (int64_t i = 0; i < 3000; ++i) ASSERT_TRUE(Same(y[i], x[i] * x[i % 10] * 2)) << i;
}

TEST(SimdCompare, AgreesWithPlainLoops) {
  const std::vector<float> x = DrawWithTies(3000, kSeed + 5);
  const std::vector<float> y = DrawWithTies(3000, kSeed + 6);
  for (Comparison f : {Comparison::kEqual, Comparison::kNotEqual, Comparison::kLess,
                       Comparison::kLessEqual, Comparison::kGreater, Comparison::kGreaterEqual}) {
    ForEachTarget([&] {
      ForEachLayout([&](int64_t rows, int64_t cols, const Layout& la, const Layout& lb) {
        const Rows<float> a = Operand(la, x.data(), cols);
        const Rows<float> b = Operand(lb, y.data(), cols);
        const auto out = std::make_unique<bool[]>(rows * cols);
        Compare(f, rows, cols, a, b, out.get());
        int64_t wrong = 0;
        for (int64_t i = 0; i < rows * cols; ++i) {
          wrong += out[i] != Plain(f, At(a, i / cols, i % cols), At(b, i / cols, i % cols));
        }
        EXPECT_EQ(wrong, 0) << "comparison " << static_cast<int>(f);
      });
    });
  }
}

TEST(SimdReluGrad, AgreesWithPlainLoops) {
  const std::vector<float> y = DrawWithTies(300, kSeed + 10);
  const std::vector<float> dy = DrawWithTies(300, kSeed + 11);
  for (const float largest : {1.0f, std::numeric_limits<float>::infinity()}) {
    ForEachTarget([&] {
      for (const int64_t n : {0, 1, 7, 16, 33, 300}) {
        std::vector<float> dx(n);
        ReluGrad(largest, y.data(), dy.data(), n, dx.data());
        for (int64_t i = 0; i < n; ++i)
          EXPECT_TRUE(Same(dx[i], y[i] <= 0 || y[i] > largest ? 0 : dy[i])) << n << " at " << i;
      }
    });
  }
}

TEST(SimdSelect, AgreesWithPlainLoops) {
  const std::vector<float> x = DrawWithTies(3000, kSeed + 7);
  const std::vector<float> y = DrawWithTies(3000, kSeed + 8);
  const auto bools = std::make_unique<bool[]>(3000);
  std::mt19937 bits(kSeed + 9);
  for (int i = 0; i < 3000; ++i) bools[i] = bits() % 2 == 0;
  for (const Layout& lc : kLayouts) {
    ForEachTarget([&] {
      ForEachLayout([&](int64_t rows, int64_t cols, const Layout& la, const Layout& lb) {
        const Rows<float> a = Operand(la, x.data(), cols);
        const Rows<float> b = Operand(lb, y.data(), cols);
        const Rows<bool> condition = Operand<bool>(lc, bools.get(), cols);
        std::vector<float> out(rows * cols);
        Select(rows, cols, condition, a, b, out.data());
        int64_t wrong = 0;
        for (int64_t i = 0; i < rows * cols; ++i) {
          const int64_t r = i / cols;
          const int64_t c = i % cols;
          wrong += !Same(out[i], At(condition, r, c) ? At(a, r, c) : At(b, r, c));
        }
        EXPECT_EQ(wrong, 0) << "condition " << lc.name;
      });
    });
  }
}

}  // namespace
}  // namespace dagrad::runtime::simd
