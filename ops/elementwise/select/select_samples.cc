#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/ops/elementwise/select/select_internal.h"

namespace dagrad::ops::select_internal {

Samples MakeSamples() {
  Samples s;
  auto add = [&s](absl::string_view name, Dims condition, Dims a, Dims b) {
    s.samples.push_back({std::string(name),
                         {InputSample::Of(DType::kBool, std::move(condition)),
                          InputSample::Float(std::move(a)), InputSample::Float(std::move(b))}});
  };
  add("same_shape", {3, 5}, {3, 5}, {3, 5});
  add("scalars", {3, 5}, {}, {});
  add("scalar_condition", {}, {3, 5}, {3, 5});
  add("rank_0", {}, {}, {});
  add("all_broadcast", {4, 1, 1}, {3, 1}, {5});
  add("rows_and_columns", {3, 5}, {5}, {3, 1});
  add("empty", {0, 3}, {3}, {1, 1});
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8, DType::kBool}) {
    s.samples.push_back(
        {std::string(DTypeName(dtype)),
         {InputSample::Of(DType::kBool, {2, 3}), InputSample::Of(dtype, {2, 3}, 0, 100),
          InputSample::Of(dtype, {3}, 0, 100)},
         {},
         false});
  }
  s.samples.push_back({"unchosen_nan",
                       {InputSample::Given(Tensor::Of<bool>({2}, {true, false})),
                        InputSample::Given(Tensor::Of<double>({2}, {1, std::nan("")})),
                        InputSample::Given(Tensor::Of<double>({2}, {std::nan(""), 2}))},
                       {},
                       false,
                       0,
                       {Tensor::Of<double>({2}, {1, 2})}});
  s.violations = {
      {"select_c1", {{DType::kBool, {2}}, {DType::kFloat32, {2}}, {DType::kFloat32, {3}}}, {}},
      {"select_c1", {{DType::kBool, {3}}, {DType::kFloat32, {2}}, {DType::kFloat32, {2}}}, {}},
      {"select_c1", {{DType::kBool, {1}}, {DType::kFloat32, {"m"}}, {DType::kFloat32, {"n"}}}, {}},
  };
  return s;
}

}  // namespace dagrad::ops::select_internal
