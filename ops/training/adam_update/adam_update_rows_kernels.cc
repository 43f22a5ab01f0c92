#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/training/adam_update/adam_update_internal.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::adam_update_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;

enum Input { kW, kIndices, kUpdates, kM, kV, kStepSize };

struct Layout {
  int64_t rows;   // of w
  int64_t inner;  // elements of a row
  int64_t count;  // of indices
};

// In shared scratch: for each row the first of the indices that name it, and for each index the
// next one that names the same row; -1 where there is none.
int64_t* FirstOf(const KernelArgs& args) { return reinterpret_cast<int64_t*>(args.scratch); }
int64_t* NextOf(const Layout& l, const KernelArgs& args) { return FirstOf(args) + l.rows; }

// From the last index to the first, so that the lists are in the order of the indices.
template <typename Index>
absl::Status LinkRows(const Layout& l, const KernelArgs& args) {
  const Index* const indices = args.in<Index>(kIndices);
  int64_t* const first = FirstOf(args);
  int64_t* const next = NextOf(l, args);
  for (int64_t j = l.count - 1; j >= 0; --j) {
    const auto index = static_cast<int64_t>(indices[j]);
    if (index < -l.rows || index >= l.rows) {
      return InvalidArgumentError(absl::StrCat("index ", index, " (element ", j,
                                               " of indices) is outside [", -l.rows, ", ", l.rows,
                                               "), the rows of w"));
    }
    const int64_t row = index < 0 ? index + l.rows : index;
    next[j] = first[row];
    first[row] = j;
  }
  return absl::OkStatus();
}

void AddLinking(const Layout& l, DType index_type, Kernel* kernel) {
  kernel->scratch_bytes =
      (runtime::BytesOf<int64_t>(l.rows) + runtime::BytesOf<int64_t>(l.count)).value();
  runtime::ParallelOver(
      l.rows, 0.5,
      [](const KernelArgs& args, int64_t begin, int64_t end) {
        std::fill(FirstOf(args) + begin, FirstOf(args) + end, int64_t{-1});
      },
      kernel);
  kernel->phases.back().inputs = 0;
  kernel->phases.back().outputs = 0;
  const bool narrow = index_type == DType::kInt32;
  kernel->phases.push_back({1, [l, narrow](const KernelArgs& args, int) {
                              return narrow ? LinkRows<int32_t>(l, args)
                                            : LinkRows<int64_t>(l, args);
                            }});
  kernel->phases.back().inputs = 1 << kIndices;
  kernel->phases.back().outputs = 0;
}

// The gradient of elements [begin, end), which have none.
template <typename T>
void UpdateWithoutGradient(const Adam<T>& adam, const KernelArgs& args, int64_t begin,
                           int64_t end) {
  constexpr int64_t kZeros = 2048;
  static constexpr T zeros[kZeros] = {};
  for (int64_t i = begin; i < end; i += kZeros) adam(args, zeros, i, std::min(kZeros, end - i));
}

template <typename T>
void UpdateRow(const Layout& l, const Adam<T>& adam, const KernelArgs& args, int64_t row) {
  T* const gradient = reinterpret_cast<T*>(args.task_scratch);
  std::fill_n(gradient, l.inner, T(0));
  const int64_t* const next = NextOf(l, args);
  for (int64_t j = FirstOf(args)[row]; j >= 0; j = next[j]) {
    const T* const update = args.in<T>(kUpdates) + j * l.inner;
    for (int64_t i = 0; i < l.inner; ++i) gradient[i] += update[i];
  }
  adam(args, gradient, row * l.inner, l.inner);
}

template <typename T>
void AddUpdates(const Layout& l, const Adam<T>& adam, Kernel* kernel) {
  const auto run = [l, adam](const KernelArgs& args, int64_t begin, int64_t end) {
    const int64_t* const first = FirstOf(args);
    for (int64_t row = begin; row < end; ++row) {
      const int64_t from = row;
      while (row < end && first[row] < 0) ++row;
      UpdateWithoutGradient(adam, args, from * l.inner, row * l.inner);
      if (row < end) UpdateRow(l, adam, args, row);
    }
  };
  runtime::OverRows({.count = l.rows,
                     .aligned = 1U << kW | 1U << kM | 1U << kV,
                     .cost = kCost * static_cast<double>(l.inner),
                     .task_scratch_bytes = runtime::BytesOf<T>(l.inner).value()},
                    run, kernel);
  kernel->phases.back().inputs = ~(1U << kIndices);
}

}  // namespace

absl::Status MakeRowsKernel(const runtime::KernelRequest& request, Kernel* kernel) {
  const Dims& w = request.outputs[0].dims;
  Layout l = {w[0], 1, request.inputs[kIndices].num_elements()};
  for (size_t axis = 1; axis < w.size(); ++axis) l.inner *= w[axis];
  AddLinking(l, request.inputs[kIndices].dtype, kernel);
  if (request.outputs[0].dtype == DType::kFloat64) {
    AddUpdates(l, ReferenceAdam<double>(request, kM, kStepSize), kernel);
  } else if (request.mode == runtime::KernelMode::kFast) {
    kernel->implementation = "simd";
    AddUpdates(l, FastAdam(request, kM, kStepSize), kernel);
  } else {
    AddUpdates(l, ReferenceAdam<float>(request, kM, kStepSize), kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::adam_update_internal
