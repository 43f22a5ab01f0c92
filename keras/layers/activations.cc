#include "dagrad/keras/layers/activations.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/activation/activation.h"
#include "dagrad/ops/nn/softmax/softmax.h"

namespace dagrad::keras {
namespace {

using Function = Value (*)(Value);

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
      {"exponential", [](Value x) { return Exp(x); }},
  };
  return *table;
}

}  // namespace

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
