// The learning rate of a model is state: read, set, saved and loaded.
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/graph/json.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

Tensor Numbers(Dims dims, int step) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int i = 0;
  for (float& v : t.mutable_data<float>()) v = static_cast<float>((i += step) % 17) / 8 - 1;
  return t;
}

Model NewModel(const Optimizer& optimizer) {
  const KerasTensor in = Input({4});
  Model model(in, Dense(2)(in));
  EXPECT_TRUE(model.Compile({.optimizer = optimizer, .loss = "mse"}).ok());
  return model;
}

void Train(Model* model, int64_t epochs = 3) {
  const absl::Status s = model
                             ->Fit(Numbers({6, 4}, 5), Numbers({6, 2}, 7),
                                   {.batch_size = 3, .epochs = epochs, .verbose = 0})
                             .status();
  EXPECT_TRUE(s.ok()) << s;
}

std::vector<float> Weights(const Model& model) {
  const std::vector<Tensor> weights = *model.GetWeights();
  std::vector<float> all;
  for (const Tensor& w : weights)
    all.insert(all.end(), w.data<float>().begin(), w.data<float>().end());
  return all;
}

Optimizer WithRate(const std::string& name, double rate) {
  return *OptimizerFromJson({{"name", name}, {"learning_rate", rate}});
}

// Training with rate r of the options, and with another one that is set to r, is the same; so it is
// after a way through a file.
TEST(LearningRateTest, IsReadSetSavedAndLoaded) {
  for (const std::string& name : OptimizerNames()) {
    SCOPED_TRACE(name);
    Model set = NewModel(WithRate(name, 0.5));
    EXPECT_EQ(*set.GetLearningRate(), 0.5);
    ASSERT_TRUE(set.SetLearningRate(0.02).ok());
    EXPECT_EQ(*set.GetLearningRate(), 0.02);
    const std::string folder = io::testing::FreshDirectory() + "m";
    ASSERT_TRUE(set.Save(folder).ok());
    absl::StatusOr<Model> loaded = Model::Load(folder);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(*loaded->GetLearningRate(), 0.02);
    Model wanted = NewModel(WithRate(name, 0.02));
    Model unset = NewModel(WithRate(name, 0.5));
    for (Model* m : {&set, &*loaded, &wanted, &unset}) Train(m);
    EXPECT_EQ(Weights(set), Weights(wanted));
    EXPECT_EQ(Weights(*loaded), Weights(wanted));
    EXPECT_NE(Weights(unset), Weights(wanted));
  }
}

TEST(LearningRateTest, ThatIsNoneIsRefused) {
  Model model = NewModel("adam");
  for (double bad : {-1.0, std::nan(""), HUGE_VAL})
    EXPECT_EQ(model.SetLearningRate(bad).code(), absl::StatusCode::kInvalidArgument) << bad;
  EXPECT_EQ(*model.GetLearningRate(), 0.001);
  Sequential uncompiled;
  EXPECT_EQ(uncompiled.GetLearningRate().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(uncompiled.SetLearningRate(1).code(), absl::StatusCode::kFailedPrecondition);
}

// A schedule is a function of the steps done: there is nothing to set.
TEST(LearningRateTest, OfASchedule) {
  Model model = NewModel(Sgd(LearningRate::ExponentialDecay(0.1, 4, 0.5)));
  EXPECT_EQ(*model.GetLearningRate(), 0.1);
  EXPECT_EQ(model.SetLearningRate(0.2).code(), absl::StatusCode::kFailedPrecondition);
  Train(&model, 2);  // four steps
  EXPECT_EQ(*model.GetLearningRate(), 0.05);
}

// Of a train_step it is that of its first Minimize.
TEST(LearningRateTest, OfATrainStepsOptimizer) {
  const auto compiled = [](const Optimizer& of_compile, const std::optional<Optimizer>& of_step) {
    const KerasTensor in = Input({4});
    const Layer dense = Dense(2);
    Model model(in, dense(in));
    const absl::Status s =
        model.Compile({.optimizer = of_compile, .loss = "mse", .train_step = [=](TrainStep& step) {
                         const Value loss = ReduceMean(Square(step.Outputs()[0] - step.y()));
                         if (of_step.has_value()) step.Minimize(loss, {dense}, *of_step);
                         step.Log("loss", loss);
                         return absl::OkStatus();
                       }});
    EXPECT_TRUE(s.ok()) << s;
    return model;
  };
  const Optimizer schedule = Sgd(LearningRate::ExponentialDecay(0.5, 1, 0.5));
  Model scheduled = compiled("rmsprop", schedule), set = compiled(schedule, Sgd(0.25));
  Train(&scheduled);
  EXPECT_EQ(*scheduled.GetIterations(), 6);
  EXPECT_NEAR(*scheduled.GetLearningRate(), 0.5 / 64, 1e-12);
  EXPECT_FALSE(scheduled.SetLearningRate(1).ok());
  EXPECT_TRUE(scheduled.Save(io::testing::FreshDirectory() + "m").ok());
  EXPECT_EQ(*set.GetLearningRate(), 0.25);
  EXPECT_TRUE(set.SetLearningRate(0.125).ok());
  EXPECT_EQ(*set.GetLearningRate(), 0.125);
  Model none = compiled("adam", std::nullopt);
  Train(&none);
  EXPECT_EQ(none.GetLearningRate().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(none.GetIterations().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(none.SetLearningRate(1).ok());
}

// "initialize" of the graph begins all states of the optimizer.
TEST(LearningRateTest, TheGraphsInitializeFillsSlots) {
  const Model model = NewModel(Adagrad({.initial_accumulator_value = 0.3}));
  const absl::StatusOr<dagrad::Model> graph = model.Graph();
  ASSERT_TRUE(graph.ok()) << graph.status();
  const Function* initialize = graph->FindFunction("initialize");
  ASSERT_NE(initialize, nullptr);
  const auto result = runtime::EvaluateFunction(
      *initialize, {{"key", Tensor::Of<int64_t>({2}, {1, -1})}}, {}, runtime::KernelMode::kFast);
  ASSERT_TRUE(result.ok()) << result.status();
  int filled = 0;
  for (const auto& [name, value] : result->updates) {
    if (!absl::EndsWith(name, "/accumulator")) continue;
    ++filled;
    EXPECT_EQ(value.data<float>()[0], 0.3f) << name;
  }
  EXPECT_EQ(filled, 2);
}

}  // namespace
}  // namespace dagrad::keras
