#ifndef DAGRAD_OPS_TRAINING_ADAM_UPDATE_ADAM_UPDATE_INTERNAL_H_
#define DAGRAD_OPS_TRAINING_ADAM_UPDATE_ADAM_UPDATE_INTERNAL_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/op.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::adam_update_internal {

// Elementary operations of an element, as for runtime::ShardsFor.
constexpr double kCost = 12;

// Updates elements [begin, begin + n) of w, m and v, whose gradient is gradient[0, n). Inputs are w
// (input 0), m and, next to it, v; outputs 0, 1, 2. Each element is read before it is written.
template <typename T>
using Adam = std::function<void(const runtime::KernelArgs& args, const T* gradient, int64_t begin,
                                int64_t n)>;

// `m` and `step_size` are the numbers of these inputs. The plain loop, and the fast one.
template <typename T>
Adam<T> ReferenceAdam(const runtime::KernelRequest& request, int m, int step_size);
Adam<float> FastAdam(const runtime::KernelRequest& request, int m, int step_size);

// That beta_1, beta_2 and epsilon are in range.
absl::Status CheckOptions(const InferContext& c, absl::string_view label);

absl::Span<const runtime::Rule> Rules();
absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();
absl::Status MakeRowsKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeRowsSamples();

}  // namespace dagrad::ops::adam_update_internal

#endif  // DAGRAD_OPS_TRAINING_ADAM_UPDATE_ADAM_UPDATE_INTERNAL_H_
