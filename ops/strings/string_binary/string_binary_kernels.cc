#include <algorithm>

#include "absl/strings/string_view.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/broadcast.h"
#include "dagrad/ops/strings/string_binary/string_binary_internal.h"
#include "dagrad/runtime/string_heap.h"

namespace dagrad::ops::string_binary_internal {
namespace {

using absl::string_view;
using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

constexpr double kCost = 50;

absl::Status Join(string_view a, string_view b, const KernelArgs& args, string_view* y) {
  const size_t size = a.size() + b.size();
  DAGRAD_ASSIGN_OR_RETURN(char* const text, args.strings->Allocate(size));
  std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), text));
  *y = string_view(text, size);
  return absl::OkStatus();
}

absl::Status Compare(string_view a, string_view b, const KernelArgs&, bool* y) {
  *y = a == b;
  return absl::OkStatus();
}

// y = f(a, b), broadcast.
template <typename T>
absl::Status MakeBinaryKernel(absl::Status (*f)(string_view, string_view, const KernelArgs&, T*),
                              const KernelRequest& request, Kernel* kernel) {
  const BroadcastPlan plan(request.outputs[0].dims, request.inputs);
  const auto run = [plan, f](const KernelArgs& args, int64_t begin, int64_t end) {
    absl::Status status;
    plan.ForEachBlock(begin, end, [&](const BroadcastBlock& block) {
      for (int64_t row = 0; row < block.rows; ++row) {
        const string_view* a = args.in<string_view>(0) + block.in[0] + row * block.row_stride[0];
        const string_view* b = args.in<string_view>(1) + block.in[1] + row * block.row_stride[1];
        T* y = args.out<T>(0) + block.out + row * block.cols;
        for (int64_t col = 0; col < block.cols && status.ok(); ++col)
          status = f(a[col * block.col_stride[0]], b[col * block.col_stride[1]], args, y + col);
      }
    });
    return status;
  };
  runtime::AddRows({.count = request.outputs[0].num_elements(),
                    .aligned = InputsLikeOutput(request),
                    .cost = kCost,
                    .run = run},
                   kernel);
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeConcatKernel(const KernelRequest& request, Kernel* kernel) {
  return MakeBinaryKernel<string_view>(Join, request, kernel);
}

absl::Status MakeEqualKernel(const KernelRequest& request, Kernel* kernel) {
  return MakeBinaryKernel<bool>(Compare, request, kernel);
}

}  // namespace dagrad::ops::string_binary_internal
