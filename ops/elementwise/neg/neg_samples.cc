#include "dagrad/graph/tensor.h"
#include "dagrad/ops/elementwise/neg/neg_internal.h"

namespace dagrad::ops::neg_internal {

Samples MakeSamples() {
  Samples s;
  s.samples = {{"float", {InputSample::Float({3, 35})}},
               {"rank_0", {InputSample::Float({})}},
               {"empty", {InputSample::Float({2, 0})}},
               {"int32",
                {InputSample::Given(Tensor::Of<int32_t>({3}, {5, -7, INT32_MIN}))},
                {},
                false,
                0,
                {Tensor::Of<int32_t>({3}, {-5, 7, INT32_MIN})}},
               {"int64",
                {InputSample::Given(Tensor::Of<int64_t>({3}, {5, -7, INT64_MIN}))},
                {},
                false,
                0,
                {Tensor::Of<int64_t>({3}, {-5, 7, INT64_MIN})}}};
  return s;
}

}  // namespace dagrad::ops::neg_internal
