#include <string>
#include <utility>

#include "dagrad/graph/tensor.h"
#include "dagrad/ops/training/adam_update/adam_update_internal.h"

namespace dagrad::ops::adam_update_internal {
namespace {

Tensor Doubles(Dims dims, std::initializer_list<double> v) { return Tensor::Of<double>(dims, v); }

Sample Rows(absl::string_view name, const Dims& w, Tensor indices, AttrMap attrs = {}) {
  Dims updates = indices.dims();
  updates.insert(updates.end(), w.begin() + 1, w.end());
  return {
      std::string(name),
      {InputSample::Float(w), InputSample::Given(std::move(indices)), InputSample::Float(updates),
       InputSample::Float(w), InputSample::Float(w, 0.1, 1), InputSample::Float({}, 0.001, 0.1)},
      std::move(attrs)};
}

}  // namespace

Samples MakeRowsSamples() {
  Samples s;
  s.samples = {
      Rows("rows_twice", {7, 5}, Tensor::Of<int64_t>({2, 2}, {6, 2, -1, 0})),
      Rows("int32", {4, 19}, Tensor::Of<int32_t>({3}, {1, 1, 1})),
      Rows("numbers", {33}, Tensor::Of<int32_t>({2}, {32, 3}), {{"beta_1", 0.5}}),
      Rows("one_index", {3, 2, 4}, Tensor::Of<int64_t>({}, {1}), {{"beta_2", 0.75}}),
      Rows("no_index", {3, 2}, Tensor::Of<int64_t>({0}, {}), {{"epsilon", 1e-3}}),
      Rows("empty_rows", {3, 0}, Tensor::Of<int64_t>({2}, {1, 2})),
      Rows("no_rows", {0, 3}, Tensor::Of<int32_t>({0}, {})),
      // Row 1: g = 1 + 0 + 2 = 3, and then as AdamUpdate's sample. Row 0: g = 0, m' = 1 - 1 · 0.5 =
      // 0.5, v' = 0.4 - 0.4 · 0.375 = 0.25, w' = 10 - 0.5 · 0.5 / 0.5 = 9.5.
      {"by_hand",
       {InputSample::Given(Doubles({2}, {10, 10})),
        InputSample::Given(Tensor::Of<int64_t>({3}, {1, 1, 1})),
        InputSample::Given(Doubles({3}, {1, 0, 2})), InputSample::Given(Doubles({2}, {1, 1})),
        InputSample::Given(Doubles({2}, {0.4, 1})), InputSample::Given(Doubles({}, {0.5}))},
       {{"beta_1", 0.5}, {"beta_2", 0.625}, {"epsilon", 0.0}},
       true,
       1e-5,
       {Doubles({2}, {9.5, 9.5}), Doubles({2}, {0.5, 2}), Doubles({2}, {0.25, 4})}}};
  const ValueType w = {DType::kFloat32, {3, 2}}, other = {DType::kFloat32, {2, 2}},
                  scalar = {DType::kFloat32, {}}, indices = {DType::kInt64, {2}},
                  updates = {DType::kFloat32, {2, 2}}, index = {DType::kInt64, {}};
  s.violations = {
      {"adam_update_rows_c1", {scalar, index, scalar, scalar, scalar, scalar}, {}},
      {"adam_update_rows_c1", {w, indices, updates, other, w, scalar}, {}},
      {"adam_update_rows_c1", {w, indices, updates, w, other, scalar}, {}},
      {"adam_update_rows_c2", {w, indices, w, w, w, scalar}, {}},
      {"adam_update_rows_c2", {w, index, updates, w, w, scalar}, {}},
      {"adam_update_rows_c3", {w, indices, updates, w, w, w}, {}},
      {"adam_update_rows_c4", {w, indices, updates, w, w, scalar}, {{"beta_1", 1.5}}},
      {"adam_update_rows_c4", {w, indices, updates, w, w, scalar}, {{"epsilon", -1.0}}},
  };
  return s;
}

}  // namespace dagrad::ops::adam_update_internal
