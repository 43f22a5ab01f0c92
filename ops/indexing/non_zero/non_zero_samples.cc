#include <cmath>
#include <string>

#include "dagrad/ops/indexing/non_zero/non_zero_internal.h"

namespace dagrad::ops::non_zero_internal {

Samples MakeSamples() {
  Samples s;
  const auto add = [&](std::string name, InputSample input, int64_t size, std::vector<Tensor> y) {
    s.samples.push_back(
        {std::move(name), {std::move(input)}, {{"size", Shape{size}}}, false, 0, std::move(y)});
  };
  add("all", InputSample::Given(Tensor::Of<double>({2, 3}, {0, -1, std::nan(""), 4, -0.0, 2})), 4,
      {Tensor::Of<int64_t>({2, 4}, {0, 0, 1, 1, 1, 2, 0, 2})});
  add("fewer", InputSample::Given(Tensor::Of<double>({3}, {0, 5, 0})), 3,
      {Tensor::Of<int64_t>({1, 3}, {1, 0, 0})});
  add("first", InputSample::Given(Tensor::Of<double>({4}, {1, 0, 5, 7})), 2,
      {Tensor::Of<int64_t>({1, 2}, {0, 2})});
  add("none", InputSample::Float({0, 4}), 2, {Tensor::Of<int64_t>({2, 2}, {0, 0, 0, 0})});
  add("no_places", InputSample::Float({3}), 0, {});
  for (const DType dtype : {DType::kBool, DType::kInt32, DType::kInt64, DType::kUInt8})
    add(std::string(DTypeName(dtype)), InputSample::Of(dtype, {3, 4, 2}, 0, 1), 9, {});
  s.violations = {{"non_zero_c1", {{DType::kFloat32, {}}}, {{"size", Shape{2}}}},
                  {"non_zero_c2", {{DType::kFloat32, {3}}}, {{"size", Shape{2, 2}}}}};
  return s;
}

}  // namespace dagrad::ops::non_zero_internal
