#include <string>

#include "dagrad/ops/nn/non_max_suppression/non_max_suppression_internal.h"

namespace dagrad::ops::non_max_suppression_internal {

Samples MakeSamples() {
  Samples s;
  // Boxes 0 and 1 overlap by 0.81, as do 2 and 3; 4 stands alone.
  const InputSample boxes = InputSample::Given(
      Tensor::Of<double>({1, 5, 4}, {0, 0,   1, 1,   0, 0.1, 1, 1.1, 5, 5, 6, 6,  //
                                     6, 6.1, 5, 5.1, 0, 10,  1, 11}));
  const InputSample scores =
      InputSample::Given(Tensor::Of<double>({1, 1, 5}, {0.5, 0.75, 0.5, 0.5, 0.25}));
  const auto add = [&](std::string name, AttrMap attrs, std::vector<Tensor> y) {
    s.samples.push_back({std::move(name), {boxes, scores}, std::move(attrs), false, 0, y});
  };
  add("overlap", {{"max_output_per_class", 5}, {"iou_threshold", 0.5}},
      {Tensor::Of<int64_t>({5, 3}, {0, 0, 1, 0, 0, 2, 0, 0, 4, 0, 0, 0, 0, 0, 0}),
       Tensor::Scalar<int64_t>(3)});
  add("score", {{"max_output_per_class", 5}, {"iou_threshold", 0.9}, {"score_threshold", 0.25}},
      {Tensor::Of<int64_t>({5, 3}, {0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 3, 0, 0, 0}),
       Tensor::Scalar<int64_t>(4)});
  add("at_most", {{"max_output_per_class", 2}, {"iou_threshold", 0.5}},
      {Tensor::Of<int64_t>({5, 3}, {0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
       Tensor::Scalar<int64_t>(2)});
  add("none", {{"max_output_per_class", 0}}, {});
  s.samples.push_back(
      {"centers",
       {InputSample::Distinct({2, 30, 4}, 0, 1), InputSample::Distinct({2, 3, 30})},
       {{"max_output_per_class", 4}, {"iou_threshold", 0.3}, {"center_point_box", true}},
       false});
  s.samples.push_back({"no_boxes",
                       {InputSample::Float({1, 0, 4}), InputSample::Float({1, 2, 0})},
                       {{"max_output_per_class", 3}},
                       false});
  s.violations = {{"non_max_suppression_c1",
                   {{DType::kFloat32, {1, 5, 4}}, {DType::kFloat32, {1, 2, 6}}},
                   {{"max_output_per_class", 3}}},
                  {"non_max_suppression_c2",
                   {{DType::kFloat32, {1, 5, 4}}, {DType::kFloat32, {1, 2, 5}}},
                   {{"max_output_per_class", 3}, {"iou_threshold", 1.5}}}};
  return s;
}

}  // namespace dagrad::ops::non_max_suppression_internal
