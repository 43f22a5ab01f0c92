#ifndef DAGRAD_OPS_CONTROL_CALL_CALL_INTERNAL_H_
#define DAGRAD_OPS_CONTROL_CALL_CALL_INTERNAL_H_

#include "dagrad/ops/samples.h"

namespace dagrad::ops::call_internal {

Samples MakeSamples();

}  // namespace dagrad::ops::call_internal

#endif  // DAGRAD_OPS_CONTROL_CALL_CALL_INTERNAL_H_
