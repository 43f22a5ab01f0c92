#ifndef DAGRAD_OPS_ELEMENTWISE_LOOPS_H_
#define DAGRAD_OPS_ELEMENTWISE_LOOPS_H_

#include <cstdint>

#include "dagrad/ops/elementwise/broadcast.h"
#include "dagrad/runtime/kernel.h"

// The plain loops of the elementwise families: y[i] = f(x0[i], …) for any element types. `cost` is
// what ShardsFor counts. An output may be the very buffer of an input of its size, so no iteration
// depends on another one (ivdep).
namespace dagrad::ops {

// A phase over `n` rows of one element each: f(args, begin, end).
template <typename F>
void OverElements(int64_t n, uint32_t aligned, double cost, F f, runtime::Kernel* kernel) {
  runtime::OverRows({.count = n, .aligned = aligned, .cost = cost}, f, kernel);
}

// f(args, block) for the blocks of output 0, to which all inputs are broadcast.
template <typename F>
void OverBlocks(const runtime::KernelRequest& request, double cost, F f, runtime::Kernel* kernel) {
  const BroadcastPlan plan(request.outputs[0].dims, request.inputs);
  OverElements(
      request.outputs[0].num_elements(), InputsLikeOutput(request), cost,
      [plan, f](const runtime::KernelArgs& args, int64_t begin, int64_t end) {
        plan.ForEachBlock(begin, end, [&](const BroadcastBlock& block) { f(args, block); });
      },
      kernel);
}

// y[i] = f(x[i]) over `n` elements.
template <typename X, typename Y, typename F>
void UnaryLoop(int64_t n, double cost, F f, runtime::Kernel* kernel) {
  OverElements(
      n, 1, cost,
      [f](const runtime::KernelArgs& args, int64_t begin, int64_t end) {
        const X* x = args.in<X>(0);
        Y* y = args.out<Y>(0);
#pragma GCC ivdep
        for (int64_t i = begin; i < end; ++i) y[i] = f(x[i]);
      },
      kernel);
}

// One row, with the strides (0 or 1) known to the compiler.
template <int kStrideA, int kStrideB, typename X, typename Y, typename F>
void BinaryRow(const X* a, const X* b, Y* y, int64_t n, F f) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i] = f(a[i * kStrideA], b[i * kStrideB]);
}

template <typename X, typename Y, typename F>
void BinaryBlock(const BroadcastBlock& block, const X* a, const X* b, Y* y, F f) {
  auto row = &BinaryRow<1, 1, X, Y, F>;
  if (block.col_stride[0] == 0) row = &BinaryRow<0, 1, X, Y, F>;
  if (block.col_stride[1] == 0) row = &BinaryRow<1, 0, X, Y, F>;
  if (block.col_stride[0] == 0 && block.col_stride[1] == 0) row = &BinaryRow<0, 0, X, Y, F>;
  for (int64_t r = 0; r < block.rows; ++r) {
    row(a + block.in[0] + r * block.row_stride[0], b + block.in[1] + r * block.row_stride[1],
        y + block.out + r * block.cols, block.cols, f);
  }
}

// y = f(a, b) with broadcasting.
template <typename X, typename Y, typename F>
void BinaryLoop(const runtime::KernelRequest& request, double cost, F f, runtime::Kernel* kernel) {
  OverBlocks(
      request, cost,
      [f](const runtime::KernelArgs& args, const BroadcastBlock& block) {
        BinaryBlock(block, args.in<X>(0), args.in<X>(1), args.out<Y>(0), f);
      },
      kernel);
}

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_ELEMENTWISE_LOOPS_H_
