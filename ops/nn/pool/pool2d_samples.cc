#include <limits>
#include <string>

#include "dagrad/ops/nn/pool/pool2d_internal.h"
#include "dagrad/ops/nn/window/window.h"

namespace dagrad::ops::pool2d_internal {
namespace {

struct Case {
  const char* name;
  Dims x, y;
  Pool2DOptions options;
};

std::vector<Case> Cases() {
  return {
      {"two_by_two", {2, 4, 6, 3}, {2, 2, 3, 3}, {}},
      {"unused_rows", {1, 5, 7, 2}, {1, 2, 3, 2}, {}},
      {"overlapping", {1, 5, 6, 2}, {1, 3, 2, 2}, {.pool_size = {3, 2}, .strides = {1, 3}}},
      {"gaps", {1, 7, 7, 2}, {1, 2, 3, 2}, {.pool_size = {2, 1}, .strides = {4, 3}}},
      {"same", {1, 5, 5, 2}, {1, 3, 3, 2}, {.padding = "same"}},
      {"same_overlapping",
       {2, 5, 4, 1},
       {2, 5, 4, 1},
       {.pool_size = {3, 3}, .strides = {1, 1}, .padding = "same"}},
      {"explicit",
       {1, 4, 5, 2},
       {1, 3, 3, 2},
       {.pool_size = {3, 3},
        .strides = {2, 2},
        .padding = "explicit",
        .explicit_padding = {1, 2, 0, 2}}},
      {"global", {2, 3, 5, 4}, {2, 1, 1, 4}, {.pool_size = {3, 5}}},
      {"many_channels", {1, 2, 1, 70}, {1, 1, 1, 70}, {.pool_size = {2, 1}}},
      {"empty_batch", {0, 4, 4, 2}, {0, 2, 2, 2}, {}},
      {"no_channels", {1, 4, 4, 0}, {1, 2, 2, 0}, {}},
      {"no_rows", {1, 0, 4, 2}, {1, 0, 2, 2}, {.padding = "same"}},
  };
}

Shape ToShape(const Dims& dims) { return Shape(absl::MakeConstSpan(dims)); }

// Images without ties, outputs of any kind; which of them an op takes, `inputs` says ("x", "y",
// "xy", "xx").
Samples MakeCases(const std::string& inputs, bool needs_input_shape) {
  Samples s;
  for (const Case& c : Cases()) {
    std::vector<InputSample> samples;
    for (char input : inputs) {
      samples.push_back(input == 'x' ? InputSample::Distinct(c.x) : InputSample::Float(c.y));
    }
    s.samples.push_back({c.name, samples, ToAttrs(c.options)});
    if (needs_input_shape) s.samples.back().attrs.Set("input_shape", ToShape(c.x));
  }
  return s;
}

struct Wrong {
  int constraint;
  Shape x;
  Pool2DOptions options;
};

std::vector<Wrong> WrongCases() {
  const Shape x = {1, 4, 4, 2};
  return {
      {1, {4, 4, 2}, {}},
      {2, x, {.pool_size = {2}}},
      {2, x, {.pool_size = {0, 2}}},
      {2, x, {.strides = {2, 0}}},
      {2, x, {.strides = {2}}},
      {3, x, {.padding = "SAME"}},
      {4, x, {.padding = "explicit", .explicit_padding = {1}}},
      {4, x, {.explicit_padding = {1, 1, 1, 1}}},
      {5, x, {.pool_size = {5, 2}}},
      {5, x, {.padding = "explicit", .explicit_padding = {2, 0, 0, 0}}},
  };
}

// `labels` of the constraints from the first on; the op's inputs as above.
void AddViolations(const std::vector<absl::string_view>& labels, const std::string& inputs,
                   bool needs_input_shape, Samples* s) {
  const DType f32 = DType::kFloat32;
  const auto add = [&](absl::string_view label, const Shape& x, const Shape& last,
                       const Pool2DOptions& options) {
    std::vector<ValueType> types;
    for (char input : inputs) types.push_back({f32, input == 'x' ? x : Shape({1, 2, 2, 2})});
    if (inputs.size() == 2 || needs_input_shape) types.back().shape = last;
    s->violations.push_back({label, types, ToAttrs(options)});
    if (needs_input_shape) s->violations.back().attrs.Set("input_shape", x);
  };
  for (const Wrong& w : WrongCases())
    add(labels[w.constraint - 1], w.x, Shape({1, 2, 2, 2}), w.options);
  if (labels.size() == 6) add(labels[5], {1, 4, 4, 2}, {1, 2, 3, 2}, {});
}

// 3x3 pixels, windows of 2x2 with stride 1: ties in the middle.
const Tensor& Tied() {
  static const Tensor* const t =
      new Tensor(Tensor::Of<double>({1, 3, 3, 1}, {1, 5, 5, 5, 5, 0, 2, 5, 3}));
  return *t;
}

}  // namespace

Samples MakeMaxSamples() {
  Samples s = MakeCases("x", false);
  AttrMap attrs = ToAttrs({.strides = {1, 1}});
  s.samples.push_back({"by_hand",
                       {InputSample::Given(Tensor::Of<double>({1, 2, 3, 1}, {1, 2, 3, 6, 5, 4}))},
                       attrs,
                       true,
                       0,
                       {Tensor::Of<double>({1, 1, 2, 1}, {6, 5})}});
  const double infinity = std::numeric_limits<double>::infinity();
  s.samples.push_back(
      {"infinities",
       {InputSample::Given(Tensor::Of<double>({1, 1, 4, 1}, {-infinity, -infinity, 1, infinity}))},
       ToAttrs({.pool_size = {1, 2}}),
       false,
       0,
       {Tensor::Of<double>({1, 1, 2, 1}, {-infinity, infinity})}});
  AddViolations(
      {"max_pool2d_c1", "max_pool2d_c2", "max_pool2d_c3", "max_pool2d_c4", "max_pool2d_c5"}, "x",
      false, &s);
  return s;
}

Samples MakeMaxGradSamples() {
  Samples s = MakeCases("xy", false);
  s.samples.push_back({"first_of_ties",
                       {InputSample::Given(Tied()),
                        InputSample::Given(Tensor::Of<double>({1, 2, 2, 1}, {1, 10, 100, 1000}))},
                       ToAttrs({.strides = {1, 1}}),
                       false,
                       0,
                       {Tensor::Of<double>({1, 3, 3, 1}, {0, 11, 0, 100, 1000, 0, 0, 0, 0})}});
  AddViolations({"max_pool2d_grad_c1", "max_pool2d_grad_c2", "max_pool2d_grad_c3",
                 "max_pool2d_grad_c4", "max_pool2d_grad_c5", "max_pool2d_grad_c6"},
                "xy", false, &s);
  return s;
}

Samples MakeMaxGatherSamples() {
  Samples s = MakeCases("xx", false);
  s.samples.push_back(
      {"first_of_ties",
       {InputSample::Given(Tied()),
        InputSample::Given(Tensor::Of<double>({1, 3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9}))},
       ToAttrs({.strides = {1, 1}}),
       false,
       0,
       {Tensor::Of<double>({1, 2, 2, 1}, {2, 2, 4, 5})}});
  AddViolations({"max_pool2d_gather_c1", "max_pool2d_gather_c2", "max_pool2d_gather_c3",
                 "max_pool2d_gather_c4", "max_pool2d_gather_c5", "max_pool2d_gather_c6"},
                "xx", false, &s);
  return s;
}

Samples MakeAvgSamples() {
  Samples s = MakeCases("x", false);
  s.samples.push_back({"padding_does_not_count",
                       {InputSample::Given(Tensor::Of<double>({1, 1, 3, 1}, {1, 2, 6}))},
                       ToAttrs({.pool_size = {1, 2}, .padding = "same"}),
                       true,
                       0,
                       {Tensor::Of<double>({1, 1, 2, 1}, {1.5, 6})}});
  AddViolations(
      {"avg_pool2d_c1", "avg_pool2d_c2", "avg_pool2d_c3", "avg_pool2d_c4", "avg_pool2d_c5"}, "x",
      false, &s);
  return s;
}

Samples MakeAvgGradSamples() {
  Samples s = MakeCases("y", true);
  AddViolations({"avg_pool2d_grad_c1", "avg_pool2d_grad_c2", "avg_pool2d_grad_c3",
                 "avg_pool2d_grad_c4", "avg_pool2d_grad_c5", "avg_pool2d_grad_c6"},
                "y", true, &s);
  return s;
}

}  // namespace dagrad::ops::pool2d_internal
