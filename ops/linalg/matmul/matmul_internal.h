#ifndef DAGRAD_OPS_LINALG_MATMUL_MATMUL_INTERNAL_H_
#define DAGRAD_OPS_LINALG_MATMUL_MATMUL_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::matmul_internal {

// A MatMul of known sizes: `batch` products y[m,n] = a[m,k] b[k,n].
struct Geometry {
  int64_t batch = 1, m = 1, n = 1, k = 1;
  int64_t lda = 1, ldb = 1;  // lengths of the stored rows
  bool transpose_a = false, transpose_b = false;
  // Leading axes of y, and the elements by which a and b advance along each (0 where they are
  // broadcast).
  Dims batch_dims, a_strides, b_strides;
  bool fixed_b = false;  // the same b in every run: it is packed once

  // First element of the matrix of product `item`.
  int64_t AOffset(int64_t item) const { return Offset(item, a_strides); }
  int64_t BOffset(int64_t item) const { return Offset(item, b_strides); }

 private:
  int64_t Offset(int64_t item, const Dims& strides) const;
};

Geometry MakeGeometry(absl::Span<const int64_t> a, absl::Span<const int64_t> b,
                      absl::Span<const int64_t> y, bool transpose_a, bool transpose_b);

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
// float32 by vectors.
void MakeGemmKernel(const Geometry& geometry, runtime::Kernel* kernel);

Samples MakeSamples();

}  // namespace dagrad::ops::matmul_internal

#endif  // DAGRAD_OPS_LINALG_MATMUL_MATMUL_INTERNAL_H_
