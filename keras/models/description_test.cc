// Descriptions of models that no dagrad wrote, and models too deep to be walked by recursion.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/json.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/ops/table.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

// A model with options of every kind in its description.
Model Compiled() {
  KerasTensor in = Input({8, 8, 2}, {.name = "image"});
  KerasTensor t = Conv2D(4, 3, {.activation = "relu", .name = "conv"})(in);
  t = BatchNormalization({.name = "bn"})(t);
  t = Flatten({.name = "flat"})(t);
  t = Dense(3, {.kernel_initializer = Initializer::Blocks({"zeros", "ones", "he_normal"}),
                .name = "out"})(t);
  Model model(in, t);
  const absl::Status s = model.Compile(
      {.optimizer = Optimizer(MakeAdam({.learning_rate = LearningRate::CosineDecay(0.1, 10)})),
       .loss = Loss("huber", {.delta = 2}),
       .loss_weights = {2},
       .metrics = {"mae"}});
  EXPECT_TRUE(s.ok()) << s;
  return model;
}

// The model of Compiled() as its file has it.
const io::LoadedModel& Saved() {
  static const io::LoadedModel* const saved = [] {
    const std::string dir = io::testing::FreshDirectory();
    EXPECT_TRUE(Compiled().Save(dir + "m").ok());
    return new io::LoadedModel(*io::LoadModel(dir + "m", ops::FindOp));
  }();
  return *saved;
}

Json Description() { return *ParseJson(Saved().model.metadata.at("keras")); }

// What Load says to it with this description.
absl::Status LoadWith(const std::string& description) {
  const std::string dir = io::testing::FreshDirectory();
  dagrad::Model model = Saved().model;
  model.metadata["keras"] = description;
  EXPECT_TRUE(io::SaveModel(dir + "changed", model, Saved().state).ok());
  return Model::Load(dir + "changed").status();
}

// Calls `f` with every object within `j`, which it may change for that time.
void ForEachObject(Json* j, const std::function<void(boost::json::object*)>& f) {
  if (boost::json::array* const list = j->if_array()) {
    for (Json& item : *list) ForEachObject(&item, f);
  }
  boost::json::object* const object = j->if_object();
  if (object == nullptr) return;
  f(object);
  for (auto& member : *object) ForEachObject(&member.value(), f);
}

TEST(DescriptionTest, NoKeyIsSkipped) {
  Json description = Description();
  ASSERT_TRUE(LoadWith(JsonText(description)).ok()) << LoadWith(JsonText(description));
  int objects = 0;
  ForEachObject(&description, [&](boost::json::object* object) {
    ++objects;
    const boost::json::object before = *object;
    (*object)["zzz"] = 1;
    const absl::Status s = LoadWith(JsonText(description));
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << JsonText(*object);
    EXPECT_TRUE(absl::StrContains(s.message(), "has no option \"zzz\"")) << s;
    *object = before;
    for (const auto& member : before) {
      const std::string key = member.key();
      if (key.size() < 3) continue;  // one more letter may be any name
      *object = before;
      (*object)[key + "s"] = member.value();
      const absl::Status near = LoadWith(JsonText(description));
      EXPECT_TRUE(absl::StrContains(near.message(), absl::StrCat("perhaps \"", key, "\""))) << near;
    }
    *object = before;
  });
  EXPECT_GT(objects, 20);
}

// As files of before have it: read, and written as files of today have it, which leave out the
// options that a loss or a metric does not have.
constexpr char kBefore[] =
    R"({"compile":{"loss":[{"delta":2.0,"from_logits":false,"label_smoothing":0.0,"name":"huber"}],)"
    R"("loss_weights":[2.0],"metrics":[{"name":"mae","threshold":0.5}],"optimizer":{"amsgrad":false,)"
    R"("beta_1":0.9,"beta_2":0.999,"clipnorm":0.3,"clipvalue":null,"epsilon":1e-07,)"
    R"("global_clipnorm":null,"learning_rate":{"boundaries":[],"decay_steps":10,"flag":false,)"
    R"("initial":0.1,"kind":"cosine_decay","power":1.0,"rate":0.0,"values":[],"warmup_steps":0,)"
    R"("warmup_target":-1.0},"name":"adam","weight_decay":null},"source_file":"train.cc",)"
    R"("source_line":53,"weighted_metrics":[{"name":"binary_accuracy","threshold":0.3}]},)"
    R"("network":{"calls":[{"inbound":[],"layer":0},{"inbound":[[0,0]],"layer":1}],"inputs":[0],)"
    R"("layers":[{"class_name":"InputLayer","config":{"dtype":"float32","shape":[2]},)"
    R"("name":"input_layer","source_file":"train.cc","source_line":55,"trainable":true},)"
    R"({"class_name":"Dense","config":{"activation":"","bias_initializer":{"a":0.0,"b":0.0,)"
    R"("name":"zeros"},"input_shape":[2],"kernel_initializer":{"a":1.0,"b":0.0,)"
    R"("distribution":"uniform","mode":"fan_avg","name":"glorot_uniform"},"units":3,)"
    R"("use_bias":true},"name":"größe","source_file":"train.cc","source_line":55,)"
    R"("trainable":true}],"outputs":[[1,0]]},"seed":7,"sequential":true,"version":2})";

TEST(DescriptionTest, FilesOfBeforeAreReadAndWritten) {
  Sequential model({Dense(3, {.input_shape = Dims{2}, .name = "größe"})}, {.seed = 7});
  ASSERT_TRUE(
      model
          .Compile({.optimizer = Optimizer(MakeAdam(
                        {.learning_rate = LearningRate::CosineDecay(0.1, 10), .clipnorm = 0.3})),
                    .loss = Loss("huber", {.delta = 2}),
                    .loss_weights = {2},
                    .metrics = {"mae"},
                    .weighted_metrics = {Metric::BinaryAccuracy(0.3)}})
          .ok());
  const std::string dir = io::testing::FreshDirectory();
  ASSERT_TRUE(model.Save(dir + "m").ok());
  io::LoadedModel saved = *io::LoadModel(dir + "m", ops::FindOp);
  saved.model.metadata["keras"] = kBefore;
  ASSERT_TRUE(io::SaveModel(dir + "m", saved.model, saved.state).ok());
  const absl::StatusOr<Model> loaded = Model::Load(dir + "m");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_TRUE(loaded->Save(dir + "n").ok());
  Json today = *ParseJson(kBefore);
  today.as_object()["version"] = 3;
  today.at_pointer("/compile/loss/0") = {{"name", "huber"}, {"delta", 2.0}};
  today.at_pointer("/compile/metrics/0") = {{"name", "mae"}};
  boost::json::object& optimizer = today.at_pointer("/compile/optimizer").as_object();
  optimizer["learning_rate"] = {{"name", "cosine_decay"},   {"initial_learning_rate", 0.1},
                                {"decay_steps", 10},        {"alpha", 0.0},
                                {"warmup_target", nullptr}, {"warmup_steps", 0}};
  for (const auto& [key, value] : boost::json::object{{"use_ema", false},
                                                      {"ema_momentum", 0.99},
                                                      {"ema_overwrite_frequency", nullptr},
                                                      {"gradient_accumulation_steps", nullptr}})
    optimizer[key] = value;
  optimizer["exclude_from_weight_decay"] = boost::json::array();
  boost::json::object& dense = today.at_pointer("/network/layers/1/config").as_object();
  for (const char* rule : {"activity_regularizer", "bias_constraint", "bias_regularizer",
                           "kernel_constraint", "kernel_regularizer"})
    dense[rule] = nullptr;
  EXPECT_EQ(*ParseJson(io::LoadModel(dir + "n", ops::FindOp)->model.metadata.at("keras")), today);
}

// What is Keras's, and says what dagrad does anyway, is read; what says something else is refused
// with the layer's name and the key.
TEST(DescriptionTest, OptionsOfKeras) {
  const Json policy = {{"class_name", "DTypePolicy"}, {"config", {{"name", "float32"}}}};
  const std::vector<std::pair<std::string, Json>> harmless = {{"data_format", "channels_last"},
                                                              {"dtype", "float32"},
                                                              {"dtype", policy},
                                                              {"dtype", nullptr},
                                                              {"trainable", true},
                                                              {"name", "my_layer"},
                                                              {"kernel_regularizer", nullptr},
                                                              {"beta_constraint", nullptr}};
  const Json half = {{"class_name", "DTypePolicy"}, {"config", {{"name", "mixed_float16"}}}};
  const std::vector<std::pair<std::string, Json>> refused = {
      {"data_format", "channels_first"},
      {"dtype", "float16"},
      {"dtype", half},
      {"dtype", {{"class_name", "DTypePolicy"}}},
      {"trainable", false},
      {"name", "another"},
      {"bias_regularizer", "l3"},
      {"units_", 3}};
  const CustomObjects custom = {
      .functions = {{"same", [](absl::Span<const Value> x, bool) { return x[0]; }}}};
  for (const std::string& class_name : LayerClassNames()) {
    // Their options are a network.
    if (class_name == "Functional" || class_name == "Sequential") continue;
    const auto read = [&](const std::string& key, const Json& value) {
      boost::json::object config = {{key, value}};
      if (class_name == "Lambda") config["function"] = "same";
      return LayerFromConfig(class_name, "my_layer", config, custom).status();
    };
    for (const auto& [key, value] : harmless) {
      const absl::Status s = read(key, value);
      EXPECT_TRUE(s.ok()) << s;
    }
    for (const auto& [key, value] : refused) {
      const absl::Status s = read(key, value);
      EXPECT_FALSE(s.ok()) << class_name << " " << key;
      EXPECT_TRUE(absl::StrContains(s.message(), absl::StrCat("\"my_layer\" (", class_name, ")")))
          << s;
      EXPECT_TRUE(absl::StrContains(s.message(), key)) << s;
    }
  }
}

TEST(DescriptionTest, AxesThatAreNotTheLast) {
  for (const char* class_name : {"BatchNormalization", "LayerNormalization"}) {
    for (const auto& [axis, good] :
         {std::pair(-1, true), {3, true}, {1, true}, {-2, true}, {0, false}, {4, false}}) {
      const absl::StatusOr<Layer> layer = LayerFromConfig(class_name, "norm", {{"axis", axis}});
      ASSERT_TRUE(layer.ok()) << layer.status();
      EXPECT_EQ((*layer)(Input({8, 8, 2})).call()->status.ok(), good) << class_name << axis;
    }
  }
}

TEST(DescriptionTest, OptionsOfLossesThatLackThem) {
  for (const std::string& name : LossNames()) {
    const bool entropy = absl::EndsWith(name, "crossentropy");
    EXPECT_EQ(Loss(name, {.from_logits = true}).Validate().ok(), entropy) << name;
    EXPECT_EQ(Loss(name, {.label_smoothing = 0.1}).Validate().ok(),
              entropy && !absl::StartsWith(name, "sparse"))
        << name;
    EXPECT_EQ(Loss(name, {.delta = 2}).Validate().ok(), name == "huber") << name;
    EXPECT_TRUE(Loss(name).Validate().ok()) << name;
  }
  EXPECT_EQ(Loss("mse", {.label_smoothing = 0.1}).Validate().message(),
            "loss mean_squared_error has no option \"label_smoothing\"; it is one of "
            "binary_crossentropy, categorical_crossentropy, binary_focal_crossentropy, "
            "categorical_focal_crossentropy");
  // A file of before may hold one: it did nothing then, and does nothing now.
  const absl::StatusOr<Loss> old = Loss::FromJson({{"name", "mean_squared_error"},
                                                   {"from_logits", true},
                                                   {"label_smoothing", 0.5},
                                                   {"delta", 3}});
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_EQ(old->ToJson(), Loss("mse").ToJson());
}

TEST(DescriptionTest, NearestNames) {
  EXPECT_TRUE(absl::StrContains(
      Loss("mean_sqared_error").Validate().message(),
      "unknown loss \"mean_sqared_error\", perhaps \"mean_squared_error\" was meant; known: "));
  EXPECT_TRUE(absl::StrContains(Metric("accurracy").Validate().message(), "perhaps \"accuracy\""));
  EXPECT_TRUE(absl::StrContains(Optimizer("addam").Validate().message(), "perhaps \"adam\""));
  EXPECT_TRUE(
      absl::StrContains(Initializer("he_norml").Validate().message(), "perhaps \"he_normal\""));
  EXPECT_TRUE(absl::StrContains(CheckActivation("sigmod").message(), "perhaps \"sigmoid\""));
  EXPECT_TRUE(
      absl::StrContains(LayerFromConfig("Dence", "a", boost::json::object()).status().message(),
                        "perhaps \"Dense\""));
}

// Nodes name the line of the program that made them: the layer's, or that of Compile.
TEST(LinesTest, AreTheUsersInEveryFunction) {
  for (bool sparse : {false, true}) {
    std::vector<Metric> metrics;
    for (const std::string& name : LossNames()) {
      if (Loss(name).target_kind() == (sparse ? TargetKind::kSparse : TargetKind::kDense))
        metrics.emplace_back(name);
    }
    for (const char* name : {"accuracy", "auc", "precision", "root_mean_squared_error"}) {
      if (!sparse || name == std::string("accuracy")) metrics.emplace_back(name);
    }
    for (const std::string& optimizer : OptimizerNames()) {
      Sequential model;
      model.Add(Dense(3, {.activation = "softmax", .name = "a"}));
      model.Add(Dropout(0.5));
      model.Add(BatchNormalization());
      ASSERT_TRUE(model
                      .Compile({.optimizer = optimizer,
                                .loss = sparse ? "sparse_categorical_crossentropy" : "mse",
                                .weighted_metrics = metrics})
                      .ok());
      const Tensor y =
          sparse ? Tensor::Of<int64_t>({2}, {0, 1}) : Tensor::Full(DType::kFloat32, {2, 3}, 0);
      ASSERT_TRUE(model.Evaluate(Tensor::Full(DType::kFloat32, {2, 4}, 0), y, {.verbose = 0}).ok());
      const std::string dir = io::testing::FreshDirectory();
      ASSERT_TRUE(model.Save(dir + "m").ok());
      const absl::StatusOr<Model> loaded = Model::Load(dir + "m");
      ASSERT_TRUE(loaded.ok()) << loaded.status();
      ASSERT_TRUE(loaded->Save(dir + "n").ok());
      const absl::StatusOr<Model> again = Model::Load(dir + "n");
      ASSERT_TRUE(again.ok()) << again.status();
      for (const absl::StatusOr<dagrad::Model>& graph : {model.Graph(), again->Graph()}) {
        ASSERT_TRUE(graph.ok()) << graph.status();
        EXPECT_EQ(graph->functions.size(), 4u);
        for (const Function& f : graph->functions) {
          for (const Node& n : f.nodes) {
            EXPECT_TRUE(absl::EndsWith(n.source_file, "description_test.cc"))
                << f.name << ": " << Describe(n);
          }
        }
      }
    }
  }
}

constexpr int kDeep = 200'000;

TEST(DeepTest, Json) {
  for (const auto& [open, close] : {std::pair("[", "]"), std::pair("{\"a\":", "}")}) {
    std::string text = "{\"version\":1,\"seed\":0,\"network\":";
    for (int i = 0; i < kDeep; ++i) text += open;
    text += "1";
    for (int i = 0; i < kDeep; ++i) text += close;
    const absl::Status s = LoadWith(text + "}");
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(s.message(), "the limit is 64")) << s;
  }
}

// One layer called on its own result over and over, and as many layers, each on the one before.
KerasTensor Chain(const KerasTensor& in, bool one_layer) {
  const Layer shared = Activation("relu");
  KerasTensor t = in;
  for (int i = 0; i < kDeep; ++i) t = (one_layer ? shared : Activation("relu"))(t);
  return t;
}

TEST(DeepTest, CallsAreDestroyed) {
  for (bool one_layer : {true, false}) {
    KerasTensor in = Input({2});
    KerasTensor end = Chain(in, one_layer);
    EXPECT_TRUE(end.call()->status.ok());
    const KerasTensor copy = end;
    end = KerasTensor();
    EXPECT_EQ(copy.shape().ToString(), "[batch,2]");
  }
}

// A shared end keeps what it needs; the rest goes.
TEST(DeepTest, CallsThatAreSharedStay) {
  KerasTensor middle;
  {
    KerasTensor t = Input({2});
    for (int i = 0; i < 10; ++i) {
      t = Activation("relu")(t);
      if (i == 4) middle = t;
    }
    t = Add()({t, middle});
  }
  int length = 0;
  for (KerasTensor t = middle; !t.call()->inputs.empty(); t = KerasTensor(t.call()->inputs[0]))
    ++length;
  EXPECT_EQ(length, 5);
}

TEST(DeepTest, ModelsAreBuiltSavedAndRead) {
  for (bool one_layer : {true, false}) {
    KerasTensor in = Input({2});
    const Model model(in, Chain(in, one_layer));
    ASSERT_TRUE(model.status().ok()) << model.status();
    EXPECT_TRUE(model.Summary().ok());
    if (!one_layer) continue;
    const std::string dir = io::testing::FreshDirectory();
    ASSERT_TRUE(model.Save(dir + "m").ok());
    const absl::StatusOr<Model> loaded = Model::Load(dir + "m");
    EXPECT_TRUE(loaded.ok()) << loaded.status();
  }
}

TEST(DeepTest, InitializersOfBlocksOfBlocks) {
  Initializer i = Initializer::Blocks({"zeros"});
  for (int k = 0; k < kDeep; ++k) i = Initializer::Blocks({std::move(i)});
  EXPECT_EQ(i.Validate(),
            absl::InvalidArgumentError("initializer \"blocks\": blocks are not nested"));
}

}  // namespace
}  // namespace dagrad::keras
