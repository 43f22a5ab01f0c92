#ifndef DAGRAD_OPS_CREATION_RANDOM_RANDOM_H_
#define DAGRAD_OPS_CREATION_RANDOM_RANDOM_H_

#include <cstdint>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// Random tensors are pure functions of a Philox key, int64[2] = {seed, counter}, which is state of
// the model: a function draws from it and updates it to {seed, counter + 1}. Nodes that draw from
// one key are told apart by `stream`; equal nodes give equal numbers. Element i depends on key,
// stream and i alone (random/philox.h), so neither threads nor the rest of the shape matter, and a
// float32 is its float64 twin to float32's precision; float16 and bfloat16 are the float32 rounded.
// No gradient flows. `shape` may hold symbols, which the run's inputs bind. Errors: a key that is
// no int64[2] (…_c1), a dtype that is not floating (…_c2), parameters outside their domain (…_c3).

struct RandomUniformOptions {
  double lo = 0;
  double hi = 1;
  int64_t stream = 0;
  DType dtype = DType::kFloat32;
};
// y[i] = lo + (hi - lo) u_i, u_i uniform on the multiples of 2^-24 (float32) or 2^-53 (float64) in
// [0, 1). lo <= y[i] < hi, but in float16 and bfloat16, where y[i] may be rounded up to hi. Both
// finite in dtype, with a finite difference.
Value RandomUniform(Operand key, const Shape& shape, const RandomUniformOptions& options = {});

struct RandomNormalOptions {
  double mean = 0;
  double stddev = 1;
  int64_t stream = 0;
  DType dtype = DType::kFloat32;
};
// y[i] = mean + stddev z_i, z_i standard normal (the inverse of its distribution function at a
// uniform number). Finite mean, finite stddev >= 0.
Value RandomNormal(Operand key, const Shape& shape, const RandomNormalOptions& options = {});
// The same with z_i from the normal distribution cut off at -2 and 2: that of redrawing whatever
// lies beyond, as Keras's TruncatedNormal. The standard deviation of y is 0.8796… stddev.
Value TruncatedNormal(Operand key, const Shape& shape, const RandomNormalOptions& options = {});

namespace ops {
const OpDef& RandomUniformOp();    // "RandomUniform": shape, dtype, lo, hi, stream
const OpDef& RandomNormalOp();     // "RandomNormal": shape, dtype, mean, stddev, stream
const OpDef& TruncatedNormalOp();  // "TruncatedNormal": likewise

// What every op that draws random numbers demands of its key: an int64[2]. Else fails with `label`.
absl::Status CheckKey(const ValueType& key, absl::string_view label);
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_CREATION_RANDOM_RANDOM_H_
