#ifndef DAGRAD_OPS_NN_GELU_GELU_LOOPS_H_
#define DAGRAD_OPS_NN_GELU_GELU_LOOPS_H_

#include <cstdint>

namespace dagrad::ops::gelu_internal {

enum class GeluForm {
  kErf,   // x Φ(x), with the normal distribution's Φ
  kTanh,  // x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))
};

// y[i] = gelu(x[i]) and dx[i] = dy[i] gelu'(x[i]) for i < n, within 1e-6, relative to values above
// 1; 0 for x = -inf, NaN for NaN. An output may be an input. The bits depend on the elements and
// the processor only. Thread-safe; allocates nothing.
void Gelu(GeluForm form, const float* x, int64_t n, float* y);
void GeluGrad(GeluForm form, const float* x, const float* dy, int64_t n, float* dx);

}  // namespace dagrad::ops::gelu_internal

#endif  // DAGRAD_OPS_NN_GELU_GELU_LOOPS_H_
