#include <string>

#include "dagrad/ops/linalg/orthonormalize/orthonormalize_internal.h"

namespace dagrad::ops::orthonormalize_internal {

Samples MakeSamples() {
  const auto random = [](const std::string& name, const Dims& dims) {
    return Sample{name, {InputSample::Float(dims)}, {}};
  };
  const auto known = [](const std::string& name, const Tensor& a, const Tensor& q) {
    return Sample{name, {InputSample::Given(a)}, {}, true, 1e-5, {q}};
  };
  const auto type = [](Shape shape) { return ValueType{DType::kFloat32, std::move(shape)}; };
  Samples s;
  s.samples = {// (3, 4) / 5, and what is left of (10, 0) without 6 of that: (6.4, -4.8) / 8.
               known("by_hand", Tensor::Of<double>({2, 2}, {3, 10, 4, 0}),
                     Tensor::Of<double>({2, 2}, {0.6, 0.8, 0.8, -0.6})),
               known("column_of_zeros", Tensor::Of<double>({3, 2}, {0, 0, 0, -2, 0, 0}),
                     Tensor::Of<double>({3, 2}, {0, 0, 0, -1, 0, 0})),
               random("tall", {23, 5}),
               random("one_column", {9, 1}),
               random("no_columns", {3, 0}),
               random("empty", {0, 0})};
  s.violations = {{"orthonormalize_c1", {type({4})}},
                  {"orthonormalize_c2", {type({3, 4})}},
                  {"orthonormalize_c2", {type({"batch", 4})}}};
  return s;
}

}  // namespace dagrad::ops::orthonormalize_internal
