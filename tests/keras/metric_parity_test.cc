// Every string that Compile takes as a metric or a loss means what it means to Keras 3:
// metric_golden.h, made by make_metric_golden.py, which says what is evaluated.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/metric_golden.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using keras_parity::OutputCase;
using Golden = std::map<std::string, std::vector<double>>;

Tensor Floats(const std::vector<int64_t>& dims, const std::vector<float>& values) {
  return Tensor::Of<float>(dims, absl::MakeConstSpan(values));
}

// What Evaluate logs for the outputs of the case.
absl::StatusOr<Logs> Evaluate(const OutputCase& c, const CompileOptions& options, bool weighted) {
  Dims rest(c.dims.begin() + 1, c.dims.end());
  KerasTensor in = Input(rest);
  Model model(in, Activation("linear")(in));
  if (absl::Status s = model.Compile(options); !s.ok()) return s;
  std::vector<int64_t> target_dims = c.dims;
  if (c.sparse) target_dims.pop_back();
  EvaluateOptions how{.batch_size = 2, .verbose = 0};
  if (weighted) how.sample_weight = Floats({c.dims[0]}, keras_parity::kWeights);
  return model.Evaluate(Floats(c.dims, c.outputs), Floats(target_dims, c.targets), how);
}

// Whether metric or loss `name` is for class numbers, as the script has it.
bool IsSparse(const std::string& name) { return name.starts_with("sparse_"); }

void ExpectNear(const absl::StatusOr<Logs>& logs, const std::string& key, double golden) {
  ASSERT_TRUE(logs.ok()) << logs.status();
  const double got = (*logs)[key];
  if (std::isnan(golden)) {
    EXPECT_TRUE(std::isnan(got)) << got;
  } else {
    EXPECT_NEAR(got, golden, 2e-6 * std::max(1.0, std::abs(golden)));
  }
}

TEST(MetricParityTest, EveryMetric) {
  for (const auto& [name, golden] : keras_parity::kMetrics) {
    auto next = golden.begin();
    for (const OutputCase& c : keras_parity::kOutputCases) {
      const bool either = name == "accuracy" || name == "acc";
      if (!either && IsSparse(name) != c.sparse) continue;
      SCOPED_TRACE(name + " of " + c.name);
      const Loss loss = c.sparse ? "sparse_categorical_crossentropy" : "binary_crossentropy";
      ASSERT_LE(next + 2, golden.end());
      ExpectNear(Evaluate(c, {.loss = loss, .metrics = {name}}, true), name, *next++);
      ExpectNear(Evaluate(c, {.loss = loss, .weighted_metrics = {name}}, true), name, *next++);
    }
    EXPECT_EQ(next, golden.end()) << name;
  }
}

TEST(MetricParityTest, EveryLoss) {
  for (const auto& [name, golden] : keras_parity::kLosses) {
    auto next = golden.begin();
    for (const OutputCase& c : keras_parity::kOutputCases) {
      if (IsSparse(name) != c.sparse) continue;
      SCOPED_TRACE(name + " of " + c.name);
      ASSERT_LE(next + 2, golden.end());
      ExpectNear(Evaluate(c, {.loss = name}, false), "loss", *next++);
      ExpectNear(Evaluate(c, {.loss = name}, true), "loss", *next++);
    }
    EXPECT_EQ(next, golden.end()) << name;
  }
}

// Squares of these elements are not numbers of float32.
TEST(MetricParityTest, CosineSimilarityOfAnyNorm) {
  for (const float scale : {1e-6f, 1e-3f, 1e15f, 1e25f, 3e37f}) {
    const OutputCase c = {.name = "scaled",
                          .dims = {2, 2},
                          .outputs = {3 * scale, 4 * scale, -4 * scale, 3 * scale},
                          .targets = {4 * scale, 3 * scale, -4 * scale, 3 * scale},
                          .sparse = false};
    ExpectNear(Evaluate(c, {.loss = "cosine_similarity"}, false), "loss", -(0.96 + 1) / 2);
  }
}

void ExpectKnown(const Golden& golden, const std::vector<std::vector<std::string>>& lists) {
  std::set<std::string> known;
  for (const auto& list : lists) known.insert(list.begin(), list.end());
  for (const auto& [name, values] : golden) EXPECT_TRUE(known.contains(name)) << name;
}

// golden_test has every class; here is what strings mean to Compile.
TEST(MetricParityTest, GoldenNumbersAreOfKnownNames) {
  ExpectKnown(keras_parity::kLosses, {LossNames(), LossAliases()});
  ExpectKnown(keras_parity::kMetrics, {MetricNames(), MetricAliases(), LossNames(), LossAliases()});
}

}  // namespace
}  // namespace dagrad::keras
