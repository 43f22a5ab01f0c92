#ifndef DAGRAD_OPS_SHAPE_PAD_PAD_H_
#define DAGRAD_OPS_SHAPE_PAD_PAD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct PadOptions {
  std::string mode = "constant";  // "constant", "reflect" or "edge"
  double value = 0;               // of the padding, mode "constant" only
};

// x with low[a] elements before and high[a] after along each axis a, as numpy.pad and ONNX's Pad.
// With s_a = i_a - low[a],
//   constant: y[i] = x[s] where s lies in x, else `value`
//   edge:     y[i] = x[s clamped to 0 … d_a-1]
//   reflect:  y[i] = x[s mirrored at 0 and at d_a-1, which are not repeated]
// Any dtype; dimensions may be symbolic.
// Errors: pad_c1 unless low and high have one entry per axis, pad_c2 for a negative one, pad_c3 for
// an unknown mode, pad_c4 for a value that the dtype cannot hold exactly (integers and bool),
// pad_c5 where the axis is too small: reflect needs low, high <= d-1, edge needs d >= 1 to pad at
// all; for a symbolic d when it is known. Gradient: the part of ȳ that is x, to which the other
// modes add the cotangents of the copies (PadGrad).
Value Pad(Operand x, std::vector<int64_t> low, std::vector<int64_t> high,
          const PadOptions& options = {});

// The adjoint of Pad in mode "reflect" or "edge": dx[j] = Σ dy[i] over the i that y[i] = x[j] holds
// for, in a fixed order. Floats. Its gradient is Pad of the cotangent. Errors as Pad's (pad_grad_c1
// …).
Value PadGrad(Operand dy, std::vector<int64_t> low, std::vector<int64_t> high, std::string mode);

namespace ops {
const OpDef& PadOp();  // "Pad": attributes low (ints), high (ints), mode (string), value (float)
const OpDef& PadGradOp();  // "PadGrad": attributes low (ints), high (ints), mode (string)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_SHAPE_PAD_PAD_H_
