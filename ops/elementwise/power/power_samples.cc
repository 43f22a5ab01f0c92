#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "dagrad/graph/tensor.h"
#include "dagrad/ops/elementwise/power/power_internal.h"

namespace dagrad::ops::power_internal {
namespace {

Sample Draw(std::string name, Dims a, Dims b) {
  return {std::move(name),
          {InputSample::Float(std::move(a), 0.3, 2), InputSample::Float(std::move(b), -2, 2)}};
}

Sample Given(std::string name, Tensor a, Tensor b, Tensor y) {
  Sample s;
  s.name = std::move(name);
  s.inputs = {InputSample::Given(std::move(a)), InputSample::Given(std::move(b))};
  s.smooth = false;
  s.expected = {std::move(y)};
  return s;
}

}  // namespace

Samples MakeSamples() {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::nan("");
  Samples s;
  s.samples = {
      Draw("same_shape", {3, 5}, {3, 5}),
      Draw("rows", {3, 5}, {5}),
      Draw("columns_left", {3, 1}, {3, 5}),
      Draw("scalar_exponent", {3, 5}, {}),
      Draw("rank_0", {}, {}),
      Draw("empty", {0, 3}, {3}),
      {"negative_base",
       {InputSample::Float({2, 4}, -2, -0.5),
        InputSample::Given(Tensor::Of<double>({4}, {-1, 1, 2, 3}))},
       {},
       false},
      Given("known", Tensor::Of<double>({8}, {2, 9, 0, 0, -2, -8, nan, inf}),
            Tensor::Of<double>({8}, {10, -0.5, 0, -1, 3, 0.5, 0, -1}),
            Tensor::Of<double>({8}, {1024, 1.0 / 3, 1, inf, -8, nan, 1, 0})),
      Given("int32", Tensor::Of<int32_t>({9}, {3, -2, 0, 0, 7, -1, 1, 2, 2}),
            Tensor::Of<int32_t>({9}, {4, 3, 0, -1, -2, -3, -5, 31, 32}),
            Tensor::Of<int32_t>({9}, {81, -8, 1, 0, 0, -1, 1, INT32_MIN, 0})),
      Given("int64", Tensor::Of<int64_t>({3}, {3, -3, 2}), Tensor::Of<int64_t>({3}, {39, 3, 62}),
            Tensor::Of<int64_t>({3}, {4052555153018976267, -27, int64_t{1} << 62})),
      Given("uint8", Tensor::Of<uint8_t>({3}, {2, 3, 255}), Tensor::Of<uint8_t>({3}, {7, 6, 2}),
            Tensor::Of<uint8_t>({3}, {128, 217, 1})),
  };
  s.violations = {{"pow_c1", {{DType::kFloat32, {2, 3}}, {DType::kFloat32, {2}}}, {}}};
  return s;
}

}  // namespace dagrad::ops::power_internal
