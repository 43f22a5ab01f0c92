// The text of a model's picture, and what Graphviz makes of it.
#include "dagrad/keras/visualization/plot_model.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A digit's features by a nested model, once more by a shared layer; two outputs.
Model Branches() {
  Sequential encoder("encoder");
  encoder.Add(Dense(8, {.activation = "relu", .input_shape = {6}, .name = "narrow"}));
  encoder.Add(Dense(3, {.name = "code"}));
  const KerasTensor a = Input({6}, {.name = "a"}), b = Input({6}, {.name = "b"});
  const Layer shared = Dense(3, {.activation = "tanh", .name = "shared"});
  const KerasTensor sum = Add({.name = "sum"})({encoder(a), shared(a), shared(b)});
  const KerasTensor scale =
      Dense(1, {.activation = "sigmoid", .name = "scale"}).Trainable(false)(sum);
  const KerasTensor steps = Reshape({3, 1}, {.name = "steps"})(sum);
  return Model({a, b}, {scale, LSTM(2, {.name = "lstm"})(steps)}, {.name = "branches"});
}

std::string Dot(const Model& model, const PlotModelOptions& options = {}) {
  const absl::StatusOr<std::string> text = ModelToDot(model, options);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.value_or("");
}

// What a box shows, without its markup; one for each layer.
std::vector<std::string> Boxes(const std::string& dot) {
  std::vector<std::string> boxes;
  for (const auto& line : absl::StrSplit(dot, '\n')) {
    const std::string text = absl::StrReplaceAll(line, {{"&#160;", " "}});
    const size_t begin = text.find("<table");
    if (begin == text.npos) continue;
    boxes.emplace_back();
    bool tag = false;
    for (const char c : text.substr(begin, text.rfind(">]") - begin)) {
      tag = c == '<' || (tag && c != '>');
      if (!tag && c != '>') boxes.back() += c;
    }
  }
  return boxes;
}

std::vector<std::string> Arrows(const std::string& dot) {
  std::vector<std::string> arrows;
  for (const auto& line : absl::StrSplit(dot, '\n')) {
    if (absl::StrContains(line, " -> ")) arrows.emplace_back(absl::StripAsciiWhitespace(line));
  }
  return arrows;
}

TEST(ModelToDotTest, ASequentialIsAChainWithoutItsInput) {
  Sequential model("chain");
  model.Add(Dense(4, {.activation = "relu", .input_shape = {3}}));
  model.Add(Dropout(0.5));
  model.Add(Dense(2));
  const std::string dot = Dot(model);
  EXPECT_THAT(Boxes(dot), ElementsAre("Dense", "Dropout", "Dense"));
  EXPECT_THAT(Arrows(dot), ElementsAre("0 -> 1", "1 -> 2"));
  EXPECT_THAT(dot, HasSubstr("rankdir=TB"));
  EXPECT_THAT(dot, HasSubstr("dpi=200"));
  const std::string all = Dot(model, {.show_shapes = true,
                                      .show_dtype = true,
                                      .show_layer_names = true,
                                      .rankdir = "LR",
                                      .dpi = 50,
                                      .show_layer_activations = true,
                                      .show_trainable = true});
  EXPECT_THAT(Boxes(all),
              ElementsAre("dense (Dense)Activation: reluInput shape: (None, 3)Output shape: (None, "
                          "4)Output dtype: float32Trainable",
                          "dropout (Dropout)Input shape: (None, 4)Output shape: (None, 4)Output "
                          "dtype: float32",
                          "dense_1 (Dense)Activation: linearInput shape: (None, 4)Output shape: "
                          "(None, 2)Output dtype: float32Trainable"));
  EXPECT_THAT(all, HasSubstr("rankdir=LR"));
  EXPECT_THAT(all, HasSubstr("dpi=50"));
}

TEST(ModelToDotTest, ALayerIsOneBoxForAllItsCalls) {
  const Model model = Branches();
  ASSERT_TRUE(model.status().ok()) << model.status();
  const std::string dot = Dot(model, {.show_shapes = true, .show_layer_names = true});
  const std::vector<std::string> boxes = Boxes(dot);
  EXPECT_THAT(boxes,
              ::testing::UnorderedElementsAre(
                  "a (InputLayer)Output shape: (None, 6)", "b (InputLayer)Output shape: (None, 6)",
                  "encoder (Sequential)Input shape: (None, 6)Output shape: (None, 3)",
                  "shared (Dense)Input shape: (None, 6)Output shape: (None, 3)",
                  "sum (Add)Input shape: [(None, 3), (None, 3), (None, 3)]Output shape: "
                  "(None, 3)",
                  "scale (Dense)Input shape: (None, 3)Output shape: (None, 1)",
                  "steps (Reshape)Input shape: (None, 3)Output shape: (None, 3, 1)",
                  "lstm (LSTM)Input shape: (None, 3, 1)Output shape: (None, 2)"));
  // a to encoder and shared, b to shared, both to sum (shared once), sum to two, steps to lstm.
  EXPECT_EQ(Arrows(dot).size(), 8u);
  EXPECT_EQ(Arrows(Dot(model, {.expand_nested = true})).size(), 9u);
  EXPECT_THAT(Dot(model, {.show_trainable = true}), HasSubstr("Non-trainable"));
  EXPECT_THAT(Boxes(Dot(model, {.show_layer_activations = true})),
              ::testing::Contains("LSTMActivation: tanh"));
}

TEST(ModelToDotTest, NestedModelsBecomeFrames) {
  Sequential encoder("encoder");
  encoder.Add(Dense(4, {.input_shape = {3}, .name = "first"}));
  encoder.Add(Dense(2, {.name = "second"}));
  const KerasTensor inner = Input({3}, {.name = "inner"});
  const Model nested(inner, Dense(2, {.name = "head"})(encoder(inner)), {.name = "nested"});
  const KerasTensor x = Input({3}, {.name = "x"});
  const Model model(x, Dense(1, {.name = "last"})(nested(x)), {.name = "outer"});
  EXPECT_THAT(Boxes(Dot(model)), ElementsAre("InputLayer", "Functional", "Dense"));
  const std::string dot = Dot(model, {.show_layer_names = true, .expand_nested = true});
  EXPECT_THAT(Boxes(dot), ElementsAre("x (InputLayer)", "inner (InputLayer)", "first (Dense)",
                                      "second (Dense)", "head (Dense)", "last (Dense)"));
  EXPECT_THAT(dot, HasSubstr("label=<nested>"));
  EXPECT_THAT(dot, HasSubstr("label=<encoder>"));
  const auto id = [&](const std::string& name) {
    const size_t at = dot.find("<b>" + name + "</b>");
    const size_t line = dot.rfind('\n', at);
    const std::string text = dot.substr(line, at - line);
    return std::string(absl::StripAsciiWhitespace(text.substr(0, text.find('['))));
  };
  std::vector<std::string> wanted;
  const std::vector<std::string> names = {"x", "inner", "first", "second", "head", "last"};
  for (size_t i = 1; i < names.size(); ++i)
    wanted.push_back(id(names[i - 1]) + " -> " + id(names[i]));
  EXPECT_THAT(Arrows(dot), ::testing::UnorderedElementsAreArray(wanted));
}

TEST(PlotModelTest, DrawsByTheFilesName) {
  if (std::system("dot -V 2>/dev/null") != 0) GTEST_SKIP() << "run tools/setup";
  const std::string dir = io::testing::FreshDirectory();
  const Model model = Branches();
  const PlotModelOptions all = {.show_shapes = true,
                                .show_dtype = true,
                                .show_layer_names = true,
                                .expand_nested = true,
                                .dpi = 60,
                                .show_layer_activations = true,
                                .show_trainable = true};
  for (const auto& [name, begin] :
       {std::pair("m.dot", "digraph"), std::pair("m.svg", "<?xml"), std::pair("m.png", "\x89PNG"),
        std::pair("m.pdf", "%PDF"), std::pair("model", "\x89PNG")}) {
    const absl::Status status = PlotModel(model, dir + name, all);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_TRUE(absl::StartsWith(io::testing::Slurp(dir + name), begin)) << name;
  }
  const std::string svg = io::testing::Slurp(dir + "m.svg");
  for (const char* text : {">narrow<", ">shared<", "(LSTM)", "(None, 3, 1)", ">Non", ">encoder<"})
    EXPECT_THAT(svg, HasSubstr(text));
  // As in docs/plots.md.
  if (const char* pictures = std::getenv("DAGRAD_PICTURES")) {
    EXPECT_TRUE(PlotModel(model, std::string(pictures) + "/model.svg", all).ok());
  }
}

TEST(PlotModelTest, NamesAreText) {
  if (std::system("dot -V 2>/dev/null") != 0) GTEST_SKIP() << "run tools/setup";
  const std::string path = io::testing::FreshDirectory() + "m.svg";
  Sequential nested("</td>&\"'");
  nested.Add(Dense(1, {.input_shape = {1}, .name = "<b>\"];x->y&amp;"}));
  const KerasTensor x = Input({1}, {.name = "<script>"});
  const Model model(x, nested(x));
  ASSERT_TRUE(model.status().ok()) << model.status();
  for (const bool expand : {false, true}) {
    const absl::Status status =
        PlotModel(model, path, {.show_layer_names = true, .expand_nested = expand});
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_THAT(io::testing::Slurp(path), Not(HasSubstr("<script>")));
  }
}

TEST(PlotModelTest, RefusesByName) {
  const std::string dir = io::testing::FreshDirectory();
  Sequential model("unbuilt");
  model.Add(Dense(1));
  EXPECT_THAT(PlotModel(model, dir + "m.png").ToString(),
              HasSubstr("does not know its input's shape"));
  model.Add(Input({3}));
  EXPECT_THAT(PlotModel(model, dir + "m.gif").ToString(),
              HasSubstr("m.gif: its name ends in .png, .svg, .pdf or .dot"));
  Sequential built("built");
  built.Add(Dense(1, {.input_shape = {2}}));
  EXPECT_THAT(PlotModel(built, dir + "m.png", {.rankdir = "UP"}).ToString(),
              HasSubstr("not \"UP\""));
  EXPECT_THAT(PlotModel(built, dir + "m.png", {.dpi = 0}).ToString(), HasSubstr("not 0"));
  EXPECT_TRUE(std::filesystem::is_empty(dir));
  Budget cancelled{Budget::Limits{}};
  cancelled.Cancel();
  EXPECT_TRUE(absl::IsCancelled(PlotModel(built, dir + "m.png", {.budget = cancelled})));
}

}  // namespace
}  // namespace dagrad::keras
