#include <string>
#include <vector>

#include "dagrad/ops/nn/gelu/gelu_internal.h"

namespace dagrad::ops::gelu_internal {
namespace {

constexpr double kPoints[] = {-7.5, -5.5, -3.0, -1.0, -0.125, 0.0, 0.25, 1.5, 4.0, 6.5, 20.0};
// Printed by golden.py: values and derivatives at kPoints.
constexpr double kExact[] = {-2.393168754683172e-13,
                             -1.0444259356238245e-07,
                             -0.0040496940948902835,
                             -0.15865525393145705,
                             -0.056282721896235885,
                             0.0,
                             0.14967658142073093,
                             1.399789198096713,
                             3.9998733150326675,
                             6.49999999973896,
                             20.0};
constexpr double kExactDerivative[] = {-1.7938314830426485e-12,
                                       -5.733472398739924e-07,
                                       -0.011945647204183927,
                                       -0.0833154705876863,
                                       0.4007820643017934,
                                       0.5,
                                       0.695373354883636,
                                       1.1274691922299795,
                                       1.0005036496612265,
                                       1.0000000016950519,
                                       1.0};
constexpr double kApproximation[] = {-4.01626821751414e-18,
                                     -5.9276402638802624e-09,
                                     -0.003637392081773019,
                                     -0.1588080093917233,
                                     -0.05628280137577661,
                                     0.0,
                                     0.149675350701685,
                                     1.3995715769802328,
                                     3.9999297540518075,
                                     6.499999999999372,
                                     20.0};
constexpr double kApproximationDerivative[] = {-5.4233923005215784e-17,
                                               -4.676552810807415e-08,
                                               -0.011584166630969726,
                                               -0.08296408384578255,
                                               0.40078459383720855,
                                               0.5,
                                               0.6953540951510604,
                                               1.1277107931514332,
                                               1.0003351231971227,
                                               1.0000000000065834,
                                               1.0};

AttrMap Attrs(bool approximate) { return {{"approximate", approximate ? kTanh : kNone}}; }

Tensor Points(absl::Span<const double> values) { return Tensor::Of<double>({11}, values); }

Sample Known(bool approximate) {
  return {approximate ? "known_tanh" : "known_erf",
          {InputSample::Given(Points(kPoints))},
          Attrs(approximate),
          true,
          1e-6,
          {Points(approximate ? kApproximation : kExact)}};
}

Sample KnownGrad(bool approximate) {
  return {approximate ? "known_tanh" : "known_erf",
          {InputSample::Given(Points(kPoints)),
           InputSample::Given(Tensor::Full(DType::kFloat64, {11}, 1))},
          Attrs(approximate),
          true,
          1e-6,
          {Points(approximate ? kApproximationDerivative : kExactDerivative)}};
}

// Inputs x and, of a gradient, dy.
Sample Drawn(const std::string& name, const Dims& dims, bool approximate, bool grad) {
  Sample s = {name, {InputSample::Float(dims, -7, 7)}, Attrs(approximate), true, 2e-6};
  if (grad) s.inputs.push_back(InputSample::Float(dims));
  return s;
}

std::vector<Sample> AllDrawn(bool grad) {
  return {Drawn("erf", {3, 37}, false, grad), Drawn("tanh", {3, 37}, true, grad),
          Drawn("scalar", {}, false, grad), Drawn("empty", {0, 3}, true, grad)};
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  s.samples = AllDrawn(false);
  s.samples.push_back(Known(false));
  s.samples.push_back(Known(true));
  s.violations = {{"gelu_c1", {{DType::kFloat32, {3}}}, {{"approximate", "erf"}}}};
  return s;
}

Samples MakeGradSamples() {
  Samples s;
  s.samples = AllDrawn(true);
  s.samples.push_back(KnownGrad(false));
  s.samples.push_back(KnownGrad(true));
  s.violations = {
      {"gelu_grad_c1", {{DType::kFloat32, {3, 1}}, {DType::kFloat32, {3, 4}}}},
      {"gelu_grad_c1", {{DType::kFloat32, {"batch"}}, {DType::kFloat32, {"time"}}}},
      {"gelu_grad_c2", {{DType::kFloat32, {3}}, {DType::kFloat32, {3}}}, {{"approximate", "erf"}}}};
  return s;
}

}  // namespace dagrad::ops::gelu_internal
