// Every op that adds up many numbers, on 100,000 equal ones: their sums are known, and the
// roundings of adding them one after the other all go the same way, up to 1e-4 in float32 and 1e-12
// in float64.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/ops/table.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "gtest/gtest.h"

namespace dagrad::tests {
namespace {

constexpr int64_t kTerms = 100'000;
constexpr double kX = 0.1, kY = 0.3;

// What is expected of an output whose elements are all equal, of inputs that are filled with one
// number each.
struct Case {
  std::string op, name;
  std::vector<std::pair<Dims, double>> inputs;
  AttrMap attrs;
  int output;
  // Of the inputs' numbers, as the dtype has them.
  long double (*expected)(const std::vector<double>& v);
};

using Numbers = const std::vector<double>&;
using Ints = std::vector<int64_t>;

AttrMap Axes(Ints axes) { return {{"axes", std::move(axes)}, {"keepdims", false}}; }
AttrMap Transposed(bool a, bool b) { return {{"transpose_a", a}, {"transpose_b", b}}; }

const std::vector<Case>& Cases() {
  constexpr auto sum = [](Numbers v) -> long double { return 1.0L * kTerms * v[0]; };
  constexpr auto same = [](Numbers v) -> long double { return v[0]; };
  constexpr auto dot = [](Numbers v) -> long double { return 1.0L * kTerms * v[0] * v[1]; };
  static const auto* const cases = new std::vector<Case>{
      {"ReduceSum", "a row", {{{3, kTerms}, kX}}, Axes({1}), 0, sum},
      {"ReduceSum", "columns", {{{kTerms, 5}, kX}}, Axes({0}), 0, sum},
      {"ReduceSum", "wide columns", {{{kTerms, 70}, kX}}, Axes({0}), 0, sum},
      {"ReduceSum", "all", {{{100, 10, 100}, kX}}, Axes({}), 0, sum},
      {"ReduceMean", "a row", {{{3, kTerms}, kX}}, Axes({1}), 0, same},
      {"ReduceMean", "columns", {{{kTerms, 5}, kX}}, Axes({0}), 0, same},
      {"MatMul",
       "plain",
       {{{5, kTerms}, kX}, {{kTerms, 40}, kY}},
       Transposed(false, false),
       0,
       dot},
      {"MatMul", "dots", {{{5, kTerms}, kX}, {{7, kTerms}, kY}}, Transposed(false, true), 0, dot},
      {"MatMul", "a dot", {{{1, kTerms}, kX}, {{kTerms, 1}, kY}}, Transposed(false, false), 0, dot},
      {"MatMul",
       "transposed",
       {{{kTerms, 20}, kX}, {{kTerms, 9}, kY}},
       Transposed(true, false),
       0,
       dot},
      {"Softmax",
       "a row",
       {{{2, kTerms}, kX}},
       {{"axis", int64_t{-1}}},
       0,
       [](Numbers) -> long double { return 1.0L / kTerms; }},
      {"Softmax",
       "a column",
       {{{kTerms, 3}, kX}},
       {{"axis", int64_t{0}}},
       0,
       [](Numbers) -> long double { return 1.0L / kTerms; }},
      {"LogSoftmax",
       "a row",
       {{{2, kTerms}, kX}},
       {{"axis", int64_t{-1}}},
       0,
       [](Numbers) -> long double { return -std::log(1.0L * kTerms); }},
      {"SoftmaxCrossEntropy",
       "a row",
       {{{2, kTerms}, kX}, {{2, kTerms}, kY}},
       {},
       0,
       [](Numbers v) -> long double { return kTerms * v[1] * std::log(1.0L * kTerms); }},
      {"LayerNorm",
       "mean",
       {{{2, kTerms}, kX}, {{kTerms}, 1}, {{kTerms}, 0}},
       {{"axis", int64_t{-1}}, {"epsilon", 1e-3}},
       1,
       same},
      {"LayerNormGrad",
       "dbeta",
       {{{kTerms, 8}, kX}, {{8}, 1}, {{kTerms, 1}, 0}, {{kTerms, 1}, 1}, {{kTerms, 8}, kY}},
       {{"axis", int64_t{-1}}},
       2,
       [](Numbers v) -> long double { return 1.0L * kTerms * v[4]; }},
      {"LayerNormGrad",
       "dgamma",
       {{{kTerms, 8}, kX}, {{8}, 1}, {{kTerms, 1}, 0}, {{kTerms, 1}, 1}, {{kTerms, 8}, kY}},
       {{"axis", int64_t{-1}}},
       1,
       [](Numbers v) -> long double { return 1.0L * kTerms * v[0] * v[4]; }},
      {"BatchNorm", "mean", {{{kTerms, 9}, kX}, {{9}, 1}, {{9}, 0}}, {{"epsilon", 1e-3}}, 1, same},
      {"BatchNorm",
       "mean of few",
       {{{kTerms, 2}, kX}, {{2}, 1}, {{2}, 0}},
       {{"epsilon", 1e-3}},
       1,
       same},
      {"BatchNormGrad",
       "dbeta",
       {{{kTerms, 9}, kX}, {{9}, 1}, {{9}, 0}, {{9}, 1}, {{kTerms, 9}, kY}},
       {{"epsilon", 0.0}},
       2,
       [](Numbers v) -> long double { return 1.0L * kTerms * v[4]; }},
      {"BatchNormGrad",
       "dgamma",
       {{{kTerms, 9}, kX}, {{9}, 1}, {{9}, 0}, {{9}, 1}, {{kTerms, 9}, kY}},
       {{"epsilon", 0.0}},
       1,
       [](Numbers v) -> long double { return 1.0L * kTerms * v[0] * v[4]; }},
  };
  return *cases;
}

// Of the largest difference from what is expected to the latter.
double RelativeError(const Case& c, DType dtype, const ops::RunOptions& options) {
  std::vector<Tensor> inputs;
  std::vector<double> numbers;
  for (const auto& [dims, number] : c.inputs) {
    inputs.push_back(Tensor::Full(dtype, dims, number));
    numbers.push_back(dtype == DType::kFloat32 ? static_cast<float>(number) : number);
  }
  const auto outputs = ops::RunKernel(*ops::FindOp(c.op), inputs, c.attrs, options);
  EXPECT_TRUE(outputs.ok()) << outputs.status();
  if (!outputs.ok()) return 1;
  const long double expected = c.expected(numbers);
  const Tensor actual = *(*outputs)[c.output].Cast(DType::kFloat64);
  long double worst = 0;
  for (const double y : actual.data<double>())
    worst = std::max(worst, std::abs((y - expected) / expected));
  return static_cast<double>(worst);
}

TEST(SumAccuracy, OfEqualTerms) {
  for (const Case& c : Cases()) {
    for (const auto mode : {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
      const std::string how =
          c.op + ", " + c.name + (mode == runtime::KernelMode::kFast ? ", fast" : ", reference");
      for (const int threads : {0, 3}) {
        EXPECT_LE(RelativeError(c, DType::kFloat32, {mode, threads}), 4e-6) << how;
        EXPECT_LE(RelativeError(c, DType::kFloat64, {mode, threads}), 4e-15) << how;
      }
    }
  }
}

TEST(SumAccuracy, EveryReductionThatRoundsIsThere) {
  std::set<std::string> tested = {"ReduceProd"};  // a product, whose errors add up anyway
  for (const Case& c : Cases()) tested.insert(c.op);
  for (const OpDef* op : ops::AllOps()) {
    if (!op->Has(kReduction) || !op->inputs[0].dtypes.Contains(DType::kFloat64)) continue;
    if (op->name == "ReduceMax" || op->name == "ReduceMin") continue;  // round nothing
    EXPECT_EQ(tested.count(std::string(op->name)), 1u) << op->name << " is not in Cases()";
  }
}

}  // namespace
}  // namespace dagrad::tests
