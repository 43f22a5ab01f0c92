#ifndef DAGRAD_OPS_NN_CONV_FUSED_CONV2D_INTERNAL_H_
#define DAGRAD_OPS_NN_CONV_FUSED_CONV2D_INTERNAL_H_

#include <vector>

#include "absl/status/status.h"
#include "dagrad/graph/op.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::fused_conv2d_internal {

std::vector<Constraint> Constraints();
// Conv2D's kernel, whose last phase goes on to finish the rows that it has just made.
absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::fused_conv2d_internal

#endif  // DAGRAD_OPS_NN_CONV_FUSED_CONV2D_INTERNAL_H_
