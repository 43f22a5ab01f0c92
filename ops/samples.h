#ifndef DAGRAD_OPS_SAMPLES_H_
#define DAGRAD_OPS_SAMPLES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "dagrad/graph/attribute.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::ops {

// How the suites fill one input of a sample. Inputs of dtype kFloat64 stand for every float dtype:
// the suites run the sample in float64 and, with the same numbers rounded, in float32 (attributes
// of kind dtype and tensor follow). Other dtypes stand for themselves.
struct InputSample {
  enum class Fill {
    kUniform,   // floats uniform in [lo, hi); integers uniform in [lo, hi]; bools at random;
                // strings with such an integer
    kDistinct,  // floats in [lo, hi), any two at least (hi-lo)/(2n) apart, shuffled: no ties, for
                // max and sort
    kGiven,     // `given`
  };
  DType dtype = DType::kFloat64;
  Dims dims;
  double lo = -1;
  double hi = 1;
  Fill fill = Fill::kUniform;
  Tensor given;

  static InputSample Float(Dims dims, double lo = -1, double hi = 1) {
    return {DType::kFloat64, std::move(dims), lo, hi, Fill::kUniform, {}};
  }
  static InputSample Distinct(Dims dims, double lo = -1, double hi = 1) {
    return {DType::kFloat64, std::move(dims), lo, hi, Fill::kDistinct, {}};
  }
  static InputSample Of(DType dtype, Dims dims, double lo = -1, double hi = 1) {
    return {dtype, std::move(dims), lo, hi, Fill::kUniform, {}};
  }
  static InputSample Given(Tensor t) {
    InputSample s;
    s.dtype = t.dtype();
    s.dims = t.dims();
    s.fill = Fill::kGiven;
    s.given = std::move(t);
    return s;
  }
};

// One use of the op that inference accepts. Together the samples of an op reach every branch of its
// kernels and gradient, and every dtype that it accepts.
struct Sample {
  std::string name;  // "broadcast_rows"
  std::vector<InputSample> inputs;
  AttrMap attrs;
  // False where the op is not differentiable at the drawn inputs (kinks, integers): no numeric
  // gradient check.
  bool smooth = true;
  // Largest accepted |float32 - float64| / max(1, |float64|), over the fast and the reference
  // float32 kernels.
  double float32_tolerance = 1e-5;
  // Values known from elsewhere (a paper, PyTorch, by hand), in float64 or the exact dtype; empty:
  // none.
  std::vector<Tensor> expected;
};

// Inputs or attributes that violate one constraint and no earlier one: inference must fail with its
// label.
struct Violation {
  absl::string_view label;
  std::vector<ValueType> inputs;
  AttrMap attrs;
};

struct Samples {
  std::vector<Sample> samples;
  std::vector<Violation> violations;
};

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_SAMPLES_H_
