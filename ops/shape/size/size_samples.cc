#include <string>

#include "dagrad/ops/shape/size/size_internal.h"

namespace dagrad::ops::size_internal {

Samples MakeSamples() {
  Samples s;
  const auto add = [&s](std::string name, Shape shape, Tensor expected) {
    s.samples.push_back({std::move(name),
                         {},
                         {{"shape", std::move(shape)}, {"dtype", expected.dtype()}},
                         false,
                         0,
                         {expected}});
  };
  add("float64", {3, 4, 5}, Tensor::Scalar<double>(60));
  add("int32", {3}, Tensor::Scalar<int32_t>(3));
  add("int64", {1 << 20, 1 << 20}, Tensor::Scalar<int64_t>(int64_t{1} << 40));
  add("uint8", {5, 51}, Tensor::Scalar<uint8_t>(255));
  add("none", {}, Tensor::Scalar<double>(1));
  add("empty", {7, 0}, Tensor::Scalar<double>(0));
  s.violations = {{"size_c1", {}, {{"shape", Shape{2}}, {"dtype", DType::kBool}}},
                  {"size_c2", {}, {{"shape", Shape{2, -1}}, {"dtype", DType::kInt64}}}};
  return s;
}

}  // namespace dagrad::ops::size_internal
