#include <cmath>
#include <string>

#include "dagrad/ops/indexing/top_k/top_k_internal.h"

namespace dagrad::ops::top_k_internal {

Samples MakeSamples() {
  Samples s;
  const auto add = [&](std::string name, InputSample x, AttrMap attrs, std::vector<Tensor> y) {
    s.samples.push_back(
        {std::move(name), {std::move(x)}, std::move(attrs), false, 0, std::move(y)});
  };
  add("rows", InputSample::Distinct({40, 30}), {{"k", Shape{4}}}, {});
  add("first_axis", InputSample::Distinct({7, 3}), {{"k", Shape{7}}, {"axis", 0}}, {});
  add("middle", InputSample::Distinct({2, 9, 5}),
      {{"k", Shape{3}}, {"axis", -2}, {"largest", false}}, {});
  add("shards", InputSample::Distinct({900, 100}), {{"k", Shape{1}}}, {});
  add("no_elements", InputSample::Float({3, 0}), {{"k", Shape{0}}}, {});
  add("no_rows", InputSample::Float({0, 3}), {{"k", Shape{2}}}, {});
  const Tensor x = Tensor::Of<double>({6}, {2, std::nan(""), -1, 2, 7, -1});
  add("ties_and_nan", InputSample::Given(x), {{"k", Shape{6}}},
      {Tensor::Of<int64_t>({6}, {1, 4, 0, 3, 2, 5})});
  add("smallest_ties_and_nan", InputSample::Given(x), {{"k", Shape{6}}, {"largest", false}},
      {Tensor::Of<int64_t>({6}, {2, 5, 0, 3, 4, 1})});
  add("smallest_first", InputSample::Given(x), {{"k", Shape{1}}, {"largest", false}},
      {Tensor::Of<int64_t>({1}, {2})});
  for (const DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8})
    add(std::string(DTypeName(dtype)), InputSample::Of(dtype, {5, 6}, 0, 9), {{"k", Shape{4}}}, {});
  s.violations = {{"arg_top_k_c1", {{DType::kFloat32, {2, 3}}}, {{"k", Shape{1}}, {"axis", 2}}},
                  {"arg_top_k_c2", {{DType::kFloat32, {2, 3}}}, {{"k", Shape{4}}}},
                  {"arg_top_k_c2", {{DType::kFloat32, {2, 3}}}, {{"k", Shape{1, 1}}}}};
  return s;
}

}  // namespace dagrad::ops::top_k_internal
