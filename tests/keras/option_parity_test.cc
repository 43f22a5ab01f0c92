// Losses and metrics with options give what Keras 3's do, numbers and tensors: option_golden.h,
// made by make_option_golden.py.

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "dagrad/graph/json.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/metric_golden.h"
#include "dagrad/tests/keras/option_golden.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using keras_parity::OptionCase;
using keras_parity::OutputCase;

const OutputCase& Outputs(const OptionCase& c) {
  for (const OutputCase& o : keras_parity::kOutputCases) {
    if (o.name == c.output_case) return o;
  }
  ADD_FAILURE() << "no outputs " << c.output_case;
  return keras_parity::kOutputCases[0];
}

absl::StatusOr<Logs> Evaluate(const OptionCase& c, bool weighted) {
  const OutputCase& o = Outputs(c);
  CompileOptions options;
  options.loss = o.sparse ? "sparse_categorical_crossentropy" : "mse";
  const Json object = *ParseJson(c.object);
  if (c.kind == "loss") {
    const absl::StatusOr<Loss> loss = Loss::FromJson(object);
    if (!loss.ok()) return loss.status();
    options.loss = *loss;
  } else {
    const absl::StatusOr<Metric> metric = Metric::FromJson(object);
    if (!metric.ok()) return metric.status();
    (weighted ? options.weighted_metrics : options.metrics) = *metric;
  }
  KerasTensor in = Input(Dims(o.dims.begin() + 1, o.dims.end()));
  Model model(in, Activation("linear")(in));
  if (absl::Status s = model.Compile(options); !s.ok()) return s;
  Dims target_dims(o.dims.begin(), o.dims.end());
  if (o.sparse) target_dims.pop_back();
  EvaluateOptions how{.batch_size = 2, .verbose = 0};
  if (weighted)
    how.sample_weight = Tensor::Of<float>({o.dims[0]}, absl::MakeConstSpan(keras_parity::kWeights));
  return model.Evaluate(Tensor::Of<float>(o.dims, absl::MakeConstSpan(o.outputs)),
                        Tensor::Of<float>(target_dims, absl::MakeConstSpan(o.targets)), how);
}

void ExpectResult(const OptionCase& c, bool weighted) {
  const absl::StatusOr<Logs> logs = Evaluate(c, weighted);
  ASSERT_TRUE(logs.ok()) << logs.status();
  std::string name = "loss";
  const Json object = *ParseJson(c.object);
  if (c.kind == "metric") {
    ASSERT_TRUE(ReadJson(Member(object, "name"), &name));
  }
  const std::vector<double>& golden = weighted ? c.weighted : c.plain;
  std::vector<double> got = {(*logs)[name]};
  if (!c.dims.empty()) {
    EXPECT_FALSE(logs->Contains(name)) << "a tensor is no number";
    const Tensor tensor = logs->GetTensor(name);
    ASSERT_EQ(tensor.dims(), Dims(c.dims.begin(), c.dims.end()));
    got.assign(tensor.data<double>().begin(), tensor.data<double>().end());
  }
  ASSERT_EQ(got.size(), golden.size());
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], golden[i], 2e-6 * std::max(1.0, std::abs(golden[i]))) << i;
}

TEST(OptionParityTest, EveryCase) {
  for (const OptionCase& c : keras_parity::kOptionCases) {
    SCOPED_TRACE(c.object + " of " + c.output_case);
    ExpectResult(c, false);
    ExpectResult(c, true);
  }
}

// Tensors are in the logs of every epoch and of validation, and beside the numbers.
TEST(OptionParityTest, TensorsInHistory) {
  Sequential model;
  model.Add(Dense(2, {.activation = "softmax", .input_shape = {3}}));
  ASSERT_TRUE(model
                  .Compile({.loss = "sparse_categorical_crossentropy",
                            .metrics = {"accuracy", metrics::ConfusionMatrix({.name = "cm"})}})
                  .ok());
  const Tensor x = Tensor::Full(DType::kFloat32, {8, 3}, 1);
  const Tensor y = Tensor::Of<int64_t>({8}, {0, 1, 0, 1, 1, 0, 0, 0});
  const absl::StatusOr<History> history =
      model.Fit(x, y, {.batch_size = 3, .epochs = 2, .verbose = 0, .validation_data = {x, y}});
  ASSERT_TRUE(history.ok()) << history.status();
  for (const Logs& logs : history->logs) {
    for (const char* name : {"cm", "val_cm"}) {
      const Tensor cm = logs.GetTensor(name);
      ASSERT_EQ(cm.dims(), (Dims{2, 2})) << name;
      const auto n = cm.data<double>();
      EXPECT_EQ(n[0] + n[1], 5) << name;
      EXPECT_EQ(n[2] + n[3], 3) << name;
      EXPECT_NEAR((n[0] + n[3]) / 8, logs[name[0] == 'c' ? "accuracy" : "val_accuracy"], 1e-7);
    }
  }
  EXPECT_TRUE((*history)["cm"].empty());
}

}  // namespace
}  // namespace dagrad::keras
