// The worked examples of the courses train with the loss curves of Keras 3: golden.h, made by
// make_golden.py.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/examples/course_data.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/golden.h"
#include "gtest/gtest.h"

namespace dagrad::keras_parity {
namespace {

// The weights that make_golden.py gives to Keras.
std::vector<Tensor> Weights(const std::vector<int64_t>& sizes) {
  uint64_t x = 1;
  std::vector<Tensor> weights;
  for (size_t layer = 0; layer + 1 < sizes.size(); ++layer) {
    const double limit = std::sqrt(6.0 / static_cast<double>(sizes[layer] + sizes[layer + 1]));
    Tensor kernel = Tensor::Full(DType::kFloat32, {sizes[layer], sizes[layer + 1]}, 0);
    for (float& w : kernel.mutable_data<float>()) {
      x = (1103515245 * x + 12345) % (uint64_t{1} << 31);
      w = static_cast<float>(limit * (2 * (static_cast<double>(x) / 2147483648.0) - 1));
    }
    weights.push_back(kernel);
    weights.push_back(Tensor::Full(DType::kFloat32, {sizes[layer + 1]}, 0));
  }
  return weights;
}

// Null where the courses' files are not at hand.
const char* SeedFolder() { return std::getenv("DAGRAD_SEED_DATA"); }

keras::Sequential Mlp(const std::vector<int64_t>& sizes, const std::string& last_activation) {
  keras::Sequential model;
  model.Add(keras::Input({sizes[0]}));
  for (size_t i = 1; i + 1 < sizes.size(); ++i)
    model.Add(keras::Dense(sizes[i], {.activation = "relu"}));
  model.Add(keras::Dense(sizes.back(), {.activation = last_activation}));
  return model;
}

// The first epoch within 1e-5, each of the first ten within 1e-3.
void ExpectCurve(const std::vector<double>& losses, absl::Span<const double> golden) {
  ASSERT_GE(losses.size(), 10u);
  EXPECT_NEAR(losses[0], golden[0], 1e-5 * golden[0]);
  for (int i = 0; i < 10; ++i) EXPECT_NEAR(losses[i], golden[i], 1e-3 * golden[i]) << "epoch " << i;
}

TEST(KerasParityTest, Wages) {
  if (SeedFolder() == nullptr)
    GTEST_SKIP() << "DAGRAD_SEED_DATA does not name the folder of the courses' files";
  absl::StatusOr<examples::CourseData> data =
      examples::ReadWages(absl::StrCat(SeedFolder(), "/hourly_wages.csv"));
  ASSERT_TRUE(data.ok()) << data.status();
  const std::vector<int64_t> sizes = {9, 10, 5, 1};
  keras::Sequential model = Mlp(sizes, "");
  ASSERT_TRUE(model.SetWeights(Weights(sizes)).ok());
  ASSERT_TRUE(model.Compile({.optimizer = "adam", .loss = "mean_squared_error"}).ok());
  absl::StatusOr<keras::History> history =
      model.Fit(data->x, data->y, {.epochs = 10, .verbose = 0, .shuffle = false});
  ASSERT_TRUE(history.ok()) << history.status();
  ExpectCurve((*history)["loss"], kWagesLoss);
}

TEST(KerasParityTest, Titanic) {
  if (SeedFolder() == nullptr)
    GTEST_SKIP() << "DAGRAD_SEED_DATA does not name the folder of the courses' files";
  absl::StatusOr<examples::CourseData> data =
      examples::ReadTitanic(absl::StrCat(SeedFolder(), "/titanictrain.csv"));
  ASSERT_TRUE(data.ok()) << data.status();
  const std::vector<int64_t> sizes = {7, 100, 100, 1};
  keras::Sequential model = Mlp(sizes, "sigmoid");
  ASSERT_TRUE(model.SetWeights(Weights(sizes)).ok());
  ASSERT_TRUE(model.Compile({.optimizer = "adam", .loss = "binary_crossentropy"}).ok());
  absl::StatusOr<keras::History> history = model.Fit(
      data->x, data->y, {.epochs = 100, .verbose = 0, .validation_split = 0.1, .shuffle = false});
  ASSERT_TRUE(history.ok()) << history.status();
  ExpectCurve((*history)["loss"], kTitanicLoss);
  ExpectCurve((*history)["val_loss"], kTitanicValLoss);
  EXPECT_EQ((*history)["loss"].size(), 100u);
}

}  // namespace
}  // namespace dagrad::keras_parity
