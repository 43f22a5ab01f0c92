#ifndef DAGRAD_RUNTIME_ONEDNN_SGEMM_H_
#define DAGRAD_RUNTIME_ONEDNN_SGEMM_H_

#include <cstdint>

#include "absl/status/status.h"

namespace dagrad::runtime::onednn {

// A row-major matrix of float32, or its transpose: element (i, j) is data[i * ld + j], or data[j *
// ld + i] where `transposed`. ld is at least the length of a stored row.
struct ConstMatrix {
  const float* data;
  int64_t ld;
  bool transposed = false;
};

// c[i, j] = beta * c[i, j] + sum over p < k of a[i, p] * b[p, j], for i < m and j < n; c[i, j] is
// c[i * ldc + j]. With beta 0, c is only written. Zero sizes are fine. On the calling thread alone;
// safe to call from many threads at once. The bits of a result depend on the sizes of the call: cut
// work by shapes only. Internal on a failure of the library, which these arguments do not cause.
absl::Status Sgemm(int64_t m, int64_t n, int64_t k, ConstMatrix a, ConstMatrix b, float beta,
                   float* c, int64_t ldc);

// Where ld of a b that is not transposed is a multiple of this, Sgemm of many rows takes up to
// twice as long (measured: 512 with AVX2, 1024 with AVX-512). Depends on the processor.
int64_t SlowLeadingDimension();

}  // namespace dagrad::runtime::onednn

#endif  // DAGRAD_RUNTIME_ONEDNN_SGEMM_H_
