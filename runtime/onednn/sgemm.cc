#include "dagrad/runtime/onednn/sgemm.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/runtime/onednn/limits.h"
#include "dagrad/runtime/onednn/openmp.h"
#include "oneapi/dnnl/dnnl.h"

namespace dagrad::runtime::onednn {
namespace {

// Up to this many products a plain loop is faster than a call of the library, which costs about 200
// ns.
constexpr int64_t kTinyProducts = 512;

void Scale(int64_t m, int64_t n, float beta, float* c, int64_t ldc) {
  for (int64_t i = 0; i < m; ++i) {
    float* row = c + i * ldc;
    if (beta == 0) {
      std::fill_n(row, n, 0.0f);
    } else if (beta != 1) {
      for (int64_t j = 0; j < n; ++j) row[j] *= beta;
    }
  }
}

void TinyGemm(int64_t m, int64_t n, int64_t k, ConstMatrix a, ConstMatrix b, float beta, float* c,
              int64_t ldc) {
  Scale(m, n, beta, c, ldc);
  const int64_t a_row = a.transposed ? 1 : a.ld, a_col = a.transposed ? a.ld : 1;
  for (int64_t i = 0; i < m; ++i) {
    float* row = c + i * ldc;
    for (int64_t p = 0; p < k; ++p) {
      const float scale = a.data[i * a_row + p * a_col];
      if (b.transposed) {
        for (int64_t j = 0; j < n; ++j) row[j] += scale * b.data[j * b.ld + p];
      } else {
        for (int64_t j = 0; j < n; ++j) row[j] += scale * b.data[p * b.ld + j];
      }
    }
  }
}

}  // namespace

int64_t SlowLeadingDimension() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return 1024;
#endif
  return 512;
}

absl::Status Sgemm(int64_t m, int64_t n, int64_t k, ConstMatrix a, ConstMatrix b, float beta,
                   float* c, int64_t ldc) {
  if (m == 0 || n == 0) return absl::OkStatus();
  if (k == 0) {
    Scale(m, n, beta, c, ldc);
    return absl::OkStatus();
  }
  for (int64_t size : {m, n, k, a.ld, b.ld, ldc}) {
    if (!CanCount({size})) return UnimplementedError("oneDNN counts by 32 bits");
  }
  if (m * n <= kTinyProducts && m * n * k <= kTinyProducts) {
    TinyGemm(m, n, k, a, b, beta, c, ldc);
    return absl::OkStatus();
  }
  SingleThreadedOpenMp single_threaded;
  const dnnl_status_t status = dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', m, n,
                                          k, 1.0f, a.data, a.ld, b.data, b.ld, beta, c, ldc);
  if (status == dnnl_success) return absl::OkStatus();
  return InternalError(
      absl::StrCat("dnnl_sgemm of ", m, "x", k, "x", n, " failed with status ", status));
}

}  // namespace dagrad::runtime::onednn
