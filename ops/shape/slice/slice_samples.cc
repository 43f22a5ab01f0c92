#include <string>
#include <utility>

#include "dagrad/ops/shape/slice/slice_internal.h"

namespace dagrad::ops::slice_internal {
namespace {

using Ints = std::vector<int64_t>;

AttrMap SliceAttrs(Shape starts, Shape sizes, Ints strides = {}) {
  return {
      {"starts", std::move(starts)}, {"sizes", std::move(sizes)}, {"strides", std::move(strides)}};
}

AttrMap GradAttrs(Shape shape, Shape starts, Ints strides = {}) {
  return {
      {"shape", std::move(shape)}, {"starts", std::move(starts)}, {"strides", std::move(strides)}};
}

}  // namespace

Samples SliceSamples() {
  Samples s;
  const Tensor counted = Tensor::Of<double>({3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  s.samples = {
      {"block",
       {InputSample::Given(counted)},
       SliceAttrs({1, 1}, {2, 2}),
       true,
       0,
       {Tensor::Of<double>({2, 2}, {5, 6, 9, 10})}},
      {"strides",
       {InputSample::Given(counted)},
       SliceAttrs({0, 1}, {2, 2}, {2, 2}),
       true,
       0,
       {Tensor::Of<double>({2, 2}, {1, 3, 9, 11})}},
      {"backwards",
       {InputSample::Given(counted)},
       SliceAttrs({2, 3}, {2, 4}, {-2, -1}),
       true,
       0,
       {Tensor::Of<double>({2, 4}, {11, 10, 9, 8, 3, 2, 1, 0})}},
      {"all", {InputSample::Float({2, 3})}, SliceAttrs({0, 0}, {2, 3})},
      {"inner_rows", {InputSample::Float({3, 5, 20})}, SliceAttrs({1, 2, 0}, {2, 2, 20})},
      {"none", {InputSample::Float({2, 3})}, SliceAttrs({2, 0}, {0, 3})},
      {"of_empty", {InputSample::Float({0, 3})}, SliceAttrs({0, 0}, {0, 2})},
      {"scalar", {InputSample::Float({})}, SliceAttrs({}, {})},
      {"shards", {InputSample::Float({300, 700})}, SliceAttrs({10, 20}, {250, 600})},
  };
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8, DType::kBool, DType::kString}) {
    s.samples.push_back({std::string(DTypeName(dtype)),
                         {InputSample::Of(dtype, {4, 5}, 0, 100)},
                         SliceAttrs({1, 0}, {2, 3}, {1, 2}),
                         false});
  }
  const std::vector<ValueType> x = {{DType::kFloat32, {2, 3}}};
  s.violations = {{"slice_c1", x, SliceAttrs({0}, {2, 3})},
                  {"slice_c1", x, SliceAttrs({0, 0}, {2})},
                  {"slice_c1", x, SliceAttrs({0, 0}, {2, 3}, {1})},
                  {"slice_c2", x, SliceAttrs({0, 0}, {2, 3}, {1, 0})},
                  {"slice_c3", x, SliceAttrs({0, 1}, {2, 3})},
                  {"slice_c3", x, SliceAttrs({-1, 0}, {1, 3})},
                  {"slice_c3", x, SliceAttrs({0, 0}, {2, -1})},
                  {"slice_c3", x, SliceAttrs({1, 1}, {2, 3}, {-1, -1})},
                  {"slice_c3", {{DType::kFloat32, {"batch"}}}, SliceAttrs({1}, {"batch"})}};
  return s;
}

Samples SliceGradSamples() {
  Samples s;
  s.samples = {
      {"block",
       {InputSample::Given(Tensor::Of<double>({1, 2}, {5, 6}))},
       GradAttrs({2, 3}, {1, 1}),
       true,
       0,
       {Tensor::Of<double>({2, 3}, {0, 0, 0, 0, 5, 6})}},
      {"strides",
       {InputSample::Given(Tensor::Of<double>({3}, {5, 6, 7}))},
       GradAttrs({6}, {1}, {2}),
       true,
       0,
       {Tensor::Of<double>({6}, {0, 5, 0, 6, 0, 7})}},
      {"backwards",
       {InputSample::Given(Tensor::Of<double>({3}, {5, 6, 7}))},
       GradAttrs({6}, {4}, {-2}),
       true,
       0,
       {Tensor::Of<double>({6}, {7, 0, 6, 0, 5, 0})}},
      {"inner_rows", {InputSample::Float({2, 2, 20})}, GradAttrs({3, 5, 20}, {1, 2, 0})},
      {"of_nothing", {InputSample::Float({0, 3})}, GradAttrs({2, 3}, {2, 0})},
      {"scalar", {InputSample::Float({})}, GradAttrs({}, {})},
      {"shards", {InputSample::Float({250, 600})}, GradAttrs({300, 700}, {10, 20})},
  };
  const std::vector<ValueType> dy = {{DType::kFloat32, {2, 3}}};
  s.violations = {{"slice_grad_c1", dy, GradAttrs({4}, {0, 0})},
                  {"slice_grad_c1", dy, GradAttrs({4, 4}, {0})},
                  {"slice_grad_c2", dy, GradAttrs({4, 4}, {0, 0}, {0, 1})},
                  {"slice_grad_c3", dy, GradAttrs({4, 4}, {0, 2})}};
  return s;
}

}  // namespace dagrad::ops::slice_internal
