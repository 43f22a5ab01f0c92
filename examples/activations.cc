// The activation functions of the courses and their derivatives, as curves that the graph and its
// gradient compute; softmax of three numbers.
// Data: none; x from -4 to 4.
//
//   bazel run -c opt //examples:activations [-- --plots DIR]

#include <map>
#include <vector>

#include "dagrad/dagrad.h"
#include "dagrad/examples/example.h"
#include "dagrad/keras/layers/activations.h"

namespace dagrad::examples {
namespace {

constexpr int64_t kPoints = 161;

Tensor Points() {
  Tensor x = Tensor::Full(DType::kFloat64, {kPoints}, 0);
  for (int64_t i = 0; i < kPoints; ++i)
    x.mutable_data<double>()[i] = 0.05 * static_cast<double>(i) - 4;
  return x;
}

std::vector<double> Numbers(const Tensor& t) {
  return {t.data<double>().begin(), t.data<double>().end()};
}

// "threshold" is 1 where x >= 0, which has no gradient; "prelu" is max(x, 0) + a min(x, 0), whose a
// a network learns.
Value Activation(const std::string& name, Value x) {
  if (name == "threshold") return Cast(GreaterEqual(x, 0.0), DType::kFloat64);
  if (name == "prelu, a = 0.25") return Maximum(x, 0.0) + 0.25 * Minimum(x, 0.0);
  return keras::Activate(name, x);
}

absl::Status Curve(const Flags& flags, const std::string& name) {
  GraphBuilder g("activation");
  Value x = g.Input("x", DType::kFloat64, {kPoints});
  Value y = Activation(name, x);
  DAGRAD_ASSIGN_OR_RETURN(auto slope, Gradients({ReduceSum(y)}, {x}));
  g.Output("y", y);
  g.Output("slope", slope[0]);
  DAGRAD_ASSIGN_OR_RETURN(auto function, g.Build());
  DAGRAD_ASSIGN_OR_RETURN(auto executable, Executable::Compile(function));
  DAGRAD_ASSIGN_OR_RETURN(auto out, executable->Run({{"x", Points()}}));
  return Show(flags, "activation_" + name.substr(0, name.find(',')),
              {.title = name,
               .x_label = "x",
               .lines = {{.name = "f(x)", .x = Numbers(Points()), .y = Numbers(out.at("y"))},
                         {.name = "f'(x)",
                          .x = Numbers(Points()),
                          .y = Numbers(out.at("slope")),
                          .dashed = true}}});
}

absl::Status Main(const Flags& flags) {
  for (const char* name : {"threshold", "hard_sigmoid", "sigmoid", "tanh", "relu", "leaky_relu",
                           "prelu, a = 0.25", "elu", "softplus", "swish", "gelu"})
    DAGRAD_RETURN_IF_ERROR(Curve(flags, name));

  GraphBuilder g("softmax");
  Value x = g.Input("x", DType::kFloat64, {1, 3});
  g.Output("y", keras::Activate("softmax", x));
  DAGRAD_ASSIGN_OR_RETURN(auto function, g.Build());
  DAGRAD_ASSIGN_OR_RETURN(auto executable, Executable::Compile(function));
  DAGRAD_ASSIGN_OR_RETURN(auto out,
                          executable->Run({{"x", Tensor::Of<double>({1, 3}, {1, 2, 3})}}));
  std::cout << "softmax of 1, 2, 3: " << out.at("y") << "\n";
  return absl::OkStatus();
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv, {{"plots", "", "folder for pictures"}},
                                   dagrad::examples::Main);
}
