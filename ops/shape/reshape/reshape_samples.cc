#include <string>

#include "dagrad/ops/shape/reshape/reshape_internal.h"

namespace dagrad::ops::reshape_internal {

Samples MakeSamples() {
  Samples s;
  s.samples = {
      {"merge",
       {InputSample::Given(Tensor::Of<double>({2, 2}, {1, 2, 3, 4}))},
       {{"shape", Shape{4}}},
       true,
       0,
       {Tensor::Of<double>({4}, {1, 2, 3, 4})}},
      {"split", {InputSample::Float({2, 6})}, {{"shape", Shape{2, 3, 2}}}},
      {"to_scalar", {InputSample::Float({1, 1})}, {{"shape", Shape{}}}},
      {"from_scalar", {InputSample::Float({})}, {{"shape", Shape{1, 1}}}},
      {"empty", {InputSample::Float({0, 3})}, {{"shape", Shape{5, 0}}}},
  };
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8, DType::kBool, DType::kString}) {
    s.samples.push_back({std::string(DTypeName(dtype)),
                         {InputSample::Of(dtype, {2, 3}, 0, 100)},
                         {{"shape", Shape{3, 2}}},
                         false});
  }
  s.violations = {{"reshape_c1", {{DType::kFloat32, {2, 3}}}, {{"shape", Shape{5}}}},
                  {"reshape_c1", {{DType::kFloat32, {"batch", 3}}}, {{"shape", Shape{"time", 3}}}}};
  return s;
}

}  // namespace dagrad::ops::reshape_internal
