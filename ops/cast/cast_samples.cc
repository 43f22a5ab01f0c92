#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/cast/cast_internal.h"

namespace dagrad::ops::cast_internal {

Samples MakeSamples() {
  Samples s;
  for (DType from : kAllDTypes) {
    for (DType to : kAllDTypes) {
      const double lo = from == DType::kUInt8 || to == DType::kUInt8 ? 0 : -100;
      s.samples.push_back({absl::StrCat(DTypeName(from), "_to_", DTypeName(to)),
                           {InputSample::Of(from, {2, 3}, lo, 100)},
                           {{"to", to}},
                           IsFloating(from) && IsFloating(to)});
    }
  }
  s.samples.push_back(
      {"saturates",
       {InputSample::Given(Tensor::Of<double>({4}, {1e30, -1e30, std::nan(""), -1.9}))},
       {{"to", DType::kInt32}},
       false,
       0,
       {Tensor::Of<int32_t>({4}, {2147483647, -2147483648, 0, -1})}});
  s.violations.push_back({"cast_c1", {{DType::kFloat32, {2}}}, {{"to", DType::kInvalid}}});
  return s;
}

}  // namespace dagrad::ops::cast_internal
