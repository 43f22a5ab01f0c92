// The activation functions of the courses and their derivatives, as curves that the graph and its
// gradient compute; softmax of three numbers.
// Data: none; x from -4 to 4.
//
//   bazel run -c opt //examples:activations [-- --plots DIR]

#include "dagrad/keras/layers/activations.h"
#include "dagrad/dagrad.h"
#include "dagrad/examples/example.h"

// "threshold" is 1 where x >= 0, which has no gradient; "prelu" is max(x, 0) + a min(x, 0), whose a
// a network learns.
Value Activation(const std::string& name, Value x) {
  if (name == "threshold") return Cast(GreaterEqual(x, 0.0), DType::kFloat64);
  if (name == "prelu, a = 0.25") return Maximum(x, 0.0) + 0.25 * Minimum(x, 0.0);
  return keras::Activate(name, x);
}

void ShowCurve(const Flags& flags, const std::string& name, const std::vector<double>& points) {
  GraphBuilder g("activation");
  const Value x = g.Input("x", DType::kFloat64, {static_cast<int64_t>(points.size())});
  const Value y = Activation(name, x);
  g.Output("y", y);
  g.Output("slope", OrExit(Gradients({ReduceSum(y)}, {x}))[0]);
  const auto executable = OrExit(Executable::Compile(OrExit(g.Build())));
  const TensorMap out = OrExit(executable->Run({{"x", learn::ToTensor(points)}}));
  const std::vector<double> values = OrExit(learn::Column(out.at("y"), "y"));
  const std::vector<double> slopes = OrExit(learn::Column(out.at("slope"), "slope"));
  Show(flags, "activation_" + name.substr(0, name.find(',')),
       plot::Chart{.title = name,
                   .x_label = "x",
                   .lines = {{.name = "f(x)", .x = points, .y = values},
                             {.name = "f'(x)", .x = points, .y = slopes, .dashed = true}}});
}

int main(int argc, char** argv) {
  const Flags flags(argc, argv, {{"plots", "", "folder for pictures"}});
  std::vector<double> points;
  for (int i = 0; i <= 160; ++i) points.push_back(0.05 * i - 4);
  for (const char* name : {"threshold", "hard_sigmoid", "sigmoid", "tanh", "relu", "leaky_relu",
                           "prelu, a = 0.25", "elu", "softplus", "swish", "gelu"})
    ShowCurve(flags, name, points);

  GraphBuilder g("softmax");
  g.Output("y", keras::Activate("softmax", g.Input("x", DType::kFloat64, {1, 3})));
  const auto executable = OrExit(Executable::Compile(OrExit(g.Build())));
  const TensorMap out = OrExit(executable->Run({{"x", Tensor::Of<double>({1, 3}, {1, 2, 3})}}));
  std::cout << "softmax of 1, 2, 3: " << out.at("y") << "\n";
}
