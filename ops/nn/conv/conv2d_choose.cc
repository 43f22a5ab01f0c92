#include <algorithm>
#include <utility>
#include <vector>

#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/conv/winograd.h"
#include "dagrad/runtime/kernel_trial.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::Kernel;

// Measured on one core (Zen 4, AVX-512; peak some 117 GF/s), in GF/s, by benchmarks/convolutions:
//                                       |    forward    | input gradient | filter gradient
//   images · pixels, channels, filter   | direct oneDNN | direct  oneDNN | direct  oneDNN
//   8 · 28², 1 to 32, 3x3               |     79     63 |                |     68      94
//   8 · 28², 32 to 64, 3x3              |    110    121 |    112     122 |     97     103
//   4 · 28², 128 to 128, 3x3            |    109    119 |    110     116 |      -       -
//   16 · 32², 3 to 64, 3x3              |     94    103 |                |     97     106
//   4 · 224², 3 to 64, 7x7 by 2         |    100    111 |                |     99      81
//   8 · 224², 3 to 32, 3x3 by 2         |     71     80 |                |     70      50
//   4 · 56², 128 to 128, 3x3 by 2       |    103    110 |    102     105 |     85      57
//   4 · 28², 256 to 256, 3x3 by 2       |    100     99 |     98     102 |     80      71
//   4 · 14², 512 to 512, 3x3 by 2       |     90     93 |     90      81 |
//   4 · 56², 256 to 512, 1x1 by 2       |    101    105 |     92      94 |     74      92
// So it is a draw but for whole steps, where each call of a primitive allocates: oneDNN's are for
// the forms of convolution that MakeDirectKernel is not for.
bool IsDense(const Sizes& s) { return s.groups == 1 && s.dilation_y == 1 && s.dilation_x == 1; }

// Kernels for the sizes, all with what follows: the one that the tables have, and if `all`, others
// after it.
std::vector<Kernel> Candidates(Kind kind, const Sizes& s, bool filter_is_fixed, bool all,
                               const Epilogue& epilogue, Finish finish) {
  std::vector<Kernel> found;
  const auto add = [&](bool (*make)(Kind, const Sizes&, Kernel*)) {
    Kernel kernel;
    if ((!all && !found.empty()) || !make(kind, s, &kernel)) return;
    // A filter's gradient would keep x and dy, which are large, to its end.
    if (kind != Kind::kFilterGrad) MendPadding(kind, s, &kernel);
    finish(&kernel);
    found.push_back(std::move(kernel));
  };
  const int form = WinogradForm(kind, s, filter_is_fixed);
  const auto add_winograd = [&](int m) {
    Kernel kernel;
    MakeWinogradKernel(m, kind, s, filter_is_fixed, &kernel, epilogue);
    found.push_back(std::move(kernel));
  };
  if (form > 0) add_winograd(form);
  add(MakeDepthwiseKernel);
  add(MakePointwiseKernel);
  add(MakeDirectKernel);
  if (!IsDense(s)) add(MakePrimitiveKernel);
  add(MakeGemmKernel);
  if (!all) return found;
  if (IsDense(s)) add(MakePrimitiveKernel);
  for (const int m : {2, 4}) {
    if (m != form && WinogradApplies(s)) add_winograd(m);
  }
  return found;
}

// Sums of no terms. To go through the taps of the filter, or the images, could take for ever.
template <typename T>
void MakeZeros(int64_t elements, Kernel* kernel) {
  kernel->implementation = "zeros";
  runtime::ParallelOver(
      elements, 1,
      [](const runtime::KernelArgs& args, int64_t begin, int64_t end) {
        std::fill(args.out<T>(0) + begin, args.out<T>(0) + end, T{0});
      },
      kernel);
}

}  // namespace

absl::Status MakeKernel(Kind kind, const Sizes& sizes, const runtime::KernelRequest& request,
                        Kernel* kernel, const Epilogue& epilogue, Finish finish) {
  const bool fixed = (request.fixed_inputs >> 1 & 1) != 0;  // the filter
  const bool empty = request.inputs[0].num_elements() == 0 || request.inputs[1].num_elements() == 0;
  const bool is_double = request.inputs[0].dtype == DType::kFloat64;
  if (empty) {
    const int64_t elements = request.outputs[0].num_elements();
    is_double ? MakeZeros<double>(elements, kernel) : MakeZeros<float>(elements, kernel);
    finish(kernel);
    return absl::OkStatus();
  }
  if (!is_double && request.mode == runtime::KernelMode::kFast && IsOrdinary(sizes)) {
    std::vector<Kernel> kernels = Candidates(kind, sizes, fixed, request.trial, epilogue, finish);
    *kernel = std::move(kernels[request.trial ? runtime::FastestKernel(kernels, request) : 0]);
    return absl::OkStatus();
  }
  is_double ? MakeReferenceKernel<double>(kind, sizes, kernel)
            : MakeReferenceKernel<float>(kind, sizes, kernel);
  finish(kernel);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::conv2d_internal
