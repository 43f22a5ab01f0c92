// Clipping by norms over the whole range of float32, infinities included.

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/optimizers/optimizer.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

// One step with rate 1 on zeros: the clipped gradient's negative.
std::vector<double> Clipped(const Optimizer& sgd, const std::vector<float>& gradient) {
  const Dims dims = {static_cast<int64_t>(gradient.size())};
  GraphBuilder g("f");
  const Value w = g.State("w", DType::kFloat32, Shape(absl::MakeConstSpan(dims)));
  std::vector<OptimizerSlot> slots;
  EXPECT_TRUE(
      sgd.Apply(&g, {{"w", w, Constant(&g, Tensor::Of<float>(dims, gradient))}}, &slots).ok());
  const absl::StatusOr<Function> f = g.Build();
  EXPECT_TRUE(f.ok()) << f.status();
  const auto r = runtime::EvaluateFunction(*f, {},
                                           {{"w", *Tensor::Zeros(DType::kFloat32, dims)},
                                            {"optimizer/iteration", Tensor::Scalar<int64_t>(0)},
                                            {"optimizer/learning_rate", Tensor::Scalar(1.0)}},
                                           runtime::KernelMode::kFast);
  EXPECT_TRUE(r.ok()) << r.status();
  std::vector<double> clipped;
  for (const float x : r->updates.at("w").data<float>()) clipped.push_back(-x);
  return clipped;
}

// Whatever finite or infinite gradient there is, what clipping by a norm leaves has that norm, and
// its direction.
TEST(ClippingTest, ClipsEveryGradientToItsNorm) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const OptimizerPtr clippers[] = {MakeSgd({.learning_rate = 1, .clipnorm = 2}),
                                   MakeSgd({.learning_rate = 1, .global_clipnorm = 2})};
  const std::pair<std::vector<float>, std::vector<double>> cases[] = {
      {{3, -4, 0}, {1.2, -1.6, 0}},
      {{0.3f, -0.4f, 0}, {0.3, -0.4, 0}},
      {{3e19f, -4e19f, 0}, {1.2, -1.6, 0}},
      {{1.5e38f, -2e38f, 1}, {1.2, -1.6, 0}},
      {{3e38f, -3e38f, 3e38f}, {std::sqrt(4 / 3.0), -std::sqrt(4 / 3.0), std::sqrt(4 / 3.0)}},
      {{kInf, 7, -1e30f}, {2, 0, 0}},
      {{kInf, -kInf, 1}, {std::sqrt(2), -std::sqrt(2), 0}},
      {{0, 0, 0}, {0, 0, 0}},
      {{1e-30f, 0, -1e-40f}, {1e-30, 0, 0}},
  };
  for (const OptimizerPtr& sgd : clippers) {
    for (const auto& [gradient, expected] : cases) {
      const std::vector<double> clipped = Clipped(*sgd, gradient);
      for (size_t i = 0; i < expected.size(); ++i)
        EXPECT_NEAR(clipped[i], expected[i], 2e-6) << gradient[0] << ", element " << i;
    }
    for (const double x : Clipped(*sgd, {std::nanf(""), 1, kInf})) EXPECT_TRUE(std::isnan(x));
  }
}

}  // namespace
}  // namespace dagrad
