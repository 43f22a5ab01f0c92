#ifndef DAGRAD_OPS_TRAINING_ADAM_UPDATE_ADAM_UPDATE_H_
#define DAGRAD_OPS_TRAINING_ADAM_UPDATE_ADAM_UPDATE_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct AdamUpdateOptions {
  double beta_1 = 0.9;    // decay of the first moment, in [0, 1]
  double beta_2 = 0.999;  // of the second
  double epsilon = 1e-7;  // finite, >= 0
};

struct AdamUpdateResult {
  Value w;
  Value m;
  Value v;
};

// A step of Adam in one pass over memory, element by element:
//   m' = m + (g - m) (1 - beta_1)
//   v' = v + (g² - v) (1 - beta_2)
//   w' = w - step_size m' / (sqrt(v') + epsilon)
// w (the weight), g (its gradient), m and v (its moments) are of one shape and one floating
// dtype, as are w', m' and v'; step_size is a scalar of that dtype, the learning rate with the
// correction of bias in it: learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t). In float32 and
// float64 the same bits as the formulas built of single ops give. No gradient flows through it:
// differentiate through those. Errors: shapes that differ (adam_update_c1), a step_size that is no
// scalar (adam_update_c2), options out of range (adam_update_c3). Source: Kingma and Ba, "Adam: a
// method for stochastic optimization", ICLR 2015, section 2, in the form that puts the correction
// into the step size.
AdamUpdateResult AdamUpdate(Operand w, Operand gradient, Operand m, Operand v, Operand step_size,
                            const AdamUpdateOptions& options = {});

namespace ops {
const OpDef& AdamUpdateOp();  // "AdamUpdate": beta_1, beta_2, epsilon
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_TRAINING_ADAM_UPDATE_ADAM_UPDATE_H_
