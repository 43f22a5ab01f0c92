#include <algorithm>

#include "dagrad/ops/indexing/one_hot/one_hot_internal.h"

namespace dagrad::ops::one_hot_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;

// y is [outer][depth][inner], indices are [outer][inner].
template <typename T, typename Index>
void AddOneHot(int64_t outer, int64_t depth, int64_t inner, T on, T off, Kernel* kernel) {
  const double cost = static_cast<double>(depth + 2) * static_cast<double>(inner) * 0.5;
  runtime::OverRows(
      {.count = outer, .aligned = 1, .cost = cost},
      [=](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t o = begin; o < end; ++o) {
          const Index* indices = args.in<Index>(0) + o * inner;
          T* y = args.out<T>(0) + o * depth * inner;
          std::fill_n(y, depth * inner, off);
          for (int64_t i = 0; i < inner; ++i) {
            const int64_t k = static_cast<int64_t>(indices[i]);
            if (k >= 0 && k < depth) y[k * inner + i] = on;
          }
        }
      },
      kernel);
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, Kernel* kernel) {
  const Dims& indices = request.inputs[0].dims;
  const int64_t attr = request.attr<int64_t>("axis");
  const size_t axis = attr < 0 ? attr + indices.size() + 1 : attr;
  int64_t outer = 1, inner = 1;
  for (size_t a = 0; a < indices.size(); ++a) (a < axis ? outer : inner) *= indices[a];
  const int64_t depth = request.attr<int64_t>("depth");
  DispatchDType(request.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    const T on = static_cast<T>(request.attr<double>("on"));
    const T off = static_cast<T>(request.attr<double>("off"));
    if (request.inputs[0].dtype == DType::kInt32) {
      AddOneHot<T, int32_t>(outer, depth, inner, on, off, kernel);
    } else {
      AddOneHot<T, int64_t>(outer, depth, inner, on, off, kernel);
    }
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::one_hot_internal
