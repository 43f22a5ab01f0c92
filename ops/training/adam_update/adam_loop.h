#ifndef DAGRAD_OPS_TRAINING_ADAM_UPDATE_ADAM_LOOP_H_
#define DAGRAD_OPS_TRAINING_ADAM_UPDATE_ADAM_LOOP_H_

#include <cstdint>

namespace dagrad::ops::adam_update_internal {

struct AdamCoefficients {
  float one_minus_beta_1;
  float one_minus_beta_2;
  float epsilon;
  float step_size;
};
struct AdamInputs {
  const float* w;
  const float* gradient;
  const float* m;
  const float* v;
};
struct AdamOutputs {
  float* w;
  float* m;
  float* v;
};

// m' = m + (g - m) c1, v' = v + (g² - v) c2, w' = w - step_size m' / (sqrt(v') + epsilon) over n
// elements. An output may be any of the inputs. Each operation is rounded by itself.
void AdamLoop(const AdamCoefficients& c, int64_t n, const AdamInputs& in, const AdamOutputs& out);

}  // namespace dagrad::ops::adam_update_internal

#endif  // DAGRAD_OPS_TRAINING_ADAM_UPDATE_ADAM_LOOP_H_
