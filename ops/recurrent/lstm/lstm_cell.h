#ifndef DAGRAD_OPS_RECURRENT_LSTM_LSTM_CELL_H_
#define DAGRAD_OPS_RECURRENT_LSTM_LSTM_CELL_H_

#include <cstdint>

namespace dagrad::ops::lstm_internal {

// One example of one time step of an LSTM. `gates` holds four blocks of `units` elements, those of
// the input gate i, the forget gate f, the candidate g and the output gate o. Thread-safe;
// allocates nothing. The bits of an element depend neither on its place nor on `units`.

// Applies sigmoid to the sums of i, f and o and tanh to that of g, in place, and
//   c = f c_before + i g,  h = o tanh(c).
void LstmCell(int64_t units, const float* c_before, float* gates, float* c, float* h);

struct LstmCellGradInputs {
  const float* gates;  // after the activations
  const float* c_before;
  const float* c;
  const float* dh_outer;  // cotangents of h: of the output,
  const float* dh;        // and of the next step
};

// For H = dh_outer + dh and C = dc + H o (1 - tanh²(c)), the cotangents of the sums,
//   dz = (C g i (1 - i), C c_before f (1 - f), C i (1 - g²), H tanh(c) o (1 - o)),
// and dc = C f, the cotangent of c_before.
void LstmCellGrad(int64_t units, const LstmCellGradInputs& in, float* dc, float* dz);

}  // namespace dagrad::ops::lstm_internal

#endif  // DAGRAD_OPS_RECURRENT_LSTM_LSTM_CELL_H_
