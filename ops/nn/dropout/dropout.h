#ifndef DAGRAD_OPS_NN_DROPOUT_DROPOUT_H_
#define DAGRAD_OPS_NN_DROPOUT_DROPOUT_H_

#include <cstdint>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct DropoutOptions {
  double rate = 0.5;   // probability of dropping an element, in [0, 1)
  int64_t stream = 0;  // tells apart the nodes that draw from one key
};

// y[i] = x[i] / (1 - rate) with probability 1 - rate, else 0 (whatever x[i] is): inverted dropout,
// as Keras's in training. x of any floating dtype and shape; y as x. Element i is dropped where the
// 32 bits that random/philox.h draws for it from key (int64[2] = {seed, counter}) and stream are
// below rate 2^32: the same elements for both dtypes, all shapes and any number of threads. A rate
// of 0 gives x. Gradient: x̄ = Dropout(ȳ, key) with the same options, which drops the same elements:
// no mask is kept. None to the key. Errors: key is no int64[2] (dropout_c1); rate outside [0, 1)
// (dropout_c2). Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from
// overfitting", JMLR 15 (2014).
Value Dropout(Operand x, Operand key, const DropoutOptions& options = {});

namespace ops {
const OpDef& DropoutOp();  // "Dropout": rate, stream
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_DROPOUT_DROPOUT_H_
