#include <string>

#include "dagrad/ops/shape/transpose/transpose_internal.h"

namespace dagrad::ops::transpose_internal {

Samples MakeSamples() {
  using Ints = std::vector<int64_t>;
  Samples s;
  s.samples = {
      {"matrix",
       {InputSample::Given(Tensor::Of<double>({2, 3}, {1, 2, 3, 4, 5, 6}))},
       {},
       true,
       1e-5,
       {Tensor::Of<double>({3, 2}, {1, 4, 2, 5, 3, 6})}},
      {"blocks", {InputSample::Float({19, 21})}, {{"perm", Ints{1, 0}}}},
      {"nhwc_to_nchw", {InputSample::Float({2, 3, 4, 5})}, {{"perm", Ints{0, 3, 1, 2}}}},
      {"inner_run", {InputSample::Float({3, 2, 20})}, {{"perm", Ints{1, 0, 2}}}},
      {"negative_axes", {InputSample::Float({2, 3, 4})}, {{"perm", Ints{-1, 0, -2}}}},
      {"reversed", {InputSample::Float({2, 3, 2, 2})}, {}},
      {"identity", {InputSample::Float({2, 3})}, {{"perm", Ints{0, 1}}}},
      {"scalar", {InputSample::Float({})}, {}},
      {"empty", {InputSample::Float({0, 3})}, {{"perm", Ints{1, 0}}}},
      {"shards", {InputSample::Float({130, 260})}, {}},
  };
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8, DType::kBool, DType::kString}) {
    s.samples.push_back({std::string(DTypeName(dtype)),
                         {InputSample::Of(dtype, {9, 3, 10}, 0, 100)},
                         {{"perm", Ints{2, 1, 0}}},
                         false});
  }
  s.violations = {{"transpose_c1", {{DType::kFloat32, {2, 3}}}, {{"perm", Ints{0}}}},
                  {"transpose_c1", {{DType::kFloat32, {2, 3}}}, {{"perm", Ints{0, 0}}}},
                  {"transpose_c1", {{DType::kFloat32, {2, 3}}}, {{"perm", Ints{0, 2}}}}};
  return s;
}

}  // namespace dagrad::ops::transpose_internal
