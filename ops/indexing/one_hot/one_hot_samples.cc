#include <string>

#include "dagrad/ops/indexing/one_hot/one_hot_internal.h"

namespace dagrad::ops::one_hot_internal {

Samples MakeSamples() {
  Samples s;
  const InputSample given = InputSample::Given(Tensor::Of<int64_t>({3}, {1, -1, 2}));
  s.samples = {
      {"last_axis",
       {given},
       {{"depth", 3}, {"dtype", DType::kFloat64}},
       false,
       0,
       {Tensor::Of<double>({3, 3}, {0, 1, 0, 0, 0, 0, 0, 0, 1})}},
      {"first_axis",
       {given},
       {{"depth", 2}, {"axis", 0}, {"dtype", DType::kInt32}, {"on", 5.0}, {"off", -1.0}},
       false,
       0,
       {Tensor::Of<int32_t>({2, 3}, {-1, -1, -1, 5, -1, -1})}},
      {"middle",
       {InputSample::Of(DType::kInt32, {3, 4}, 0, 4)},
       {{"depth", 5}, {"axis", -2}, {"dtype", DType::kFloat64}},
       false},
      {"scalar",
       {InputSample::Of(DType::kInt32, {}, 0, 4)},
       {{"depth", 5}, {"dtype", DType::kInt64}},
       false},
      {"depth_0", {given}, {{"depth", 0}, {"dtype", DType::kUInt8}}, false},
      {"no_indices",
       {InputSample::Of(DType::kInt64, {0}, 0, 1)},
       {{"depth", 3}, {"dtype", DType::kFloat64}},
       false},
      {"uint8", {given}, {{"depth", 3}, {"dtype", DType::kUInt8}}, false},
      {"bool", {given}, {{"depth", 3}, {"dtype", DType::kBool}}, false},
      {"shards",
       {InputSample::Of(DType::kInt64, {5000}, 0, 29)},
       {{"depth", 30}, {"dtype", DType::kFloat64}},
       false},
  };
  const std::vector<ValueType> indices = {{DType::kInt64, {3}}};
  s.violations = {{"one_hot_c1", indices, {{"depth", -1}}},
                  {"one_hot_c2", indices, {{"depth", 3}, {"axis", 2}}},
                  {"one_hot_c3", indices, {{"depth", 3}, {"dtype", DType::kInvalid}}},
                  {"one_hot_c3", indices, {{"depth", 3}, {"dtype", DType::kBool}, {"on", 2.0}}},
                  {"one_hot_c3", indices, {{"depth", 3}, {"dtype", DType::kInt32}, {"off", 0.5}}}};
  return s;
}

}  // namespace dagrad::ops::one_hot_internal
