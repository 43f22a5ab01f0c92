#include <cmath>

#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy_internal.h"
#include "dagrad/ops/nn/softmax/exp_rows.h"

namespace dagrad {
namespace {

using namespace ops::cross_entropy_internal;  // NOLINT(google-build-using-namespace)

absl::Status Infer(InferContext& c) {
  DAGRAD_RETURN_IF_ERROR(CheckShape("labels", c.shape(1), c.shape(0), "sigmoid_cross_entropy_c1"));
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

// l = -x z + log(1 + exp(x)), the stable form written shorter, so ∂l/∂x = σ(x) - z and ∂l/∂z = -x.
absl::Status Gradient(GradContext& c) {
  const Value x = c.input(0), z = c.input(1), dy = c.cotangent();
  if (c.needs_grad(0)) c.SetGrad(0, dy * (Sigmoid(x) - z));
  if (c.needs_grad(1)) c.SetGrad(1, Neg(dy * x));
  return absl::OkStatus();
}

// An exponential, a logarithm and five more.
OpCost Cost(const CostContext& c) {
  const double n = static_cast<double>(NumElements(c.outputs[0]));
  return {25 * n, 12 * n};
}

OpDef Make() {
  return {
      .name = "SigmoidCrossEntropy",
      .label = "sigmoid_cross_entropy",
      .doc =
          "Binary cross-entropy of logits x and labels z, element by element.\n"
          "loss = max(x, 0) - x z + log(1 + exp(-|x|)) = -z log σ(x) - (1 - z) log(1 - σ(x)).",
      .inputs = {{"logits", kFloatTypes, "T", "logits x, before the sigmoid"},
                 {"labels", kFloatTypes, "T", "probabilities z of class 1, of the logits' shape"}},
      .outputs = {{"loss", kFloatTypes, "T", "loss of each element"}},
      .traits = kInPlace,
      .constraints = {{"sigmoid_cross_entropy_c1", "labels have the logits' shape"}},
      .infer = Infer,
      .gradient = Gradient,
      .make_kernel = MakeSigmoidKernel,
      .cost = Cost,
      .samples = MakeSigmoidSamples};
}

// |x| times how far z is from the label that x's sign stands for, plus log(1 + exp(-|x|)): so an
// infinite logit has no loss where it is right.
double LossOf(double x, double z) {
  const double miss = x >= 0 ? 1 - z : z;
  return (miss == 0 ? 0 : std::abs(x) * miss) + std::log1p(std::exp(-std::abs(x)));
}

template <typename T>
void MakeReference(int64_t n, runtime::Kernel* kernel) {
  const auto run = [](const runtime::KernelArgs& args, int64_t begin, int64_t end) {
    const T* x = args.in<T>(0);
    const T* z = args.in<T>(1);
    T* y = args.out<T>(0);
    for (int64_t i = begin; i < end; ++i) y[i] = static_cast<T>(LossOf(x[i], z[i]));
  };
  ops::OverElements(n, 0b11, 40, run, kernel);
}

void MakeFast(int64_t n, runtime::Kernel* kernel) {
  const auto run = [](const runtime::KernelArgs& args, int64_t begin, int64_t end) {
    ops::RowSigmoidCrossEntropy(args.in<float>(0) + begin, args.in<float>(1) + begin, end - begin,
                                args.out<float>(0) + begin);
  };
  kernel->implementation = "simd";
  ops::OverElements(n, 0b11, 16, run, kernel);
}

}  // namespace

namespace ops {
const OpDef& SigmoidCrossEntropyOp() { return Singleton<Make>(); }

absl::Status cross_entropy_internal::MakeSigmoidKernel(const runtime::KernelRequest& request,
                                                       runtime::Kernel* kernel) {
  const int64_t n = request.outputs[0].num_elements();
  if (request.outputs[0].dtype == DType::kFloat64) {
    MakeReference<double>(n, kernel);
  } else if (request.mode == runtime::KernelMode::kReference) {
    MakeReference<float>(n, kernel);
  } else {
    MakeFast(n, kernel);
  }
  return absl::OkStatus();
}
}  // namespace ops

Value SigmoidCrossEntropy(Operand logits, Operand labels) {
  return AddNode(ops::SigmoidCrossEntropyOp(), {logits, labels});
}

}  // namespace dagrad
