#include <string>

#include "dagrad/ops/shape/concat/concat_internal.h"

namespace dagrad::ops::concat_internal {

Samples MakeSamples() {
  Samples s;
  s.samples = {
      {"columns",
       {InputSample::Given(Tensor::Of<double>({2, 1}, {1, 2})),
        InputSample::Given(Tensor::Of<double>({2, 2}, {3, 4, 5, 6}))},
       {{"axis", 1}},
       true,
       0,
       {Tensor::Of<double>({2, 3}, {1, 3, 4, 2, 5, 6})}},
      {"rows",
       {InputSample::Float({2, 3}), InputSample::Float({1, 3}), InputSample::Float({4, 3})},
       {{"axis", 0}}},
      {"negative_axis",
       {InputSample::Float({2, 3, 2}), InputSample::Float({2, 1, 2})},
       {{"axis", -2}}},
      {"one", {InputSample::Float({2, 3})}, {{"axis", 0}}},
      {"with_empty", {InputSample::Float({2, 0}), InputSample::Float({2, 3})}, {{"axis", 1}}},
      {"all_empty", {InputSample::Float({0, 2}), InputSample::Float({0, 3})}, {{"axis", 1}}},
      {"shards", {InputSample::Float({300, 200}), InputSample::Float({300, 300})}, {{"axis", 1}}},
  };
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8, DType::kBool, DType::kString}) {
    s.samples.push_back(
        {std::string(DTypeName(dtype)),
         {InputSample::Of(dtype, {2, 20}, 0, 100), InputSample::Of(dtype, {2, 3}, 0, 100)},
         {{"axis", 1}},
         false});
  }
  const ValueType m23{DType::kFloat32, {2, 3}};
  s.violations = {{"concat_c1", {m23, m23}, {{"axis", 2}}},
                  {"concat_c1", {{DType::kFloat32, {}}}, {{"axis", 0}}},
                  {"concat_c2", {m23, {DType::kFloat32, {2, 4}}}, {{"axis", 0}}},
                  {"concat_c2", {m23, {DType::kFloat32, {2}}}, {{"axis", 0}}}};
  return s;
}

}  // namespace dagrad::ops::concat_internal
