#include <cmath>

#include "dagrad/ops/linalg/orthonormalize/orthonormalize_internal.h"
#include "dagrad/ops/reduction/sums/sums.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::orthonormalize_internal {
namespace {

using runtime::KernelArgs;

double Dot(int64_t m, const double* a, const double* b) {
  return SumOf(m, [=](int64_t i) { return a[i] * b[i]; });
}

// The modified Gram-Schmidt process over n columns of m elements, one behind the other: each
// column, once it is of length 1, is taken out of all later ones.
void Process(int64_t m, int64_t n, double* columns) {
  for (int64_t j = 0; j < n; ++j) {
    double* const q = columns + j * m;
    const double length = std::sqrt(Dot(m, q, q));
    if (length == 0) continue;
    for (int64_t i = 0; i < m; ++i) q[i] /= length;
    for (int64_t later = j + 1; later < n; ++later) {
      double* const v = columns + later * m;
      const double part = Dot(m, q, v);
      for (int64_t i = 0; i < m; ++i) v[i] -= part * q[i];
    }
  }
}

template <typename T>
void Make(int64_t m, int64_t n, runtime::Kernel* kernel) {
  kernel->scratch_bytes = runtime::BytesOf<double>(m, n).value();
  kernel->phases.push_back({1, [m, n](const KernelArgs& args, int) {
                              auto* const columns = reinterpret_cast<double*>(args.scratch);
                              for (int64_t i = 0; i < m; ++i) {
                                for (int64_t j = 0; j < n; ++j)
                                  columns[j * m + i] = args.in<T>(0)[i * n + j];
                              }
                              Process(m, n, columns);
                              for (int64_t i = 0; i < m; ++i) {
                                for (int64_t j = 0; j < n; ++j)
                                  args.out<T>(0)[i * n + j] = static_cast<T>(columns[j * m + i]);
                              }
                              return absl::OkStatus();
                            }});
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const Dims& a = request.inputs[0].dims;
  if (request.inputs[0].dtype == DType::kFloat64) {
    Make<double>(a[0], a[1], kernel);
  } else {
    Make<float>(a[0], a[1], kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::orthonormalize_internal
