#include "dagrad/ops/nn/relu_grad/relu_grad.h"

#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"
#include "dagrad/runtime/simd/binary.h"

namespace dagrad {
namespace ops {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

absl::Status Infer(InferContext& c) {
  if (!(c.shape(0) == c.shape(1))) {
    return InferContext::Fail(
        "relu_grad_c1", absl::StrCat("y ", c.shape(0).ToString(), " and dy ", c.shape(1).ToString(),
                                     " differ in shape"));
  }
  const std::string& activation = c.attr<std::string>("activation");
  if (activation != "relu" && activation != "relu6") {
    return InferContext::Fail("relu_grad_c2",
                              absl::StrCat("no activation is called \"", activation, "\""));
  }
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

absl::Status Gradient(GradContext& c) {
  if (c.needs_grad(1))
    c.SetGrad(1, ReluGrad(c.input(0), c.cotangent(), c.attr<std::string>("activation")));
  return absl::OkStatus();
}

// The largest y whose derivative is 1.
template <typename T>
T Largest(const KernelRequest& request) {
  const bool bounded = request.attr<std::string>("activation") == "relu6";
  return bounded ? std::nextafter(T{6}, T{0}) : std::numeric_limits<T>::infinity();
}

template <typename T>
void Reference(const KernelRequest& request, Kernel* kernel) {
  BinaryLoop<T, T>(
      request, 1,
      [largest = Largest<T>(request)](T y, T dy) { return y <= 0 || y > largest ? T{0} : dy; },
      kernel);
}

absl::Status MakeKernel(const KernelRequest& request, Kernel* kernel) {
  if (request.inputs[0].dtype == DType::kFloat64) {
    Reference<double>(request, kernel);
  } else if (request.mode != runtime::KernelMode::kFast) {
    Reference<float>(request, kernel);
  } else {
    OverElements(
        request.outputs[0].num_elements(), 0b11, 1,
        [largest = Largest<float>(request)](const KernelArgs& args, int64_t from, int64_t to) {
          runtime::simd::ReluGrad(largest, args.in<float>(0) + from, args.in<float>(1) + from,
                                  to - from, args.out<float>(0) + from);
        },
        kernel);
    kernel->implementation = "simd";
  }
  return absl::OkStatus();
}

AttrMap Attrs(const std::string& activation) { return {{"activation", activation}}; }

// At the ends, beyond them and for what is no number, as the header has it.
Sample Known(const std::string& activation) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double past = activation == "relu" ? 7 : 0;
  const auto of = [](absl::Span<const double> v) { return Tensor::Of<double>({8}, v); };
  return {"known_" + activation,
          {InputSample::Given(of({-1, 0, 0.5, 5.5, 6, inf, nan, 0})),
           InputSample::Given(of({3, 3, -2, 4, 7, 7, 7, nan}))},
          Attrs(activation),
          false,
          0,
          {of({0, 0, -2, 4, past, past, 7, 0})}};
}

Samples MakeSamples() {
  Samples s;
  for (const char* activation : {"relu", "relu6"}) {
    s.samples.push_back({absl::StrCat("drawn_", activation),
                         {InputSample::Float({3, 37}, 0.1, 5.9), InputSample::Float({3, 37})},
                         Attrs(activation)});
    s.samples.push_back(Known(activation));
  }
  s.samples.push_back(
      {"scalar", {InputSample::Float({}, -2, -1), InputSample::Float({})}, Attrs("relu")});
  s.samples.push_back(
      {"empty", {InputSample::Float({0, 3}), InputSample::Float({0, 3})}, Attrs("relu6")});
  const ValueType f32 = {DType::kFloat32, {3, 4}};
  s.violations = {
      {"relu_grad_c1", {{DType::kFloat32, {3, 1}}, f32}, Attrs("relu")},
      {"relu_grad_c1", {{DType::kFloat32, {"batch"}}, {DType::kFloat32, {"time"}}}, Attrs("relu")},
      {"relu_grad_c2", {f32, f32}, Attrs("relu5")}};
  return s;
}

OpDef Make() {
  return {.name = "ReluGrad",
          .label = "relu_grad",
          .doc =
              "Gradient of Relu or Relu6, from its result y.\n"
              "dx = dy where y > 0 (relu) or 0 < y < 6 (relu6), else 0; dy where y is NaN.",
          .inputs = {{.name = "y",
                      .dtypes = kFloatTypes,
                      .type_variable = "T",
                      .doc = "result of the activation",
                      .differentiable = false},
                     {"dy", kFloatTypes, "T", "cotangent of y, of its shape"}},
          .outputs = {{"dx", kFloatTypes, "T", "cotangent of the activation's input"}},
          .attrs = {{"activation", AttrKind::kString, std::nullopt, "\"relu\" or \"relu6\""}},
          .traits = kElementwise | kInPlace,
          .constraints = {{"relu_grad_c1", "y and dy have the same shape"},
                          {"relu_grad_c2", "activation is \"relu\" or \"relu6\""}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = MakeKernel,
          .samples = MakeSamples};
}

}  // namespace

const OpDef& ReluGradOp() { return Singleton<Make>(); }

}  // namespace ops

Value ReluGrad(Operand y, Operand dy, absl::string_view activation) {
  return AddNode(ops::ReluGradOp(), {y, dy}, {{"activation", std::string(activation)}});
}

}  // namespace dagrad
