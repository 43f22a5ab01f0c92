#include <cmath>

#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/training/adam_update/adam_loop.h"
#include "dagrad/ops/training/adam_update/adam_update_internal.h"

namespace dagrad::ops::adam_update_internal {
namespace {

using runtime::KernelArgs;

enum Input { kW, kGradient, kM, kV, kStepSize };
constexpr uint32_t kRowsOfAllButStepSize = 0b01111;

template <typename T>
void AddUpdates(const runtime::KernelRequest& request, const Adam<T>& adam,
                runtime::Kernel* kernel) {
  OverElements(
      request.outputs[0].num_elements(), kRowsOfAllButStepSize, kCost,
      [adam](const KernelArgs& args, int64_t begin, int64_t end) {
        adam(args, args.in<T>(kGradient) + begin, begin, end - begin);
      },
      kernel);
}

}  // namespace

template <typename T>
Adam<T> ReferenceAdam(const runtime::KernelRequest& request, int m, int step_size) {
  const T c1 = static_cast<T>(1 - request.attr<double>("beta_1"));
  const T c2 = static_cast<T>(1 - request.attr<double>("beta_2"));
  const T epsilon = static_cast<T>(request.attr<double>("epsilon"));
  return [=](const KernelArgs& args, const T* gradient, int64_t begin, int64_t n) {
    const T step = args.in<T>(step_size)[0];
    for (int64_t i = begin; i < begin + n; ++i) {
      const T w = args.in<T>(kW)[i], g = gradient[i - begin];
      const T m_old = args.in<T>(m)[i], v_old = args.in<T>(m + 1)[i];
      const T m_new = m_old + (g - m_old) * c1;
      const T v_new = v_old + (g * g - v_old) * c2;
      args.out<T>(0)[i] = w - step * m_new / (std::sqrt(v_new) + epsilon);
      args.out<T>(1)[i] = m_new;
      args.out<T>(2)[i] = v_new;
    }
  };
}

template Adam<float> ReferenceAdam(const runtime::KernelRequest&, int, int);
template Adam<double> ReferenceAdam(const runtime::KernelRequest&, int, int);

Adam<float> FastAdam(const runtime::KernelRequest& request, int m, int step_size) {
  AdamCoefficients c;
  c.one_minus_beta_1 = static_cast<float>(1 - request.attr<double>("beta_1"));
  c.one_minus_beta_2 = static_cast<float>(1 - request.attr<double>("beta_2"));
  c.epsilon = static_cast<float>(request.attr<double>("epsilon"));
  return [=](const KernelArgs& args, const float* gradient, int64_t begin, int64_t n) {
    AdamCoefficients with_step = c;
    with_step.step_size = args.in<float>(step_size)[0];
    AdamLoop(with_step, n,
             {args.in<float>(kW) + begin, gradient, args.in<float>(m) + begin,
              args.in<float>(m + 1) + begin},
             {args.out<float>(0) + begin, args.out<float>(1) + begin, args.out<float>(2) + begin});
  };
}

// Any output may stand in any of the inputs: all are read before one is written.
absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  if (request.outputs[0].dtype == DType::kFloat64) {
    AddUpdates(request, ReferenceAdam<double>(request, kM, kStepSize), kernel);
  } else if (request.mode == runtime::KernelMode::kFast) {
    AddUpdates(request, FastAdam(request, kM, kStepSize), kernel);
    kernel->implementation = "simd";
  } else {
    AddUpdates(request, ReferenceAdam<float>(request, kM, kStepSize), kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::adam_update_internal
