#ifndef DAGRAD_RUNTIME_SIMD_UNARY_H_
#define DAGRAD_RUNTIME_SIMD_UNARY_H_

#include <cstdint>

namespace dagrad::runtime::simd {

enum class UnaryFunction {
  kNeg,
  kAbs,
  kSign,
  kSquare,
  kRelu,
  kRelu6,
  kSqrt,
  kRsqrt,
  kReciprocal,
  kFloor,
  kCeil,
  kRound,
  kLeakyRelu,  // alpha
  kExp,
  kExpm1,
  kLog,
  kLog1p,
  kSin,
  kCos,
  kSinh,
  kCosh,
  kTanh,
  kSigmoid,
  kSoftplus,
  kSoftsign,
  kErf,
  kElu,  // alpha
};

// y[i] = f(x[i]) for i < n; y may be x. How exact each function is, docs/accuracy.md says;
// infinities, NaN, denormals and signs of 0 are as in <cmath>. The bits of y[i] depend on x[i] and
// the processor only, not on i, n or alignment. Thread-safe; allocates nothing.
void Unary(UnaryFunction f, float alpha, const float* x, int64_t n, float* y);

}  // namespace dagrad::runtime::simd

#endif  // DAGRAD_RUNTIME_SIMD_UNARY_H_
