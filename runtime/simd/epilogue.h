#ifndef DAGRAD_RUNTIME_SIMD_EPILOGUE_H_
#define DAGRAD_RUNTIME_SIMD_EPILOGUE_H_

#include <cstdint>

namespace dagrad::runtime::simd {

// What follows a product or a convolution while its result is in the cache.
struct Epilogue {
  const float* bias;                // of `cols` elements
  const float* residual = nullptr;  // of the result's elements; null: none
  // What is not above 0 becomes 0, and what is above `most`, `most` (which may be infinity). NaN
  // stays.
  bool relu = false;
  float most = 0;
};

// y[r * cols + c] = activation(y[r * cols + c] + bias[c] (+ residual[r * cols + c])), r < rows, c <
// cols. The same bits as those of the single additions, and however rows are cut. Thread-safe;
// allocates nothing.
void Finish(int64_t rows, int64_t cols, const Epilogue& epilogue, float* y);

}  // namespace dagrad::runtime::simd

#endif  // DAGRAD_RUNTIME_SIMD_EPILOGUE_H_
