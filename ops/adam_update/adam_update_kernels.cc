#include <cmath>

#include "dagrad/ops/adam_update/adam_update_internal.h"
#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/runtime/simd/adam.h"

namespace dagrad::ops::adam_update_internal {
namespace {

using runtime::KernelArgs;

constexpr uint32_t kRowsOfAllButStepSize = 0b01111;
constexpr double kCost = 12;

// Any output may stand in any of the inputs: all are read before one is written.
template <typename T>
void MakeReference(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const T c1 = static_cast<T>(1 - request.attr<double>("beta_1"));
  const T c2 = static_cast<T>(1 - request.attr<double>("beta_2"));
  const T epsilon = static_cast<T>(request.attr<double>("epsilon"));
  OverElements(
      request.outputs[0].num_elements(), kRowsOfAllButStepSize, kCost,
      [=](const KernelArgs& args, int64_t begin, int64_t end) {
        const T step = args.in<T>(4)[0];
        for (int64_t i = begin; i < end; ++i) {
          const T w = args.in<T>(0)[i], g = args.in<T>(1)[i];
          const T m_old = args.in<T>(2)[i], v_old = args.in<T>(3)[i];
          const T m = m_old + (g - m_old) * c1;
          const T v = v_old + (g * g - v_old) * c2;
          args.out<T>(0)[i] = w - step * m / (std::sqrt(v) + epsilon);
          args.out<T>(1)[i] = m;
          args.out<T>(2)[i] = v;
        }
      },
      kernel);
}

void MakeFast(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  runtime::simd::AdamCoefficients c;
  c.one_minus_beta_1 = static_cast<float>(1 - request.attr<double>("beta_1"));
  c.one_minus_beta_2 = static_cast<float>(1 - request.attr<double>("beta_2"));
  c.epsilon = static_cast<float>(request.attr<double>("epsilon"));
  OverElements(
      request.outputs[0].num_elements(), kRowsOfAllButStepSize, kCost,
      [c](const KernelArgs& args, int64_t begin, int64_t end) {
        runtime::simd::AdamCoefficients with_step = c;
        with_step.step_size = args.in<float>(4)[0];
        runtime::simd::Adam(
            with_step, end - begin,
            {args.in<float>(0) + begin, args.in<float>(1) + begin, args.in<float>(2) + begin,
             args.in<float>(3) + begin},
            {args.out<float>(0) + begin, args.out<float>(1) + begin, args.out<float>(2) + begin});
      },
      kernel);
  kernel->implementation = "simd";
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  if (request.outputs[0].dtype == DType::kFloat64) {
    MakeReference<double>(request, kernel);
  } else if (request.mode == runtime::KernelMode::kFast) {
    MakeFast(request, kernel);
  } else {
    MakeReference<float>(request, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::adam_update_internal
