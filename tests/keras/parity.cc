#include "dagrad/tests/keras/parity.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "dagrad/io/test_files.h"
#include "dagrad/tests/keras/pattern.h"
#include "gtest/gtest.h"

namespace dagrad::keras_parity {

using keras::Model;

std::vector<float> Joined(const std::vector<Tensor>& tensors) {
  std::vector<float> all;
  for (const Tensor& t : tensors)
    all.insert(all.end(), t.data<float>().begin(), t.data<float>().end());
  return all;
}

void ExpectNear(absl::Span<const float> got, absl::Span<const double> expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], expected[i], 2e-6 * std::max(1.0, std::abs(expected[i]))) << i;
}

void SetPatterns(Model* model) {
  absl::StatusOr<std::vector<Tensor>> weights = model->GetWeights();
  ASSERT_TRUE(weights.ok()) << weights.status();
  for (size_t i = 0; i < weights->size(); ++i)
    (*weights)[i] = Pattern((*weights)[i].dims(), 0.5, 0.3, static_cast<double>(i) + 1);
  const absl::Status set = model->SetWeights(*weights);
  ASSERT_TRUE(set.ok()) << set;
}

Model Reloaded(const Model& model) {
  const std::string folder = io::testing::FreshDirectory();
  const absl::Status saved = model.Save(folder + "m");
  EXPECT_TRUE(saved.ok()) << saved;
  absl::StatusOr<Model> loaded = Model::Load(folder + "m");
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return *std::move(loaded);
}

void ExpectParity(Model model, const keras::Data& x, absl::Span<const double> results,
                  absl::Span<const double> trained) {
  ASSERT_TRUE(model.status().ok()) << model.status();
  SetPatterns(&model);
  const absl::StatusOr<std::vector<Tensor>> y = model.PredictAll(x);
  ASSERT_TRUE(y.ok()) << y.status();
  ExpectNear(Joined(*y), results);
  ASSERT_TRUE(model.Compile({.optimizer = keras::Sgd(1.0), .loss = "mean_squared_error"}).ok());
  Model loaded = Reloaded(model);
  EXPECT_EQ(Joined(*loaded.PredictAll(x)), Joined(*y));
  if (trained.empty()) return;
  std::vector<Tensor> zeros;
  for (const Tensor& t : *y) zeros.push_back(Tensor::Full(DType::kFloat32, t.dims(), 0));
  for (Model* m : {&model, &loaded}) {
    const absl::StatusOr<keras::History> history = m->Fit(x, zeros, {.verbose = 0});
    ASSERT_TRUE(history.ok()) << history.status();
    ExpectNear(Joined(*m->GetWeights()), trained);
  }
}

}  // namespace dagrad::keras_parity
