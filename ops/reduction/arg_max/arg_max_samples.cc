#include <cmath>
#include <string>

#include "dagrad/ops/reduction/arg_max/arg_max_internal.h"

namespace dagrad::ops::arg_max_internal {
namespace {

InputSample Known() {
  const double nan = std::nan("");
  return InputSample::Given(
      Tensor::Of<double>({4, 3}, {1, 7, 7, -2, -2, 5, nan, 9, nan, 0, -0.0, 0}));
}

Samples Common(absl::string_view c1, absl::string_view c2) {
  Samples s;
  s.samples = {
      {"first_axis", {InputSample::Distinct({4, 3})}, {{"axis", 0}}, false},
      {"middle", {InputSample::Distinct({3, 5, 300})}, {{"axis", -2}, {"keepdims", true}}, false},
      {"vector", {InputSample::Distinct({9})}, {}, false},
      {"no_rows", {InputSample::Float({0, 3})}, {{"axis", 1}}, false},
      {"no_columns", {InputSample::Float({3, 0})}, {{"axis", 0}}, false},
      {"shards", {InputSample::Distinct({900, 100})}, {}, false},
  };
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8}) {
    s.samples.push_back({std::string(DTypeName(dtype)),
                         {InputSample::Of(dtype, {5, 6}, 0, 9)},
                         {{"axis", 1}},
                         false});
  }
  s.violations = {{c1, {{DType::kFloat32, {2, 3}}}, {{"axis", 2}}},
                  {c1, {{DType::kFloat32, {}}}, {{"axis", 0}}},
                  {c2, {{DType::kFloat32, {2, 0}}}, {{"axis", 1}}}};
  return s;
}

}  // namespace

Samples MaxSamples() {
  Samples s = Common("arg_max_c1", "arg_max_c2");
  s.samples.push_back({"ties_and_nan",
                       {Known()},
                       {{"axis", 1}},
                       false,
                       0,
                       {Tensor::Of<int64_t>({4}, {1, 2, 0, 0})}});
  s.samples.push_back({"ties_and_nan_down",
                       {Known()},
                       {{"axis", 0}},
                       false,
                       0,
                       {Tensor::Of<int64_t>({3}, {2, 2, 2})}});
  return s;
}

Samples MinSamples() {
  Samples s = Common("arg_min_c1", "arg_min_c2");
  s.samples.push_back({"ties_and_nan",
                       {Known()},
                       {{"axis", 1}},
                       false,
                       0,
                       {Tensor::Of<int64_t>({4}, {0, 0, 0, 0})}});
  s.samples.push_back({"ties_and_nan_down",
                       {Known()},
                       {{"axis", 0}},
                       false,
                       0,
                       {Tensor::Of<int64_t>({3}, {2, 1, 2})}});
  return s;
}

}  // namespace dagrad::ops::arg_max_internal
