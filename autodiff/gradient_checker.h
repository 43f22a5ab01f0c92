#ifndef DAGRAD_AUTODIFF_GRADIENT_CHECKER_H_
#define DAGRAD_AUTODIFF_GRADIENT_CHECKER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/graph.h"
#include "dagrad/runtime/run/interpreter.h"

namespace dagrad {

struct GradientCheckOptions {
  // Draws cotangents, directions and, for large tensors, the elements that are probed.
  uint64_t seed = 1;
  // Largest accepted relative error.
  double tolerance = 1e-6;
  bool second_order = true;
  // Elements probed per tensor; of a larger one as many are drawn.
  int64_t max_elements = 64;
  // Names of the inputs and states to differentiate by, and of the outputs to differentiate; empty:
  // all that are float64.
  std::vector<std::string> xs = {};
  std::vector<std::string> ys = {};
};

struct GradientCheckReport {
  double max_error_first = 0;   // largest relative error of the first derivatives
  double max_error_second = 0;  // and of the second ones
  int64_t derivatives = 0;      // that were compared
  uint64_t seed = 0;
  double tolerance = 0;
  std::string worst;  // where the largest error is, with both numbers

  bool passed() const { return max_error_first <= tolerance && max_error_second <= tolerance; }
  // "14 derivatives, largest relative errors 2e-11 (first order) and 4e-10 (second); worst: …; seed
  // 1"
  std::string ToString() const;
};

// Compares the gradients that Gradients() gives with numeric ones, at the point that `feeds` and
// `states` are. With random cotangents ȳ and directions v, both elementwise of magnitude 0.5
// to 1.5, it compares
//   first order:   x̄ = ∂/∂x Σ_k <ȳ_k, y_k(x)>              with differences of the function itself,
//   and second order:  the gradient of Σ_x <v_x, x̄(x, ȳ)> by x and by ȳ   with differences of x̄.
// A difference is central and of fourth order, (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h
// with h = 2^-10 max(1, |x|); where that misses the tolerance, Ridders' extrapolation from ten
// steps decides, which chooses its step by its own error estimate. The error of one derivative is
// |a - n| / max(|a|, |n|, s/1000, 1/1000), with s the largest |a| over the tensor; a derivative
// that is not finite has an infinite error. Everything runs on the reference kernels, in float64.
//
// The function must be smooth near the point: at a kink of relu or max the comparison fails. A
// wrong gradient is no error but !passed(). InvalidArgument: a name that is unknown or not float64,
// nothing to differentiate; and what Gradients() and EvaluateFunction() give.
//
// Source of the extrapolation: C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)",
// Advances in Engineering Software 4(2), 1982.
absl::StatusOr<GradientCheckReport> CheckGradients(const Function& function,
                                                   const runtime::TensorMap& feeds,
                                                   const runtime::TensorMap& states = {},
                                                   const GradientCheckOptions& options = {});

}  // namespace dagrad

#endif  // DAGRAD_AUTODIFF_GRADIENT_CHECKER_H_
