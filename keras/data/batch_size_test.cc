// Sizes that a user may give: what is larger than the data is as large as the data.
#include <cstdint>
#include <limits>
#include <sstream>
#include <vector>

#include "dagrad/keras/keras.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

constexpr int64_t kExamples = 7;
constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
const int64_t kLargeSizes[] = {kExamples + 1, int64_t{1} << 31, int64_t{1} << 40, kLargest - 1,
                               kLargest};

Tensor Ramp(Dims dims) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  float next = -1;
  for (float& v : t.mutable_data<float>()) v = next += 0.125F;
  return t;
}

const Tensor& X() {
  static const auto* const x = new Tensor(Ramp({kExamples, 3}));
  return *x;
}
const Tensor& Y() {
  static const auto* const y = new Tensor(Ramp({kExamples, 1}));
  return *y;
}

Sequential Regression() {
  Sequential model("m", {.seed = 5});
  model.Add(Dense(1, {.input_shape = Dims{3}}));
  EXPECT_TRUE(model.Compile({.optimizer = "sgd", .loss = "mse"}).ok());
  return model;
}

// What Fit makes of the weights, and its logs.
struct Fitted {
  absl::StatusOr<History> history;
  std::vector<Tensor> weights;
};
Fitted FitWith(FitOptions options) {
  Sequential model = Regression();
  options.verbose = 0;
  absl::StatusOr<History> history = model.Fit(X(), Y(), options);
  return {history, *model.GetWeights()};
}

void ExpectSame(const Fitted& a, const Fitted& b) {
  ASSERT_TRUE(a.history.ok()) << a.history.status();
  ASSERT_TRUE(b.history.ok()) << b.history.status();
  EXPECT_EQ(a.history->epoch, b.history->epoch);
  EXPECT_EQ((*a.history)["loss"], (*b.history)["loss"]);
  ASSERT_EQ(a.weights.size(), b.weights.size());
  for (size_t i = 0; i < a.weights.size(); ++i)
    EXPECT_TRUE(SameBits(a.weights[i], b.weights[i])) << i;
}

class BatchSizeTest : public testing::TestWithParam<int64_t> {};
INSTANTIATE_TEST_SUITE_P(Large, BatchSizeTest, testing::ValuesIn(kLargeSizes));

TEST_P(BatchSizeTest, PredictsAsWithOneBatch) {
  Sequential model = Regression();
  for (int verbose : {0, 1}) {
    std::ostringstream out;
    const auto expected = model.Predict(X(), {.batch_size = kExamples});
    const auto given =
        model.Predict(X(), {.batch_size = GetParam(), .verbose = verbose, .out = &out});
    ASSERT_TRUE(expected.ok() && given.ok()) << expected.status() << given.status();
    EXPECT_TRUE(SameBits(*given, *expected));
  }
}

TEST_P(BatchSizeTest, EvaluatesAsWithOneBatch) {
  Sequential model = Regression();
  auto expected = model.Evaluate(X(), Y(), {.batch_size = kExamples, .verbose = 0});
  auto given = model.Evaluate(X(), Y(), {.batch_size = GetParam(), .verbose = 0});
  ASSERT_TRUE(expected.ok() && given.ok()) << expected.status() << given.status();
  EXPECT_EQ((*given)["loss"], (*expected)["loss"]);
}

TEST_P(BatchSizeTest, FitsAsWithOneBatch) {
  ExpectSame(FitWith({.batch_size = GetParam(), .epochs = 2}),
             FitWith({.batch_size = kExamples, .epochs = 2}));
}

TEST_P(BatchSizeTest, ValidatesAsWithOneBatch) {
  const Fitted given = FitWith({.validation_split = 0.5, .validation_batch_size = GetParam()});
  const Fitted expected = FitWith({.validation_split = 0.5, .validation_batch_size = kExamples});
  ExpectSame(given, expected);
  EXPECT_EQ((*given.history)["val_loss"], (*expected.history)["val_loss"]);
}

TEST_P(BatchSizeTest, OtherCountsDoWhatTheySay) {
  ExpectSame(FitWith({.validation_split = 0.5, .validation_freq = GetParam()}),
             FitWith({.validation_split = 0.5}));
  const Fitted none = FitWith({.epochs = 1, .initial_epoch = GetParam()});
  ASSERT_TRUE(none.history.ok()) << none.history.status();
  EXPECT_TRUE(none.history->epoch.empty());
}

TEST_P(BatchSizeTest, TheLastEpochsHaveNumbers) {
  const Fitted last = FitWith({.epochs = GetParam(), .initial_epoch = GetParam() - 1});
  ASSERT_TRUE(last.history.ok()) << last.history.status();
  EXPECT_EQ(last.history->epoch, std::vector<int64_t>{GetParam() - 1});
}

TEST_P(BatchSizeTest, NegativeOnesAreRefused) {
  const int64_t size = -GetParam();
  Sequential model = Regression();
  EXPECT_FALSE(model.Predict(X(), {.batch_size = size}).ok());
  EXPECT_FALSE(model.Evaluate(X(), Y(), {.batch_size = size, .verbose = 0}).ok());
  for (const FitOptions& options :
       {FitOptions{.batch_size = size}, FitOptions{.epochs = size},
        FitOptions{.initial_epoch = size}, FitOptions{.validation_freq = size},
        FitOptions{.validation_split = 0.5, .validation_batch_size = size}}) {
    EXPECT_FALSE(FitWith(options).history.ok());
  }
}

}  // namespace
}  // namespace dagrad::keras
