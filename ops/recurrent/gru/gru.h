#ifndef DAGRAD_OPS_RECURRENT_GRU_GRU_H_
#define DAGRAD_OPS_RECURRENT_GRU_GRU_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct GruOptions {
  bool reverse = false;  // from the last time step to the first
  Value mask = {};       // bool [batch, time]: false leaves a step out; none: all are taken
};

struct GruResult {
  Value h;      // after every time step: [batch, time, units]
  Value gates;  // z, r and n of every time step: [batch, time, 3 units]
  Value inner;  // the recurrent part of n's sum at every time step: [batch, time, units]
};

// Gated recurrent unit. The last axes of kernel, recurrent_kernel, bias and gates are three blocks
// of `units`, in Keras's order: update gate z, reset gate r, candidate n. For every example, t
// running from 0 to time-1, with
//   s_t = x_t kernel + bias[0],  u_t = h_{t-1} recurrent_kernel + bias[1],
// each of three blocks,
//   z_t = sigmoid(s_t[z] + u_t[z]),  r_t = sigmoid(s_t[r] + u_t[r]),  inner_t = u_t[n],
//   n_t = tanh(s_t[n] + r_t inner_t),  h_t = z_t h_{t-1} + (1 - z_t) n_t,  h_{-1} = h0.
// The reset gate thus comes after the product, as in cuDNN and by Keras's reset_after (its
// default). With `reverse`, t runs from time-1 to 0, and t-1 above means t+1; h[:, t] belongs to
// x[:, t] either way. A step that the mask leaves out has h_t = h_{t-1}, z = 1, r = n = 0 and
// inner = 0: what x_t is does not matter.
//
// x [batch, time, features], kernel [features, 3 units], recurrent_kernel [units, 3 units], bias
// [2, 3 units], h0 [batch, units], of one float dtype; batch and time may be symbols; any may be 0.
// Gradient: GruGrad by all inputs, of all outputs. Errors: other ranks (gru_c1); parameters that do
// not fit one another and x (gru_c2); h0 is not [batch, units] (gru_c3); the mask is not [batch,
// time] (gru_c4). Sources: Cho et al., "Learning phrase representations using RNN encoder-decoder",
// arXiv 1406.1078 (2014); Keras's GRU.
GruResult Gru(Operand x, Operand kernel, Operand recurrent_kernel, Operand bias, Operand h0,
              const GruOptions& options = {});

namespace ops {
const OpDef& GruOp();  // "Gru": inputs as above and optionally mask; reverse

// "GruGrad": reverse; inputs x, recurrent_kernel, h0, Gru's h, gates and inner, and one to three
// cotangents: of h, of gates, of inner; those left out are zeros. With H the whole cotangent of
// h_t,
//   H_t = dh_t + H_{t+1} z_{t+1} + du_{t+1} recurrent_kernelᵀ,
// and P = (H (h_{t-1} - n), ds[n] inner, H (1 - z)) + dgates those of the gates, its outputs are
//   ds = P times the activations' derivatives,  du[n] = ds[n] r + dinner   (du[z, r] = ds[z, r]),
//   dkernel = Σ xᵀ ds,  drecurrent_kernel = Σ h_{t-1}ᵀ du,  dbias = (Σ ds, Σ du)  (over batch and
//   time),  dh0 = H_0 z_0 + du_0 recurrent_kernelᵀ;
// x̄ is MatMul(ds, kernelᵀ). It needs no mask: a step that was left out has ds = du = 0 by its
// gates, where the cotangents of gates and inner are 0. Its own gradient is made of ordinary ops,
// some twenty for each time step, and so is refused (Unimplemented) where time is a symbol.
const OpDef& GruGradOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_RECURRENT_GRU_GRU_H_
