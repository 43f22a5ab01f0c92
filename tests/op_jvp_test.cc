// The derivative of every op along a random direction, in float64 against differences.

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/jvp.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/tests/op_gradient_cases.h"
#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

using runtime::TensorMap;

std::string TangentName(const std::string& x) { return absl::StrCat("tangent/", x); }

// The tangents of all float64 outputs of the case, for the tangents of its inputs `xs`.
absl::StatusOr<Function> TangentsOf(const OpCase& c, const std::vector<std::string>& xs) {
  DAGRAD_ASSIGN_OR_RETURN(const Function forward, MakeFunction(c));
  GraphBuilder g(forward);
  std::vector<Value> ys, inputs, tangents;
  for (const std::string& name : FloatOutputs(c)) {
    for (const Function::Output& o : forward.outputs) {
      if (o.name == name) ys.emplace_back(&g, o.value);
    }
  }
  for (const std::string& name : xs) {
    inputs.push_back(g.Find(name));
    tangents.push_back(g.Input(TangentName(name), DType::kFloat64, inputs.back().shape()));
  }
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> dys, Jvp(ys, inputs, tangents));
  for (size_t k = 0; k < dys.size(); ++k) g.Output(absl::StrCat("tangent", k), dys[k]);
  return g.Build();
}

// `feeds` with x + step·ẋ in the place of each x.
TensorMap Moved(const TensorMap& feeds, const TensorMap& tangents,
                const std::vector<std::string>& xs, double step) {
  TensorMap moved = feeds;
  for (const std::string& x : xs) {
    Tensor t = *Tensor::Zeros(DType::kFloat64, feeds.at(x).dims());
    const auto from = feeds.at(x).data<double>();
    const auto direction = tangents.at(TangentName(x)).data<double>();
    for (int64_t i = 0; i < t.num_elements(); ++i)
      t.mutable_data<double>()[i] = from[i] + step * direction[i];
    moved[x] = t;
  }
  return moved;
}

double LargestMagnitude(const Tensor& t) {
  double largest = 0;
  for (int64_t i = 0; i < t.num_elements(); ++i)
    largest = std::max(largest, std::abs(t.data<double>()[i]));
  return largest;
}

// (8 (f(x + hẋ) - f(x - hẋ)) - (f(x + 2hẋ) - f(x - 2hẋ))) / 12h, of fourth order, for all float64
// outputs; nothing if one is missing.
TensorMap Central(const TensorMap& up, const TensorMap& down, const TensorMap& up2,
                  const TensorMap& down2, double h) {
  TensorMap differences;
  for (const auto& [name, y] : up) {
    if (y.dtype() != DType::kFloat64) continue;
    if (down.empty() || up2.empty() || down2.empty()) return {};
    Tensor d = *Tensor::Zeros(DType::kFloat64, y.dims());
    const auto v = [&](const TensorMap& at, int64_t i) { return at.at(name).data<double>()[i]; };
    for (int64_t i = 0; i < y.num_elements(); ++i) {
      d.mutable_data<double>()[i] =
          (8 * (v(up, i) - v(down, i)) - (v(up2, i) - v(down2, i))) / (12 * h);
    }
    differences[name] = d;
  }
  return differences;
}

void ExpectTangentsAgree(const OpCase& c) {
  const std::vector<std::string> xs = DifferentiableInputs(c), ys = FloatOutputs(c);
  const auto tangent_function = TangentsOf(c, xs);
  ASSERT_TRUE(tangent_function.ok()) << tangent_function.status();
  const auto forward = MakeFunction(c);
  ASSERT_TRUE(forward.ok()) << forward.status();
  const TensorMap feeds = Feeds(c);
  TensorMap tangents;
  std::mt19937_64 random(c.seed);
  std::uniform_real_distribution<double> draw(-1, 1);
  for (const std::string& x : xs) {
    Tensor t = *Tensor::Zeros(DType::kFloat64, feeds.at(x).dims());
    for (int64_t i = 0; i < t.num_elements(); ++i) t.mutable_data<double>()[i] = draw(random);
    tangents[TangentName(x)] = t;
  }
  TensorMap all = feeds;
  all.insert(tangents.begin(), tangents.end());
  const auto found = runtime::EvaluateFunction(*tangent_function, all);
  ASSERT_TRUE(found.ok()) << found.status();

  // A short step keeps a maximum of many in its place, a long one is exact beside a large mean.
  std::vector<TensorMap> differences;
  for (double step : {1.0 / (1 << 21), 1.0 / (1 << 12)}) {
    const auto at = [&](double distance) {
      auto result = runtime::EvaluateFunction(*forward, Moved(feeds, tangents, xs, distance));
      EXPECT_TRUE(result.ok()) << result.status();
      return result.ok() ? std::move(result->outputs) : TensorMap();
    };
    differences.push_back(Central(at(step), at(-step), at(2 * step), at(-2 * step), step));
    ASSERT_FALSE(differences.back().empty());
  }
  for (size_t k = 0; k < ys.size(); ++k) {
    const Tensor& dy = found->outputs.at(absl::StrCat("tangent", k));
    const double tolerance = 1e-6 * std::max(1.0, LargestMagnitude(dy));
    const auto near = differences[0].at(ys[k]).data<double>();
    const auto far = differences[1].at(ys[k]).data<double>();
    for (int64_t i = 0; i < dy.num_elements(); ++i) {
      const double tangent = dy.data<double>()[i];
      ASSERT_LE(std::min(std::abs(tangent - near[i]), std::abs(tangent - far[i])), tolerance)
          << ys[k] << "[" << i << "] is " << tangent << ", by differences " << near[i] << " or "
          << far[i];
    }
  }
}

TEST_P(OpTest, TangentsAgreeWithDifferences) {
  if (op().gradient == nullptr) return;
  int cases = 0;
  for (const OpCase& c : Float64Cases(op())) {
    if (!CanBeChecked(c)) continue;
    SCOPED_TRACE(c.Name());
    ExpectTangentsAgree(c);
    ++cases;
  }
  EXPECT_GT(cases, 0);
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
