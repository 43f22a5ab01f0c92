#include "dagrad/keras/layers/activations.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/activation/activation.h"
#include "dagrad/ops/nn/softmax/softmax.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::keras {
namespace {

using Function = Value (*)(Value);

Value Zero(Value x) { return Full(x.builder(), x.dtype(), Shape(), 0); }

// The first half of the last axis times the sigmoid of the second.
Value Glu(Value x) {
  const std::vector<Value> halves = Split(x, 2, -1);
  return halves[0] * Sigmoid(halves[1]);
}

Value HardShrink(Value x) { return Select(Greater(Abs(x), 0.5), x, Zero(x)); }

Value SoftShrink(Value x) { return x - Maximum(Minimum(x, 0.5), -0.5); }

Value SparseSigmoid(Value x) { return Maximum(Minimum((x + 1.0) * 0.5, 1.0), 0.0); }

// 0 up to -1, x from 1 on, and between them (x + 1)²/4.
Value SparsePlus(Value x) {
  return Select(GreaterEqual(x, 1.0), x, Square(Maximum(x + 1.0, 0.0)) * 0.25);
}

Value SquarePlus(Value x) { return (x + Sqrt(Square(x) + 4.0)) * 0.5; }

// x - τ where that is positive. An element is in the support where 1 + k x > s for the k elements
// that are no smaller and their sum s; τ = (Σ of the support - 1)/its size.
Value Sparsemax(Value x) {
  const Value one = ExpandDims(x, -1), other = ExpandDims(x, -2);
  const Value above = Cast(GreaterEqual(other, one), x.dtype());
  const ReduceOptions last = {.axes = {-1}};
  const Value count = ReduceSum(above, last);
  const Value sum = ReduceSum(above * other, last);
  const Value support = StopGradient(Cast(Greater(count * x + 1.0, sum), x.dtype()));
  const ReduceOptions row = {.axes = {-1}, .keepdims = true};
  const Value tau = (ReduceSum(support * x, row) - 1.0) / ReduceSum(support, row);
  return Maximum(x - tau, 0.0);
}

const std::map<std::string, Function, std::less<>>& Table() {
  static const auto* const table = new std::map<std::string, Function, std::less<>>{
      {"linear", [](Value x) { return x; }},
      {"relu", [](Value x) { return Relu(x); }},
      {"relu6", [](Value x) { return Relu6(x); }},
      {"leaky_relu", [](Value x) { return LeakyRelu(x, 0.2); }},
      {"elu", [](Value x) { return Elu(x); }},
      {"selu", [](Value x) { return Selu(x); }},
      {"gelu", [](Value x) { return Gelu(x); }},
      {"sigmoid", [](Value x) { return Sigmoid(x); }},
      {"hard_sigmoid", [](Value x) { return HardSigmoid(x); }},
      {"tanh", [](Value x) { return Tanh(x); }},
      {"softmax", [](Value x) { return Softmax(x); }},
      {"log_softmax", [](Value x) { return LogSoftmax(x); }},
      {"softplus", [](Value x) { return Softplus(x); }},
      {"softsign", [](Value x) { return Softsign(x); }},
      {"silu", [](Value x) { return Silu(x); }},
      {"swish", [](Value x) { return Silu(x); }},
      {"mish", [](Value x) { return Mish(x); }},
      {"celu", [](Value x) { return Elu(x); }},
      {"glu", Glu},
      {"hard_shrink", HardShrink},
      {"hard_silu", [](Value x) { return HardSilu(x); }},
      {"hard_swish", [](Value x) { return HardSilu(x); }},
      {"hard_tanh", [](Value x) { return HardTanh(x); }},
      {"log_sigmoid", [](Value x) { return LogSigmoid(x); }},
      {"soft_shrink", SoftShrink},
      {"sparse_plus", SparsePlus},
      {"sparse_sigmoid", SparseSigmoid},
      {"sparsemax", Sparsemax},
      {"squareplus", SquarePlus},
      {"tanh_shrink", [](Value x) { return TanhShrink(x); }},
      {"exponential", [](Value x) { return Exp(x); }},
  };
  return *table;
}

}  // namespace

Value Threshold(Value x, double threshold, double value) {
  if (!x.valid()) return x;
  return Select(Greater(x, threshold), x, Full(x.builder(), x.dtype(), Shape(), value));
}

std::vector<std::string> ActivationNames() {
  std::vector<std::string> names;
  for (const auto& [name, function] : Table()) names.push_back(name);
  return names;
}

absl::Status CheckActivation(absl::string_view name) {
  if (name.empty() || Table().contains(name)) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("unknown activation \"", name, "\"", PerhapsOf(name, ActivationNames())));
}

Value Activate(absl::string_view name, Value x) {
  if (name.empty() || !x.valid()) return x;
  auto it = Table().find(name);
  return it == Table().end() ? x.builder()->Fail(CheckActivation(name)) : it->second(x);
}

}  // namespace dagrad::keras
