#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/conv/fused_conv2d_internal.h"
#include "dagrad/runtime/simd/epilogue.h"

namespace dagrad::ops::fused_conv2d_internal {
namespace {

using runtime::KernelArgs;
using runtime::Phase;
namespace simd = runtime::simd;

constexpr int kBias = 2, kResidual = 3;

struct Epilogue {
  int64_t channels;
  int64_t elements;
  int64_t row_elements;
  bool residual;
  bool relu;
  double most;
};

Epilogue EpilogueOf(const runtime::KernelRequest& r) {
  const Dims& y = r.outputs[0].dims;
  const std::string& activation = r.attr<std::string>("activation");
  return {.channels = y[3],
          .elements = NumElements(y),
          .row_elements = 0,  // ByRows
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

Epilogue ByRows(Epilogue e, int64_t rows) {
  e.row_elements = e.elements / rows;
  return e;
}

// Whether the last phase makes the result by rows that are whole pixels.
bool EndsInRows(const Epilogue& e, const runtime::Kernel& kernel) {
  if (kernel.phases.empty() || kernel.phases.back().rows == nullptr) return false;
  return e.elements % (kernel.phases.back().rows->count * e.channels) == 0;
}

// A pass of its own: over lines, so that the threads share few images too.
template <typename T>
void AddPass(const Epilogue& lines, runtime::Kernel* kernel) {
  const auto run = [lines](const KernelArgs& args, int64_t begin, int64_t end) {
    Finish(lines, args, begin, end, T());
  };
  runtime::OverRows({.count = lines.elements / lines.row_elements,
                     .cost = static_cast<double>(lines.row_elements),
                     .run = {}},
                    run, kernel);
  kernel->phases.back().inputs = ~3U;
}

// The last phase finishes the rows that it has made, some 128 KiB at a time.
template <typename T>
void FinishRows(const Epilogue& e, runtime::Kernel* kernel) {
  constexpr int64_t kElements = 32 * 1024;
  const Phase last = std::move(kernel->phases.back());
  kernel->phases.pop_back();
  kernel->scratch_bytes = kernel->shared_scratch_bytes;
  Phase::Rows rows = *last.rows;
  const Epilogue own = ByRows(e, rows.count);
  const int64_t step = std::max({int64_t{1}, rows.least, kElements / own.row_elements});
  rows.run = [own, step, convolve = rows.run](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row += step) {
      const int64_t stop = std::min(row + step, end);
      DAGRAD_RETURN_IF_ERROR(convolve(args, row, stop));
      Finish(own, args, row, stop, T());
    }
    return absl::OkStatus();
  };
  if (e.residual) rows.aligned |= 1U << kResidual;
  runtime::AddRows(std::move(rows), kernel);
  kernel->phases.back().inputs = last.inputs | ~3U;
  kernel->phases.back().outputs = last.outputs;
}

template <typename T>
void AddEpilogue(const Epilogue& e, int64_t lines, runtime::Kernel* kernel) {
  if (EndsInRows(e, *kernel)) {
    FinishRows<T>(e, kernel);
  } else {
    AddPass<T>(ByRows(e, lines), kernel);
  }
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& r, runtime::Kernel* kernel) {
  const auto& y = r.outputs[0];
  DAGRAD_ASSIGN_OR_RETURN(
      const conv2d_internal::Sizes sizes,
      conv2d_internal::ReadSizes(r.node->attrs, r.inputs[0].dims, r.inputs[1].dims, y.dims));
  const Epilogue e = EpilogueOf(r);
  const auto finish = [&](runtime::Kernel* k) {
    const int64_t lines = sizes.batch * sizes.out_height;
    return y.dtype == DType::kFloat64 ? AddEpilogue<double>(e, lines, k)
                                      : AddEpilogue<float>(e, lines, k);
  };
  return conv2d_internal::MakeKernel(
      conv2d_internal::Kind::kForward, sizes, r, kernel,
      {.bias = true, .residual = e.residual, .relu = e.relu, .most = static_cast<float>(e.most)},
      finish);
}

}  // namespace dagrad::ops::fused_conv2d_internal
