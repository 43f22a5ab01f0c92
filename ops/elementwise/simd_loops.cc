#include "dagrad/ops/elementwise/simd_loops.h"

#include "dagrad/ops/elementwise/loops.h"

namespace dagrad::ops {
namespace {

namespace simd = runtime::simd;

// Input `i` within `block`.
template <typename T>
simd::Rows<T> RowsOf(const BroadcastBlock& block, const runtime::KernelArgs& args, int i) {
  return {args.in<T>(i) + block.in[i], block.row_stride[i], block.col_stride[i] == 0};
}

}  // namespace

void UnarySimd(simd::UnaryFunction f, float alpha, const runtime::KernelRequest& request,
               double cost, runtime::Kernel* kernel) {
  OverElements(
      request.outputs[0].num_elements(), 1, cost,
      [f, alpha](const runtime::KernelArgs& args, int64_t begin, int64_t end) {
        simd::Unary(f, alpha, args.in<float>(0) + begin, end - begin, args.out<float>(0) + begin);
      },
      kernel);
  kernel->implementation = "simd";
}

void BinarySimd(simd::BinaryFunction f, const runtime::KernelRequest& request, double cost,
                runtime::Kernel* kernel) {
  OverBlocks(
      request, cost,
      [f](const runtime::KernelArgs& args, const BroadcastBlock& block) {
        simd::Binary(f, block.rows, block.cols, RowsOf<float>(block, args, 0),
                     RowsOf<float>(block, args, 1), args.out<float>(0) + block.out);
      },
      kernel);
  kernel->implementation = "simd";
}

void CompareSimd(simd::Comparison f, const runtime::KernelRequest& request,
                 runtime::Kernel* kernel) {
  OverBlocks(
      request, 1,
      [f](const runtime::KernelArgs& args, const BroadcastBlock& block) {
        simd::Compare(f, block.rows, block.cols, RowsOf<float>(block, args, 0),
                      RowsOf<float>(block, args, 1), args.out<bool>(0) + block.out);
      },
      kernel);
  kernel->implementation = "simd";
}

void SelectSimd(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  OverBlocks(
      request, 1,
      [](const runtime::KernelArgs& args, const BroadcastBlock& block) {
        simd::Select(block.rows, block.cols, RowsOf<bool>(block, args, 0),
                     RowsOf<float>(block, args, 1), RowsOf<float>(block, args, 2),
                     args.out<float>(0) + block.out);
      },
      kernel);
  kernel->implementation = "simd";
}

}  // namespace dagrad::ops
