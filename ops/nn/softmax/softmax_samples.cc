#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/ops/nn/softmax/softmax_golden.h"
#include "dagrad/ops/nn/softmax/softmax_internal.h"

namespace dagrad::ops::softmax_internal {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor Golden(absl::Span<const double> values) { return Tensor::Of<double>({2, 3, 4}, values); }

Sample Known(int axis, absl::Span<const double> y) {
  return {absl::StrCat("known_values_axis_", axis),
          {InputSample::Given(Golden(softmax_golden::kX))},
          {{"axis", axis}},
          true,
          1e-5,
          {Golden(y)}};
}

// Rows that hold -inf, +inf, NaN, and -inf only.
Sample NonFinite(absl::Span<const double> y) {
  const double nan = std::nan("");
  const Tensor x =
      Tensor::Of<double>({4, 3}, {0, -kInf, 0, kInf, 0, -kInf, 1, nan, 2, -kInf, -kInf, -kInf});
  return {"non_finite", {InputSample::Given(x)}, {}, false, 1e-5, {Tensor::Of<double>({4, 3}, y)}};
}

Samples Make(absl::string_view c1, Samples s) {
  s.samples.push_back({"one_element", {InputSample::Float({1})}, {{"axis", 0}}});
  s.samples.push_back({"negative_axis", {InputSample::Float({2, 3, 2}, -5, 5)}, {{"axis", -2}}});
  s.samples.push_back({"large", {InputSample::Float({3, 4}, -1000, 1000)}, {}, true, 1e-4});
  s.samples.push_back({"long_row", {InputSample::Float({2, 301}, -3, 3)}, {}});
  s.samples.push_back({"wide", {InputSample::Float({2, 3, 70})}, {{"axis", 1}}});
  s.samples.push_back({"empty_axis", {InputSample::Float({2, 0})}, {}});
  s.samples.push_back({"empty_rows", {InputSample::Float({0, 3})}, {}});
  s.samples.push_back({"empty_columns", {InputSample::Float({2, 3, 0})}, {{"axis", 1}}});
  s.violations.push_back({c1, {{DType::kFloat32, {2, 3}}}, {{"axis", 2}}});
  s.violations.push_back({c1, {{DType::kFloat32, {2, 3}}}, {{"axis", -3}}});
  s.violations.push_back({c1, {{DType::kFloat32, {}}}, {}});
  return s;
}

}  // namespace

Samples MakeSoftmaxSamples() {
  const double nan = std::nan("");
  return Make("softmax_c1",
              {{Known(0, softmax_golden::kSoftmaxY_0), Known(1, softmax_golden::kSoftmaxY_1),
                Known(2, softmax_golden::kSoftmaxY_2),
                NonFinite({0.5, 0, 0.5, nan, nan, nan, nan, nan, nan, nan, nan, nan})},
               {}});
}

Samples MakeLogSoftmaxSamples() {
  const double nan = std::nan(""), half = -std::log(2.0);
  return Make("log_softmax_c1",
              {{Known(0, softmax_golden::kLogSoftmaxY_0), Known(1, softmax_golden::kLogSoftmaxY_1),
                Known(2, softmax_golden::kLogSoftmaxY_2),
                NonFinite({half, -kInf, half, nan, nan, nan, nan, nan, nan, nan, nan, nan})},
               {}});
}

}  // namespace dagrad::ops::softmax_internal
