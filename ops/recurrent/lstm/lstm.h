#ifndef DAGRAD_OPS_RECURRENT_LSTM_LSTM_H_
#define DAGRAD_OPS_RECURRENT_LSTM_LSTM_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct LstmOptions {
  bool reverse = false;  // from the last time step to the first
  Value mask = {};       // bool [batch, time]: false leaves a step out; none: all are taken
};

struct LstmResult {
  Value h;      // after every time step: [batch, time, units]
  Value c;      // after every time step: [batch, time, units]
  Value gates;  // i, f, g and o of every time step: [batch, time, 4 units]
};

// Long short-term memory. The last axes of kernel, recurrent_kernel, bias and gates are four blocks
// of `units`, in Keras's order: input gate, forget gate, candidate, output gate. For every example,
// t running from 0 to time-1,
//   z_t = x_t kernel + h_{t-1} recurrent_kernel + bias,
//   (i, f, g, o)_t = (sigmoid, sigmoid, tanh, sigmoid)(z_t),
//   c_t = f_t c_{t-1} + i_t g_t,  h_t = o_t tanh(c_t),  h_{-1} = h0, c_{-1} = c0.
// With `reverse`, t runs from time-1 to 0, and t-1 above means t+1. Outputs stand at the time step
// whose input they read last, either way: h[:, t] belongs to x[:, t]. (So the last state is
// h[:, 0], and what Keras's go_backwards returns is h with its time axis reversed.) A step that the
// mask leaves out has h_t = h_{t-1}, c_t = c_{t-1} and gates of 0: what x_t is does not matter.
//
// x [batch, time, features], kernel [features, 4 units], recurrent_kernel [units, 4 units], bias
// [4 units], h0 and c0 [batch, units], of one float dtype; batch and time may be symbols; any may
// be 0. Gradient: LstmGrad by all inputs, of all outputs. Errors: other ranks (lstm_c1); parameters
// that do not fit one another and x (lstm_c2); h0 or c0 is not [batch, units] (lstm_c3); the mask
// is not [batch, time] (lstm_c4). Sources: Hochreiter, Schmidhuber, "Long short-term memory"
// (1997); Gers, Schmidhuber, Cummins, "Learning to forget" (2000); Keras's LSTM.
LstmResult Lstm(Operand x, Operand kernel, Operand recurrent_kernel, Operand bias, Operand h0,
                Operand c0, const LstmOptions& options = {});

namespace ops {
const OpDef& LstmOp();  // "Lstm": inputs as above and optionally mask; reverse

// "LstmGrad": reverse; inputs x, recurrent_kernel, h0, c0, Lstm's h, c and gates, one to three
// cotangents: of h, of c, of gates, those left out being zeros, and, behind all three, optionally
// Lstm's mask. With H and C the whole cotangents of
// h_t and c_t, that is
//   H_t = dh_t + dz_{t+1} recurrent_kernelᵀ,
//   C_t = dc_t + H_t o_t (1 - tanh²(c_t)) + C_{t+1} f_{t+1},
// its outputs are
//   dz = (C g, C c_{t-1}, C i, H tanh(c)) + dgates, times the activations' derivatives,
//   dkernel = Σ xᵀ dz,  drecurrent_kernel = Σ h_{t-1}ᵀ dz,  dbias = Σ dz  (over batch and time),
//   dh0 = dz_0 recurrent_kernelᵀ,  dc0 = C_0 f_0.
// A step that the mask leaves out has dz = 0 and passes on what comes to it: H_{t-1} has the
// summand H_t, and C_{t-1} has C_t = dc_t + …; its gates and dgates are not read. x̄ is MatMul(dz,
// kernelᵀ). Its own gradient is made of ordinary ops, some twenty for each time step, and so is
// refused (Unimplemented) where time is a symbol.
const OpDef& LstmGradOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_RECURRENT_LSTM_LSTM_H_
