// The first exercises of the deep-learning courses, in float64: what a small network makes of its
// inputs, how wrong it is, and which way to move a weight.
//
//   bazel run -c opt //examples:forward_propagation

#include <charconv>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dagrad/dagrad.h"
#include "dagrad/graph/or_exit.h"

using namespace dagrad;

using Rows = std::vector<std::vector<double>>;
using Activation = Value (*)(Operand);

Value Linear(Operand x) { return x.value(); }

Tensor Matrix(const Rows& rows) {
  std::vector<double> values;
  for (const auto& row : rows) values.insert(values.end(), row.begin(), row.end());
  return Tensor::Of<double>(
      {static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size())},
      absl::MakeConstSpan(values));
}

// The shortest text that reads back as the same number.
std::string Text(double number) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof(buffer), number).ptr);
}

std::string Text(const Tensor& row) {
  return absl::StrCat(
      "(",
      absl::StrJoin(row.data<double>(), ", ",
                    [](std::string* out, double v) { absl::StrAppend(out, Text(v)); }),
      ")");
}

// What each layer of a network without biases gives, the last one last: a layer has one row of
// weights per node; the activation acts on all but the last.
std::vector<Tensor> Predict(const std::vector<double>& inputs, const std::vector<Rows>& layers,
                            Activation activation) {
  GraphBuilder g("predict");
  Value h = g.Input("x", DType::kFloat64, {1, static_cast<int64_t>(inputs.size())});
  for (size_t i = 0; i < layers.size(); ++i) {
    h = MatMul(h, Constant(&g, Matrix(layers[i])), {.transpose_b = true});
    if (i + 1 < layers.size()) h = activation(h);
    g.Output(absl::StrCat("layer", i), h);
  }
  const auto executable = OrExit(Executable::Compile(OrExit(g.Build())));
  const TensorMap outputs = OrExit(executable->Run({{"x", Matrix({inputs})}}));
  std::vector<Tensor> given;
  for (size_t i = 0; i < layers.size(); ++i) given.push_back(outputs.at(absl::StrCat("layer", i)));
  return given;
}

struct Exercise {
  std::string title;
  std::vector<double> inputs;
  std::vector<Rows> layers;
  Activation activation;
  std::string remark = {};
};

std::vector<Exercise> Exercises() {
  const std::vector<Rows> small = {{{1, 1}, {-1, 1}}, {{2, -1}}};
  const std::vector<Rows> other = {{{3, 3}, {1, 5}}, {{2, -1}}};
  const std::vector<Rows> deep = {{{2, 4}, {4, -5}}, {{-1, 1}, {2, 2}}, {{-3, 7}}};
  return {
      {"inputs (2, 3), weights (1, 1), (-1, 1), (2, -1)", {2, 3}, small, Linear},
      {"the same with tanh nodes", {2, 3}, small, Tanh},
      {"inputs (-1, 2), weights (3, 3), (1, 5), (2, -1), tanh",
       {-1, 2},
       other,
       Tanh,
       "the courses print 1.2382242525694254 here: a slip, it belongs to the exercise above"},
      {"inputs (3, 5) through two layers of ReLU nodes", {3, 5}, deep, Relu},
  };
}

// How wrong three predictions are.
void Errors() {
  GraphBuilder g("errors");
  Value squares = Square(g.Input("predictions", DType::kFloat64, {3}) -
                         g.Input("targets", DType::kFloat64, {3}));
  g.Output("total", ReduceSum(squares));
  g.Output("mean", ReduceMean(squares));
  const auto executable = OrExit(Executable::Compile(OrExit(g.Build())));
  const TensorMap out =
      OrExit(executable->Run({{"predictions", Tensor::Of<double>({3}, {10, 8, 6})},
                              {"targets", Tensor::Of<double>({3}, {20, 3, 1})}}));
  absl::PrintF("predictions 10, 8, 6 for 20, 3, 1: total squared error %g, mean %g\n",
               out.at("total").data<double>()[0], out.at("mean").data<double>()[0]);
}

// Mean squared error of w·x for one example, its slope, and a step against it.
void GradientStep() {
  GraphBuilder g("slope");
  Value x = Constant(&g, Tensor::Scalar<double>(3));
  Value w = g.Input("w", DType::kFloat64, Shape());
  Value error = w * x - 10.0;
  const Value slope = OrExit(Gradients({Square(error)}, {w}))[0];
  g.Output("error", error);
  g.Output("slope", slope);
  g.Output("next", w - 0.01 * slope);
  const auto executable = OrExit(Executable::Compile(OrExit(g.Build())));
  const TensorMap out = OrExit(executable->Run({{"w", Tensor::Scalar<double>(2)}}));
  auto number = [&](const char* name) { return out.at(name).data<double>()[0]; };
  absl::PrintF("weight 2, input 3, target 10: error %g, slope 2 * %g * 3 = %g\n", number("error"),
               number("error"), number("slope"));
  absl::PrintF("a step at learning rate 0.01: 2 -> %g\n", number("next"));
}

int main() {
  for (const Exercise& e : Exercises()) {
    std::cout << e.title << "\n";
    for (const Tensor& layer : Predict(e.inputs, e.layers, e.activation))
      std::cout << "  -> " << Text(layer) << "\n";
    if (!e.remark.empty()) std::cout << "  (" << e.remark << ")\n";
  }
  Errors();
  GradientStep();
}
