#include <limits>
#include <string>
#include <utility>

#include "absl/types/span.h"
#include "dagrad/ops/nn/layer_norm/layer_norm_golden.h"
#include "dagrad/ops/nn/layer_norm/layer_norm_internal.h"

namespace dagrad::ops::layer_norm_internal {
namespace {

namespace golden = layer_norm_golden;

Tensor Given(Dims dims, absl::Span<const double> values) {
  return Tensor::Of<double>(dims, values);
}

// The dims of a row and of the statistics.
struct RowDims {
  Dims row, statistics;
};

RowDims Split(const Dims& dims, int64_t axis) {
  const int64_t first = axis < 0 ? axis + static_cast<int64_t>(dims.size()) : axis;
  RowDims r{{}, dims};
  for (size_t i = first; i < dims.size(); ++i) {
    r.row.push_back(dims[i]);
    r.statistics[i] = 1;
  }
  return r;
}

// Inputs x, gamma and beta for x of `dims` with elements in [lo, hi).
Sample Forward(const std::string& name, const Dims& dims, AttrMap attrs = {{"axis", -1}},
               double lo = -1, double hi = 1) {
  const RowDims r = Split(dims, attrs.Get<int64_t>("axis"));
  return {name,
          {InputSample::Float(dims, lo, hi), InputSample::Float(r.row, 0.5, 2),
           InputSample::Float(r.row)},
          std::move(attrs)};
}

// Inputs x, gamma, mean, inverse_stddev and dy.
Sample Backward(const std::string& name, const Dims& dims, AttrMap attrs = {{"axis", -1}}) {
  const RowDims r = Split(dims, attrs.Get<int64_t>("axis"));
  return {name,
          {InputSample::Float(dims), InputSample::Float(r.row, 0.5, 2),
           InputSample::Float(r.statistics, -0.5, 0.5), InputSample::Float(r.statistics, 0.5, 2),
           InputSample::Float(dims)},
          std::move(attrs)};
}

Sample KnownForward() {
  return {"known_values",
          {InputSample::Given(Given({2, 3, 4}, golden::kX)),
           InputSample::Given(Given({3, 4}, golden::kGamma_1)),
           InputSample::Given(Given({3, 4}, golden::kBeta_1))},
          {{"axis", 1}},
          true,
          1e-5,
          {Given({2, 3, 4}, golden::kY_1), Given({2, 1, 1}, golden::kMean_1),
           Given({2, 1, 1}, golden::kInverseStddev_1)}};
}

Sample KnownBackward() {
  return {"known_values",
          {InputSample::Given(Given({2, 3, 4}, golden::kX)),
           InputSample::Given(Given({4}, golden::kGamma_2)),
           InputSample::Given(Given({2, 3, 1}, golden::kMean_2)),
           InputSample::Given(Given({2, 3, 1}, golden::kInverseStddev_2)),
           InputSample::Given(Given({2, 3, 4}, golden::kDy))},
          {},
          true,
          1e-5,
          {Given({2, 3, 4}, golden::kDx_2), Given({4}, golden::kDGamma_2),
           Given({4}, golden::kDBeta_2)}};
}

ValueType F(Shape shape) { return {DType::kFloat32, std::move(shape)}; }

}  // namespace

Samples MakeSamples() {
  Samples s;
  s.samples = {KnownForward(), Forward("matrix", {3, 5}),
               Forward("whole_tensor", {3, 4}, {{"axis", 0}, {"epsilon", 0.1}}),
               Forward("vector", {6}), Forward("two_axes", {3, 2, 5}, {{"axis", -2}}),
               Forward("one_element", {3, 1}), Forward("long_rows", {2, 1100}),
               Forward("several_shards", {40, 9}),
               Forward("no_epsilon", {5, 37}, {{"axis", -1}, {"epsilon", 0.0}}),
               Forward("no_rows", {0, 3}), Forward("empty_rows", {3, 0}),
               // The rounding of x itself to float32 is 5e-4, of a deviation of 50.
               Forward("large_mean", {3, 50}, {{"axis", -1}}, 9900, 10100)};
  s.samples.back().float32_tolerance = 5e-5;
  const AttrMap negative = {{"epsilon", -1e-3}};
  const AttrMap infinite = {{"epsilon", std::numeric_limits<double>::infinity()}};
  s.violations = {{"layer_norm_c1", {F({"batch", 3}), F({3}), F({3})}, {{"axis", 2}}},
                  {"layer_norm_c1", {F({}), F({}), F({})}},
                  {"layer_norm_c2", {F({"batch", 3}), F({2}), F({3})}},
                  {"layer_norm_c2", {F({"batch", 2, 3}), F({2, 3}), F({3})}, {{"axis", 1}}},
                  {"layer_norm_c3", {F({"batch", 3}), F({3}), F({3})}, negative},
                  {"layer_norm_c3", {F({"batch", 3}), F({3}), F({3})}, infinite}};
  return s;
}

Samples MakeGradSamples() {
  Samples s;
  s.samples = {KnownBackward(),
               Backward("matrix", {3, 5}),
               Backward("whole_tensor", {3, 4}, {{"axis", 0}}),
               Backward("two_axes", {3, 2, 5}, {{"axis", -2}}),
               Backward("one_element", {3, 1}),
               Backward("long_rows", {2, 1100}),
               Backward("several_shards", {40, 9}),
               Backward("no_rows", {0, 3}),
               Backward("empty_rows", {3, 0})};
  const Shape x = {"batch", 3}, row = {3}, one = {"batch", 1};
  s.violations = {{"layer_norm_grad_c1", {F(x), F(row), F(one), F(one), F(x)}, {{"axis", -3}}},
                  {"layer_norm_grad_c2", {F(x), F({2}), F(one), F(one), F(x)}},
                  {"layer_norm_grad_c2", {F(x), F(row), F({"batch"}), F(one), F(x)}},
                  {"layer_norm_grad_c2", {F(x), F(row), F(one), F({"batch"}), F(x)}},
                  {"layer_norm_grad_c2", {F(x), F(row), F(one), F(one), F({"time", 3})}}};
  return s;
}

}  // namespace dagrad::ops::layer_norm_internal
