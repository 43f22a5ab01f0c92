#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/elementwise/cast/cast_internal.h"

namespace dagrad::ops::cast_internal {
namespace {

// Floats that the integers of `y` cannot hold.
Sample Saturates(Tensor y) {
  const double inf = std::numeric_limits<double>::infinity();
  const DType to = y.dtype();
  return {
      absl::StrCat("saturates_", DTypeName(to)),
      {InputSample::Given(Tensor::Of<double>({6}, {1e30, -1e30, std::nan(""), -1.9, inf, -inf}))},
      {{"to", to}},
      false,
      0,
      {std::move(y)}};
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  for (DType from : kAllDTypes) {
    for (DType to : kAllDTypes) {
      const double lo = std::max({-100.0, LowestValue(from), LowestValue(to)});
      const bool half = DTypeSize(from) == 2 || DTypeSize(to) == 2;
      s.samples.push_back({absl::StrCat(DTypeName(from), "_to_", DTypeName(to)),
                           {InputSample::Of(from, {2, 3}, lo, 100)},
                           {{"to", to}},
                           IsFloating(from) && IsFloating(to) && !half});
    }
  }
  s.samples.push_back(Saturates(Tensor::Of<uint8_t>({6}, {255, 0, 0, 0, 255, 0})));
  s.samples.push_back(
      Saturates(Tensor::Of<int32_t>({6}, {INT32_MAX, INT32_MIN, 0, -1, INT32_MAX, INT32_MIN})));
  s.samples.push_back(
      Saturates(Tensor::Of<int64_t>({6}, {INT64_MAX, INT64_MIN, 0, -1, INT64_MAX, INT64_MIN})));
  s.violations.push_back({"cast_c1", {{DType::kFloat32, {2}}}, {{"to", DType::kInvalid}}});
  return s;
}

}  // namespace dagrad::ops::cast_internal
