#include "dagrad/optimizers/optimizer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/json.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/optimizers/golden_optimizers.h"
#include "dagrad/runtime/run/executable.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

constexpr int kElements = 9;  // of w (2 x 3) and b (3)

struct Golden {
  const char* name;
  double after_first[kElements];
  double after_tenth[kElements];
};

struct ScheduleGolden {
  const char* name;
  double rates[21];
};

#include "optimizers/keras_golden.inc"

// Keras rounds the pi of its cosine to float32.
double ToleranceOf(const std::string& name) { return name == "adam_schedule" ? 1e-6 : 1e-12; }

Tensor InDType(const Tensor& t, DType dtype) { return *t.Cast(dtype); }

// The gradients scale·(x - target) and weights of keras_golden.py, and one step of `optimizer` on
// them.
struct Training {
  Function step;
  std::vector<OptimizerSlot> slots;
  TensorMap state;
};

Training MakeTraining(const Optimizer& optimizer, DType dtype) {
  GraphBuilder g("train_step");
  auto gradient = [&](Value x, const Tensor& scale, double target) {
    return (x - target) * Constant(&g, InDType(scale, dtype));
  };
  const Value w = g.State("dense/w", dtype, {2, 3});
  const Value b = g.State("dense/b", dtype, {3});
  const Tensor w_scale = Tensor::Of<double>({2, 3}, {0.5, 4, 1, 2, 0.1, 8});
  const Tensor b_scale = Tensor::Of<double>({3}, {3, 0.01, 1});
  Training t;
  const absl::Status status = optimizer.Apply(
      &g, {{"dense/w", w, gradient(w, w_scale, 0.3)}, {"dense/b", b, gradient(b, b_scale, -0.7)}},
      &t.slots);
  EXPECT_TRUE(status.ok()) << status;
  absl::StatusOr<Function> f = g.Build();
  EXPECT_TRUE(f.ok()) << f.status();
  if (f.ok()) t.step = *std::move(f);
  t.state["dense/w"] =
      InDType(Tensor::Of<double>({2, 3}, {1.0, -2.0, 3.0, 0.5, -0.25, 0.125}), dtype);
  t.state["dense/b"] = InDType(Tensor::Of<double>({3}, {0.1, -0.2, 0.0}), dtype);
  for (const OptimizerSlot& s : t.slots) t.state[s.decl.name] = *s.FirstValue();
  return t;
}

void Step(Training* t, int steps, runtime::KernelMode mode = runtime::KernelMode::kReference) {
  for (int i = 0; i < steps; ++i) {
    const auto r = runtime::EvaluateFunction(t->step, {}, t->state, mode);
    ASSERT_TRUE(r.ok()) << r.status();
    EXPECT_EQ(r->updates.size() + t->state.count("optimizer/learning_rate"), t->state.size())
        << "every state but the learning rate is updated";
    for (const auto& [name, tensor] : r->updates) t->state[name] = tensor;
  }
}

std::vector<double> Weights(const Training& t) {
  std::vector<double> all;
  for (const char* name : {"dense/w", "dense/b"}) {
    const Tensor x = InDType(t.state.at(name), DType::kFloat64);
    all.insert(all.end(), x.data<double>().begin(), x.data<double>().end());
  }
  return all;
}

void ExpectNear(const std::vector<double>& actual, const double* expected, double tolerance) {
  for (int i = 0; i < kElements; ++i) {
    EXPECT_NEAR(actual[i], expected[i], tolerance * std::max(1.0, std::abs(expected[i])))
        << "element " << i;
  }
}

TEST(OptimizerTest, EveryGoldenHasItsOptimizer) {
  std::set<std::string> names;
  for (const Golden& golden : kOptimizerGoldens) names.insert(golden.name);
  for (const auto& [name, optimizer] : MakeOptimizers()) EXPECT_EQ(names.count(name), 1u) << name;
  EXPECT_EQ(names.size(), MakeOptimizers().size());
}

TEST(OptimizerTest, TenStepsAreThoseOfKeras) {
  const auto optimizers = MakeOptimizers();
  for (const Golden& golden : kOptimizerGoldens) {
    SCOPED_TRACE(golden.name);
    Training t = MakeTraining(*optimizers.at(golden.name), DType::kFloat64);
    Step(&t, 1);
    ExpectNear(Weights(t), golden.after_first, ToleranceOf(golden.name));
    Step(&t, 9);
    ExpectNear(Weights(t), golden.after_tenth, ToleranceOf(golden.name));
    EXPECT_EQ(t.state.at("optimizer/iteration").data<int64_t>()[0], 10);
  }
}

TEST(OptimizerTest, Float32IsClose) {
  const auto optimizers = MakeOptimizers();
  for (const Golden& golden : kOptimizerGoldens) {
    SCOPED_TRACE(golden.name);
    Training t = MakeTraining(*optimizers.at(golden.name), DType::kFloat32);
    Step(&t, 10, runtime::KernelMode::kFast);
    EXPECT_EQ(t.state.at("dense/w").dtype(), DType::kFloat32);
    ExpectNear(Weights(t), golden.after_tenth, 1e-5);
  }
}

// The executor, which rewrites, plans and updates in place, takes the interpreter's steps.
TEST(OptimizerTest, PlannedStepsAreTheInterpreters) {
  for (const auto& [name, optimizer] : MakeOptimizers()) {
    SCOPED_TRACE(name);
    Training t = MakeTraining(*optimizer, DType::kFloat32);
    StateStore store;
    for (const auto& [state, tensor] : t.state) store.Set(state, *tensor.Clone());
    const auto executable = Executable::Compile(t.step);
    ASSERT_TRUE(executable.ok()) << executable.status();
    for (int i = 0; i < 10; ++i) {
      const auto r = (*executable)->Run({}, &store);
      ASSERT_TRUE(r.ok()) << r.status();
    }
    Step(&t, 10, runtime::KernelMode::kFast);
    for (const auto& [state, tensor] : t.state) {
      EXPECT_TRUE(SameBits(store.Get(state), tensor)) << state;
    }
  }
}

// State is all there is: an optimizer read from its description goes on where another one stopped.
TEST(OptimizerTest, ResumesExactly) {
  for (const auto& [name, optimizer] : MakeOptimizers()) {
    SCOPED_TRACE(name);
    const auto read = OptimizerFromJson(*ParseJson(JsonText(optimizer->ToJson())));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ((*read)->ToJson(), optimizer->ToJson());
    EXPECT_EQ((*read)->name(), optimizer->name());
    Training through = MakeTraining(*optimizer, DType::kFloat32);
    Step(&through, 10);
    Training first = MakeTraining(*optimizer, DType::kFloat32);
    Step(&first, 4);
    Training second = MakeTraining(**read, DType::kFloat32);
    second.state = first.state;
    Step(&second, 6);
    for (const auto& [state, tensor] : through.state) {
      EXPECT_TRUE(SameBits(tensor, second.state.at(state))) << state;
    }
  }
}

TEST(OptimizerTest, DeclaresItsSlots) {
  const Training t =
      MakeTraining(*MakeAdagrad({.initial_accumulator_value = 0.25}), DType::kFloat32);
  std::map<std::string, const OptimizerSlot*> slots;
  for (const OptimizerSlot& s : t.slots) slots[s.decl.name] = &s;
  ASSERT_EQ(slots.size(), 4u);
  const OptimizerSlot* w = slots["optimizer/dense/w/accumulator"];
  ASSERT_NE(w, nullptr);
  EXPECT_EQ(w->decl.type, (ValueType{DType::kFloat32, {2, 3}}));
  EXPECT_FALSE(w->decl.trainable);
  EXPECT_TRUE(SameBits(*w->FirstValue(), Tensor::Full(DType::kFloat32, {2, 3}, 0.25)));
  const OptimizerSlot* iteration = slots["optimizer/iteration"];
  ASSERT_NE(iteration, nullptr);
  EXPECT_TRUE(SameBits(*iteration->FirstValue(), Tensor::Scalar<int64_t>(0)));
  const OptimizerSlot* rate = slots["optimizer/learning_rate"];
  ASSERT_NE(rate, nullptr);
  EXPECT_TRUE(SameBits(*rate->FirstValue(), Tensor::Scalar<double>(0.001)));
  EXPECT_TRUE(rate->may_be_missing);
}

TEST(OptimizerTest, KeepsOnlyTheSlotsThatItNeeds) {
  auto count = [](const OptimizerPtr& o) { return MakeTraining(*o, DType::kFloat32).slots.size(); };
  EXPECT_EQ(count(MakeSgd()), 2u);  // the step counter and the learning rate
  EXPECT_EQ(count(MakeSgd({.momentum = 0.9})), 4u);
  EXPECT_EQ(count(MakeRmsprop()), 4u);
  EXPECT_EQ(count(MakeRmsprop({.momentum = 0.5, .centered = true})), 8u);
  EXPECT_EQ(count(MakeAdam()), 6u);
  EXPECT_EQ(count(MakeAdam({.amsgrad = true})), 8u);
}

TEST(OptimizerTest, ByNameInAnyCase) {
  EXPECT_EQ(OptimizerNames(),
            (std::vector<std::string>{"adadelta", "adagrad", "adam", "adamax", "adamw", "ftrl",
                                      "lamb", "lion", "nadam", "rmsprop", "sgd"}));
  for (const char* name : {"adam", "Adam", "ADAMW", "RMSprop", "SGD", "Adagrad", "Ftrl", "Lion"}) {
    const auto optimizer = MakeOptimizer(name);
    ASSERT_TRUE(optimizer.ok()) << optimizer.status();
  }
  EXPECT_EQ((*MakeOptimizer("Adam"))->ToJson(), MakeAdam()->ToJson());
  const absl::Status unknown = MakeOptimizer("muon").status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(unknown.message().find(
                "adadelta, adagrad, adam, adamax, adamw, ftrl, lamb, lion, nadam, rmsprop, sgd"),
            std::string::npos);
}

TEST(OptimizerTest, RefusesHyperparametersOutOfRange) {
  const OptimizerPtr bad[] = {
      MakeSgd({.learning_rate = -1}),
      MakeSgd({.learning_rate = std::nan("")}),
      MakeSgd({.momentum = 1.5}),
      MakeSgd({.clipvalue = 0}),
      MakeSgd({.clipvalue = 1, .clipnorm = 1}),
      MakeSgd({.weight_decay = -0.1}),
      MakeRmsprop({.rho = 1}),
      MakeRmsprop({.epsilon = -1}),
      MakeAdagrad({.initial_accumulator_value = -0.1}),
      MakeAdam({.beta_1 = 1}),
      MakeAdadelta({.rho = 1}),
      MakeAdadelta({.epsilon = -1}),
      MakeAdamax({.beta_1 = 1}),
      MakeNadam({.beta_2 = 1}),
      MakeFtrl({.learning_rate_power = 0.5}),
      MakeFtrl({.initial_accumulator_value = -0.1}),
      MakeFtrl({.l1_regularization_strength = -0.1}),
      MakeFtrl({.l2_regularization_strength = -0.1}),
      MakeFtrl({.l2_shrinkage_regularization_strength = -0.1}),
      MakeFtrl({.beta = std::nan("")}),
      MakeLion({.beta_1 = 0}),
      MakeLion({.beta_2 = -0.1}),
      MakeLamb({.epsilon = -1}),
      MakeAdamW({.beta_2 = -0.1}),
      MakeAdam({.use_ema = true, .ema_momentum = 1.5}),
      MakeSgd({.use_ema = true, .ema_overwrite_frequency = 0}),
      MakeLion({.ema_overwrite_frequency = 5}),
      MakeSgd({.gradient_accumulation_steps = 1}),
      MakeSgd({.exclude_from_weight_decay = {"bias", ""}}),
      MakeAdam({.learning_rate = SchedulePtr()}),
      MakeAdam({.learning_rate = LearningRate::ExponentialDecay(0.1, 0, 0.5)}),
      MakeAdam({.learning_rate = LearningRate::PiecewiseConstant({5, 2}, {1, 2, 3})}),
      MakeAdam({.learning_rate = LearningRate::PiecewiseConstant({5}, {1})}),
      MakeAdam({.learning_rate = LearningRate::CosineDecay(0.1, 5, 0, 0.2, -1)}),
  };
  for (const OptimizerPtr& optimizer : bad) {
    SCOPED_TRACE(JsonText(optimizer->ToJson()));
    EXPECT_EQ(optimizer->Validate().code(), absl::StatusCode::kInvalidArgument);
    GraphBuilder g("f");
    const Value w = g.State("w", DType::kFloat32, {2});
    std::vector<OptimizerSlot> slots;
    EXPECT_FALSE(optimizer->Apply(&g, {{"w", w, w}}, &slots).ok());
  }
}

TEST(OptimizerTest, RefusesOptionsWithoutEffectButReadsThem) {
  const absl::Status nesterov = MakeSgd({.nesterov = true})->Validate();
  EXPECT_EQ(nesterov.message(), "optimizer sgd: nesterov has no effect without momentum");
  const OptimizerPtr warmup =
      MakeSgd({.learning_rate = LearningRate::CosineDecay(0.1, 20, 0, 0.2)});
  EXPECT_EQ(warmup->Validate().message(),
            "learning rate (cosine_decay): warmup_target has no effect without warmup_steps");
  // As earlier versions wrote it.
  const auto read = OptimizerFromJson(*ParseJson(
      R"({"name":"sgd","momentum":0.0,"nesterov":true,"learning_rate":{"kind":"cosine_decay",)"
      R"("initial":0.1,"decay_steps":20,"rate":0.0,"power":1.0,"flag":false,"warmup_target":0.2,)"
      R"("warmup_steps":0,"boundaries":[],"values":[]}})"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ((*read)->ToJson(),
            MakeSgd({.learning_rate = LearningRate::CosineDecay(0.1, 20)})->ToJson());
}

TEST(OptimizerTest, RefusesDescriptionsOfAnotherForm) {
  for (const char* text :
       {"3", "{}", R"({"name": 3})", R"({"name": "muon"})", R"({"name": "sgd", "momentum": "a"})",
        R"({"name": "sgd", "nesterov": 1})", R"({"name": "adam", "learning_rate": "fast"})",
        R"({"name": "adam", "learning_rate": {"kind": "sudden"}})",
        R"({"name": "sgd", "clipnorm": -1})", R"({"name": "sgd", "clipnorm": []})"}) {
    EXPECT_FALSE(OptimizerFromJson(*ParseJson(text)).ok()) << text;
  }
  EXPECT_TRUE(OptimizerFromJson({{"name", "SGD"}}).ok());
}

TEST(OptimizerTest, RefusesAGradientOfAnotherType) {
  GraphBuilder g("f");
  const Value w = g.State("w", DType::kFloat32, {2});
  const Value other = g.State("v", DType::kFloat32, {3});
  std::vector<OptimizerSlot> slots;
  EXPECT_FALSE(MakeSgd()->Apply(&g, {{"w", w, other}}, &slots).ok());
}

// ---- Schedules.

std::map<std::string, LearningRate> MakeSchedules() {
  using LR = LearningRate;
  return {
      {"exponential_decay", LR::ExponentialDecay(0.1, 10, 0.9)},
      {"exponential_decay_staircase", LR::ExponentialDecay(0.1, 49, 0.5, true)},
      {"inverse_time_decay", LR::InverseTimeDecay(0.1, 7, 0.5)},
      {"inverse_time_decay_staircase", LR::InverseTimeDecay(0.1, 49, 0.5, true)},
      {"polynomial_decay", LR::PolynomialDecay(0.1, 20)},
      {"polynomial_decay_power", LR::PolynomialDecay(0.1, 20, 0.01, 0.5)},
      {"polynomial_decay_cycle", LR::PolynomialDecay(0.1, 49, 0.01, 2, true)},
      {"cosine_decay", LR::CosineDecay(0.1, 20)},
      {"cosine_decay_alpha", LR::CosineDecay(0.1, 49, 0.05)},
      {"cosine_decay_warmup", LR::CosineDecay(0.01, 20, 0.05, 0.2, 5)},
      {"piecewise_constant", LR::PiecewiseConstant({5, 20}, {1, 0.5, 0.125})},
  };
}

double BuiltRate(const LearningRate& rate, int64_t steps) {
  GraphBuilder g("rate");
  g.Output("rate", rate.Build(&g, g.Input("steps", DType::kFloat64, {})));
  const absl::StatusOr<Function> f = g.Build();
  EXPECT_TRUE(f.ok()) << f.status();
  if (!f.ok()) return std::nan("");
  const auto r =
      runtime::EvaluateFunction(*f, {{"steps", Tensor::Scalar(static_cast<double>(steps))}});
  EXPECT_TRUE(r.ok()) << r.status();
  return r.ok() ? r->outputs.at("rate").data<double>()[0] : std::nan("");
}

TEST(LearningRateTest, SchedulesAreThoseOfKeras) {
  const auto schedules = MakeSchedules();
  EXPECT_EQ(std::size(kScheduleGoldens), schedules.size());
  for (const ScheduleGolden& golden : kScheduleGoldens) {
    SCOPED_TRACE(golden.name);
    const LearningRate& rate = schedules.at(golden.name);
    const bool cosine =
        std::string(golden.name).rfind("cosine", 0) == 0;  // Keras's pi is of float32
    for (size_t i = 0; i < std::size(kScheduleSteps); ++i) {
      const double tolerance = cosine ? 1e-8 : 1e-15 + 1e-14 * golden.rates[i];
      EXPECT_NEAR(BuiltRate(rate, kScheduleSteps[i]), golden.rates[i], tolerance)
          << "after " << kScheduleSteps[i] << " steps";
      EXPECT_NEAR(rate.At(kScheduleSteps[i]), golden.rates[i], tolerance)
          << "after " << kScheduleSteps[i] << " steps";
    }
    const auto read = LearningRate::FromJson(*ParseJson(JsonText(rate.ToJson())));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->ToJson(), rate.ToJson());
    EXPECT_EQ(read->At(7), rate.At(7));
  }
}

}  // namespace
}  // namespace dagrad
