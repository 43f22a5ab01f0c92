#include <string>

#include "dagrad/ops/shape/identity/identity_internal.h"

namespace dagrad::ops::identity_internal {

Samples MakeSamples() {
  Samples s;
  for (DType dtype : {DType::kFloat64, DType::kInt32, DType::kInt64, DType::kUInt8, DType::kBool,
                      DType::kString}) {
    s.samples.push_back({std::string(DTypeName(dtype)),
                         {InputSample::Of(dtype, {2, 3}, 0, 100)},
                         {},
                         IsFloating(dtype)});
  }
  s.samples.push_back({"rank_0", {InputSample::Float({})}});
  s.samples.push_back({"empty", {InputSample::Float({0, 2})}});
  return s;
}

}  // namespace dagrad::ops::identity_internal
