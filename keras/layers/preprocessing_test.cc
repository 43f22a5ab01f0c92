// Layers that learn from data before a model is trained, and layers that change their input at
// random.

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "dagrad/graph/json.h"
#include "dagrad/keras/keras.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

std::vector<float> Floats(const Tensor& t) {
  return {t.data<float>().begin(), t.data<float>().end()};
}

Model Saved(const Model& model) {
  const std::string path = testing::TempDir() + "/preprocessing";
  EXPECT_TRUE(model.Save(path).ok());
  absl::StatusOr<Model> loaded = Model::Load(path);
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return *std::move(loaded);
}

const Tensor& Table() {
  static const auto* const x =
      new Tensor(Tensor::Of<float>({4, 3}, {0, 7, 4, 2, 9, 6, 0, 7, 4, 2, 9, 6}));
  return *x;
}

TEST(NormalizationTest, Adapts) {
  for (const bool first : {true, false}) {
    const Layer layer = Normalization({.input_shape = {3}});
    Sequential model;
    model.Add(layer);
    if (!first) {  // mean 0 and variance 1 until then
      EXPECT_EQ(Floats(*model.Predict(Table())), Floats(Table()));
    }
    ASSERT_TRUE(Adapt(layer, Table()).ok());
    const Tensor y = *model.Predict(Tensor::Of<float>({1, 3}, {1, 10, 4}));
    EXPECT_EQ(Floats(y), (std::vector<float>{0, 2, -1})) << first;
    EXPECT_EQ(Floats(*Saved(model).Predict(Tensor::Of<float>({1, 3}, {1, 10, 4}))), Floats(y));
    EXPECT_EQ(model.CountParams(), 7);
  }
}

TEST(NormalizationTest, AlongOtherAxes) {
  const Tensor x = Tensor::Of<float>({2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 11});
  struct Case {
    std::vector<int64_t> axis;
    std::vector<float> mean;
  };
  for (const Case& c :
       std::vector<Case>{{{}, {4}}, {{1}, {2.5, 5.5}}, {{-1}, {3, 5}}, {{1, 2}, {2, 3, 4, 7}}}) {
    const Layer layer = Normalization({.axis = c.axis});
    ASSERT_TRUE(Adapt(layer, x).ok());
    EXPECT_EQ(Floats(layer->weights()[0].value), c.mean);
  }
}

TEST(NormalizationTest, AnAxisTwiceIsAnError) {
  const Tensor x = Tensor::Of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  for (const std::vector<int64_t>& axis : {std::vector<int64_t>{1, -1}, {1, 1}})
    EXPECT_EQ(Adapt(Normalization({.axis = axis}), x).code(), absl::StatusCode::kInvalidArgument);
}

TEST(NormalizationTest, AdaptsOnce) {
  const Layer layer = Normalization();
  ASSERT_TRUE(Adapt(layer, Table()).ok());
  ASSERT_TRUE(Adapt(layer, Tensor::Of<float>({2, 3}, {1, 2, 3, 1, 2, 3})).ok());
  EXPECT_EQ(Floats(layer->weights()[0].value), (std::vector<float>{1, 2, 3}));
  EXPECT_FALSE(Adapt(layer, Tensor::Of<float>({2, 2}, {1, 2, 3, 1})).ok());
  EXPECT_FALSE(Adapt(Normalization({.mean = 1, .variance = 1}), Table()).ok());
  const absl::Status s = Adapt(Dense(2), Table());
  EXPECT_NE(std::string(s.message()).find("has nothing to adapt to data"), std::string::npos) << s;
}

// Bins of as many numbers each; Keras 3.15.1 gives these boundaries.
TEST(DiscretizationTest, Adapts) {
  const Layer layer = Discretization({.num_bins = 4, .epsilon = 0.01});
  Tensor x = Tensor::Full(DType::kFloat32, {50, 1}, 0);
  for (int i = 0; i < 50; ++i) x.mutable_data<float>()[i] = static_cast<float>((i * 37) % 50);
  KerasTensor in = Input({1});
  EXPECT_FALSE(Model(in, Discretization({.num_bins = 4})(in)).Predict(x).ok());
  ASSERT_TRUE(Adapt(layer, x).ok());
  Model model(in, layer(in));
  const Tensor y = *model.Predict(x);
  std::vector<int> counts(4);
  for (int32_t bin : y.data<int32_t>()) ++counts[bin];
  for (int count : counts) EXPECT_NEAR(count, 12.5, 1.5);
  const Tensor again = *Saved(model).Predict(x);
  EXPECT_TRUE(std::equal(again.data<int32_t>().begin(), again.data<int32_t>().end(),
                         y.data<int32_t>().begin()));
  EXPECT_EQ(Adapt(layer, x).code(), absl::StatusCode::kFailedPrecondition);
}

// The most frequent first, of equals the greater.
TEST(IntegerLookupTest, Adapts) {
  const Tensor x = Tensor::Of<int64_t>({2, 4}, {5, 3, 3, 9, 7, 7, 3, 9});
  struct Case {
    IntegerLookupOptions options;
    std::vector<int64_t> tokens;
  };
  for (const Case& c : std::vector<Case>{{{}, {3, 9, 7, 5}},
                                         {{.max_tokens = 3}, {3, 9}},
                                         {{.mask_token = 9}, {3, 7, 5}},
                                         {{.oov_token = 3}, {9, 7, 5}}}) {
    const Layer layer = IntegerLookup(c.options);
    ASSERT_TRUE(Adapt(layer, x).ok());
    std::vector<int64_t> tokens;
    ASSERT_TRUE(ReadJson(Member(layer->Config(), "vocabulary"), &tokens));
    EXPECT_EQ(tokens, c.tokens);
  }
  const Layer weighted = IntegerLookup({.output_mode = "tf_idf"});
  ASSERT_TRUE(Adapt(weighted, x).ok());
  KerasTensor in = Input({2}, {.dtype = DType::kInt64});
  Model model(in, weighted(in));
  const Tensor y = *model.Predict(Tensor::Of<int64_t>({1, 2}, {3, 5}));
  EXPECT_NEAR(y.data<float>()[1], std::log(1 + 2.0 / 3), 1e-6);
  EXPECT_NEAR(y.data<float>()[4], std::log(1 + 2.0 / 2), 1e-6);
  EXPECT_EQ(Floats(*Saved(model).Predict(Tensor::Of<int64_t>({1, 2}, {3, 5}))), Floats(y));
}

TEST(IntegerLookupTest, BoundsNumbersForOthers) {
  for (const int64_t bad : {int64_t{-1}, INT64_MAX}) {
    KerasTensor in = Input({2}, {.dtype = DType::kInt64});
    const Model model(
        in, IntegerLookup({.num_oov_indices = bad, .mask_token = 0, .vocabulary = {3}})(in));
    EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument) << model.status();
  }
}

// What a call of the layer gives, with the random key {seed, counter}.
Tensor Call(const Layer& layer, const Tensor& x, bool training = true, int64_t seed = 1,
            int64_t counter = 0) {
  GraphBuilder g("f");
  Shape shape(absl::MakeConstSpan(x.dims()));
  shape.set_dim(0, Dim("batch"));
  const Value in = g.Input("x", x.dtype(), shape);
  EXPECT_TRUE(layer->EnsureBuilt({in.type()}).ok());
  LayerNames names;
  layer->AddNames("layer", &names);
  int64_t streams = 0;
  CallContext context(&g, training, &names, &streams);
  g.Output("y", context.CallLayer(*layer, {.values = {in}}).values[0]);
  const absl::StatusOr<Function> f = g.Build();
  EXPECT_TRUE(f.ok()) << f.status();
  runtime::TensorMap states;
  if (context.used_random_key())
    states[std::string(CallContext::kRandomKeyState)] = Tensor::Of<int64_t>({2}, {seed, counter});
  const auto r = runtime::EvaluateFunction(*f, {{"x", x}}, states);
  EXPECT_TRUE(r.ok()) << r.status();
  return r->outputs.at("y");
}

// One draw for all steps of a feature, and others for other features and examples.
TEST(DropoutTest, OneDrawAlongAnAxisOfTheNoise) {
  constexpr int kExamples = 50, kSteps = 4, kFeatures = 3;
  const Tensor ones = Tensor::Full(DType::kFloat32, {kExamples, kSteps, kFeatures}, 1);
  for (const Layer& layer :
       std::vector<Layer>{Dropout(0.5, {.noise_shape = {kNone, 1, kNone}}),
                          Dropout(0.5, {.noise_shape = {kNone, 1, 3}}), SpatialDropout1D(0.5),
                          AlphaDropout(0.5, {.noise_shape = {kNone, 1, kNone}})}) {
    SCOPED_TRACE(JsonText(layer->Config()));
    const std::vector<float> y = Floats(Call(layer, ones));
    EXPECT_EQ(std::set<float>(y.begin(), y.end()).size(), 2u);
    int others = 0;
    for (int i = 0; i < kExamples * kSteps * kFeatures; ++i) {
      const int of_first_step = i / (kSteps * kFeatures) * kSteps * kFeatures + i % kFeatures;
      EXPECT_EQ(y[i], y[of_first_step]);
      others += y[of_first_step] == y[0] ? 0 : 1;
    }
    EXPECT_GT(others, 0);
  }
}

// Aligned at the right: one draw for each feature.
TEST(DropoutTest, NoiseOfFewerAxes) {
  const Tensor ones = Tensor::Full(DType::kFloat32, {5, 4, 30}, 1);
  const std::vector<float> y = Floats(Call(Dropout(0.5, {.noise_shape = {30}}), ones));
  for (size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i], y[i % 30]);
  EXPECT_EQ(std::set<float>(y.begin(), y.end()), (std::set<float>{0, 2}));
}

TEST(DropoutTest, NoiseThatDoesNotFit) {
  for (const NoiseShape& shape : std::vector<NoiseShape>{
           {kNone, 2, kNone}, {kNone, 1, 0}, {kNone, 1}, {1, 1, 1, 1}, {4, 1, 3}}) {
    const KerasTensor x = Input({4, 3});
    EXPECT_FALSE(Dropout(0.5, {.noise_shape = shape})(x).status().ok()) << DimsToString(*shape);
  }
  const KerasTensor fixed = Input({4, 3}, {.batch_size = 4});
  EXPECT_TRUE(Dropout(0.5, {.noise_shape = {4, 1, 3}})(fixed).status().ok());
}

// Images whose pixels all differ.
Tensor Images(int64_t n, int64_t height, int64_t width, int64_t channels) {
  Tensor t = Tensor::Full(DType::kFloat32, {n, height, width, channels}, 0);
  int i = 0;
  for (float& v : t.mutable_data<float>()) v = static_cast<float>(i++ % 251);
  return t;
}

std::vector<Layer> RandomLayers(std::optional<int64_t> seed) {
  return {RandomFlip({.seed = seed}),
          RandomRotation(0.4, {.seed = seed}),
          RandomTranslation(0.4, 0.3, {.seed = seed}),
          RandomZoom(0.4, {}, {.seed = seed}),
          RandomCrop(3, 4, {.seed = seed}),
          RandomContrast(0.6, {.seed = seed}),
          RandomBrightness(0.6, {.seed = seed}),
          RandomInvert(0.6, {.seed = seed}),
          RandomGrayscale(0.6, {.seed = seed})};
}

// The same numbers for the same seeds and the same step, others for others.
TEST(RandomImageTest, SeedsDecide) {
  const Tensor x = Images(64, 9, 11, 3);
  const std::vector<Layer> layers = RandomLayers({}), same = RandomLayers({}),
                           other = RandomLayers(5);
  for (size_t i = 0; i < layers.size(); ++i) {
    SCOPED_TRACE(layers[i]->class_name());
    const std::vector<float> y = Floats(Call(layers[i], x));
    EXPECT_EQ(y, Floats(Call(same[i], x)));
    EXPECT_NE(y, Floats(Call(other[i], x))) << "seed of the layer";
    EXPECT_NE(y, Floats(Call(layers[i], x, true, 2))) << "seed of the model";
    EXPECT_NE(y, Floats(Call(layers[i], x, true, 1, 1))) << "step";
    if (layers[i]->class_name() != "RandomCrop") {
      EXPECT_EQ(Floats(x), Floats(Call(layers[i], x, false)));
    }
  }
}

// How often each image became one of its four mirror images.
TEST(RandomImageTest, FlipsHalf) {
  constexpr int kImages = 2000;
  const Tensor one = Images(1, 2, 2, 1);
  Tensor x = Tensor::Full(DType::kFloat32, {kImages, 2, 2, 1}, 0);
  for (int i = 0; i < 4 * kImages; ++i) x.mutable_data<float>()[i] = one.data<float>()[i % 4];
  for (const auto& [mode, flipped] : std::vector<std::pair<std::string, std::vector<float>>>{
           {"horizontal", {1, 0, 3, 2}},
           {"vertical", {2, 3, 0, 1}},
           {"horizontal_and_vertical", {3, 2, 1, 0}}}) {
    const std::vector<float> y = Floats(Call(RandomFlip({.mode = mode}), x));
    int flips = 0;
    for (int i = 0; i < kImages; ++i) {
      const std::vector<float> image(y.begin() + 4 * i, y.begin() + 4 * i + 4);
      if (image == flipped) ++flips;
      EXPECT_TRUE(image == flipped || image == Floats(one)) << mode;
    }
    EXPECT_NEAR(flips, kImages / 2, 4 * std::sqrt(kImages / 4.0)) << mode;
  }
}

// Every place for a part is drawn, the same for all images of a batch.
TEST(RandomImageTest, CropsEverywhere) {
  const Tensor x = Images(2, 4, 5, 1);
  std::set<float> corners;
  for (int step = 0; step < 200; ++step) {
    const Tensor y = Call(RandomCrop(3, 3), x, true, 1, step);
    ASSERT_EQ(y.dims(), (Dims{2, 3, 3, 1}));
    const auto v = y.data<float>();
    corners.insert(v[0]);
    for (int i = 0; i < 9; ++i) {
      EXPECT_EQ(v[i], v[0] + static_cast<float>(i / 3 * 5 + i % 3));
      EXPECT_EQ(v[i + 9], v[i] + 20);
    }
  }
  EXPECT_EQ(corners, (std::set<float>{0, 1, 2, 5, 6, 7}));
  EXPECT_EQ(Call(RandomCrop(6, 3), x).dims(), (Dims{2, 6, 3, 1}));  // it is smaller: resized
}

// Factors are uniform over their range: of images of one number each.
TEST(RandomImageTest, Factors) {
  constexpr int kImages = 4000;
  const Tensor x = Tensor::Full(DType::kFloat32, {kImages, 1, 1, 1}, 0.5);
  const std::vector<float> y =
      Floats(Call(RandomBrightness({-0.25, 0.5}, {.value_range = {0, 2}}), x));
  double sum = 0;
  for (float v : y) sum += v;
  EXPECT_NEAR(sum / kImages, 0.5 + 0.125 * 2, 4 * 1.5 / std::sqrt(12.0 * kImages));
  EXPECT_NEAR(*std::min_element(y.begin(), y.end()), 0, 0.01);
  EXPECT_NEAR(*std::max_element(y.begin(), y.end()), 1.5, 0.01);
  // With a probability that is itself drawn from [0, 0.6].
  int inverted = 0;
  for (float v : Floats(Call(RandomInvert(0.6, {.value_range = {0, 2}}), x))) inverted += v == 1.5;
  EXPECT_NEAR(inverted, 0.3 * kImages, 4 * std::sqrt(0.25 * kImages));
  // Contrast keeps the mean, and is the same for all pixels of an image.
  const Tensor images = Images(50, 3, 3, 1);
  const Tensor contrast = Call(RandomContrast({0.2, 0.4}, {.value_range = {-1000, 1000}}), images);
  for (int i = 0; i < 50; ++i) {
    const auto a = images.data<float>().subspan(9 * i, 9),
               b = contrast.data<float>().subspan(9 * i, 9);
    double mean_a = 0, mean_b = 0;
    for (int k = 0; k < 9; ++k) {
      mean_a += a[k] / 9;
      mean_b += b[k] / 9;
    }
    EXPECT_NEAR(mean_a, mean_b, 1e-3);
    const double factor = (b[0] - mean_b) / (a[0] - mean_a);
    EXPECT_GE(factor, 0.799);
    EXPECT_LE(factor, 1.401);
    EXPECT_NEAR(b[8] - mean_b, factor * (a[8] - mean_a), 1e-2);
  }
}

TEST(RandomImageTest, Errors) {
  const Tensor x = Images(1, 4, 4, 2);
  for (const Layer& layer : std::vector<Layer>{
           RandomFlip({.mode = "sideways"}), RandomRotation(1.5), RandomTranslation(2, 0.1),
           RandomZoom({-1, 0}), RandomContrast(-2), RandomBrightness({-2, 0}),
           RandomRotation(0.1, {.fill_mode = "mirror"}),
           RandomRotation(0.1, {.interpolation = "cubic"}),
           RandomBrightness(0.1, {.value_range = {1, 0}}), RandomGrayscale(0.5), RandomCrop(0, 1),
           CenterCrop(1, -1), Resizing(2, 2, {.interpolation = "none"}),
           Resizing(2, 2, {.crop_to_aspect_ratio = true, .pad_to_aspect_ratio = true})}) {
    const KerasTensor y = layer(Input({4, 4, 2}));
    EXPECT_FALSE(y.status().ok()) << layer->class_name();
  }
}

}  // namespace
}  // namespace dagrad::keras
