// One step of an optimizer, as ONNX's training models have it: inputs are the learning rate, the
// number of the step and then for all tensors their values, gradients and slots.
#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"

namespace dagrad::onnx {
namespace {

// Calls step({value, gradient, slots …}) for each tensor, which gives the new value and slots.
void ForEachTensor(NodeImport& c, int slots,
                   const std::function<std::vector<Value>(const std::vector<Value>&)>& step) {
  const int each = 2 + slots, n = (c.num_inputs() - 2) / each;
  if (n < 1 || c.num_inputs() != 2 + n * each) return c.Invalid("its number of inputs");
  for (int i = 0; i < n; ++i) {
    std::vector<Value> v;
    for (int k = 0; k < each; ++k) v.push_back(c.in(2 + i + k * n));
    if (!c.ok()) return;
    const std::vector<Value> results = step(v);
    for (int k = 0; k <= slots; ++k) c.out(i + k * n, results[static_cast<size_t>(k)]);
  }
}

// g + norm_coefficient x.
Value Regularized(NodeImport& c, const std::vector<Value>& v) {
  return v[1] + v[0] * c.Real("norm_coefficient", 0);
}

void ImportMomentum(NodeImport& c) {
  const Value rate = c.in(0), t = c.in(1);
  if (!c.ok()) return;
  const double alpha = c.Real("alpha", 0), beta = c.Real("beta", 0);
  const bool nesterov = c.Choice("mode", "", {"standard", "nesterov"}) == "nesterov";
  ForEachTensor(c, 1, [&](const std::vector<Value>& v) -> std::vector<Value> {
    const Value g = Regularized(c, v);
    // In the first step the gradient counts in full.
    const Value by = Cast(Select(Greater(t, 0.0), Scalar(g, beta), 1.0), g.dtype());
    const Value velocity = v[2] * alpha + g * by;
    return {v[0] - (nesterov ? g + velocity * alpha : velocity) * rate, velocity};
  });
}

void ImportAdagrad(NodeImport& c) {
  const Value rate = c.in(0), t = c.in(1);
  if (!c.ok()) return;
  const double decay = c.Real("decay_factor", 0), epsilon = c.Real("epsilon", 1e-6);
  ForEachTensor(c, 1, [&](const std::vector<Value>& v) -> std::vector<Value> {
    const Value r = rate / (Cast(t, v[0].dtype()) * decay + 1.0);
    const Value g = Regularized(c, v);
    const Value h = v[2] + g * g;
    return {v[0] - r * g / (Sqrt(h) + epsilon), h};
  });
}

void ImportAdam(NodeImport& c) {
  const Value rate = c.in(0), t = c.in(1);
  if (!c.ok()) return;
  const double alpha = c.Real("alpha", 0.9), beta = c.Real("beta", 0.999);
  const double epsilon = c.Real("epsilon", 1e-6), post = c.Real("norm_coefficient_post", 0);
  ForEachTensor(c, 2, [&](const std::vector<Value>& v) -> std::vector<Value> {
    const Value g = Regularized(c, v);
    const Value m = v[2] * alpha + g * (1 - alpha), s = v[3] * beta + g * g * (1 - beta);
    // The bias is corrected from the first step on, not in step 0.
    const Value step = Cast(t, g.dtype());
    const Value corrected =
        rate * Sqrt(1.0 - Pow(Scalar(step, beta), step)) / (1.0 - Pow(Scalar(step, alpha), step));
    const Value r = Select(Greater(t, 0.0), corrected, rate);
    const Value x = v[0] - r * m / (Sqrt(s) + epsilon);
    return {x * (1 - post), m, s};
  });
}

constexpr Row kRows[] = {
    {"ai.onnx.preview.training.Adagrad", ImportAdagrad, kAnyNumber},
    {"ai.onnx.preview.training.Adam", ImportAdam, kAnyNumber},
    {"ai.onnx.preview.training.Momentum", ImportMomentum, kAnyNumber},
};

}  // namespace

absl::Span<const Row> OptimizerRows() { return kRows; }

}  // namespace dagrad::onnx
