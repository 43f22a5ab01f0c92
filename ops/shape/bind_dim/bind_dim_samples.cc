#include "dagrad/ops/shape/bind_dim/bind_dim_internal.h"

namespace dagrad::ops::bind_dim_internal {

Samples MakeSamples() {
  Samples s;
  s.samples = {{"number",
                {InputSample::Given(Tensor::Scalar<int64_t>(7))},
                {{"symbol", "n"}},
                false,
                0,
                {Tensor::Scalar<int64_t>(7)}}};
  s.violations = {{"bind_dim_c1", {{DType::kInt64, {1}}}, {{"symbol", "n"}}},
                  {"bind_dim_c2", {{DType::kInt64, {}}}, {{"symbol", "2n"}}}};
  return s;
}

}  // namespace dagrad::ops::bind_dim_internal
