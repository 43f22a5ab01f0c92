#include <string>
#include <utility>

#include "dagrad/ops/creation/iota/iota_internal.h"

namespace dagrad::ops::iota_internal {

Samples MakeSamples() {
  Samples s;
  const auto attrs = [](DType dtype, Shape shape, int64_t axis) -> AttrMap {
    return {{"dtype", dtype}, {"shape", std::move(shape)}, {"axis", axis}};
  };
  s.samples = {
      {"vector",
       {},
       attrs(DType::kInt64, {4}, 0),
       false,
       0,
       {Tensor::Of<int64_t>({4}, {0, 1, 2, 3})}},
      {"rows",
       {},
       attrs(DType::kInt32, {2, 3}, 0),
       false,
       0,
       {Tensor::Of<int32_t>({2, 3}, {0, 0, 0, 1, 1, 1})}},
      {"columns",
       {},
       attrs(DType::kFloat64, {2, 3}, -1),
       false,
       0,
       {Tensor::Of<double>({2, 3}, {0, 1, 2, 0, 1, 2})}},
      {"middle", {}, attrs(DType::kFloat64, {2, 3, 2}, 1), false},
      {"uint8",
       {},
       attrs(DType::kUInt8, {3, 1}, 0),
       false,
       0,
       {Tensor::Of<uint8_t>({3, 1}, {0, 1, 2})}},
      {"empty", {}, attrs(DType::kInt64, {0, 3}, 1), false},
      {"shards", {}, attrs(DType::kInt64, {300, 500}, 1), false},
  };
  s.violations = {{"iota_c1", {}, attrs(DType::kBool, {2}, 0)},
                  {"iota_c2", {}, attrs(DType::kInt64, {2}, 1)},
                  {"iota_c2", {}, attrs(DType::kInt64, {}, 0)}};
  return s;
}

}  // namespace dagrad::ops::iota_internal
