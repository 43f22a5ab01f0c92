// Training steps of one's own.
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/keras/data/data.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/models/test_data.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

constexpr int64_t kRows = 12;

Tensor X() { return Numbers({kRows, 4}, 7); }
Tensor Y() { return Numbers({kRows, 2}, 5); }

// With all that a step has to do with: statistics, dropout, a regularizer, a constraint.
Sequential NewModel() {
  Sequential model("m", {.seed = 3});
  model.Add(Dense(4, {.activation = "tanh", .kernel_regularizer = "l2", .input_shape = {4}}));
  model.Add(BatchNormalization());
  model.Add(Dropout(0.25));
  model.Add(Dense(2, {.kernel_constraint = "non_neg"}));
  return model;
}

// The mean of the squares, weighted as Fit does.
Value WeightedError(TrainStep& step, Value prediction) {
  Value squares = ReduceMean(Square(prediction - step.y()), {.axes = {1}});
  if (step.sample_weight().valid()) squares = squares * step.sample_weight();
  return ReduceMean(squares);
}

absl::Status PlainStep(TrainStep& step) {
  const Value loss = WeightedError(step, step.Outputs()[0]) + step.LayerLosses();
  step.Minimize(loss);
  step.Log("loss", loss);
  return absl::OkStatus();
}

TEST(TrainStepTest, ThePlainStepByHandIsTheBuiltInOne) {
  for (const char* optimizer : {"adam", "nadam", "sgd"}) {
    for (const bool weighted : {false, true}) {
      SCOPED_TRACE(absl::StrCat(optimizer, weighted));
      FitOptions options{.batch_size = 5, .epochs = 3, .verbose = 0};
      if (weighted) options.sample_weight = Numbers({kRows}, 3);
      Sequential plain = NewModel(), own = NewModel();
      ASSERT_TRUE(plain.Compile({.optimizer = optimizer, .loss = "mse"}).ok());
      ASSERT_TRUE(
          own.Compile({.optimizer = optimizer, .loss = "mse", .train_step = PlainStep}).ok());
      const absl::StatusOr<History> wanted = plain.Fit(X(), Y(), options);
      const absl::StatusOr<History> history = own.Fit(X(), Y(), options);
      ASSERT_TRUE(history.ok()) << history.status();
      for (size_t e = 0; e < 3; ++e) EXPECT_NEAR((*history)["loss"][e], (*wanted)["loss"][e], 1e-6);
      const std::vector<Tensor> a = *own.GetWeights(), b = *plain.GetWeights();
      for (size_t i = 0; i < a.size(); ++i) {
        for (size_t k = 0; k < a[i].data<float>().size(); ++k)
          EXPECT_NEAR(a[i].data<float>()[k], b[i].data<float>()[k], 2e-5) << i;
      }
      EXPECT_EQ(*own.GetIterations(), *plain.GetIterations());
    }
  }
}

// Two nets in one model, trained apart by two optimizers in one step.
TEST(TrainStepTest, EveryMinimizeHasAnOptimizerOfItsOwn) {
  const auto net = [](const char* name) {
    const KerasTensor x = Input({4});
    return Model(x, Dense(2, {.activation = "tanh"})(x), {.name = name, .seed = 3});
  };
  const Model a = net("a"), b = net("b");
  Model alone_a = net("a"), alone_b = net("b");
  const KerasTensor x = Input({4});
  Model both(x, Add()({a(x), b(x)}), {.seed = 3});
  const auto error = [](TrainStep& s, const Model& m, const char* name) {
    const Value loss = ReduceMean(Square(s.Call(m, s.x()) - s.y()));
    s.Log(name, loss);
    return loss;
  };
  const absl::Status compiled =
      both.Compile({.loss = "mse", .train_step = [&](TrainStep& s) {
                      s.Minimize(error(s, a, "loss_a"), a, Adam(0.01));
                      s.Minimize(error(s, b, "loss_b"), b, Nadam({.learning_rate = 0.02}));
                      return absl::OkStatus();
                    }});
  ASSERT_TRUE(compiled.ok()) << compiled;
  ASSERT_TRUE(alone_a.Compile({.optimizer = Adam(0.01), .loss = "mse"}).ok());
  ASSERT_TRUE(alone_b.Compile({.optimizer = Nadam({.learning_rate = 0.02}), .loss = "mse"}).ok());
  const FitOptions options{.batch_size = 4, .epochs = 3, .verbose = 0};
  const absl::StatusOr<History> history = both.Fit(X(), Y(), options);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_TRUE(history->logs[0].Contains("loss_a") && history->logs[0].Contains("loss_b"));
  ASSERT_TRUE(alone_a.Fit(X(), Y(), options).ok());
  ASSERT_TRUE(alone_b.Fit(X(), Y(), options).ok());
  ExpectSameWeights(a, alone_a);
  ExpectSameWeights(b, alone_b);
  // All of it is state: a run that is taken up gives the same bits.
  const std::map<std::string, Tensor> state = *both.GetState();
  EXPECT_TRUE(state.contains("optimizer_1/iteration") && state.contains("optimizer_1/u_product"));
  ASSERT_TRUE(both.Fit(X(), Y(), options).ok());
  const std::vector<Tensor> first = *both.GetWeights();
  ASSERT_TRUE(both.SetState(state).ok());
  ASSERT_TRUE(both.Fit(X(), Y(), options).ok());
  ExpectSame(first, *both.GetWeights());
}

// What is called behind a Minimize reads the new weights, and no gradient flows into their making:
// w ← w - η dL/dw with L = w x; then v ← v - η d(w v)/dv with the new w.
TEST(TrainStepTest, LaterCallsReadTheNewWeights) {
  const DenseOptions one{.use_bias = false, .kernel_initializer = "ones"};
  const KerasTensor x = Input({1});
  Layer w = Dense(1, one), v = Dense(1, one);
  Model model(x, v(w(x)));
  const absl::Status compiled =
      model.Compile({.optimizer = Sgd(0.25), .train_step = [&](TrainStep& s) {
                       const Value first = ReduceSum(s.Call(w, s.x()));
                       s.Minimize(first, {w});
                       const Value second = ReduceSum(s.Call(v, s.Call(w, s.x())));
                       s.Minimize(second, {v});
                       s.Log("first", first);
                       s.Log("second", second);
                       return absl::OkStatus();
                     }});
  ASSERT_TRUE(compiled.ok()) << compiled;
  const absl::StatusOr<Logs> logs =
      model.TrainOnBatch(Tensor::Full(DType::kFloat32, {1, 1}, 2), {});
  ASSERT_TRUE(logs.ok()) << logs.status();
  EXPECT_EQ((*logs)["first"], 2);
  EXPECT_EQ((*logs)["second"], 1);  // w = 1 - 0.25 · 2
  EXPECT_EQ(model.GetWeights()->at(0).data<float>()[0], 0.5f);
  EXPECT_EQ(model.GetWeights()->at(1).data<float>()[0], 0.75f);  // 1 - 0.25 · w x
}

// -mean(log σ(z)) for what is to be real, -mean(log(1 - σ(z))) for what is not.
Value RealLoss(Value z) { return ReduceMean(Log(1.0 + Exp(-z))); }
Value FakeLoss(Value z) { return ReduceMean(Log(1.0 + Exp(z))); }

// A generative adversarial net that learns a normal distribution, of which it sees samples only.
TEST(TrainStepTest, AGanLearnsADistribution) {
  const auto net = [](int64_t inputs, int64_t outputs) {
    const KerasTensor x = Input({inputs});
    KerasTensor y = Dense(16, {.activation = "tanh"})(x);
    return Model(x, Dense(outputs)(y), {.seed = inputs});
  };
  const Model generator = net(2, 1), discriminator = net(1, 1);
  const KerasTensor real = Input({1}), noise = Input({2});
  Model gan({real, noise}, {discriminator(real), discriminator(generator(noise))}, {.seed = 5});
  const Optimizer adam = Adam({.learning_rate = 0.005, .beta_1 = 0.5});
  const absl::Status compiled = gan.Compile({.train_step = [&](TrainStep& s) {
    const Value fake = s.Call(generator, s.RandomNormal({s.x().dim(0), 2}));
    const Value d_loss =
        RealLoss(s.Call(discriminator, s.x())) + FakeLoss(s.Call(discriminator, fake));
    s.Minimize(d_loss, discriminator, adam);
    const Value g_loss = RealLoss(s.Call(discriminator, fake));
    s.Minimize(g_loss, generator, adam);
    s.Log("d_loss", d_loss);
    s.Log("g_loss", g_loss);
    return absl::OkStatus();
  }});
  ASSERT_TRUE(compiled.ok()) << compiled;
  Tensor samples = Tensor::Full(DType::kFloat32, {512, 1}, 0);
  for (int64_t i = 0; i < 512; ++i) {  // of N(3, 0.5), nearly: sums of four uniform numbers
    double sum = 0;
    for (int64_t k = 1; k <= 4; ++k)
      sum += std::fmod(static_cast<double>(i + 1) * std::sqrt(2 * k + 1.0), 1);
    samples.mutable_data<float>()[i] = static_cast<float>(3 + (sum - 2) * std::sqrt(3.0) * 0.5);
  }
  const Tensor none = Tensor::Full(DType::kFloat32, {512, 2}, 0);
  const absl::StatusOr<History> history =
      gan.Fit({samples, none}, {}, {.batch_size = 64, .epochs = 150, .verbose = 0});
  ASSERT_TRUE(history.ok()) << history.status();
  const absl::StatusOr<Tensor> made = generator.Predict(Numbers({500, 2}, 9));
  ASSERT_TRUE(made.ok()) << made.status();
  double mean = 0;
  for (const float v : made->data<float>()) mean += v / 500;
  EXPECT_NEAR(mean, 3, 0.5);
}

TEST(TrainStepTest, ErrorsSayWhatIsWanted) {
  const Layer other = Dense(2);
  const std::vector<std::pair<TrainStepFunction, std::string>> table = {
      {[](TrainStep&) { return absl::OkStatus(); }, "logs nothing"},
      {[](TrainStep&) { return absl::AbortedError("of my own"); }, "of my own"},
      {[](TrainStep& s) { return s.Minimize(s.x()), absl::OkStatus(); },
       "Minimize takes a float scalar"},
      {[](TrainStep& s) { return s.Log("x", s.x()), absl::OkStatus(); },
       "Log(\"x\") takes a float scalar"},
      {[](TrainStep& s) {
         const Value loss = ReduceMean(s.Outputs()[0]);
         s.Log("loss", loss);
         s.Log("loss", loss);
         return absl::OkStatus();
       },
       "the name is taken"},
      {[](TrainStep& s) {
         const Value loss = ReduceMean(s.Outputs()[0]);
         s.Minimize(loss);
         s.Minimize(loss);
         return absl::OkStatus();
       },
       "\"dense/kernel\" is changed by two calls of Minimize"},
      {[&](TrainStep& s) { return s.Call(other, s.x()), absl::OkStatus(); },
       "it is no layer of the model"},
      {[&](TrainStep& s) {
         s.Minimize(ReduceMean(s.Outputs()[0]), {other});
         return absl::OkStatus();
       },
       "it is no layer of the model"},
      {[](TrainStep& s) {
         s.Log("y", ReduceMean(s.Outputs()[0] - s.y()));
         return absl::OkStatus();
       },
       "reads target 0 of 0: Compile's loss says what targets are"},
      {[](TrainStep& s) { return s.Log("x", ReduceMean(s.x(3))), absl::OkStatus(); },
       "reads input 3 of a model with 1"},
  };
  for (const auto& [step, message] : table) {
    Sequential model = NewModel();
    const absl::Status s = model.Compile({.optimizer = "sgd", .train_step = step});
    EXPECT_FALSE(s.ok()) << message;
    EXPECT_TRUE(absl::StrContains(s.message(), message)) << s << "; wanted: " << message;
  }
}

TEST(TrainStepTest, WithoutALossThereIsNothingToEvaluate) {
  Sequential model = NewModel();
  ASSERT_TRUE(model
                  .Compile({.optimizer = "sgd",
                            .train_step =
                                [](TrainStep& s) {
                                  const Value loss = ReduceMean(Square(s.Outputs()[0]));
                                  s.Minimize(loss);
                                  s.Log("loss", loss);
                                  return absl::OkStatus();
                                }})
                  .ok());
  ASSERT_TRUE(model.Fit(X(), {}, {.epochs = 2, .verbose = 0}).ok());
  EXPECT_EQ(model.Evaluate(X(), {}, {.verbose = 0}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(model.Fit(X(), Y(), {.verbose = 0}).ok());  // no targets are known
  // A file has the weights, not the step.
  const std::string folder = absl::StrCat(std::getenv("TEST_TMPDIR"), "/own_step");
  ASSERT_TRUE(model.Save(folder).ok());
  absl::StatusOr<Model> loaded = Model::Load(folder);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ExpectSameWeights(*loaded, model);
  EXPECT_EQ(loaded->Fit(X(), Y(), {.verbose = 0}).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace dagrad::keras
