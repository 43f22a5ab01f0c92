#include <limits>
#include <utility>

#include "absl/types/span.h"
#include "dagrad/ops/nn/batch_norm/batch_norm_golden.h"
#include "dagrad/ops/nn/batch_norm/batch_norm_internal.h"

namespace dagrad::ops::batch_norm_internal {
namespace {

namespace golden = batch_norm_golden;

Tensor Cube(absl::Span<const double> values) { return Tensor::Of<double>({2, 3, 4}, values); }
Tensor PerChannel(absl::Span<const double> values) { return Tensor::Of<double>({4}, values); }
InputSample Given(Tensor t) { return InputSample::Given(std::move(t)); }

// Inputs x, gamma and beta for x of `dims` with elements in [lo, hi).
Sample Forward(const std::string& name, Dims dims, double lo = -1, double hi = 1,
               AttrMap attrs = {}) {
  const Dims channels = {dims.back()};
  return {name,
          {InputSample::Float(std::move(dims), lo, hi), InputSample::Float(channels, 0.5, 2),
           InputSample::Float(channels)},
          std::move(attrs)};
}

// Inputs x, gamma, mean, variance and dy.
Sample Backward(const std::string& name, Dims dims, AttrMap attrs = {}) {
  const Dims channels = {dims.back()};
  return {name,
          {InputSample::Float(dims), InputSample::Float(channels, 0.5, 2),
           InputSample::Float(channels, -0.5, 0.5), InputSample::Float(channels, 0.2, 2),
           InputSample::Float(dims)},
          std::move(attrs)};
}

ValueType F(Shape shape) { return {DType::kFloat32, std::move(shape)}; }

}  // namespace

Samples MakeSamples() {
  Samples s;
  s.samples.push_back(
      {"known_values",
       {Given(Cube(golden::kX)), Given(PerChannel(golden::kGamma)),
        Given(PerChannel(golden::kBeta))},
       {},
       true,
       1e-5,
       {Cube(golden::kY), PerChannel(golden::kMean), PerChannel(golden::kVariance)}});
  s.samples.push_back(Forward("matrix", {7, 3}));
  s.samples.push_back(Forward("images", {2, 3, 4, 2}, -3, 3, {{"epsilon", 0.1}}));
  s.samples.push_back(Forward("one_row", {1, 3}));
  s.samples.push_back(Forward("no_epsilon", {37, 5}, -1, 1, {{"epsilon", 0.0}}));
  s.samples.push_back(Forward("blocks_and_shards", {2, 70, 3}));
  s.samples.push_back(Forward("no_rows", {0, 3}));
  s.samples.push_back(Forward("no_channels", {3, 0}));
  // The rounding of x itself to float32 is 5e-4, of a deviation of 50.
  s.samples.push_back(Forward("large_mean", {50, 3}, 9900, 10100));
  s.samples.back().float32_tolerance = 5e-5;
  const AttrMap bad = {{"epsilon", -1e-3}};
  const AttrMap infinite = {{"epsilon", std::numeric_limits<double>::infinity()}};
  s.violations = {{"batch_norm_c1", {F({3}), F({3}), F({3})}},
                  {"batch_norm_c2", {F({"batch", 3}), F({2}), F({3})}},
                  {"batch_norm_c2", {F({"batch", 3}), F({3}), F({1, 3})}},
                  {"batch_norm_c3", {F({"batch", 3}), F({3}), F({3})}, bad},
                  {"batch_norm_c3", {F({"batch", 3}), F({3}), F({3})}, infinite}};
  return s;
}

Samples MakeGradSamples() {
  Samples s;
  s.samples.push_back(
      {"known_values",
       {Given(Cube(golden::kX)), Given(PerChannel(golden::kGamma)),
        Given(PerChannel(golden::kMean)), Given(PerChannel(golden::kVariance)),
        Given(Cube(golden::kDy))},
       {},
       true,
       1e-5,
       {Cube(golden::kDx), PerChannel(golden::kDGamma), PerChannel(golden::kDBeta)}});
  s.samples.push_back(Backward("matrix", {7, 3}));
  s.samples.push_back(Backward("images", {2, 3, 4, 2}, {{"epsilon", 0.1}}));
  s.samples.push_back(Backward("one_row", {1, 3}));
  s.samples.push_back(Backward("no_epsilon", {37, 5}, {{"epsilon", 0.0}}));
  s.samples.push_back(Backward("blocks_and_shards", {2, 70, 3}));
  s.samples.push_back(Backward("no_rows", {0, 3}));
  s.samples.push_back(Backward("no_channels", {3, 0}));
  const Shape x = {"batch", 3}, c = {3};
  s.violations = {{"batch_norm_grad_c1", {F(c), F(c), F(c), F(c), F(c)}},
                  {"batch_norm_grad_c2", {F(x), F({2}), F(c), F(c), F(x)}},
                  {"batch_norm_grad_c2", {F(x), F(c), F({2}), F(c), F(x)}},
                  {"batch_norm_grad_c2", {F(x), F(c), F(c), F({2}), F(x)}},
                  {"batch_norm_grad_c2", {F(x), F(c), F(c), F(c), F({"time", 3})}},
                  {"batch_norm_grad_c3", {F(x), F(c), F(c), F(c), F(x)}, {{"epsilon", -1e-3}}}};
  return s;
}

}  // namespace dagrad::ops::batch_norm_internal
