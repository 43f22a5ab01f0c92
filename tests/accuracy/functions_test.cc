// Every op that is a function of floats, element by element, against long double: within the bound
// that docs/accuracy.md states, on every instruction set, for float32 over all its bit patterns
// (every kStride-th), and with its definition's sign, of 0 too.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "dagrad/ops/table.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/simd/for_each_target.h"
#include "dagrad/tests/accuracy/functions.h"
#include "gtest/gtest.h"
#include "hwy/detect_targets.h"

namespace dagrad::tests {
namespace {

constexpr uint64_t kStride = 4001;
constexpr int64_t kPairs = 400'000;
constexpr int64_t kDoubles = 200'000;
constexpr uint32_t kSeed = 20260101;
constexpr double kInf = std::numeric_limits<double>::infinity();

// Units in the last place of y, or of `least` where |y| is below it.
struct Bound {
  double float32 = 0, without_fma = 0, float64 = 0, least = 0;
};

// The rows "| `Op` | float32 | without FMA | float64 | least |" of the table.
std::map<std::string, Bound> ReadBounds() {
  std::map<std::string, Bound> bounds;
  std::ifstream file("docs/accuracy.md");
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    if (cells.size() != 7 || !absl::StartsWith(cells[1], " `")) continue;
    const auto name = absl::StripSuffix(absl::StripPrefix(cells[1], " `"), "` ");
    Bound b;
    if (absl::SimpleAtod(cells[2], &b.float32) && absl::SimpleAtod(cells[3], &b.without_fma) &&
        absl::SimpleAtod(cells[4], &b.float64) && absl::SimpleAtod(cells[5], &b.least)) {
      bounds[std::string(name)] = b;
    }
  }
  return bounds;
}

// An op of elementwise floats: all inputs and outputs of one float type.
bool IsFloatFunction(const OpDef& op) {
  if (!op.Has(kElementwise) || op.Has(kView) || op.outputs.size() != 1) return false;
  if (op.inputs.size() > 2 || op.name == "Cast") return false;
  const auto takes_floats = [](const PortSpec& port) {
    return port.dtypes.Contains(DType::kFloat32) && port.type_variable == "T";
  };
  return std::all_of(op.inputs.begin(), op.inputs.end(), takes_floats) &&
         takes_floats(op.outputs[0]);
}

AttrMap AttrsOf(const FloatFunction& f, const OpDef& op) {
  AttrMap attrs;
  for (const AttrSpec& attr : op.attrs) {
    if (attr.name == "alpha") attrs.Set("alpha", kAlpha);
    if (attr.name == "approximate") attrs.Set("approximate", f.variant == "tanh");
    if (attr.name == "activation") attrs.Set("activation", f.variant);
  }
  return attrs;
}

template <typename T>
std::vector<T> Edges() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> edges;
  for (const T x : {T{0}, T{1}, Limits::infinity(), Limits::max(), Limits::min(),
                    Limits::denorm_min(), Limits::quiet_NaN(), T{0.5}, T{6}, T{88.5}, T{1e5}}) {
    edges.push_back(x);
    edges.push_back(-x);
  }
  return edges;
}

std::vector<float> Floats() {
  std::vector<float> x = Edges<float>();
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += kStride) {
    const auto word = static_cast<uint32_t>(bits);
    x.emplace_back();
    std::memcpy(&x.back(), &word, sizeof(word));
  }
  return x;
}

std::vector<double> Doubles(std::mt19937_64* random) {
  std::vector<double> x = Edges<double>();
  std::uniform_real_distribution<double> near(-30, 30);
  for (int64_t i = 0; i < kDoubles; ++i) {
    const uint64_t word = (*random)();
    x.emplace_back();
    std::memcpy(&x.back(), &word, sizeof(word));
    x.push_back(near(*random));
  }
  return x;
}

// Pairs: all edges with each other; any numbers, and such as give no overflow.
template <typename T>
void AppendPairs(const std::vector<T>& numbers, std::mt19937_64* random, std::vector<T>* a,
                 std::vector<T>* b) {
  for (const T x : Edges<T>()) {
    for (const T y : Edges<T>()) {
      a->push_back(x);
      b->push_back(y);
    }
  }
  std::uniform_real_distribution<double> logarithm(-8, 8), near(-9, 9);
  for (int64_t i = 0; i < kPairs; ++i) {
    const bool any = i % 2 == 0;
    a->push_back(any ? numbers[(*random)() % numbers.size()]
                     : static_cast<T>(std::exp(logarithm(*random))));
    b->push_back(any ? numbers[(*random)() % numbers.size()] : static_cast<T>(near(*random)));
  }
}

// The distance of neighbours among T at y.
template <typename T>
double Spacing(long double y) {
  using Limits = std::numeric_limits<T>;
  int exponent;
  std::frexp(std::clamp<long double>(std::abs(y), Limits::min(), Limits::max()), &exponent);
  return std::ldexp(1.0, exponent - Limits::digits);
}

template <typename T>
double Ulps(T actual, long double expected, double least) {
  if (std::isnan(expected) || std::isnan(actual)) {
    return std::isnan(expected) && std::isnan(actual) ? 0 : kInf;
  }
  if (actual == static_cast<T>(expected)) return 0;
  // Infinity is taken as the number that follows the largest.
  const long double end = std::ldexp(1.0L, std::numeric_limits<T>::max_exponent);
  const long double y = std::clamp<long double>(actual, -end, end);
  expected = std::clamp(expected, -end, end);
  const long double scale = std::max<long double>(std::abs(expected), least);
  return static_cast<double>(std::abs(y - expected)) / Spacing<T>(scale);
}

struct Worst {
  double ulps = 0;
  std::string at;
};

template <typename T>
class Sweep {
 public:
  Sweep(const FloatFunction& f, std::vector<T> a, std::vector<T> b)
      : function_(f), op_(*ops::FindOp(f.op)), a_(std::move(a)), b_(std::move(b)) {
    for (size_t i = 0; i < a_.size(); ++i) expected_.push_back(f.f(a_[i], b_.empty() ? 1 : b_[i]));
  }

  Worst Run(runtime::KernelMode mode, double least) const {
    const Dims dims = {static_cast<int64_t>(a_.size())};
    std::vector<Tensor> inputs = {Tensor::Of<T>(dims, a_)};
    if (op_.inputs.size() == 2) {
      inputs.push_back(b_.empty() ? Tensor::Full(inputs[0].dtype(), dims, 1)
                                  : Tensor::Of<T>(dims, b_));
    }
    const auto outputs = ops::RunKernel(op_, inputs, AttrsOf(function_, op_), {mode});
    if (!outputs.ok()) return {kInf, std::string(outputs.status().message())};
    const absl::Span<const T> y = (*outputs)[0].template data<T>();
    Worst worst;
    for (size_t i = 0; i < a_.size(); ++i) {
      const bool same_sign = std::isnan(y[i]) || std::signbit(y[i]) == std::signbit(expected_[i]);
      const double ulps =
          same_sign || function_.cancels ? Ulps<T>(y[i], expected_[i], least) : kInf;
      if (ulps > worst.ulps) worst = {ulps, Describe(i, y[i])};
    }
    return worst;
  }

 private:
  std::string Describe(size_t i, T y) const {
    char text[200];
    std::snprintf(text, sizeof(text), "(%.9g, %.9g) = %.9g, not %.12Lg", static_cast<double>(a_[i]),
                  static_cast<double>(b_.empty() ? T{0} : b_[i]), static_cast<double>(y),
                  expected_[i]);
    return text;
  }

  const FloatFunction& function_;
  const OpDef& op_;
  std::vector<T> a_, b_;
  std::vector<long double> expected_;
};

void Expect(const FloatFunction& f, const std::string& how, const Worst& worst, double bound) {
  std::printf("%-24s %-20s %6.3f ULP at %s\n", f.Name().c_str(), how.c_str(), worst.ulps,
              worst.at.c_str());
  EXPECT_LE(worst.ulps, bound) << f.Name() << ", " << how << ": " << worst.at;
}

class FunctionAccuracy : public testing::TestWithParam<FloatFunction> {
 protected:
  void SetUp() override {
    const auto bounds = ReadBounds();
    const auto found = bounds.find(GetParam().Name());
    ASSERT_NE(found, bounds.end()) << "docs/accuracy.md has no bound of " << GetParam().Name();
    bound_ = found->second;
  }
  template <typename T>
  Sweep<T> MakeSweep(const std::vector<T>& numbers, std::mt19937_64* random) const {
    if (GetParam().inputs == 1) return Sweep<T>(GetParam(), numbers, {});
    std::vector<T> a, b;
    AppendPairs(numbers, random, &a, &b);
    return Sweep<T>(GetParam(), std::move(a), std::move(b));
  }

  Bound bound_;
};

TEST_P(FunctionAccuracy, Float32) {
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  const Sweep<float> sweep = MakeSweep<float>(Floats(), &random);
  Expect(GetParam(), "float32 reference", sweep.Run(runtime::KernelMode::kReference, 0), 1);
  runtime::simd::ForEachTarget([&] {
    const int64_t target = hwy::SupportedTargets();
    const bool has_fma = !HWY_ARCH_X86 || target <= HWY_AVX2;
    Expect(GetParam(), hwy::TargetName(target), sweep.Run(runtime::KernelMode::kFast, bound_.least),
           has_fma ? bound_.float32 : bound_.without_fma);
  });
}

TEST_P(FunctionAccuracy, Float64) {
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  const Sweep<double> sweep = MakeSweep<double>(Doubles(&random), &random);
  Expect(GetParam(), "float64", sweep.Run(runtime::KernelMode::kFast, bound_.least),
         bound_.float64);
}

INSTANTIATE_TEST_SUITE_P(All, FunctionAccuracy, testing::ValuesIn(FloatFunctions()),
                         [](const auto& info) { return info.param.op + info.param.variant; });

TEST(FunctionAccuracy, EveryElementwiseOpOfFloatsHasADefinition) {
  int ops = 0;
  for (const OpDef* op : ops::AllOps()) {
    if (!IsFloatFunction(*op)) continue;
    ++ops;
    const auto functions = FloatFunctions();
    EXPECT_TRUE(std::any_of(functions.begin(), functions.end(),
                            [&](const FloatFunction& f) { return f.op == op->name; }))
        << op->name << " has no definition in functions.cc";
  }
  EXPECT_GT(ops, 40);
}

}  // namespace
}  // namespace dagrad::tests
