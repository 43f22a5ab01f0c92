// Gradient descent in one and in two dimensions, with the paths drawn; slopes by the graph's
// gradient.
// Data: none; f(w) = w⁴ - 3 w² + w, and g(u, v) = u² + 10 v² + u v.
//
//   bazel run -c opt //examples:gradient_descent [-- --plots DIR]

#include <functional>

#include "absl/strings/str_cat.h"
#include "dagrad/dagrad.h"
#include "dagrad/examples/example.h"

using Numbers = std::vector<double>;

// A function of numbers, one for each of its arguments, and its slopes, for many points at once.
class Surface {
 public:
  using Formula = std::function<Value(const std::vector<Value>&)>;
  Surface(int arguments, const Formula& formula) {
    GraphBuilder g("surface");
    std::vector<Value> w;
    for (int i = 0; i < arguments; ++i)
      w.push_back(g.Input(absl::StrCat("w", i), DType::kFloat64, {"points"}));
    const Value f = formula(w);
    const std::vector<Value> slopes = OrExit(Gradients({ReduceSum(f)}, w));
    g.Output("f", f);
    for (int i = 0; i < arguments; ++i) g.Output(absl::StrCat("slope", i), slopes[i]);
    executable_ = OrExit(Executable::Compile(OrExit(g.Build())));
  }
  // "f", "slope0", … at the points whose arguments are w[0], w[1], ….
  TensorMap At(const std::vector<Numbers>& w) const {
    TensorMap feeds;
    for (size_t i = 0; i < w.size(); ++i) feeds[absl::StrCat("w", i)] = learn::ToTensor(w[i]);
    return OrExit(executable_->Run(feeds));
  }
  // The arguments and the value at each of `steps` steps of w ← w - rate · slope.
  std::vector<Numbers> Descend(Numbers w, double rate, int steps) const {
    std::vector<Numbers> path(w.size() + 1);
    for (int step = 0; step <= steps; ++step) {
      std::vector<Numbers> point;
      for (const double v : w) point.push_back({v});
      const TensorMap out = At(point);
      for (size_t i = 0; i < w.size(); ++i) {
        path[i].push_back(w[i]);
        w[i] -= rate * out.at(absl::StrCat("slope", i)).data<double>()[0];
      }
      path.back().push_back(out.at("f").data<double>()[0]);
    }
    return path;
  }

 private:
  std::unique_ptr<const Executable> executable_;
};

void OneDimension(const Flags& flags) {
  const Surface f(1, [](const std::vector<Value>& w) {
    return Square(Square(w[0])) - 3.0 * Square(w[0]) + w[0];
  });
  Numbers w;
  for (int i = 0; i <= 80; ++i) w.push_back(-2 + 0.05 * i);
  const Numbers curve = OrExit(learn::Column(f.At({w}).at("f"), "f"));
  plot::Chart chart{.title = "f(w) = w⁴ - 3w² + w", .x_label = "w"};
  chart.lines.push_back({.name = "f", .x = w, .y = curve});
  for (const double start : {1.9, -1.9}) {
    const auto path = f.Descend({start}, 0.02, 40);
    chart.lines.push_back({absl::StrFormat("from %g", start), path[0], path[1], true});
    absl::PrintF("from %g: minimum %.4f at %.4f\n", start, path[1].back(), path[0].back());
  }
  Show(flags, "descent_1d", chart);
}

void TwoDimensions(const Flags& flags) {
  const Surface g(2, [](const std::vector<Value>& w) {
    return Square(w[0]) + 10.0 * Square(w[1]) + w[0] * w[1];
  });
  constexpr int kCells = 60;
  Numbers u, v;
  for (int i = 0; i < kCells * kCells; ++i) {
    u.push_back(-2 + 4 * (i % kCells + 0.5) / kCells);
    v.push_back(-2 + 4 * (i / kCells + 0.5) / kCells);
  }
  const Tensor z = OrExit(g.At({u, v}).at("f").Reshaped({kCells, kCells}));
  plot::Chart chart{.title = "g(u, v) = u² + 10v² + uv", .x_label = "u", .y_label = "v"};
  chart.field = {-2, 2, -2, 2, z};
  chart.width = chart.height = 520;
  for (const double rate : {0.02, 0.09}) {
    const auto path = g.Descend({-1.8, 1.5}, rate, 60);
    chart.lines.push_back({absl::StrFormat("rate %g", rate), path[0], path[1], true});
    absl::PrintF("rate %g: %.6f after 60 steps\n", rate, path[2].back());
  }
  Show(flags, "descent_2d", chart);
}

int main(int argc, char** argv) {
  const Flags flags(argc, argv, {{"plots", "", "folder for pictures"}});
  OneDimension(flags);
  TwoDimensions(flags);
}
