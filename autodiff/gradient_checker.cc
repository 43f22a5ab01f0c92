#include "dagrad/autodiff/gradient_checker.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad {
namespace {

using runtime::TensorMap;

// Sums are taken in a wider type, so that rounding them does not add to the noise of the
// differences.
using Objective = std::function<absl::StatusOr<long double>()>;

using Naming = std::string (*)(const std::string&);
std::string SameName(const std::string& name) { return name; }
std::string CotangentName(const std::string& output) {
  return absl::StrCat("gradient_check/cotangent/", output);
}
std::string DirectionName(const std::string& x) {
  return absl::StrCat("gradient_check/direction/", x);
}
std::string GradName(const std::string& x) { return absl::StrCat("gradient_check/grad/", x); }

// f'(x) for the number *x, which is restored.
class Difference {
 public:
  Difference(double* x, const Objective& f)
      : x_(x), x0_(*x), f_(f), h_(std::max(1.0, std::abs(*x)) / 1024) {}

  absl::StatusOr<double> FourthOrder() {
    DAGRAD_ASSIGN_OR_RETURN(const long double near, Central(h_));
    DAGRAD_ASSIGN_OR_RETURN(const long double far, Central(2 * h_));
    return static_cast<double>((4 * near - far) / 3);
  }

  absl::StatusOr<double> Ridders() {
    constexpr int kSteps = 10;
    long double table[kSteps][kSteps];
    long double best = std::numeric_limits<long double>::quiet_NaN();
    long double best_error = std::numeric_limits<long double>::infinity();
    double h = h_;
    for (int i = 0; i < kSteps; ++i, h /= 2) {
      DAGRAD_ASSIGN_OR_RETURN(table[0][i], Central(h));
      long double factor = 1;
      for (int j = 1; j <= i; ++j) {
        factor *= 4;
        table[j][i] = (table[j - 1][i] * factor - table[j - 1][i - 1]) / (factor - 1);
        const long double error = std::max(std::abs(table[j][i] - table[j - 1][i]),
                                           std::abs(table[j][i] - table[j - 1][i - 1]));
        if (!(error < best_error)) continue;
        best_error = error;
        best = table[j][i];
      }
    }
    return static_cast<double>(best);
  }

 private:
  absl::StatusOr<long double> Central(double h) {
    DAGRAD_ASSIGN_OR_RETURN(const auto up, At(x0_ + h));
    DAGRAD_ASSIGN_OR_RETURN(const auto down, At(x0_ - h));
    return (up.second - down.second) / (static_cast<long double>(up.first) - down.first);
  }

  absl::StatusOr<std::pair<double, long double>> At(double x) {
    *x_ = x;
    absl::StatusOr<long double> y = f_();
    *x_ = x0_;
    if (!y.ok()) return y.status();
    return std::pair(x, *y);
  }

  double* x_;
  const double x0_;
  const Objective& f_;
  const double h_;
};

class Checker {
 public:
  Checker(const Function& function, const GradientCheckOptions& options)
      : function_(function), options_(options), random_(options.seed) {
    report_.seed = options.seed;
    report_.tolerance = options.tolerance;
  }

  absl::StatusOr<GradientCheckReport> Run(const TensorMap& feeds, const TensorMap& states) {
    DAGRAD_RETURN_IF_ERROR(Own(feeds, &feeds_));
    DAGRAD_RETURN_IF_ERROR(Own(states, &states_));
    DAGRAD_RETURN_IF_ERROR(ChooseXs());
    DAGRAD_RETURN_IF_ERROR(ChooseYs());
    DAGRAD_RETURN_IF_ERROR(BuildFirst());
    DAGRAD_RETURN_IF_ERROR(Compare(
        first_, xs_, [this] { return Inner(function_, ys_, SameName, CotangentName); },
        "first order", &report_.max_error_first));
    if (!options_.second_order) return report_;
    DAGRAD_RETURN_IF_ERROR(BuildSecond());
    DAGRAD_RETURN_IF_ERROR(Compare(
        second_, second_xs_, [this] { return Inner(first_, xs_, GradName, DirectionName); },
        "second order", &report_.max_error_second));
    return report_;
  }

 private:
  static absl::Status Own(const TensorMap& from, TensorMap* to) {
    for (const auto& [name, tensor] : from) {
      DAGRAD_ASSIGN_OR_RETURN((*to)[name], tensor.Clone());
    }
    return absl::OkStatus();
  }

  absl::Status ChooseXs() {
    std::vector<std::string> known;
    for (const std::vector<NodeId>* ids : {&function_.inputs, &function_.states}) {
      for (NodeId id : *ids) {
        if (function_.nodes[id].outputs[0].dtype == DType::kFloat64)
          known.push_back(function_.nodes[id].name);
      }
    }
    return Choose(options_.xs, known, "input or state", &xs_);
  }

  absl::Status ChooseYs() {
    std::vector<std::string> known;
    for (const Function::Output& o : function_.outputs) {
      if (function_.type(o.value).dtype == DType::kFloat64) known.push_back(o.name);
    }
    return Choose(options_.ys, known, "output", &ys_);
  }

  static absl::Status Choose(const std::vector<std::string>& asked,
                             const std::vector<std::string>& known, absl::string_view what,
                             std::vector<std::string>* chosen) {
    *chosen = asked.empty() ? known : asked;
    for (const std::string& name : *chosen) {
      if (absl::c_linear_search(known, name)) continue;
      return InvalidArgumentError(
          absl::StrCat("CheckGradients: there is no float64 ", what, " \"", name, "\""));
    }
    if (!chosen->empty()) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("CheckGradients: the function has no float64 ", what));
  }

  // first_: from the function's inputs and a cotangent per y to a gradient per x.
  absl::Status BuildFirst() {
    Function function = function_;
    function.outputs.clear();
    function.updates.clear();
    GraphBuilder g(std::move(function));
    DAGRAD_ASSIGN_OR_RETURN(const runtime::EvaluateResult result,
                            runtime::EvaluateFunction(function_, feeds_, states_));
    std::vector<Value> ys;
    std::vector<Value> cotangents;
    for (const std::string& name : ys_) {
      ys.emplace_back(&g, function_.FindOutput(name)->value);
      cotangents.push_back(g.Input(CotangentName(name), DType::kFloat64, ys.back().shape()));
      DAGRAD_ASSIGN_OR_RETURN(feeds_[CotangentName(name)], Random(result.outputs.at(name).dims()));
    }
    DAGRAD_RETURN_IF_ERROR(AddGradients(&g, ys, xs_, cotangents));
    DAGRAD_ASSIGN_OR_RETURN(first_, g.Build());
    return absl::OkStatus();
  }

  // second_: from the inputs of first_ and a direction per x to the gradients of first_'s outputs
  // along the directions.
  absl::Status BuildSecond() {
    Function function = first_;
    function.outputs.clear();
    GraphBuilder g(std::move(function));
    std::vector<Value> grads;
    std::vector<Value> directions;
    for (const std::string& x : xs_) {
      grads.emplace_back(&g, first_.FindOutput(GradName(x))->value);
      directions.push_back(g.Input(DirectionName(x), DType::kFloat64, grads.back().shape()));
      DAGRAD_ASSIGN_OR_RETURN(feeds_[DirectionName(x)], Random(Find(x)->dims()));
    }
    second_xs_ = xs_;
    for (const std::string& y : ys_) second_xs_.push_back(CotangentName(y));
    DAGRAD_RETURN_IF_ERROR(AddGradients(&g, grads, second_xs_, directions));
    DAGRAD_ASSIGN_OR_RETURN(second_, g.Build());
    return absl::OkStatus();
  }

  static absl::Status AddGradients(GraphBuilder* g, const std::vector<Value>& ys,
                                   const std::vector<std::string>& xs,
                                   const std::vector<Value>& cotangents) {
    std::vector<Value> x_values;
    for (const std::string& x : xs) x_values.push_back(g->Find(x));
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> grads,
                            Gradients(ys, x_values, {.cotangents = cotangents}));
    for (size_t i = 0; i < xs.size(); ++i) g->Output(GradName(xs[i]), grads[i]);
    return g->status();
  }

  absl::StatusOr<Tensor> Random(const Dims& dims) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor t, Tensor::Allocate(DType::kFloat64, dims));
    for (double& v : t.mutable_data<double>()) {
      const uint64_t bits = random_();
      v = (0.5 + static_cast<double>(bits >> 11) * 0x1p-53) * (bits & 1 ? 1 : -1);
    }
    return t;
  }

  Tensor* Find(const std::string& name) {
    auto it = feeds_.find(name);
    return it == feeds_.end() ? &states_.at(name) : &it->second;
  }

  static long double Dot(const Tensor& a, const Tensor& b) {
    long double sum = 0;
    for (int64_t i = 0; i < a.num_elements(); ++i)
      sum += static_cast<long double>(a.data<double>()[i]) * b.data<double>()[i];
    return sum;
  }

  // Σ <weight, output> over `names`, at the current point.
  absl::StatusOr<long double> Inner(const Function& f, const std::vector<std::string>& names,
                                    Naming output, Naming weight) {
    DAGRAD_ASSIGN_OR_RETURN(const runtime::EvaluateResult r,
                            runtime::EvaluateFunction(f, feeds_, states_));
    long double sum = 0;
    for (const std::string& name : names)
      sum += Dot(r.outputs.at(output(name)), feeds_.at(weight(name)));
    return sum;
  }

  std::vector<int64_t> ElementsToProbe(int64_t size) {
    std::vector<int64_t> elements(size);
    for (int64_t i = 0; i < size; ++i) elements[i] = i;
    if (size <= options_.max_elements) return elements;
    for (int64_t i = 0; i < options_.max_elements; ++i) {
      std::swap(elements[i], elements[i + random_() % (size - i)]);
    }
    elements.resize(options_.max_elements);
    return elements;
  }

  // Compares what `analytic` gives for each of `xs` with differences of `objective`.
  absl::Status Compare(const Function& analytic, const std::vector<std::string>& xs,
                       const Objective& objective, absl::string_view order, double* max_error) {
    DAGRAD_ASSIGN_OR_RETURN(const runtime::EvaluateResult r,
                            runtime::EvaluateFunction(analytic, feeds_, states_));
    for (const std::string& x : xs) {
      const auto grad = r.outputs.at(GradName(x)).data<double>();
      double scale = 1;
      for (double v : grad) scale = std::max(scale, std::abs(v));
      for (int64_t i : ElementsToProbe(grad.size())) {
        Difference difference(&Find(x)->mutable_data<double>()[i], objective);
        DAGRAD_ASSIGN_OR_RETURN(double numeric, difference.FourthOrder());
        if (Error(grad[i], numeric, scale) > options_.tolerance) {
          DAGRAD_ASSIGN_OR_RETURN(numeric, difference.Ridders());
        }
        ++report_.derivatives;
        Note(Error(grad[i], numeric, scale), max_error, [&] {
          return absl::StrFormat("%s, d/d%s[%d]: %.12g, numerically %.12g", order, x, i, grad[i],
                                 numeric);
        });
      }
    }
    return absl::OkStatus();
  }

  static double Error(double a, double n, double scale) {
    if (!std::isfinite(a) || !std::isfinite(n)) return std::numeric_limits<double>::infinity();
    return std::abs(a - n) / std::max({std::abs(a), std::abs(n), scale / 1000});
  }

  template <typename Text>
  void Note(double error, double* max_error, Text text) {
    if (error > std::max(report_.max_error_first, report_.max_error_second)) report_.worst = text();
    *max_error = std::max(*max_error, error);
  }

  const Function& function_;
  const GradientCheckOptions& options_;
  std::mt19937_64 random_;
  GradientCheckReport report_;
  TensorMap feeds_;  // private copies: probed elements are changed in place
  TensorMap states_;
  std::vector<std::string> xs_, ys_, second_xs_;
  Function first_, second_;
};

}  // namespace

std::string GradientCheckReport::ToString() const {
  return absl::StrFormat(
      "%d derivatives, largest relative errors %.2g (first order) and %.2g (second); worst: %s; "
      "seed %d",
      derivatives, max_error_first, max_error_second, worst.empty() ? "none" : worst, seed);
}

absl::StatusOr<GradientCheckReport> CheckGradients(const Function& function,
                                                   const runtime::TensorMap& feeds,
                                                   const runtime::TensorMap& states,
                                                   const GradientCheckOptions& options) try {
  return Checker(function, options).Run(feeds, states);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad
