#include "dagrad/tests/executor/mlp.h"

#include <cmath>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

namespace dagrad::testing {
namespace {

constexpr DType kF32 = DType::kFloat32;
constexpr double kRate = 1e-3, kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-7;

struct Layer {
  Value w, b, x, y;
};

std::vector<Layer> Forward(GraphBuilder* g, const std::vector<int64_t>& widths) {
  std::vector<Layer> layers;
  Value x = g->Input("x", kF32, {"n", widths[0]});
  for (size_t i = 1; i < widths.size(); ++i) {
    Layer l;
    l.w = g->State(absl::StrCat("w", i), kF32, {widths[i - 1], widths[i]});
    l.b = g->State(absl::StrCat("b", i), kF32, {widths[i]});
    l.x = x;
    l.y = MatMul(x, l.w) + l.b;
    if (i + 1 < widths.size()) l.y = Relu(l.y);
    x = l.y;
    layers.push_back(l);
  }
  return layers;
}

void Adam(GraphBuilder* g, Value w, Value gradient, Value scale) {
  const std::string name = w.node().name;
  Value m = g->State(name + "/m", kF32, w.shape());
  Value v = g->State(name + "/v", kF32, w.shape());
  Value m_new = m * kBeta1 + gradient * (1 - kBeta1);
  Value v_new = v * kBeta2 + Square(gradient) * (1 - kBeta2);
  g->Update(name + "/m", m_new);
  g->Update(name + "/v", v_new);
  g->Update(name, w - m_new * scale / (Sqrt(v_new) + kEpsilon));
}

}  // namespace

Function MlpTrainingStep(const std::vector<int64_t>& widths) {
  GraphBuilder g("train_step");
  const std::vector<Layer> layers = Forward(&g, widths);
  Value difference = layers.back().y - g.Input("y", kF32, {"n", widths.back()});
  g.Output("loss", ReduceMean(Square(difference)));
  Value step = g.State("step", kF32, {}) + 1.0;
  g.Update("step", step);
  Value scale =
      Sqrt(1.0 - Exp(step * std::log(kBeta2))) / (1.0 - Exp(step * std::log(kBeta1))) * kRate;
  Value dy = difference * (2.0 / 32);
  for (size_t i = layers.size(); i-- > 0;) {
    const Layer& l = layers[i];
    if (i + 1 < layers.size()) dy = Select(Greater(l.y, 0.0), dy, 0.0);
    Value dw = MatMul(l.x, dy, {.transpose_a = true});
    Value db = ReduceSum(dy, {.axes = {0}});
    if (i > 0) dy = MatMul(dy, l.w, {.transpose_b = true});
    Adam(&g, l.w, dw, scale);
    Adam(&g, l.b, db, scale);
  }
  return *g.Build();
}

Function MlpPrediction(const std::vector<int64_t>& widths) {
  GraphBuilder g("predict");
  g.Output("p", Forward(&g, widths).back().y);
  return *g.Build();
}

Tensor MlpData(int64_t rows, int64_t columns, uint64_t seed) {
  Tensor t = *Tensor::Allocate(kF32, {rows, columns});
  std::mt19937_64 random(seed);
  for (float& x : t.mutable_data<float>()) x = static_cast<float>(random() >> 40) / (1 << 23) - 1;
  return t;
}

void InitializeMlp(const std::vector<int64_t>& widths, StateStore* store) {
  for (size_t i = 1; i < widths.size(); ++i) {
    const std::string w = absl::StrCat("w", i), b = absl::StrCat("b", i);
    Tensor weights = MlpData(widths[i - 1], widths[i], i);
    for (float& x : weights.mutable_data<float>())
      x /= std::sqrt(static_cast<float>(widths[i - 1]));
    store->Set(w, weights);
    store->Set(b, *Tensor::Zeros(kF32, {widths[i]}));
    for (const char* moment : {"/m", "/v"}) {
      store->Set(w + moment, *Tensor::Zeros(kF32, {widths[i - 1], widths[i]}));
      store->Set(b + moment, *Tensor::Zeros(kF32, {widths[i]}));
    }
  }
  store->Set("step", *Tensor::Zeros(kF32, {}));
}

}  // namespace dagrad::testing
