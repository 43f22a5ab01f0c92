#ifndef DAGRAD_OPS_RECURRENT_GRU_GRU_CELL_H_
#define DAGRAD_OPS_RECURRENT_GRU_GRU_CELL_H_

#include <cstdint>

namespace dagrad::ops::gru_internal {

// One example of one time step of a GRU. `gates` holds three blocks of `units` elements, those of
// the update gate z, the reset gate r and the candidate n. Thread-safe; allocates nothing. The bits
// of an element depend neither on its place nor on `units`.

// Of the sums of z and r, and that of n without its recurrent part `inner`, makes in place
//   z = sigmoid(·), r = sigmoid(·), n = tanh(· + r inner),  and  h = z h_before + (1 - z) n.
void GruCell(int64_t units, const float* inner, const float* h_before, float* gates, float* h);

struct GruCellGradInputs {
  const float* gates;  // after the activations
  const float* inner;
  const float* h_before;
  const float* dh_outer;  // cotangent of the output h
};

// For H = dh_outer + dh, the cotangents of the sums,
//   dsums = (H (h_before - n) z (1 - z), N inner r (1 - r), N),  N = H (1 - z) (1 - n²),
//   dinner = N r,  and  dh = H z, what h_before gets without the sums.
void GruCellGrad(int64_t units, const GruCellGradInputs& in, float* dh, float* dsums,
                 float* dinner);

}  // namespace dagrad::ops::gru_internal

#endif  // DAGRAD_OPS_RECURRENT_GRU_GRU_CELL_H_
