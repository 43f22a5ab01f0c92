#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/ops/reduction/cum_sum/cum_sum_internal.h"

namespace dagrad::ops::cum_sum_internal {

Samples MakeSamples() {
  Samples s;
  const auto add = [&](std::string name, InputSample x, AttrMap attrs, std::vector<Tensor> y) {
    s.samples.push_back(
        {std::move(name), {std::move(x)}, std::move(attrs), true, 1e-5, std::move(y)});
  };
  add("rows", InputSample::Float({7, 5}), {}, {});
  add("reverse", InputSample::Float({4, 6}), {{"reverse", true}}, {});
  add("exclusive", InputSample::Float({5, 4}), {{"exclusive", true}}, {});
  add("middle", InputSample::Float({2, 5, 19}), {{"axis", 1}}, {});
  add("first_exclusive_reverse", InputSample::Float({5, 3}),
      {{"axis", -2}, {"exclusive", true}, {"reverse", true}}, {});
  add("shards", InputSample::Float({900, 70}), {}, {});
  add("no_elements", InputSample::Float({3, 0}), {}, {});
  add("no_rows", InputSample::Float({0, 3}), {}, {});
  add("line", InputSample::Float({2000}, 0, 1), {}, {});
  // By hand.
  const Tensor x = Tensor::Of<double>({4}, {1, 2, -4, 8});
  add("known", InputSample::Given(x), {}, {Tensor::Of<double>({4}, {1, 3, -1, 7})});
  add("known_exclusive", InputSample::Given(x), {{"exclusive", true}},
      {Tensor::Of<double>({4}, {0, 1, 3, -1})});
  add("known_reverse", InputSample::Given(x), {{"reverse", true}},
      {Tensor::Of<double>({4}, {7, 6, 4, 8})});
  add("known_both", InputSample::Given(x), {{"exclusive", true}, {"reverse", true}},
      {Tensor::Of<double>({4}, {6, 4, 8, 0})});
  constexpr double kInf = std::numeric_limits<double>::infinity();
  add("infinite", InputSample::Given(Tensor::Of<double>({4}, {1, 2, kInf, 4})), {},
      {Tensor::Of<double>({4}, {1, 3, kInf, kInf})});
  s.samples.back().smooth = false;
  for (const DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8}) {
    add(std::string(DTypeName(dtype)), InputSample::Of(dtype, {5, 6}, 0, 9), {}, {});
    s.samples.back().smooth = false;
  }
  constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
  add("wraps", InputSample::Given(Tensor::Of<int32_t>({2}, {kMost, 2})), {},
      {Tensor::Of<int32_t>({2}, {kMost, -kMost})});
  s.samples.back().smooth = false;
  s.violations = {{"cum_sum_c1", {{DType::kFloat32, {2, 3}}}, {{"axis", 2}}},
                  {"cum_sum_c1", {{DType::kFloat32, {}}}, {}}};
  return s;
}

}  // namespace dagrad::ops::cum_sum_internal
