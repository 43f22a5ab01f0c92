#include <string>

#include "dagrad/ops/shape/broadcast_to/broadcast_to_internal.h"

namespace dagrad::ops::broadcast_to_internal {

Samples MakeSamples() {
  Samples s;
  s.samples = {
      {"rows", {InputSample::Float({3})}, {{"shape", Shape{2, 3}}}},
      {"columns",
       {InputSample::Given(Tensor::Of<double>({2, 1}, {1, 2}))},
       {{"shape", Shape{2, 3}}},
       true,
       1e-5,
       {Tensor::Of<double>({2, 3}, {1, 1, 1, 2, 2, 2})}},
      {"middle_and_lead", {InputSample::Float({2, 1, 3})}, {{"shape", Shape{2, 2, 4, 3}}}},
      {"scalar", {InputSample::Float({})}, {{"shape", Shape{2, 2}}}},
      {"scalar_to_scalar", {InputSample::Float({})}, {{"shape", Shape{}}}},
      {"same", {InputSample::Float({2, 3})}, {{"shape", Shape{2, 3}}}},
      {"to_empty", {InputSample::Float({1, 3})}, {{"shape", Shape{0, 3}}}},
      {"from_empty", {InputSample::Float({0})}, {{"shape", Shape{2, 0}}}},
      {"shards", {InputSample::Float({1, 300})}, {{"shape", Shape{40, 2, 300}}}},
  };
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8, DType::kBool, DType::kString}) {
    s.samples.push_back({std::string(DTypeName(dtype)),
                         {InputSample::Of(dtype, {2, 1}, 0, 100)},
                         {{"shape", Shape{3, 2, 2}}},
                         false});
  }
  s.violations = {{"broadcast_to_c1", {{DType::kFloat32, {2, 3}}}, {{"shape", Shape{3, 3}}}},
                  {"broadcast_to_c1", {{DType::kFloat32, {2, 3}}}, {{"shape", Shape{3}}}}};
  return s;
}

}  // namespace dagrad::ops::broadcast_to_internal
