#include <cmath>
#include <limits>
#include <string>

#include "dagrad/ops/training/clip_factor/clip_factor_internal.h"

namespace dagrad::ops::clip_factor_internal {
namespace {

Sample Known(const std::string& name, std::initializer_list<double> x, double clipnorm,
             double factor) {
  const Dims dims = {static_cast<int64_t>(x.size())};
  return {name,
          {InputSample::Given(Tensor::Of<double>(dims, std::vector<double>(x)))},
          {{"clipnorm", clipnorm}},
          false,
          1e-6,
          {Tensor::Of<double>({}, {factor})}};
}

}  // namespace

Samples MakeSamples() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Samples s;
  s.samples = {Known("by_hand", {3, -4}, 2, 0.4),
               Known("within", {3, -4}, 5.5, 1),
               Known("zeros", {0, 0, 0}, 1, 1),
               Known("none", {}, 1, 1),
               Known("no_bound", {3, -4}, kInfinity, 1),
               Known("not_a_number", {1, std::nan("")}, 1, std::nan("")),
               {"several",
                {InputSample::Float({30, 7}), InputSample::Float({}), InputSample::Float({0, 3}),
                 InputSample::Float({5})},
                {{"clipnorm", 0.5}},
                false},
               {"many",
                {InputSample::Float({70000}), InputSample::Float({300, 200})},
                {{"clipnorm", 0.5}},
                false}};
  const ValueType x{DType::kFloat32, {3}};
  s.violations = {{"clip_factor_c1", {x}, {{"clipnorm", 0.0}}},
                  {"clip_factor_c1", {x}, {{"clipnorm", std::nan("")}}}};
  return s;
}

}  // namespace dagrad::ops::clip_factor_internal
