// The derivative of every op that is a function of one float, and of every activation, against long
// double: within the bound that docs/accuracy.md states, on every instruction set, for float32 over
// all its numbers (every 4001st). Activations that are made of several ops are held to a bound
// themselves too. What derivatives are at infinities and NaN, tests/kinks says.

#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/table.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/runtime/simd/for_each_target.h"
#include "dagrad/tests/accuracy/derivatives.h"
#include "dagrad/tests/accuracy/sweep.h"
#include "gtest/gtest.h"
#include "hwy/detect_targets.h"

namespace dagrad::tests {
namespace {

constexpr uint32_t kSeed = 20260102;

// Of float32, of float64, and the least result that is one's own measure.
struct Bound {
  double float32 = 0, float64 = 0, least = 0;
};

Bound BoundOf(const std::string& name) {
  const auto bounds = ReadBounds(3);
  const auto found = bounds.find(name);
  if (found == bounds.end()) {
    ADD_FAILURE() << "docs/accuracy.md has no bound of " << name;
    return {};
  }
  return {found->second[0], found->second[1], found->second[2]};
}

// Outputs "y" and "slope".
absl::StatusOr<runtime::TensorMap> Evaluate(const Derivative& d, const Tensor& at) {
  GraphBuilder g(d.function);
  const Value x = g.Input("x", at.dtype(), {at.num_elements()});
  const Value y = d.build(x);
  g.Output("y", y);
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> gradients, Gradients({y}, {x}));
  g.Output("slope", gradients[0]);
  DAGRAD_ASSIGN_OR_RETURN(const Function function, g.Build());
  DAGRAD_ASSIGN_OR_RETURN(
      runtime::EvaluateResult result,
      runtime::EvaluateFunction(function, {{"x", at}}, {}, runtime::KernelMode::kFast));
  return std::move(result.outputs);
}

template <typename T>
class Sweep {
 public:
  Sweep(const Derivative& d, const std::vector<T>& numbers) : derivative_(d) {
    for (const T x : numbers) {
      if (!std::isfinite(x)) continue;
      x_.push_back(x);
      slopes_.push_back(d.slope(x));
      if (d.value != nullptr) values_.push_back(d.value(x));
    }
  }

  void Run(const std::string& how, double Bound::*limit) const {
    const auto outputs = Evaluate(
        derivative_, Tensor::Of<T>({static_cast<int64_t>(x_.size())}, absl::MakeConstSpan(x_)));
    ASSERT_TRUE(outputs.ok()) << outputs.status();
    const absl::Span<const T> y = outputs->at("y").template data<T>();
    Check(derivative_.function + "'", how, limit, outputs->at("slope").template data<T>(), slopes_,
          y);
    if (!values_.empty()) Check(derivative_.function, how, limit, y, values_, y);
  }

 private:
  // Where the function is none, y is NaN, and the derivative what its formula gives.
  void Check(const std::string& name, const std::string& how, double Bound::*limit,
             absl::Span<const T> actual, const std::vector<long double>& expected,
             absl::Span<const T> y) const {
    const Bound bound = BoundOf(name);
    Worst worst;
    for (size_t i = 0; i < x_.size(); ++i) {
      if (std::isnan(y[i])) continue;
      const bool vanishes = actual[i] == 0 && std::abs(expected[i]) < std::numeric_limits<T>::min();
      const double ulps = vanishes ? 0 : Ulps<T>(actual[i], expected[i], bound.least);
      if (ulps > worst.ulps) worst = {ulps, Describe(i, actual[i], expected[i])};
    }
    ExpectWithin(name, how, worst, bound.*limit);
  }

  std::string Describe(size_t i, T actual, long double expected) const {
    char text[200];
    std::snprintf(text, sizeof(text), "(%.9g) = %.9g, not %.12Lg", static_cast<double>(x_[i]),
                  static_cast<double>(actual), expected);
    return text;
  }

  const Derivative& derivative_;
  std::vector<T> x_;
  std::vector<long double> slopes_, values_;
};

class DerivativeAccuracy : public testing::TestWithParam<Derivative> {};

TEST_P(DerivativeAccuracy, Float32) {
  const Sweep<float> sweep(GetParam(), Floats());
  runtime::simd::ForEachTarget(
      [&] { sweep.Run(hwy::TargetName(hwy::SupportedTargets()), &Bound::float32); });
}

TEST_P(DerivativeAccuracy, Float64) {
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  Sweep<double>(GetParam(), Doubles(&random)).Run("float64", &Bound::float64);
}

INSTANTIATE_TEST_SUITE_P(All, DerivativeAccuracy, testing::ValuesIn(Derivatives()),
                         [](const auto& info) {
                           return std::regex_replace(info.param.function, std::regex("\\W"), "");
                         });

std::set<std::string> Tested() {
  std::set<std::string> names;
  for (const Derivative& d : Derivatives()) names.insert(d.function);
  return names;
}

TEST(DerivativeAccuracy, EveryOpOfOneFloatIsThere) {
  const std::set<std::string> tested = Tested();
  int ops = 0;
  for (const OpDef* op : ops::AllOps()) {
    if (!IsFloatFunction(*op) || op->inputs.size() != 1 || op->gradient == nullptr) continue;
    ++ops;
    EXPECT_TRUE(tested.count(std::string(op->name))) << op->name << " is not in derivatives.cc";
  }
  EXPECT_GT(ops, 25);
}

TEST(DerivativeAccuracy, EveryActivationIsThere) {
  const std::set<std::string> tested = Tested();
  const std::regex declaration("Value ([A-Za-z0-9]+)\\(Operand x\\);");
  std::ifstream header("ops/nn/activation/activation.h");
  int activations = 0;
  for (std::string line; std::getline(header, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, declaration)) continue;
    ++activations;
    EXPECT_TRUE(tested.count(match[1])) << match[1] << " is not in derivatives.cc";
  }
  EXPECT_GT(activations, 5);
}

}  // namespace
}  // namespace dagrad::tests
