#include <limits>
#include <utility>

#include "dagrad/ops/creation/random/random_golden.h"
#include "dagrad/ops/nn/dropout/dropout_internal.h"

namespace dagrad::ops::dropout_internal {
namespace {

Sample Make(const std::string& name, Dims dims, double rate, int64_t stream) {
  const InputSample key = InputSample::Given(Tensor::Of<int64_t>({2}, random_golden::kKey));
  return {name, {InputSample::Float(std::move(dims)), key}, {{"rate", rate}, {"stream", stream}}};
}

// The golden uniform numbers are -1 + 4 u: below 0 where u is below the rate of a quarter.
Sample KnownValues() {
  Sample s = Make("known_values", {10}, 0.25, random_golden::kStream);
  Tensor x = Tensor::Full(DType::kFloat64, {10}, 3);
  Tensor y = Tensor::Full(DType::kFloat64, {10}, 0);
  for (int i = 0; i < 10; ++i) y.mutable_data<double>()[i] = random_golden::kUniform[i] < 0 ? 0 : 4;
  s.inputs[0] = InputSample::Given(x);
  s.expected = {y};
  return s;
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  s.samples = {KnownValues(),
               Make("half", {3, 5}, 0.5, 0),
               Make("rate_0", {2, 3}, 0, 1),
               Make("nearly_all", {7}, 0.999, 2),
               Make("scalar", {}, 0.1, -1),
               Make("empty", {0, 3}, 0.5, 0),
               Make("empty_rate_0", {0}, 0, 0),
               Make("several_shards", {11, 2, 101}, 0.2, 9)};
  const ValueType x{DType::kFloat32, {2, 3}}, key{DType::kInt64, {2}};
  const AttrMap half = {{"rate", 0.5}};
  s.violations = {{"dropout_c1", {x, {DType::kInt64, {3}}}, half},
                  {"dropout_c1", {x, {DType::kInt64, {}}}, half},
                  {"dropout_c2", {x, key}, {{"rate", -0.1}}},
                  {"dropout_c2", {x, key}, {{"rate", 1.0}}},
                  {"dropout_c2", {x, key}, {{"rate", std::numeric_limits<double>::quiet_NaN()}}}};
  return s;
}

}  // namespace dagrad::ops::dropout_internal
