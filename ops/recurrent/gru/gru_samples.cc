#include <string>
#include <utility>

#include "absl/types/span.h"
#include "dagrad/ops/recurrent/gru/gru_golden.h"
#include "dagrad/ops/recurrent/gru/gru_internal.h"

namespace dagrad::ops::gru_internal {
namespace {

namespace golden = gru_golden;

struct Sizes {
  int64_t batch, time, features, units;
};

Sample Forward(const std::string& name, const Sizes& n, bool reverse = false) {
  return {
      name,
      {InputSample::Float({n.batch, n.time, n.features}),
       InputSample::Float({n.features, 3 * n.units}), InputSample::Float({n.units, 3 * n.units}),
       InputSample::Float({2, 3 * n.units}), InputSample::Float({n.batch, n.units})},
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
  const Dims gates = {n.batch, n.time, 3 * n.units};
  Sample s = {name,
              {InputSample::Float({n.batch, n.time, n.features}),
               InputSample::Float({n.units, 3 * n.units}), InputSample::Float(state),
               InputSample::Float(states), InputSample::Float(gates, 0.1, 0.9),
               InputSample::Float(states), InputSample::Float(states)},
              {{"reverse", reverse}}};
  if (cotangents > 1) s.inputs.push_back(InputSample::Float(gates));
  if (cotangents > 2) s.inputs.push_back(InputSample::Float(states));
  return s;
}

InputSample Given(const Dims& dims, absl::Span<const double> values) {
  return InputSample::Given(Tensor::Of<double>(dims, values));
}

Sample Known(const std::string& name, bool reverse, absl::Span<const double> h,
             absl::Span<const double> gates, absl::Span<const double> inner) {
  return {name,
          {Given({2, 4, 3}, golden::kX), Given({3, 6}, golden::kKernel),
           Given({2, 6}, golden::kRecurrentKernel), Given({2, 6}, golden::kBias),
           Given({2, 2}, golden::kH0)},
          {{"reverse", reverse}},
          true,
          1e-5,
          {Tensor::Of<double>({2, 4, 2}, h), Tensor::Of<double>({2, 4, 6}, gates),
           Tensor::Of<double>({2, 4, 2}, inner)}};
}

// One unit and one feature, z = r = 1/2, n = 0, inner = 4, h0 = 6, H = 8:
//   ds = (8 (6 - 0) / 4, 8/2 · 4 / 4, 8/2),  du = 4/2,  dh0 = 8/2 + 12·1 + 4·2 + 2·3.
Sample ByHand() {
  const auto step = [](double v) { return Given({1, 1, 1}, {v}); };
  return {"by_hand",
          {step(3), Given({1, 3}, {1, 2, 3}), Given({1, 1}, {6}), step(0),
           Given({1, 1, 3}, {0.5, 0.5, 0}), step(4), step(8)},
          {},
          true,
          1e-5,
          {Tensor::Of<double>({1, 1, 3}, {12, 4, 4}), Tensor::Of<double>({1, 1, 1}, {2}),
           Tensor::Of<double>({1, 3}, {36, 12, 12}), Tensor::Of<double>({1, 3}, {72, 24, 12}),
           Tensor::Of<double>({2, 3}, {12, 4, 4, 12, 4, 2}), Tensor::Of<double>({1, 1}, {30})}};
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
  s.samples = {Known("known_values", false, golden::kH, golden::kGates, golden::kInner),
               Known("known_values_reverse", true, golden::kHReverse, golden::kGatesReverse,
                     golden::kInnerReverse),
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
  const std::vector<ValueType> right = {F({"batch", "time", 3}), F({3, 6}), F({2, 6}), F({2, 6}),
                                        F({"batch", 2})};
  s.violations = {{"gru_c1", With(right, 0, {"batch", 3})}, {"gru_c1", With(right, 2, {6})},
                  {"gru_c1", With(right, 3, {6})},          {"gru_c2", With(right, 1, {4, 6})},
                  {"gru_c2", With(right, 2, {2, 8})},       {"gru_c2", With(right, 3, {1, 6})},
                  {"gru_c3", With(right, 4, {"time", 2})}};
  std::vector<ValueType> masked = right;
  masked.push_back({DType::kBool, {"time", "batch"}});
  s.violations.push_back({"gru_c4", std::move(masked)});
  return s;
}

Samples MakeGradSamples() {
  Samples s;
  s.samples = {ByHand(),
               Backward("one_step", {3, 1, 2, 2}),
               Backward("cotangent_of_gates", {2, 3, 2, 2}, false, 2),
               Backward("cotangent_of_inner", {2, 3, 2, 2}, false, 3),
               Backward("reverse", {2, 3, 2, 2}, true, 3),
               Backward("several_shards", {37, 2, 3, 2}, false, 3),
               Backward("vectors_and_a_rest", {2, 3, 5, 19}),
               Backward("many_columns", {2, 2, 1, 65}, true),
               Backward("many_rows", {40, 8, 1, 1}),
               Backward("no_examples", {0, 3, 2, 2}),
               Backward("no_time", {2, 0, 2, 2}),
               Backward("no_features", {2, 3, 0, 2}),
               Backward("no_units", {2, 3, 2, 0})};
  const Shape state = {"batch", 2}, states = {"batch", "time", 2}, gates = {"batch", "time", 6};
  const std::vector<ValueType> right = {F({"batch", "time", 3}),
                                        F({2, 6}),
                                        F(state),
                                        F(states),
                                        F(gates),
                                        F(states),
                                        F(states),
                                        F(gates),
                                        F(states)};
  s.violations = {{"gru_grad_c2", With(right, kX, {"batch", 3})},
                  {"gru_grad_c2", With(right, kRecurrentKernel, {6})},
                  {"gru_grad_c3", With(right, kRecurrentKernel, {2, 7})}};
  for (int i = kH0; i <= kDInner; ++i)
    s.violations.push_back({"gru_grad_c3", With(right, i, {"batch", 5})});
  return s;
}

}  // namespace dagrad::ops::gru_internal
