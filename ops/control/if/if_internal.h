#ifndef DAGRAD_OPS_CONTROL_IF_IF_INTERNAL_H_
#define DAGRAD_OPS_CONTROL_IF_IF_INTERNAL_H_

#include "dagrad/ops/samples.h"

namespace dagrad::ops::if_internal {

Samples MakeSamples();

}  // namespace dagrad::ops::if_internal

#endif  // DAGRAD_OPS_CONTROL_IF_IF_INTERNAL_H_
