#include <cmath>
#include <string>

#include "dagrad/ops/indexing/unique/unique_internal.h"

namespace dagrad::ops::unique_internal {

Samples MakeSamples() {
  Samples s;
  const auto add = [&](std::string name, InputSample x, bool sorted, std::vector<Tensor> y) {
    s.samples.push_back(
        {std::move(name), {std::move(x)}, {{"sorted", sorted}}, false, 0, std::move(y)});
  };
  const auto ints = [](std::vector<int64_t> v) {
    return Tensor::Of<int64_t>({static_cast<int64_t>(v.size())}, v);
  };
  const Tensor column = Tensor::Of<double>({7, 1}, {2, std::nan(""), 1, 2, -0.0, 0, std::nan("")});
  add("column", InputSample::Given(column), true,
      {ints({4, 2, 0, 1, 0, 0, 0}), ints({2, 3, 1, 2, 0, 0, 3}), ints({2, 1, 2, 2, 0, 0, 0}),
       Tensor::Scalar<int64_t>(4)});
  add("as_they_appear", InputSample::Given(column), false,
      {ints({0, 1, 2, 4, 0, 0, 0}), ints({0, 1, 2, 0, 3, 3, 1}), ints({2, 2, 1, 2, 0, 0, 0}),
       Tensor::Scalar<int64_t>(4)});
  add("rows", InputSample::Given(Tensor::Of<double>({3, 2}, {1, 0, 0, 5, 1, 0})), true,
      {ints({1, 0, 0}), ints({1, 0, 1}), ints({1, 2, 0}), Tensor::Scalar<int64_t>(2)});
  add("none", InputSample::Float({0, 3}), true, {});
  add("no_columns", InputSample::Float({3, 0}), false, {});
  for (const DType dtype : {DType::kBool, DType::kInt32, DType::kInt64, DType::kUInt8})
    add(std::string(DTypeName(dtype)), InputSample::Of(dtype, {9, 2}, 0, 2), true, {});
  s.violations = {{"unique_c1", {{DType::kFloat32, {3}}}, {}}};
  return s;
}

}  // namespace dagrad::ops::unique_internal
