// Inputs with sizes that each batch may choose.
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/keras/keras.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

Tensor Numbers(const Dims& dims) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int64_t i = 0;
  for (float& v : t.mutable_data<float>()) v = static_cast<float>(i++ * 5 % 17) / 8 - 1;
  return t;
}

// What a model of any size gives is what one of that size gives, with the same weights.
void ExpectSameAsFixed(const Model& any, const Model& fixed, const Data& x) {
  Model copy = Model::Load([&] {
                 const std::string folder = absl::StrCat(std::getenv("TEST_TMPDIR"), "/sizes");
                 EXPECT_TRUE(any.Save(folder).ok());
                 return folder;
               }())
                   .value();
  ASSERT_EQ(fixed.GetWeights()->size(), any.GetWeights()->size());
  ASSERT_TRUE(copy.SetWeights(*fixed.GetWeights()).ok());
  EXPECT_TRUE(SameBits(*copy.Predict(x), *fixed.Predict(x)));
}

TEST(SizesTest, StepsOfAnyNumber) {
  const auto make = [](int64_t steps) {
    const KerasTensor x = Input({steps, 3});
    KerasTensor y = Conv1D(4, 3, {.padding = "same", .activation = "relu"})(x);
    y = GRU(5, {.return_sequences = true})(LSTM(4, {.return_sequences = true})(y));
    y = Add()({y, MultiHeadAttention(2, 3)({y, y})});
    return Model(x, Dense(2)(y), {.seed = 3});
  };
  const Model any = make(kNone);
  ASSERT_TRUE(any.status().ok()) << any.status();
  EXPECT_TRUE(absl::StrContains(any.Summary()->text, "(None, None, 5)"));
  for (const int64_t steps : {1, 4, 9}) ExpectSameAsFixed(any, make(steps), Numbers({2, steps, 3}));
}

TEST(SizesTest, ImagesOfAnySize) {
  const auto make = [](int64_t height, int64_t width) {
    const KerasTensor x = Input({height, width, 2});
    KerasTensor y = Conv2D(4, 3, {.padding = "same", .activation = "relu"})(x);
    y = MaxPooling2D()(BatchNormalization()(y));
    y = Conv2D(3, 3)(y);
    return Model(x, Dense(2)(GlobalAveragePooling2D()(y)), {.seed = 3});
  };
  const Model any = make(kNone, kNone);
  ASSERT_TRUE(any.status().ok()) << any.status();
  for (const auto& [h, w] : std::vector<std::pair<int64_t, int64_t>>{{8, 8}, {9, 13}, {20, 6}})
    ExpectSameAsFixed(any, make(h, w), Numbers({3, h, w, 2}));
}

TEST(SizesTest, FitTakesBatchesOfDifferentSizes) {
  const KerasTensor x = Input({kNone}, {.dtype = DType::kInt64});
  const KerasTensor y = GlobalAveragePooling1D()(Embedding(10, 4)(x));
  Model model(x, Dense(1)(y), {.seed = 1});
  ASSERT_TRUE(model.Compile({.optimizer = "adam", .loss = "mse"}).ok());
  const BatchSourcePtr batches =
      FromFunction([](int64_t, int64_t b) -> absl::StatusOr<std::optional<Batch>> {
        if (b == 4) return std::nullopt;
        return Batch{.x = Tensor::Full(DType::kInt64, {3, 2 + b}, static_cast<double>(b)),
                     .y = Tensor::Full(DType::kFloat32, {3, 1}, static_cast<double>(b) / 4)};
      });
  const absl::StatusOr<History> history = model.Fit(batches, {.epochs = 20, .verbose = 0});
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_LT((*history)["loss"].back(), (*history)["loss"].front());
}

TEST(SizesTest, InputsShareSizesByName) {
  const auto add = [](std::vector<std::string> sizes) {
    const KerasTensor a = Input({kNone, 2}, {.name = "a", .sizes = sizes});
    const KerasTensor b = Input({kNone, 2}, {.name = "b", .sizes = sizes});
    return Model({a, b}, {Add()({a, b})});
  };
  const Model shared = add({"time"});
  ASSERT_TRUE(shared.status().ok()) << shared.status();
  EXPECT_TRUE(
      SameBits(*shared.Predict({Numbers({2, 5, 2}), Tensor::Full(DType::kFloat32, {2, 5, 2}, 0)}),
               Numbers({2, 5, 2})));
  const absl::Status uneven = shared.Predict({Numbers({2, 5, 2}), Numbers({2, 4, 2})}).status();
  EXPECT_TRUE(absl::StrContains(uneven.message(), "input \"b\"")) << uneven;
  EXPECT_FALSE(add({}).status().ok());
  // Sequences of different lengths, as of a translation.
  const KerasTensor a = Input({kNone, 2}), b = Input({kNone, 2});
  const Model two({a, b}, {Concatenate()({LSTM(3)(a), LSTM(3)(b)})});
  ASSERT_TRUE(two.status().ok()) << two.status();
  EXPECT_TRUE(two.Predict({Numbers({2, 5, 2}), Numbers({2, 4, 2})}).ok());
}

TEST(SizesTest, AModelOfAnySizeIsALayer) {
  const KerasTensor x = Input({kNone, 3});
  const Model inner(x, LSTM(4)(x), {.seed = 2});
  for (const int64_t steps : {kNone, int64_t{6}}) {
    const KerasTensor in = Input({steps, 3});
    const Model outer(in, inner(in));
    ASSERT_TRUE(outer.status().ok()) << outer.status();
    EXPECT_TRUE(SameBits(*outer.Predict(Numbers({2, 6, 3})), *inner.Predict(Numbers({2, 6, 3}))));
  }
}

// Sizes that only the run knows, as in Keras: what does not fit ends it.
TEST(SizesTest, ReshapesWhatFits) {
  struct Case {
    Dims input, target, fits, too_many, too_few;
  };
  for (const Case& c :
       std::vector<Case>{{{kNone, 8}, {-1, 3}, {2, 3, 8}, {2, 4, 8}, {2, 1, 8}},
                         {{kNone}, {2, 3}, {2, 6}, {2, 7}, {2, 5}},
                         {{kNone, kNone}, {-1, 2, 3}, {2, 4, 3}, {2, 7, 1}, {2, 1, 2}},
                         {{kNone}, {6}, {6, 6}, {6, 12}, {6, 3}}}) {
    SCOPED_TRACE(DimsToString(c.target));
    const KerasTensor x = Input(c.input);
    const Model model(x, Reshape(c.target)(x));
    ASSERT_TRUE(model.status().ok()) << model.status();
    const absl::StatusOr<Tensor> y = model.Predict(Numbers(c.fits));
    ASSERT_TRUE(y.ok()) << y.status();
    EXPECT_EQ(y->rank(), static_cast<int>(c.target.size()) + 1);
    EXPECT_TRUE(SameBits(*y->Reshaped(c.fits), Numbers(c.fits)));
    for (const Dims& bad : {c.too_many, c.too_few}) {
      EXPECT_EQ(model.Predict(Numbers(bad)).status().code(), absl::StatusCode::kInvalidArgument)
          << DimsToString(bad);
    }
  }
}

TEST(SizesTest, LearnsBehindAReshape) {
  const KerasTensor x = Input({kNone, 4});
  const KerasTensor y = Dense(1)(LSTM(3)(Reshape({-1, 6})(Dense(4)(x))));
  Model model(x, y, {.seed = 1});
  ASSERT_TRUE(model.Compile({.optimizer = "adam", .loss = "mse"}).ok()) << model.status();
  const Tensor targets = Tensor::Full(DType::kFloat32, {4, 1}, 1);
  const absl::StatusOr<History> history =
      model.Fit(Numbers({4, 3, 4}), targets, {.epochs = 20, .verbose = 0});
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_LT((*history)["loss"].back(), (*history)["loss"].front());
}

TEST(SizesTest, ErrorsSayWhatIsWanted) {
  const auto error = [](InputOptions options) {
    const KerasTensor x = Input({kNone, 3}, std::move(options));
    return std::string(Model(x, LSTM(2)(x)).status().message());
  };
  EXPECT_TRUE(absl::StrContains(error({.sizes = {"a", "b"}}), "2 sizes for 1 dimensions"));
  EXPECT_TRUE(absl::StrContains(error({.sizes = {"2 a"}}), "\"2 a\" cannot name a size"));
  EXPECT_TRUE(absl::StrContains(error({.sizes = {"batch"}}), "cannot name a size"));
  const KerasTensor x = Input({kNone, 3});
  const absl::Status flat = Model(x, Dense(2)(Flatten()(x))).status();
  EXPECT_EQ(flat.code(), absl::StatusCode::kInvalidArgument) << flat;
}

}  // namespace
}  // namespace dagrad::keras
