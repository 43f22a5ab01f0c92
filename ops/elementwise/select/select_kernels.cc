#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/elementwise/select/select_internal.h"
#include "dagrad/ops/elementwise/simd_loops.h"

namespace dagrad::ops::select_internal {
namespace {

template <typename T>
void SelectRow(const bool* c, int64_t c_stride, const T* a, int64_t a_stride, const T* b,
               int64_t b_stride, T* y, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const T av = a[i * a_stride];
    const T bv = b[i * b_stride];
    y[i] = c[i * c_stride] ? av : bv;
  }
}

template <typename T>
void SelectBlock(const BroadcastBlock& block, const runtime::KernelArgs& args) {
  for (int64_t r = 0; r < block.rows; ++r) {
    auto at = [&](int k) { return block.in[k] + r * block.row_stride[k]; };
    SelectRow(args.in<bool>(0) + at(0), block.col_stride[0], args.in<T>(1) + at(1),
              block.col_stride[1], args.in<T>(2) + at(2), block.col_stride[2],
              args.out<T>(0) + block.out + r * block.cols, block.cols);
  }
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  if (request.mode == runtime::KernelMode::kFast && request.outputs[0].dtype == DType::kFloat32) {
    SelectSimd(request, kernel);
    return absl::OkStatus();
  }
  DispatchDType(request.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    OverBlocks(
        request, 1,
        [](const runtime::KernelArgs& args, const BroadcastBlock& block) {
          SelectBlock<T>(block, args);
        },
        kernel);
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::select_internal
