#ifndef DAGRAD_OPS_CONTROL_CUSTOM_GRADIENT_CUSTOM_GRADIENT_INTERNAL_H_
#define DAGRAD_OPS_CONTROL_CUSTOM_GRADIENT_CUSTOM_GRADIENT_INTERNAL_H_

#include "dagrad/ops/samples.h"

namespace dagrad::ops::custom_gradient_internal {

Samples MakeSamples();

}  // namespace dagrad::ops::custom_gradient_internal

#endif  // DAGRAD_OPS_CONTROL_CUSTOM_GRADIENT_CUSTOM_GRADIENT_INTERNAL_H_
