#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy_internal.h"
#include "dagrad/ops/nn/softmax/exp_rows.h"
#include "dagrad/ops/reduction/sums/sums.h"

namespace dagrad::ops::cross_entropy_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

// What the rows' loops need of the exponential function, as defined …
template <typename T>
struct Reference {
  using Type = T;
  static constexpr double kCost = 30;  // of one element, for the number of shards
  static T Max(const T* x, int64_t n) {
    T max = -std::numeric_limits<T>::infinity();
    for (int64_t j = 0; j < n; ++j) max = std::max(max, x[j]);
    return max;
  }
  static double SumExp(const T* x, int64_t n, T shift) {
    return SumOf(n, [=](int64_t j) { return std::exp(x[j] - shift); });
  }
  static double ExpAndSum(const T* x, int64_t n, T shift, T* y) {
    return SumOf(n, [=](int64_t j) { return y[j] = std::exp(x[j] - shift); });
  }
};

// … and vectorized.
struct Fast {
  using Type = float;
  static constexpr double kCost = 8;
  static float Max(const float* x, int64_t n) { return RowMax(x, n); }
  static double SumExp(const float* x, int64_t n, float shift) { return RowSumExp(x, n, shift); }
  static double ExpAndSum(const float* x, int64_t n, float shift, float* y) {
    return RowExpAndSum(x, n, shift, y);
  }
};

// -Σ_j z_j log p_j = Σ_j z_j ((max - x_j) + log Σ_k exp(x_k - max))
template <typename Math, typename T = typename Math::Type>
T DenseLoss(const T* x, const T* z, int64_t n) {
  const double max = Math::Max(x, n);
  const double log_sum = std::log(Math::SumExp(x, n, static_cast<T>(max)));
  const auto term = [=](int64_t j) { return z[j] == 0 ? 0 : z[j] * ((max - x[j]) + log_sum); };
  return static_cast<T>(SumOf(n, term));
}

// g_j = d (p_j Σ_k z_k - z_j)
template <typename Math, typename T = typename Math::Type>
void DenseGrad(const T* x, const T* z, int64_t n, T d, T* g) {
  const double total = SumOf(n, [=](int64_t j) { return z[j]; });
  const T factor = static_cast<T>(total / Math::ExpAndSum(x, n, Math::Max(x, n), g));
  for (int64_t j = 0; j < n; ++j) g[j] = d * (g[j] * factor - z[j]);
}

template <typename Math, typename T = typename Math::Type>
T SparseLoss(const T* x, int64_t label, int64_t n) {
  const T max = Math::Max(x, n);
  return static_cast<T>((max - x[label]) + std::log(Math::SumExp(x, n, max)));
}

// g_j = d (p_j - [j = label])
template <typename Math, typename T = typename Math::Type>
void SparseGrad(const T* x, int64_t label, int64_t n, T d, T* g) {
  const T factor = static_cast<T>(1 / Math::ExpAndSum(x, n, Math::Max(x, n), g));
  for (int64_t j = 0; j < n; ++j) g[j] *= factor;
  g[label] -= 1;
  for (int64_t j = 0; j < n; ++j) g[j] *= d;
}

struct Rows {
  int64_t rows, classes;
};

Rows RowsOf(const KernelRequest& request) {
  const Dims& dims = request.inputs[0].dims;
  return {NumElements(absl::MakeConstSpan(dims).subspan(0, dims.size() - 1)), dims.back()};
}

// A phase by rows of all `inputs`, whose f(args, row) may fail.
template <typename F>
void ForEachRow(const Rows& r, int inputs, double item_cost, F f, Kernel* kernel) {
  const auto run = [f](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) DAGRAD_RETURN_IF_ERROR(f(args, row));
    return absl::OkStatus();
  };
  runtime::AddRows({.count = r.rows,
                    .aligned = (1U << inputs) - 1,
                    .cost = item_cost * static_cast<double>(r.classes + 1),
                    .run = run},
                   kernel);
}

absl::Status CheckLabel(int64_t label, int64_t row, int64_t classes) {
  if (label >= 0 && label < classes) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("input 1 (labels): label ", label, " of example ", row,
                                           " is outside [0, ", classes, ")"));
}

struct DenseForward {
  template <typename Math>
  static void Make(const Rows& r, Kernel* kernel) {
    using T = typename Math::Type;
    const auto f = [n = r.classes](const KernelArgs& a, int64_t row) {
      a.out<T>(0)[row] = DenseLoss<Math>(a.in<T>(0) + row * n, a.in<T>(1) + row * n, n);
      return absl::OkStatus();
    };
    ForEachRow(r, 2, Math::kCost, f, kernel);
  }
};

struct DenseBackward {
  template <typename Math>
  static void Make(const Rows& r, Kernel* kernel) {
    using T = typename Math::Type;
    const auto f = [n = r.classes](const KernelArgs& a, int64_t row) {
      DenseGrad<Math>(a.in<T>(0) + row * n, a.in<T>(1) + row * n, n, a.in<T>(2)[row],
                      a.out<T>(0) + row * n);
      return absl::OkStatus();
    };
    ForEachRow(r, 3, Math::kCost, f, kernel);
  }
};

template <typename Label>
struct SparseForward {
  template <typename Math>
  static void Make(const Rows& r, Kernel* kernel) {
    using T = typename Math::Type;
    const auto f = [n = r.classes](const KernelArgs& a, int64_t row) {
      const int64_t label = a.in<Label>(1)[row];
      DAGRAD_RETURN_IF_ERROR(CheckLabel(label, row, n));
      a.out<T>(0)[row] = SparseLoss<Math>(a.in<T>(0) + row * n, label, n);
      return absl::OkStatus();
    };
    ForEachRow(r, 2, Math::kCost, f, kernel);
  }
};

template <typename Label>
struct SparseBackward {
  template <typename Math>
  static void Make(const Rows& r, Kernel* kernel) {
    using T = typename Math::Type;
    const auto f = [n = r.classes](const KernelArgs& a, int64_t row) {
      const int64_t label = a.in<Label>(1)[row];
      DAGRAD_RETURN_IF_ERROR(CheckLabel(label, row, n));
      SparseGrad<Math>(a.in<T>(0) + row * n, label, n, a.in<T>(2)[row], a.out<T>(0) + row * n);
      return absl::OkStatus();
    };
    ForEachRow(r, 3, Math::kCost, f, kernel);
  }
};

template <typename Maker>
absl::Status MakeFor(const KernelRequest& request, Kernel* kernel) {
  const Rows r = RowsOf(request);
  if (request.inputs[0].dtype == DType::kFloat64) {
    Maker::template Make<Reference<double>>(r, kernel);
  } else if (request.mode == runtime::KernelMode::kReference) {
    Maker::template Make<Reference<float>>(r, kernel);
  } else {
    kernel->implementation = "simd";
    Maker::template Make<Fast>(r, kernel);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeDenseKernel(const KernelRequest& request, Kernel* kernel) {
  return MakeFor<DenseForward>(request, kernel);
}

absl::Status MakeDenseGradKernel(const KernelRequest& request, Kernel* kernel) {
  return MakeFor<DenseBackward>(request, kernel);
}

absl::Status MakeSparseKernel(const KernelRequest& request, Kernel* kernel) {
  if (request.inputs[1].dtype == DType::kInt32)
    return MakeFor<SparseForward<int32_t>>(request, kernel);
  return MakeFor<SparseForward<int64_t>>(request, kernel);
}

absl::Status MakeSparseGradKernel(const KernelRequest& request, Kernel* kernel) {
  if (request.inputs[1].dtype == DType::kInt32)
    return MakeFor<SparseBackward<int32_t>>(request, kernel);
  return MakeFor<SparseBackward<int64_t>>(request, kernel);
}

}  // namespace dagrad::ops::cross_entropy_internal
