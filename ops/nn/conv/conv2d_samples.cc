#include <string>

#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/window/window.h"

namespace dagrad::ops::conv2d_internal {
namespace {

struct Case {
  const char* name;
  Dims x, filter;
  Conv2DOptions options;
  double float32_tolerance = 1e-5;
};

// Reaches every form of window and, in float32, oneDNN's primitives, the products of matrices and
// both forms of Winograd's (whose errors are those of sums over 9 * 32 and 9 * 64 products).
std::vector<Case> Cases() {
  return {
      {"valid", {2, 5, 6, 3}, {3, 2, 3, 4}, {}},
      {"same", {2, 5, 4, 2}, {3, 3, 2, 3}, {.padding = "same"}},
      {"same_even_filter", {1, 4, 5, 1}, {2, 4, 1, 2}, {.padding = "same"}},
      {"same_strided", {1, 6, 7, 2}, {3, 3, 2, 2}, {.strides = {2, 3}, .padding = "same"}},
      {"same_no_padding_needed",
       {1, 5, 5, 1},
       {1, 1, 1, 2},
       {.strides = {2, 2}, .padding = "same"}},
      {"explicit",
       {1, 4, 4, 2},
       {3, 3, 2, 2},
       {.padding = "explicit", .explicit_padding = {2, 0, 1, 3}}},
      {"dilated", {1, 7, 6, 2}, {3, 2, 2, 2}, {.dilations = {2, 3}}},
      {"strided_unused_rows", {1, 6, 6, 1}, {2, 2, 1, 1}, {.strides = {3, 3}}},
      {"groups", {2, 4, 4, 4}, {3, 3, 2, 6}, {.padding = "same", .groups = 2}},
      {"depthwise", {1, 4, 5, 3}, {3, 3, 1, 3}, {.padding = "same", .groups = 3}},
      {"depthwise_multiplier", {1, 4, 4, 2}, {2, 2, 1, 4}, {.groups = 2}},
      {"one_by_one", {2, 3, 3, 4}, {1, 1, 4, 5}, {}},
      {"everything",
       {2, 7, 8, 4},
       {2, 3, 2, 4},
       {.strides = {2, 1},
        .padding = "explicit",
        .explicit_padding = {1, 2, 3, 0},
        .dilations = {3, 2},
        .groups = 2}},
      {"empty_batch", {0, 4, 4, 2}, {3, 3, 2, 3}, {}},
      {"no_output_channels", {1, 4, 4, 2}, {3, 3, 2, 0}, {}},
      {"no_input_channels", {1, 4, 4, 0}, {3, 3, 0, 2}, {}},
      {"column",
       {2, 19, 1, 6},
       {4, 1, 6, 8},
       {.strides = {2, 1},
        .padding = "explicit",
        .explicit_padding = {2, 1, 0, 0},
        .dilations = {2, 1}}},
      {"column_same", {3, 40, 1, 16}, {5, 1, 16, 24}, {.padding = "same"}},
      {"few_pixels", {1, 4, 3, 520}, {1, 1, 520, 512}, {.strides = {2, 2}}, 1e-4},
      {"many_channels", {2, 6, 6, 32}, {3, 3, 32, 16}, {.padding = "same"}},
      {"winograd_2x2", {8, 6, 6, 32}, {3, 3, 32, 48}, {.padding = "same"}, 1e-4},
      {"winograd_4x4", {8, 8, 8, 64}, {3, 3, 64, 65}, {.padding = "same"}, 3e-4},
  };
}

Dims OutputDims(const Case& c) {
  const Window w = *ReadWindow(ToAttrs(c.options), "conv2d");
  return {c.x[0], WindowOutput(w, 0, c.x[1], c.filter[0]).value(),
          WindowOutput(w, 1, c.x[2], c.filter[1]).value(), c.filter[3]};
}

Shape ToShape(const Dims& dims) { return Shape(absl::MakeConstSpan(dims)); }

Sample MakeSample(const Case& c, const Dims& a, const Dims& b) {
  return {c.name,
          {InputSample::Float(a), InputSample::Float(b)},
          ToAttrs(c.options),
          true,
          c.float32_tolerance};
}

// One violation of each constraint: the two arguments that Conv2D would have, the options, the
// label's end.
struct Wrong {
  int constraint;
  Dims x, filter;
  Conv2DOptions options;
};

std::vector<Wrong> WrongCases() {
  const Dims x = {1, 4, 4, 2}, f = {3, 3, 2, 2};
  return {
      {1, {4, 4, 2}, f, {}},
      {1, x, {3, 3, 2}, {}},
      {2, x, f, {.strides = {0, 1}}},
      {2, x, f, {.strides = {1}}},
      {2, x, f, {.dilations = {1, -1}}},
      {3, x, f, {.padding = "full"}},
      {4, x, f, {.padding = "explicit", .explicit_padding = {1, 1}}},
      {4, x, f, {.padding = "explicit", .explicit_padding = {1, 1, -1, 1}}},
      {4, x, f, {.padding = "same", .explicit_padding = {1, 1, 1, 1}}},
      {5, x, {3, 3, 1, 2}, {}},
      {5, x, {3, 3, 1, 3}, {.groups = 2}},
      {5, x, f, {.groups = 0}},
      {6, x, {5, 3, 2, 2}, {}},
      {6, x, f, {.dilations = {1, 2}}},
      {6, x, {0, 3, 2, 2}, {.padding = "same"}},
  };
}

void AddViolations(Kind kind, Samples* s) {
  const DType f32 = DType::kFloat32;
  const std::vector<Constraint> constraints = SharedConstraints(kind);
  for (const Wrong& w : WrongCases()) {
    const ValueType x{f32, ToShape(w.x)}, f{f32, ToShape(w.filter)}, dy{f32, {1, 2, 2, 2}};
    AttrMap attrs = ToAttrs(w.options);
    std::vector<ValueType> inputs = {x, f};
    if (kind == Kind::kInputGrad) {
      inputs = {dy, f};
      attrs.Set("input_shape", x.shape);
    } else if (kind == Kind::kFilterGrad) {
      inputs = {x, dy};
      attrs.Set("filter_shape", f.shape);
    }
    s->violations.push_back({constraints[w.constraint - 1].label, inputs, attrs});
  }
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  for (const Case& c : Cases()) s.samples.push_back(MakeSample(c, c.x, c.filter));
  s.samples.push_back({"by_hand",
                       {InputSample::Given(Tensor::Of<double>({1, 2, 3, 1}, {1, 2, 3, 4, 5, 6})),
                        InputSample::Given(Tensor::Of<double>({2, 2, 1, 1}, {1, 10, 100, 1000}))},
                       {},
                       true,
                       1e-5,
                       {Tensor::Of<double>({1, 1, 2, 1}, {5421, 6532})}});
  AddViolations(Kind::kForward, &s);
  return s;
}

Samples MakeInputGradSamples() {
  Samples s;
  for (const Case& c : Cases()) {
    s.samples.push_back(MakeSample(c, OutputDims(c), c.filter));
    s.samples.back().attrs.Set("input_shape", ToShape(c.x));
  }
  AddViolations(Kind::kInputGrad, &s);
  AttrMap attrs = ToAttrs({});
  attrs.Set("input_shape", Shape({1, 4, 4, 2}));
  const DType f32 = DType::kFloat32;
  s.violations.push_back(
      {"conv2d_input_grad_c7", {{f32, {1, 2, 3, 2}}, {f32, {3, 3, 2, 2}}}, attrs});
  return s;
}

Samples MakeFilterGradSamples() {
  Samples s;
  for (const Case& c : Cases()) {
    s.samples.push_back(MakeSample(c, c.x, OutputDims(c)));
    s.samples.back().attrs.Set("filter_shape", ToShape(c.filter));
  }
  AddViolations(Kind::kFilterGrad, &s);
  AttrMap attrs = ToAttrs({});
  attrs.Set("filter_shape", Shape({3, 3, 2, 2}));
  const DType f32 = DType::kFloat32;
  s.violations.push_back(
      {"conv2d_filter_grad_c7", {{f32, {1, 4, 4, 2}}, {f32, {1, 2, 3, 2}}}, attrs});
  return s;
}

}  // namespace dagrad::ops::conv2d_internal
