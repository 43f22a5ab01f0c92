#include <string>
#include <utility>

#include "dagrad/ops/indexing/slice_update/slice_update_internal.h"

namespace dagrad::ops::slice_update_internal {
namespace {

InputSample At(int64_t start) { return InputSample::Given(Tensor::Scalar<int64_t>(start)); }
InputSample At(std::initializer_list<int32_t> starts) {
  return InputSample::Given(Tensor::Of<int32_t>({static_cast<int64_t>(starts.size())}, starts));
}
AttrMap Along(int64_t axis, bool circular = false) {
  return {{"axis", axis}, {"circular", circular}};
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  s.samples = {
      {"rows",
       {InputSample::Given(Tensor::Of<double>({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8})),
        InputSample::Given(Tensor::Of<double>({2, 2}, {-1, -2, -3, -4})), At(1)},
       {},
       true,
       0,
       {Tensor::Of<double>({4, 2}, {1, 2, -1, -2, -3, -4, 7, 8})}},
      {"circular",
       {InputSample::Given(Tensor::Of<double>({4}, {1, 2, 3, 4})),
        InputSample::Given(Tensor::Of<double>({3}, {-1, -2, -3})), At(2)},
       Along(-1, true),
       true,
       0,
       {Tensor::Of<double>({4}, {-3, 2, -1, -2})}},
      {"start_by_row",
       {InputSample::Given(Tensor::Of<double>({2, 3}, {1, 2, 3, 4, 5, 6})),
        InputSample::Given(Tensor::Of<double>({2, 1}, {-1, -2})), At({2, 0})},
       Along(1),
       true,
       0,
       {Tensor::Of<double>({2, 3}, {1, 2, -1, -2, 5, 6})}},
      {"start_by_row_circular",
       {InputSample::Float({3, 2, 5, 4}), InputSample::Float({3, 2, 3, 4}), At({4, 0, 3})},
       Along(-2, true)},
      {"middle_axis",
       {InputSample::Float({3, 6, 2}), InputSample::Float({3, 2, 2}), At(4)},
       Along(1)},
      {"all", {InputSample::Float({3, 2}), InputSample::Float({3, 2}), At(0)}, {}},
      {"nothing", {InputSample::Float({3, 2}), InputSample::Float({0, 2}), At(3)}, {}},
      {"of_empty", {InputSample::Float({0, 2}), InputSample::Float({0, 2}), At(0)}, {}},
      {"empty_rows", {InputSample::Float({4, 0}), InputSample::Float({2, 0}), At(1)}, {}},
      {"shards",
       {InputSample::Float({40, 60, 50}), InputSample::Float({40, 50, 50}), At(7)},
       Along(1)},
  };
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8, DType::kBool}) {
    s.samples.push_back(
        {std::string(DTypeName(dtype)),
         {InputSample::Of(dtype, {5, 3}, 0, 100), InputSample::Of(dtype, {2, 3}, 0, 100), At(3)},
         {},
         false});
  }
  const ValueType x{DType::kFloat32, {4, 3}}, scalar{DType::kInt64, {}};
  const auto of = [](Shape shape) { return ValueType{DType::kFloat32, std::move(shape)}; };
  s.violations = {{"slice_update_c1", {x, x, scalar}, Along(2)},
                  {"slice_update_c1", {of({}), of({}), scalar}, Along(0)},
                  {"slice_update_c2", {x, of({2, 2}), scalar}, Along(0)},
                  {"slice_update_c2", {x, of({3}), scalar}, Along(0)},
                  {"slice_update_c3", {x, x, {DType::kInt64, {4}}}, Along(0)},
                  {"slice_update_c3", {x, x, {DType::kInt64, {3}}}, Along(1)},
                  {"slice_update_c3", {x, x, {DType::kInt64, {1, 1}}}, Along(1)}};
  return s;
}

}  // namespace dagrad::ops::slice_update_internal
