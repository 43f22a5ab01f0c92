#ifndef DAGRAD_RUNTIME_SIMD_BINARY_H_
#define DAGRAD_RUNTIME_SIMD_BINARY_H_

#include <cstdint>

namespace dagrad::runtime::simd {

// An operand of a loop over rows and columns: element (r, c) is data[r * row_stride + c], or data[r
// * row_stride] for every c if `repeat_column`. A row that is added to every row has row_stride 0;
// a column, row_stride 1 and repeat_column.
template <typename T>
struct Rows {
  const T* data;
  int64_t row_stride;
  bool repeat_column;
};

enum class BinaryFunction { kAdd, kSub, kMul, kDiv, kMaximum, kMinimum };  // NaN if either is NaN
enum class Comparison {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual
};  // as IEEE 754

// y[r * cols + c] = f(a(r, c), b(r, c)) for r < rows, c < cols, correctly rounded. y may be a's or
// b's data where that operand is dense (row_stride cols, no repetition). The same bits however a
// loop is cut. Thread-safe; allocates nothing.
void Binary(BinaryFunction f, int64_t rows, int64_t cols, Rows<float> a, Rows<float> b, float* y);
void Compare(Comparison f, int64_t rows, int64_t cols, Rows<float> a, Rows<float> b, bool* y);
// y = condition ? a : b.
void Select(int64_t rows, int64_t cols, Rows<bool> condition, Rows<float> a, Rows<float> b,
            float* y);
// dx[i] = 0 where y[i] <= 0 or y[i] > largest, else (for NaN too) dy[i], for i < n. dx may be y or
// dy.
void ReluGrad(float largest, const float* y, const float* dy, int64_t n, float* dx);

}  // namespace dagrad::runtime::simd

#endif  // DAGRAD_RUNTIME_SIMD_BINARY_H_
