#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/ops/linalg/sparse_mat_mul/sparse_mat_mul_internal.h"

namespace dagrad::ops::sparse_mat_mul_internal {
namespace {

using Ints = std::vector<int64_t>;
using Floats = std::vector<double>;

AttrMap Matrix(Ints row_starts, Ints columns, Floats values, int64_t axis = 0) {
  return {{"row_starts", std::move(row_starts)},
          {"columns", std::move(columns)},
          {"values", std::move(values)},
          {"axis", axis}};
}

// 4 rows for an axis of 3: the second has none, the third a column twice and not in order.
AttrMap Small(int64_t axis) {
  return Matrix({0, 2, 2, 5, 6}, {0, 2, 2, 1, 2, 0}, {0.5, -1.5, 2, 0.25, 1, 3}, axis);
}

// Every row the mean of two neighbours.
AttrMap Neighbours(int64_t rows, int64_t axis) {
  Ints row_starts = {0}, columns;
  for (int64_t i = 0; i < rows; ++i) {
    columns.push_back(i);
    columns.push_back(i + 1);
    row_starts.push_back(2 * (i + 1));
  }
  return Matrix(std::move(row_starts), columns, Floats(columns.size(), 0.5), axis);
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  const auto add = [&](std::string name, InputSample x, AttrMap attrs, std::vector<Tensor> y) {
    s.samples.push_back(
        {std::move(name), {std::move(x)}, std::move(attrs), true, 1e-6, std::move(y)});
  };
  add("vector", InputSample::Float({3}), Small(0), {});
  add("rows", InputSample::Float({3, 21}), Small(0), {});
  add("middle", InputSample::Float({2, 3, 5}), Small(1), {});
  add("last", InputSample::Float({5, 3}), Small(-1), {});
  add("shards", InputSample::Float({4, 66, 130}), Neighbours(65, 1), {});
  add("no_matrix_elements", InputSample::Float({2, 3}), Matrix({0, 0, 0}, {}, {}, 1), {});
  add("no_rows", InputSample::Float({2, 3}), Matrix({0}, {}, {}, 1), {});
  add("no_elements", InputSample::Float({3, 0}), Small(0), {});
  // By hand.
  add("known", InputSample::Given(Tensor::Of<double>({3, 2}, {1, 2, 4, 8, 16, 32})), Small(0),
      {Tensor::Of<double>({4, 2}, {-23.5, -47, 0, 0, 49, 98, 3, 6})});
  constexpr double kInf = std::numeric_limits<double>::infinity();
  add("infinite", InputSample::Given(Tensor::Of<double>({3}, {1, kInf, 2})), Small(0),
      {Tensor::Of<double>({4}, {-2.5, 0, kInf, 3})});
  s.samples.back().smooth = false;
  const std::vector<ValueType> x = {{DType::kFloat32, {3, 2}}};
  s.violations = {{"sparse_mat_mul_c1", x, Small(2)},
                  {"sparse_mat_mul_c2", x, Matrix({}, {}, {})},
                  {"sparse_mat_mul_c2", x, Matrix({1, 2}, {0, 1}, {1, 1})},
                  {"sparse_mat_mul_c2", x, Matrix({0, 2, 1, 2}, {0, 1}, {1, 1})},
                  {"sparse_mat_mul_c2", x, Matrix({0, 1}, {0, 1}, {1, 1})},
                  {"sparse_mat_mul_c2", x, Matrix({0, 2}, {0, 1}, {1})},
                  {"sparse_mat_mul_c3", x, Matrix({0, 1}, {3}, {1})},
                  {"sparse_mat_mul_c3", x, Matrix({0, 1}, {-1}, {1})},
                  {"sparse_mat_mul_c3", {{DType::kFloat32, {"n", 2}}}, Matrix({0, 1}, {0}, {1})}};
  return s;
}

}  // namespace dagrad::ops::sparse_mat_mul_internal
