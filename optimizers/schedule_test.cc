#include "dagrad/optimizers/schedule.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/json.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

// Every schedule as earlier versions wrote it.
TEST(LearningRateTest, DescriptionsOfBeforeAreRead) {
  const std::pair<const char*, LearningRate> before[] = {
      {R"("exponential_decay","initial":0.1,"decay_steps":49,"rate":0.5,"flag":true})",
       LearningRate::ExponentialDecay(0.1, 49, 0.5, true)},
      {R"("inverse_time_decay","initial":0.1,"decay_steps":7,"rate":0.5,"flag":false})",
       LearningRate::InverseTimeDecay(0.1, 7, 0.5)},
      {R"("polynomial_decay","initial":0.1,"decay_steps":20,"rate":0.01,"power":0.5,"flag":true})",
       LearningRate::PolynomialDecay(0.1, 20, 0.01, 0.5, true)},
      {R"("cosine_decay","initial":0.1,"decay_steps":20,"rate":0.05,"warmup_target":-1.0,)"
       R"("warmup_steps":0})",
       LearningRate::CosineDecay(0.1, 20, 0.05)},
      {R"("cosine_decay","initial":0.1,"decay_steps":20,"rate":0.05,"warmup_target":0.2,)"
       R"("warmup_steps":5})",
       LearningRate::CosineDecay(0.1, 20, 0.05, 0.2, 5)},
      {R"("cosine_decay_restarts","initial":0.1,"decay_steps":8,"rate":0.1,"power":1.5,)"
       R"("m_mul":0.8})",
       LearningRate::CosineDecayRestarts(0.1, 8, 1.5, 0.8, 0.1)},
      {R"("piecewise_constant","boundaries":[5,20],"values":[1.0,0.5,0.125]})",
       LearningRate::PiecewiseConstant({5, 20}, {1, 0.5, 0.125})}};
  for (const auto& [text, rate] : before) {
    const auto read = LearningRate::FromJson(*ParseJson(absl::StrCat(R"({"kind":)", text)));
    ASSERT_TRUE(read.ok()) << text << read.status();
    EXPECT_EQ(read->ToJson(), rate.ToJson());
  }
  for (const char* text :
       {R"({"kind": "exponential_decay", "initial": 0.1})", R"({"kind": "sudden"})",
        R"({"kind": "piecewise_constant", "boundaries": [1], "values": [1, 2], "colour": 3})",
        R"({"name": "exponential_decay", "initial_learning_rate": 0.1})", R"({"name": "sudden"})",
        R"({"name": "exponential_decay", "initial": 0.1, "decay_steps": 5})", "null", "[]"}) {
    EXPECT_FALSE(LearningRate::FromJson(*ParseJson(text)).ok()) << text;
  }
}

TEST(LearningRateTest, CosineDecayByHand) {
  const LearningRate rate = LearningRate::CosineDecay(0.8, 20, 0.25);
  EXPECT_EQ(rate.At(0), 0.8);
  EXPECT_NEAR(rate.At(10), 0.5, 1e-15);  // halfway between 0.8 and 0.2
  EXPECT_NEAR(rate.At(20), 0.2, 1e-15);
  EXPECT_NEAR(rate.At(1000), 0.2, 1e-15);
}

// Where the logarithm that counts the restarts is rounded down, too: log 243 / log 3 is below 5.
TEST(LearningRateTest, CosineDecayRestartsAtEveryRestart) {
  for (const int64_t t_mul : {2, 3, 5, 7, 10}) {
    const LearningRate rate =
        LearningRate::CosineDecayRestarts(0.8, 10, static_cast<double>(t_mul), 0.5);
    int64_t steps = 10, length = 10;
    double expected = 0.4;
    for (int i = 1; i <= 11; ++i, expected /= 2) {
      EXPECT_NEAR(rate.At(steps), expected, expected * 1e-6) << t_mul << " at " << steps;
      EXPECT_LT(rate.At(steps - 1), expected / 10) << t_mul << " before " << steps;
      length *= t_mul;
      steps += length;
    }
  }
}

// Division is not multiplication by the inverse: 49 · (1/49) is below 1.
TEST(LearningRateTest, StairsStandAtMultiplesOfDecaySteps) {
  for (int64_t n = 1; n <= 200; ++n) {
    const LearningRate rate = LearningRate::ExponentialDecay(1, n, 0.5, true);
    EXPECT_EQ(rate.At(n - 1), 1) << n;
    EXPECT_EQ(rate.At(n), 0.5) << n;
    const LearningRate cycle = LearningRate::PolynomialDecay(1, n, 0, 1, true);
    EXPECT_NEAR(cycle.At(n), 0, 1e-15) << n;
    EXPECT_NEAR(cycle.At(3 * n), 0, 1e-15) << n;
  }
}

}  // namespace
}  // namespace dagrad
