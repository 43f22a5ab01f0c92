#ifndef DAGRAD_OPS_SHAPE_RESHAPE_RESHAPE_INTERNAL_H_
#define DAGRAD_OPS_SHAPE_RESHAPE_RESHAPE_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::reshape_internal {

Samples MakeSamples();

}  // namespace dagrad::ops::reshape_internal

#endif  // DAGRAD_OPS_SHAPE_RESHAPE_RESHAPE_INTERNAL_H_
