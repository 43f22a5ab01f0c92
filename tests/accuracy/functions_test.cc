// Every op that is a function of floats, element by element, against long double: within the bound
// that docs/accuracy.md states, on every instruction set, for float32 over all its bit patterns
// (every 4001st), and with its definition's sign, of 0 too.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/ops/table.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/simd/for_each_target.h"
#include "dagrad/tests/accuracy/functions.h"
#include "dagrad/tests/accuracy/sweep.h"
#include "gtest/gtest.h"
#include "hwy/detect_targets.h"

namespace dagrad::tests {
namespace {

constexpr int64_t kPairs = 400'000;
constexpr uint32_t kSeed = 20260101;
constexpr double kInf = std::numeric_limits<double>::infinity();

// The table's numbers of a function.
struct Bound {
  double float32 = 0, without_fma = 0, float64 = 0, least = 0;
};

AttrMap AttrsOf(const FloatFunction& f, const OpDef& op) {
  AttrMap attrs;
  for (const AttrSpec& attr : op.attrs) {
    if (attr.name == "alpha") attrs.Set("alpha", kAlpha);
    if (attr.name == "approximate") attrs.Set("approximate", f.variant == "tanh" ? "tanh" : "none");
    if (attr.name == "activation") attrs.Set("activation", f.variant);
  }
  return attrs;
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

class FunctionAccuracy : public testing::TestWithParam<FloatFunction> {
 protected:
  void SetUp() override {
    const auto bounds = ReadBounds(4);
    const auto found = bounds.find(GetParam().Name());
    ASSERT_NE(found, bounds.end()) << "docs/accuracy.md has no bound of " << GetParam().Name();
    const std::vector<double>& numbers = found->second;
    bound_ = {numbers[0], numbers[1], numbers[2], numbers[3]};
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
  ExpectWithin(GetParam().Name(), "float32 reference",
               sweep.Run(runtime::KernelMode::kReference, 0), 1);
  runtime::simd::ForEachTarget([&] {
    const int64_t target = hwy::SupportedTargets();
    const bool has_fma = !HWY_ARCH_X86 || target <= HWY_AVX2;
    ExpectWithin(GetParam().Name(), hwy::TargetName(target),
                 sweep.Run(runtime::KernelMode::kFast, bound_.least),
                 has_fma ? bound_.float32 : bound_.without_fma);
  });
}

TEST_P(FunctionAccuracy, Float64) {
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  const Sweep<double> sweep = MakeSweep<double>(Doubles(&random), &random);
  ExpectWithin(GetParam().Name(), "float64", sweep.Run(runtime::KernelMode::kFast, bound_.least),
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
