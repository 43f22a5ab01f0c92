#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/indexing/gather/gather_internal.h"

namespace dagrad::ops::gather_internal {
namespace {

InputSample Indices32(Dims dims, std::initializer_list<int32_t> v) {
  return InputSample::Given(Tensor::Of<int32_t>(dims, v));
}
InputSample Indices64(Dims dims, std::initializer_list<int64_t> v) {
  return InputSample::Given(Tensor::Of<int64_t>(dims, v));
}

AttrMap Into(Shape shape, int64_t axis) { return {{"shape", std::move(shape)}, {"axis", axis}}; }

}  // namespace

Samples GatherSamples() {
  Samples s;
  const InputSample table = InputSample::Given(Tensor::Of<double>({3, 2}, {1, 2, 3, 4, 5, 6}));
  s.samples = {
      {"rows",
       {table, Indices64({4}, {2, 0, -1, 1})},
       {},
       true,
       0,
       {Tensor::Of<double>({4, 2}, {5, 6, 1, 2, 5, 6, 3, 4})}},
      {"columns",
       {table, Indices32({3}, {1, 1, -2})},
       {{"axis", 1}},
       true,
       0,
       {Tensor::Of<double>({3, 3}, {2, 2, 1, 4, 4, 3, 6, 6, 5})}},
      {"matrix_of_indices",
       {InputSample::Float({2, 5, 3}), Indices64({2, 2}, {4, 0, 0, 3})},
       {{"axis", -2}}},
      {"scalar_index", {InputSample::Float({4, 3}), Indices64({}, {2})}, {}},
      {"no_indices", {InputSample::Float({4, 3}), InputSample::Of(DType::kInt64, {0})}, {}},
      {"of_empty", {InputSample::Float({0, 3}), InputSample::Of(DType::kInt64, {0, 2})}, {}},
      {"empty_rows", {InputSample::Float({4, 0}), Indices64({2}, {1, 3})}, {}},
      {"shards",
       {InputSample::Float({50, 40}), InputSample::Of(DType::kInt32, {9000}, -50, 49)},
       {}},
      {"shards_inner",
       {InputSample::Float({70, 30}), InputSample::Of(DType::kInt64, {400}, -30, 29)},
       {{"axis", 1}}},
  };
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8, DType::kBool, DType::kString}) {
    s.samples.push_back({std::string(DTypeName(dtype)),
                         {InputSample::Of(dtype, {5, 3}, 0, 100), Indices64({2}, {4, 1})},
                         {},
                         false});
  }
  s.violations = {{"gather_c1", {{DType::kFloat32, {2, 3}}, {DType::kInt64, {2}}}, {{"axis", 2}}},
                  {"gather_c1", {{DType::kFloat32, {}}, {DType::kInt64, {2}}}, {{"axis", 0}}}};
  return s;
}

Samples ScatterAddSamples() {
  Samples s;
  s.samples = {
      {"rows",
       {Indices64({3}, {2, 0, -1}),
        InputSample::Given(Tensor::Of<double>({3, 2}, {1, 2, 3, 4, 5, 6}))},
       Into({3, 2}, 0),
       true,
       1e-6,
       {Tensor::Of<double>({3, 2}, {3, 4, 0, 0, 6, 8})}},
      {"columns",
       {Indices32({3}, {1, 1, -2}), InputSample::Given(Tensor::Of<double>({1, 3}, {1, 2, 4}))},
       Into({1, 2}, 1),
       true,
       1e-6,
       {Tensor::Of<double>({1, 2}, {4, 3})}},
      {"matrix_of_indices",
       {Indices64({2, 2}, {4, 0, 0, 3}), InputSample::Float({2, 2, 2, 3})},
       Into({2, 5, 3}, -2)},
      {"scalar_index", {Indices64({}, {2}), InputSample::Float({3})}, Into({4, 3}, 0)},
      {"no_indices",
       {InputSample::Of(DType::kInt64, {0}), InputSample::Float({0, 3})},
       Into({4, 3}, 0)},
      {"empty_result",
       {InputSample::Of(DType::kInt64, {0}), InputSample::Float({0, 3})},
       Into({0, 3}, 0)},
      {"shards",
       {InputSample::Of(DType::kInt64, {3000}, -50, 49), InputSample::Float({3000, 40})},
       Into({50, 40}, 0),
       true,
       1e-4},
      {"shards_inner",
       {InputSample::Of(DType::kInt32, {400}, -30, 29), InputSample::Float({300, 400})},
       Into({300, 30}, 1),
       true,
       1e-4},
  };
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8}) {
    s.samples.push_back({std::string(DTypeName(dtype)),
                         {Indices64({2}, {1, 1}), InputSample::Of(dtype, {2, 3}, 0, 100)},
                         Into({3, 3}, 0),
                         false});
  }
  const ValueType indices{DType::kInt64, {2}};
  s.violations = {{"scatter_add_c1", {indices, {DType::kFloat32, {2, 3}}}, Into({5, 3}, 2)},
                  {"scatter_add_c2", {indices, {DType::kFloat32, {3, 3}}}, Into({5, 3}, 0)},
                  {"scatter_add_c2", {indices, {DType::kFloat32, {2}}}, Into({5, 3}, 0)}};
  return s;
}

}  // namespace dagrad::ops::gather_internal
