#include <string>
#include <utility>

#include "absl/types/span.h"
#include "dagrad/ops/recurrent/lstm/lstm_golden.h"
#include "dagrad/ops/recurrent/lstm/lstm_internal.h"

namespace dagrad::ops::lstm_internal {
namespace {

namespace golden = lstm_golden;

struct Sizes {
  int64_t batch, time, features, units;
};

Sample Forward(const std::string& name, const Sizes& n, bool reverse = false) {
  return {name,
          {InputSample::Float({n.batch, n.time, n.features}),
           InputSample::Float({n.features, 4 * n.units}),
           InputSample::Float({n.units, 4 * n.units}), InputSample::Float({4 * n.units}),
           InputSample::Float({n.batch, n.units}), InputSample::Float({n.batch, n.units})},
          {{"reverse", reverse}}};
}

// With some steps left out, by chance.
Sample Masked(Sample s) {
  const Dims& x = s.inputs[0].dims;
  s.inputs.push_back(InputSample::Of(DType::kBool, {x[0], x[1]}));
  return s;
}

Sample Backward(const std::string& name, const Sizes& n, bool reverse = false, int cotangents = 1) {
  const Dims state = {n.batch, n.units}, states = {n.batch, n.time, n.units};
  const Dims gates = {n.batch, n.time, 4 * n.units};
  Sample s = {name,
              {InputSample::Float({n.batch, n.time, n.features}),
               InputSample::Float({n.units, 4 * n.units}), InputSample::Float(state),
               InputSample::Float(state), InputSample::Float(states), InputSample::Float(states),
               InputSample::Float(gates, 0.1, 0.9), InputSample::Float(states)},
              {{"reverse", reverse}}};
  if (cotangents > 1) s.inputs.push_back(InputSample::Float(states));
  if (cotangents > 2) s.inputs.push_back(InputSample::Float(gates));
  return s;
}

InputSample Given(const Dims& dims, absl::Span<const double> values) {
  return InputSample::Given(Tensor::Of<double>(dims, values));
}

Sample Known(const std::string& name, bool reverse, absl::Span<const double> h,
             absl::Span<const double> c, absl::Span<const double> gates) {
  return {name,
          {Given({2, 4, 3}, golden::kX), Given({3, 8}, golden::kKernel),
           Given({2, 8}, golden::kRecurrentKernel), Given({8}, golden::kBias),
           Given({2, 2}, golden::kH0), Given({2, 2}, golden::kC0)},
          {{"reverse", reverse}},
          true,
          1e-5,
          {Tensor::Of<double>({2, 4, 2}, h), Tensor::Of<double>({2, 4, 2}, c),
           Tensor::Of<double>({2, 4, 8}, gates)}};
}

// One unit, one feature, no memory of the past: f = i = o = sigmoid(0) = 1/2, g = tanh(0) = 0, so
// c = c0 / 2 and dz = (0, C c0 / 4, C / 2, H tanh(c) / 4), C = H (1 - tanh²(c)) / 2, with c = 0.
Sample ByHand() {
  const auto one = [](double v) { return Given({1, 1}, {v}); };
  const auto step = [](double v) { return Given({1, 1, 1}, {v}); };
  return {"by_hand",
          {step(3), Given({1, 4}, {0, 0, 0, 2}), one(5), one(0), step(0), step(0),
           Given({1, 1, 4}, {0.5, 0.5, 0, 0.5}), step(8)},
          {},
          true,
          1e-5,
          {Tensor::Of<double>({1, 1, 4}, {0, 0, 2, 0}), Tensor::Of<double>({1, 4}, {0, 0, 6, 0}),
           Tensor::Of<double>({1, 4}, {0, 0, 10, 0}), Tensor::Of<double>({4}, {0, 0, 2, 0}),
           Tensor::Of<double>({1, 1}, {0}), Tensor::Of<double>({1, 1}, {2})}};
}

ValueType F(Shape shape) { return {DType::kFloat32, std::move(shape)}; }

// The right inputs but for input i.
std::vector<ValueType> With(std::vector<ValueType> inputs, int i, Shape shape) {
  inputs[i] = F(std::move(shape));
  return inputs;
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  s.samples = {Known("known_values", false, golden::kH, golden::kC, golden::kGates),
               Known("known_values_reverse", true, golden::kHReverse, golden::kCReverse,
                     golden::kGatesReverse),
               Forward("one_step", {3, 1, 2, 2}),
               Forward("several_shards", {37, 2, 3, 2}),
               Forward("vectors_and_a_rest", {2, 3, 5, 19}),
               Forward("reverse", {3, 3, 2, 3}, true),
               Masked(Forward("masked", {3, 4, 2, 3})),
               Masked(Forward("masked_several_shards", {37, 3, 3, 2})),
               Masked(Forward("masked_reverse", {3, 4, 2, 3}, true)),
               Masked(Forward("masked_no_time", {2, 0, 2, 2})),
               Forward("no_examples", {0, 3, 2, 2}),
               Forward("no_time", {2, 0, 2, 2}),
               Forward("no_features", {2, 3, 0, 2}),
               Forward("no_units", {2, 3, 2, 0})};
  const std::vector<ValueType> right = {F({"batch", "time", 3}), F({3, 8}),      F({2, 8}), F({8}),
                                        F({"batch", 2}),         F({"batch", 2})};
  s.violations = {
      {"lstm_c1", With(right, 0, {"batch", 3})}, {"lstm_c1", With(right, 2, {8})},
      {"lstm_c1", With(right, 3, {1, 8})},       {"lstm_c2", With(right, 1, {4, 8})},
      {"lstm_c2", With(right, 2, {2, 6})},       {"lstm_c2", With(right, 3, {2})},
      {"lstm_c3", With(right, 4, {"time", 2})},  {"lstm_c3", With(right, 5, {"batch", 3})}};
  std::vector<ValueType> masked = right;
  masked.push_back({DType::kBool, {"time", "batch"}});
  s.violations.push_back({"lstm_c4", std::move(masked)});
  return s;
}

Samples MakeGradSamples() {
  Samples s;
  s.samples = {ByHand(),
               Backward("one_step", {3, 1, 2, 2}),
               Backward("cotangent_of_c", {2, 3, 2, 2}, false, 2),
               Backward("cotangent_of_gates", {2, 3, 2, 2}, false, 3),
               Backward("reverse", {2, 3, 2, 2}, true, 3),
               Backward("several_shards", {37, 2, 3, 2}, false, 3),
               Backward("vectors_and_a_rest", {2, 3, 5, 19}),
               Backward("many_columns", {2, 2, 1, 33}, true),
               Backward("many_rows", {40, 8, 1, 1}),
               Masked(Backward("masked", {3, 4, 2, 2}, false, 3)),
               Masked(Backward("masked_several_shards", {37, 3, 3, 2}, false, 3)),
               Masked(Backward("masked_reverse", {3, 4, 2, 2}, true, 3)),
               Masked(Backward("masked_no_time", {2, 0, 2, 2}, false, 3)),
               Backward("no_examples", {0, 3, 2, 2}),
               Backward("no_time", {2, 0, 2, 2}),
               Backward("no_features", {2, 3, 0, 2}),
               Backward("no_units", {2, 3, 2, 0})};
  const Shape state = {"batch", 2}, states = {"batch", "time", 2}, gates = {"batch", "time", 8};
  const std::vector<ValueType> right = {F({"batch", "time", 3}),
                                        F({2, 8}),
                                        F(state),
                                        F(state),
                                        F(states),
                                        F(states),
                                        F(gates),
                                        F(states),
                                        F(states),
                                        F(gates),
                                        {DType::kBool, {"batch", "time"}}};
  s.violations = {{"lstm_grad_c2", With(right, kX, {"batch", 3})},
                  {"lstm_grad_c2", With(right, kRecurrentKernel, {8})},
                  {"lstm_grad_c3", With(right, kRecurrentKernel, {2, 7})}};
  for (int i = kH0; i <= kDGates; ++i)
    s.violations.push_back({"lstm_grad_c3", With(right, i, {"batch", 5})});
  std::vector<ValueType> mask = right;
  mask[kMask].shape = {"time", "batch"};
  s.violations.push_back({"lstm_grad_c3", std::move(mask)});
  return s;
}

}  // namespace dagrad::ops::lstm_internal
