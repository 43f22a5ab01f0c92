#ifndef DAGRAD_OPS_ELEMENTWISE_SIMD_LOOPS_H_
#define DAGRAD_OPS_ELEMENTWISE_SIMD_LOOPS_H_

#include "dagrad/runtime/kernel.h"
#include "dagrad/runtime/simd/binary.h"
#include "dagrad/runtime/simd/unary.h"

// The float32 kernels of runtime/simd as phases. `cost` is that of the plain loop, so that both are
// cut alike.
namespace dagrad::ops {

void UnarySimd(runtime::simd::UnaryFunction f, float alpha, const runtime::KernelRequest& request,
               double cost, runtime::Kernel* kernel);
void BinarySimd(runtime::simd::BinaryFunction f, const runtime::KernelRequest& request, double cost,
                runtime::Kernel* kernel);
void CompareSimd(runtime::simd::Comparison f, const runtime::KernelRequest& request,
                 runtime::Kernel* kernel);
void SelectSimd(const runtime::KernelRequest& request, runtime::Kernel* kernel);

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_ELEMENTWISE_SIMD_LOOPS_H_
