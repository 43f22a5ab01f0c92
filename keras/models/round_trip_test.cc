// Whatever a model is built and compiled of, at its extremes: either it is refused, with words, or
// what Load gives back is the same: description, predictions and training, bit by bit.
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "dagrad/ops/table.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

// What options are set to: numbers of JSON, those that it has no names for, texts.
std::vector<Json> Extremes() {
  return {"inf",
          "-inf",
          "nan",
          1e308,
          -1e308,
          5e-324,
          -0.0,
          0.0,
          0.5,
          -1,
          0,
          1,
          2,
          7,
          std::numeric_limits<int64_t>::max(),
          std::numeric_limits<int64_t>::min(),
          true,
          false,
          nullptr,
          "",
          "é",
          "no such",
          "a\x1b[2J\n\u202e",
          boost::json::array(),
          boost::json::object(),
          "same",
          "relu",
          "softmax"};
}

std::vector<double> Doubles() {
  using Limits = std::numeric_limits<double>;
  return {0.0,
          -0.0,
          0.1,
          1.0,
          -1.0,
          2.0,
          1e308,
          -1e308,
          Limits::denorm_min(),
          Limits::infinity(),
          -Limits::infinity(),
          Limits::quiet_NaN()};
}

Tensor Ramp(const Dims& dims) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  float value = -1;
  for (float& v : t.mutable_data<float>()) v = value = value > 1 ? -1 : value + 0.37F;
  return t;
}

bool SameBits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].dtype() != b[i].dtype() || a[i].dims() != b[i].dims()) return false;
    if (a[i].byte_size() > 0 && std::memcmp(a[i].bytes(), b[i].bytes(), a[i].byte_size()) != 0)
      return false;
  }
  return true;
}

// Everything of a saved model but where its weights are.
std::string DescriptionIn(const std::string& directory) {
  const absl::StatusOr<io::LoadedModel> loaded = io::LoadModel(directory, ops::FindOp);
  if (!loaded.ok()) return loaded.status().ToString();
  return absl::StrCat(loaded->model.metadata.at("keras"), *SerializeModel(loaded->model));
}

void ExpectWords(const absl::Status& status, const std::string& where) {
  EXPECT_FALSE(status.ok()) << where;
  EXPECT_FALSE(status.message().empty()) << where;
  EXPECT_NE(status.code(), absl::StatusCode::kInternal) << where << ": " << status;
}

// Those of Lambda.
CustomObjects Functions() {
  return {.functions = {{"same", [](absl::Span<const Value> x, bool) { return x[0]; }}}};
}

class RoundTripTest : public ::testing::Test {
 protected:
  // Takes the model through a file, if it is one. `status` is that of building and compiling it.
  void TakeThroughFile(absl::Status status, Model* model, const Data& x, const Data& y,
                       const std::string& where) {
    if (status.ok()) status = model->Save(directory_ + "a");
    if (!status.ok()) {
      ++refused_;
      return ExpectWords(status, where);
    }
    ++accepted_;
    absl::StatusOr<Model> loaded =
        Model::Load(directory_ + "a", LoadOptions{.custom_objects = Functions()});
    ASSERT_TRUE(loaded.ok()) << where << ": " << loaded.status();
    ASSERT_TRUE(loaded->Save(directory_ + "b").ok()) << where;
    EXPECT_EQ(DescriptionIn(directory_ + "a"), DescriptionIn(directory_ + "b")) << where;
    const absl::StatusOr<std::vector<Tensor>> before = model->PredictAll(x);
    const absl::StatusOr<std::vector<Tensor>> after = loaded->PredictAll(x);
    ASSERT_EQ(before.status(), after.status()) << where;
    EXPECT_TRUE(!before.ok() || SameBits(*before, *after)) << where;
    const FitOptions options{.batch_size = 2, .epochs = 2, .verbose = 0};
    const absl::Status trained = model->Fit(x, y, options).status();
    ASSERT_EQ(trained, loaded->Fit(x, y, options).status()) << where;
    EXPECT_TRUE(SameBits(*model->GetWeights(), *loaded->GetWeights())) << where;
  }

  void TakeThroughFile(Model model, CompileOptions options, const Data& x, const Data& y,
                       const std::string& where) {
    absl::Status status = model.status();
    if (status.ok()) status = model.Compile(std::move(options));
    TakeThroughFile(status, &model, x, y, where);
  }

  // A model of one Dense layer, compiled so.
  void TakeThroughFile(CompileOptions options, bool sparse, const std::string& where) {
    KerasTensor in = Input({4}, {.name = "in"});
    const Data y = sparse ? Data(Tensor::Of<int64_t>({4}, {0, 1, 2, 1})) : Data(Ramp({4, 3}));
    TakeThroughFile(Model(in, Dense(3, {.activation = "softmax", .name = "out"})(in)),
                    std::move(options), Ramp({4, 4}), y, where);
  }

  void ExpectBothKinds(int accepted, int refused) const {
    EXPECT_GE(accepted_, accepted);
    EXPECT_GE(refused_, refused);
  }

  std::string directory_ = io::testing::FreshDirectory();
  int accepted_ = 0;
  int refused_ = 0;
};

// An input that the layer takes with these options.
struct Fitting {
  Dims shape;
  size_t inputs = 1;
};

KerasTensor CallOn(const Layer& layer, const Fitting& f, std::vector<KerasTensor>* inputs) {
  for (size_t i = 0; i < f.inputs; ++i)
    inputs->push_back(Input(f.shape, {.name = absl::StrCat("in", i)}));
  return layer(*inputs)[0];
}

Json OfLayer(const char* class_name) {
  return {{"class_name", class_name}, {"name", "in"}, {"config", {{"units", 2}}}};
}

Json BaseConfig(const std::string& class_name) {
  if (class_name == "Reshape") return {{"target_shape", {2, 2}}};
  if (class_name == "Permute") return {{"dims", {2, 1}}};
  if (class_name == "GroupNormalization") return {{"groups", 2}};
  if (class_name == "TimeDistributed") return {{"layer", OfLayer("Dense")}};
  if (class_name == "Bidirectional") return {{"layer", OfLayer("LSTM")}};
  if (class_name == "RNN") return {{"cell", OfLayer("GRUCell")}};
  if (class_name == "StackedRNNCells")
    return {{"cells", boost::json::array{OfLayer("GRUCell"), OfLayer("LSTMCell")}}};
  if (class_name == "Lambda") return {{"function", "same"}};
  if (class_name == "EinsumDense") {
    const Json shape = boost::json::array{3};
    return {{"equation", "ab,bc->ac"}, {"output_shape", shape}, {"bias_axes", "c"}};
  }
  if (class_name == "Discretization")
    return {{"bin_boundaries", boost::json::array{-0.5, 0.5}}, {"output_mode", "one_hot"}};
  if (class_name == "IntegerLookup")
    return {{"vocabulary", boost::json::array{1, 2}}, {"output_mode", "one_hot"}};
  if (class_name != "Functional" && class_name != "Sequential") return boost::json::object();
  const KerasTensor in = Input({4});
  return (*Model(in, Dense(2)(in)).AsLayer())->Config();
}

absl::StatusOr<Fitting> FindFitting(const std::string& class_name) {
  for (size_t inputs : {1, 2}) {
    for (const Dims& shape :
         {Dims{4}, Dims{6, 4}, Dims{6, 6, 2}, Dims{6, 6, 3}, Dims{4, 4, 4, 2}}) {
      const absl::StatusOr<Layer> layer =
          LayerFromConfig(class_name, "layer", BaseConfig(class_name), Functions());
      if (!layer.ok()) return layer.status();
      std::vector<KerasTensor> in;
      if (CallOn(*layer, {shape, inputs}, &in).call()->status.ok()) return Fitting{shape, inputs};
    }
  }
  return absl::NotFoundError("no input fits");
}

// All values for the option, which is `value` by default: where that is a list, for each of its
// elements too. (Initializers have a test of their own.)
std::vector<Json> Variants(const Json& value) {
  std::vector<Json> variants = Extremes();
  const boost::json::array* const list = value.if_array();
  for (size_t i = 0; list != nullptr && i < list->size(); ++i) {
    for (const Json& v : Variants((*list)[i])) {
      boost::json::array changed = *list;
      changed[i] = v;
      variants.emplace_back(std::move(changed));
    }
  }
  return variants;
}

TEST_F(RoundTripTest, EveryOptionOfEveryLayer) {
  for (const std::string& class_name : LayerClassNames()) {
    const absl::StatusOr<Fitting> fitting = FindFitting(class_name);
    ASSERT_TRUE(fitting.ok()) << class_name << fitting.status();
    const Json config =
        (*LayerFromConfig(class_name, "layer", BaseConfig(class_name), Functions()))->Config();
    Dims batch = {4};
    batch.insert(batch.end(), fitting->shape.begin(), fitting->shape.end());
    const Data x(std::vector<Tensor>(fitting->inputs, Ramp(batch)));
    for (const auto& [key, value] : config.as_object()) {
      for (const Json& variant : Variants(value)) {
        boost::json::object changed = config.as_object();
        changed[key] = variant;
        const std::string where = absl::StrCat(class_name, " ", JsonText(changed));
        const absl::StatusOr<Layer> layer =
            LayerFromConfig(class_name, "layer", changed, Functions());
        if (!layer.ok()) {
          ++refused_;
          ExpectWords(layer.status(), where);
          // A network names the entry, which may be far within.
          if (class_name == "Functional" || class_name == "Sequential") continue;
          EXPECT_NE(layer.status().message().find(ViewOf(key)), std::string::npos)
              << layer.status();
          continue;
        }
        std::vector<KerasTensor> in;
        KerasTensor y = CallOn(*layer, *fitting, &in);
        y = Dense(1, {.name = "head"})(Flatten({.name = "flat"})(y));
        TakeThroughFile(Model(in, {y}), {.optimizer = "adam", .loss = "mse"}, x, Ramp({4, 1}),
                        where);
      }
    }
  }
  ExpectBothKinds(300, 1000);
}

TEST_F(RoundTripTest, EveryOptionOfEveryLoss) {
  for (const std::string& name : LossNames()) {
    for (double v : Doubles()) {
      for (const LossOptions& o : {LossOptions{.from_logits = v > 0},
                                   LossOptions{.label_smoothing = v}, LossOptions{.delta = v}}) {
        const Loss loss(name, o);
        TakeThroughFile({.optimizer = "sgd", .loss = loss},
                        loss.target_kind() == TargetKind::kSparse,
                        absl::StrCat(name, " ", JsonText(loss.ToJson())));
      }
    }
  }
  ExpectBothKinds(50, 200);
}

TEST_F(RoundTripTest, LossWeights) {
  for (double v : Doubles()) {
    TakeThroughFile({.optimizer = "sgd", .loss = "mse", .loss_weights = {v}}, false,
                    absl::StrCat("loss weight ", v));
  }
  ExpectBothKinds(8, 3);
}

TEST_F(RoundTripTest, EveryMetric) {
  std::vector<std::string> names = MetricNames();
  for (const std::string& loss : LossNames()) names.push_back(loss);
  for (const std::string& name : names) {
    const bool sparse = name.starts_with("sparse_");
    TakeThroughFile(
        {.loss = sparse ? "sparse_categorical_crossentropy" : "mse", .metrics = {Metric(name)}},
        sparse, name);
  }
  for (double v : Doubles()) {
    for (const Metric& m :
         {Metric::BinaryAccuracy(v), metrics::Precision({.name = "p", .thresholds = {v}}),
          metrics::Recall({.thresholds = {0.5, v}}), Metric(Loss("huber", {.delta = v}))}) {
      TakeThroughFile({.loss = "mse", .metrics = {m}}, false, JsonText(m.ToJson()));
    }
  }
  for (int64_t n : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0}, int64_t{1},
                    int64_t{2}, int64_t{7}, std::numeric_limits<int64_t>::max()}) {
    for (const Metric& m : {metrics::AUC({.num_thresholds = n}),
                            metrics::ConfusionMatrix({.name = "é", .num_classes = n})}) {
      TakeThroughFile({.loss = "mse", .metrics = {m}}, false, JsonText(m.ToJson()));
    }
  }
  for (const char* name : {"", "é", "no such"})
    TakeThroughFile({.loss = "mse", .metrics = {Metric(name)}}, false, name);
  ExpectBothKinds(30, 6);
}

TEST_F(RoundTripTest, EveryOptionOfEveryOptimizer) {
  for (const std::string& name : OptimizerNames()) {
    const Json config = (*MakeOptimizer(name))->ToJson();
    for (const auto& [key, value] : config.as_object()) {
      for (const Json& variant : Variants(value)) {
        boost::json::object changed = config.as_object();
        changed[key] = variant;
        const absl::StatusOr<OptimizerPtr> optimizer = OptimizerFromJson(changed);
        if (!optimizer.ok()) {
          ++refused_;
          ExpectWords(optimizer.status(), JsonText(changed));
          continue;
        }
        TakeThroughFile({.optimizer = *optimizer, .loss = "mse"}, false, JsonText(changed));
      }
    }
  }
  ExpectBothKinds(100, 500);
}

TEST_F(RoundTripTest, EverySchedule) {
  for (double v : Doubles()) {
    for (const LearningRate& rate :
         {LearningRate(v), LearningRate::ExponentialDecay(v, 10, 0.5),
          LearningRate::ExponentialDecay(0.1, 10, v, true),
          LearningRate::InverseTimeDecay(v, 3, 0.5), LearningRate::InverseTimeDecay(0.1, 3, v),
          LearningRate::PolynomialDecay(v, 3), LearningRate::PolynomialDecay(0.1, 3, v),
          LearningRate::PolynomialDecay(0.1, 3, 0.01, v, true), LearningRate::CosineDecay(v, 3),
          LearningRate::CosineDecay(0.1, 3, v), LearningRate::CosineDecay(0.1, 3, 0, v, 2),
          LearningRate::CosineDecay(0.1, 3, 0, v),
          LearningRate::PiecewiseConstant({1, 2}, {1, v, 0.1}),
          LearningRate::PiecewiseConstant({1}, {v, 0.1})}) {
      TakeThroughFile({.optimizer = Optimizer(MakeSgd({.learning_rate = rate})), .loss = "mse"},
                      false, JsonText(rate.ToJson()));
    }
  }
  const int64_t most = std::numeric_limits<int64_t>::max();
  for (int64_t steps : {most, -most - 1, int64_t{0}, int64_t{1}}) {
    for (const LearningRate& rate :
         {LearningRate::PolynomialDecay(0.1, steps),
          LearningRate::CosineDecay(0.1, 3, 0, 0.2, steps),
          LearningRate::PiecewiseConstant({0, steps}, {0.1, 0.2, 0.3})}) {
      TakeThroughFile({.optimizer = Optimizer(MakeSgd({.learning_rate = rate})), .loss = "mse"},
                      false, JsonText(rate.ToJson()));
    }
  }
  ExpectBothKinds(60, 30);
}

TEST_F(RoundTripTest, EveryInitializer) {
  std::vector<Initializer> all;
  for (double v : Doubles()) {
    for (Initializer i : {Initializer::Constant(v), Initializer::RandomUniform(v, 1),
                          Initializer::RandomUniform(-1, v), Initializer::RandomNormal(v, 1),
                          Initializer::RandomNormal(0, v), Initializer::TruncatedNormal(v, 1),
                          Initializer::TruncatedNormal(0, v), Initializer::VarianceScaling(v),
                          Initializer::VarianceScaling(v, "fan_out", "uniform"),
                          Initializer::Identity(v), Initializer::Orthogonal(v),
                          Initializer::Blocks({Initializer::Constant(v), "zeros", "ones"})}) {
      all.push_back(std::move(i));
    }
  }
  for (const char* name : {"", "é", "no such", "zeros", "he_normal", "blocks"})
    all.emplace_back(name);
  all.push_back(Initializer::VarianceScaling(1, "", "é"));
  for (const Initializer& i : all) {
    KerasTensor in = Input({3});
    TakeThroughFile(Model(in, Dense(3, {.kernel_initializer = i, .name = "out"})(in)),
                    {.optimizer = "sgd", .loss = "mse"}, Ramp({4, 3}), Ramp({4, 3}),
                    JsonText(i.ToJson(), {.ascii = true}));
  }
  ExpectBothKinds(60, 20);
}

TEST_F(RoundTripTest, Names) {
  for (const std::string name :
       {"", "é", "a/b", "a:0", "\x1b[2J", "a\nb", "\u202e", "\xff", "a b", "train_step", "in"}) {
    KerasTensor in = Input({3}, {.name = "in"});
    TakeThroughFile(Model(in, Dense(3, {.name = name})(in), {.name = name}),
                    {.optimizer = "sgd", .loss = "mse"}, Ramp({4, 3}), Ramp({4, 3}),
                    Printable(name));
  }
  ExpectBothKinds(6, 1);
}

}  // namespace
}  // namespace dagrad::keras
