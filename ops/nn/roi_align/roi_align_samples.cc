#include <string>
#include <utility>
#include <vector>

#include "dagrad/ops/nn/roi_align/roi_align_internal.h"

namespace dagrad::ops::roi_align_internal {
namespace {

struct Case {
  const char* name;
  Dims x;
  std::vector<double> rois;
  std::vector<int64_t> images;
  RoiAlignOptions options;
};

std::vector<Case> Cases() {
  // Inside of the image, beside its borders and over each corner.
  const std::vector<double> rois = {0.3,  0.4,  4.1, 5.2, 1.1, 2.3, 6.6, 3.9,
                                    -2.2, -1.7, 3.3, 2.6, 4.4, 3.3, 9.9, 8.8};
  const std::vector<int64_t> images = {0, 1, 1, 0};
  return {
      {"as_many_as_pixels", {2, 6, 7, 3}, rois, images, {.height = 2, .width = 3}},
      {"without_half_pixel",
       {2, 6, 7, 2},
       rois,
       images,
       {.height = 3, .width = 2, .half_pixel = false}},
      {"scaled",
       {2, 4, 5, 2},
       rois,
       images,
       {.height = 2, .width = 2, .sampling_ratio = 2, .spatial_scale = 0.25}},
      {"many_channels",
       {1, 3, 4, 70},
       {0.1, 0.2, 3.3, 2.4},
       {0},
       {.height = 2, .width = 1, .sampling_ratio = 3, .half_pixel = false}},
      {"many_samples", {1, 5, 4, 1}, {0.6, 0.2, 3.9, 4.7}, {0}, {.sampling_ratio = 40}},
      {"reversed", {1, 4, 4, 2}, {3.3, 3.1, 1.2, 0.8}, {0}, {.height = 2}},
      {"reversed_with_samples",
       {1, 4, 4, 2},
       {3.3, 3.1, 1.2, 0.8},
       {0},
       {.width = 2, .sampling_ratio = 2}},
      {"outside", {1, 4, 4, 2}, {10, 1, 20, 2, 1, -9.5, 2, -4.5}, {0, 0}, {.sampling_ratio = 2}},
      {"no_regions", {2, 4, 4, 3}, {}, {}, {.height = 2, .width = 2}},
      {"no_images", {0, 4, 4, 3}, {}, {}, {.height = 2, .width = 2}},
      {"no_channels", {1, 4, 4, 0}, {0, 0, 2, 2}, {0}, {.height = 2}},
      {"no_rows", {1, 0, 4, 2}, {0, 0, 2, 2}, {0}, {.height = 2}},
  };
}

AttrMap AttrsOf(const RoiAlignOptions& o) {
  return {{"height", o.height},
          {"width", o.width},
          {"sampling_ratio", o.sampling_ratio},
          {"spatial_scale", o.spatial_scale},
          {"half_pixel", o.half_pixel}};
}

// `first` with the regions.
std::vector<InputSample> InputsOf(const Case& c, InputSample first) {
  const auto m = static_cast<int64_t>(c.images.size());
  return {std::move(first), InputSample::Given(Tensor::Of<double>({m, 4}, c.rois)),
          InputSample::Given(Tensor::Of<int64_t>({m}, c.images))};
}

InputSample Images(const Case& c) { return InputSample::Distinct(c.x); }

InputSample Cells(const Case& c) {
  return InputSample::Float(
      {static_cast<int64_t>(c.images.size()), c.options.height, c.options.width, c.x.back()});
}

// 1 + x + 3 y at pixel (y, x), of which one region is all.
Case Plane() { return {"", {1, 2, 3, 1}, {0, 0, 3, 2}, {0}, {.sampling_ratio = 2}}; }

InputSample PlanePixels() {
  return InputSample::Given(Tensor::Of<double>({1, 2, 3, 1}, {1, 2, 3, 4, 5, 6}));
}

std::vector<ValueType> Types(Shape first, Shape rois) {
  return {{DType::kFloat32, std::move(first)},
          {DType::kFloat32, std::move(rois)},
          {DType::kInt64, {5}}};
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  const auto add = [&s](const std::string& name, const Case& c, InputSample x,
                        const std::string& mode, std::vector<Tensor> y) {
    AttrMap attrs = AttrsOf(c.options);
    attrs.Set("mode", mode);
    s.samples.push_back({name, InputsOf(c, std::move(x)), std::move(attrs)});
    s.samples.back().expected = std::move(y);
  };
  for (const Case& c : Cases()) {
    add(c.name, c, Images(c), "avg", {});
    add(std::string("max_") + c.name, c, Images(c), "max", {});
  }
  // Samples at x = 0.25 and 1.75, y = 0 and 1: of a plane the mean is its value in the middle, and
  // the largest term is 0.75 · 6.
  const Dims one = {1, 1, 1, 1};
  add("plane", Plane(), PlanePixels(), "avg", {Tensor::Of<double>(one, {3.5})});
  add("max_of_plane", Plane(), PlanePixels(), "max", {Tensor::Of<double>(one, {4.5})});
  const std::vector<ValueType> types = Types({2, 4, 4, 3}, {5, 4});
  s.violations = {{"roi_align_c1", Types({4, 4, 3}, {5, 4}), {}},
                  {"roi_align_c1", Types({2, 4, 4, 3}, {5, 5}), {}},
                  {"roi_align_c1", Types({2, 4, 4, 3}, {6, 4}), {}},
                  {"roi_align_c2", types, {{"height", 0}}},
                  {"roi_align_c2", types, {{"sampling_ratio", 1025}}},
                  {"roi_align_c2", types, {{"spatial_scale", -1.0}}},
                  {"roi_align_c3", types, {{"mode", "mean"}}}};
  return s;
}

Samples MakeGradSamples() {
  Samples s;
  for (const Case& c : Cases()) {
    s.samples.push_back({c.name, InputsOf(c, Cells(c)), AttrsOf(c.options)});
    s.samples.back().attrs.Set("input_shape", Shape(absl::MakeConstSpan(c.x)));
  }
  const Shape x = {2, 4, 4, 3};
  s.violations = {
      {"roi_align_grad_c1", Types({5, 1, 1, 3}, {5, 5}), {{"input_shape", x}}},
      {"roi_align_grad_c2", Types({5, 1, 1, 3}, {5, 4}), {{"input_shape", x}, {"width", 0}}},
      {"roi_align_grad_c3", Types({5, 1, 2, 3}, {5, 4}), {{"input_shape", x}}}};
  return s;
}

Samples MakeArgSamples() {
  Samples s;
  for (const Case& c : Cases())
    s.samples.push_back({c.name, InputsOf(c, Images(c)), AttrsOf(c.options), false});
  s.samples.push_back({"plane", InputsOf(Plane(), PlanePixels()), AttrsOf(Plane().options), false});
  s.samples.back().expected = {Tensor::Of<int64_t>({1, 1, 1, 1}, {5}),
                               Tensor::Of<double>({1, 1, 1, 1}, {0.75})};
  s.violations = {{"arg_roi_align_c1", Types({2, 4, 4, 3}, {6, 4}), {}},
                  {"arg_roi_align_c2", Types({2, 4, 4, 3}, {5, 4}), {{"height", 0}}}};
  return s;
}

}  // namespace dagrad::ops::roi_align_internal
