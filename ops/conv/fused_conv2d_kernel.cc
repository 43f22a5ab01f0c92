#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/conv/conv2d_internal.h"
#include "dagrad/ops/conv/fused_conv2d_internal.h"
#include "dagrad/ops/conv/winograd.h"
#include "dagrad/runtime/simd/epilogue.h"

namespace dagrad::ops::fused_conv2d_internal {
namespace {

using runtime::KernelArgs;
using runtime::Phase;
namespace simd = runtime::simd;

constexpr int kBias = 2, kResidual = 3;

struct Epilogue {
  int64_t channels;
  int64_t row_elements;
  bool residual;
  bool relu;
  double most;
};

Epilogue EpilogueOf(const runtime::KernelRequest& r) {
  const Dims& y = r.outputs[0].dims;
  const std::string& activation = r.attr<std::string>("activation");
  return {.channels = y[3],
          .row_elements = y[1] * y[2] * y[3],
          .residual = r.inputs.size() > kResidual,
          .relu = !activation.empty(),
          .most = activation == "relu6" ? 6 : std::numeric_limits<double>::infinity()};
}

void Finish(const Epilogue& e, const KernelArgs& args, int64_t begin, int64_t end, float) {
  const float* const residual =
      e.residual ? args.in<float>(kResidual) + begin * e.row_elements : nullptr;
  simd::Finish((end - begin) * (e.row_elements / e.channels), e.channels,
               {args.in<float>(kBias), residual, e.relu, static_cast<float>(e.most)},
               args.out<float>(0) + begin * e.row_elements);
}

void Finish(const Epilogue& e, const KernelArgs& args, int64_t begin, int64_t end, double) {
  double* const y = args.out<double>(0);
  for (int64_t i = begin * e.row_elements; i < end * e.row_elements; ++i) {
    double v = y[i] + args.in<double>(kBias)[i % e.channels];
    if (e.residual) v += args.in<double>(kResidual)[i];
    if (e.relu && v <= 0) v = 0;
    if (e.relu && v > e.most) v = e.most;
    y[i] = v;
  }
}

// Images are the rows, for all kernels of convolutions that have rows; those of a result that comes
// in other parts are the images'.
template <typename T>
void FinishRows(const Epilogue& e, int64_t images, int64_t height, runtime::Kernel* kernel) {
  const bool by_images = !kernel->phases.empty() && kernel->phases.back().rows != nullptr &&
                         kernel->phases.back().rows->count == images;
  if (!by_images) {
    Epilogue line = e;
    line.row_elements /= height;
    const auto run = [line](const KernelArgs& args, int64_t begin, int64_t end) {
      Finish(line, args, begin, end, T());
    };
    runtime::OverRows(
        {.count = images * height, .cost = static_cast<double>(line.row_elements), .run = {}}, run,
        kernel);
    kernel->phases.back().inputs = ~3U;
    return;
  }
  const Phase last = std::move(kernel->phases.back());
  kernel->phases.pop_back();
  kernel->scratch_bytes = kernel->shared_scratch_bytes;
  Phase::Rows rows = *last.rows;
  rows.run = [e, convolve = rows.run](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t image = begin; image < end; ++image) {
      DAGRAD_RETURN_IF_ERROR(convolve(args, image, image + 1));
      Finish(e, args, image, image + 1, T());
    }
    return absl::OkStatus();
  };
  if (e.residual) rows.aligned |= 1U << kResidual;
  runtime::AddRows(std::move(rows), kernel);
  kernel->phases.back().inputs = last.inputs | ~3U;
  kernel->phases.back().outputs = last.outputs;
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& r, runtime::Kernel* kernel) {
  using conv2d_internal::Kind;
  const auto& y = r.outputs[0];
  if (y.num_elements() == 0) return absl::OkStatus();
  DAGRAD_ASSIGN_OR_RETURN(
      const conv2d_internal::Sizes sizes,
      conv2d_internal::ReadSizes(r.node->attrs, r.inputs[0].dims, r.inputs[1].dims, y.dims));
  const bool fast = y.dtype == DType::kFloat32 && r.mode == runtime::KernelMode::kFast &&
                    r.inputs[0].num_elements() > 0 && r.inputs[1].num_elements() > 0;
  const bool fixed = (r.fixed_inputs >> 1 & 1) != 0;
  const int winograd = fast ? conv2d_internal::WinogradForm(Kind::kForward, sizes, fixed) : 0;
  if (winograd > 0) {
    const Epilogue e = EpilogueOf(r);
    conv2d_internal::MakeWinogradKernel(
        winograd, Kind::kForward, sizes, fixed, kernel,
        {.bias = true, .residual = e.residual, .relu = e.relu, .most = static_cast<float>(e.most)});
    return absl::OkStatus();
  }
  DAGRAD_RETURN_IF_ERROR(conv2d_internal::MakeKernel(Kind::kForward, sizes, r, kernel));
  if (y.dtype == DType::kFloat64) {
    FinishRows<double>(EpilogueOf(r), sizes.batch, sizes.out_height, kernel);
  } else {
    FinishRows<float>(EpilogueOf(r), sizes.batch, sizes.out_height, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::fused_conv2d_internal
