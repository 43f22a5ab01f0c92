// Random models whose layers, and so weights, are in Keras's order (make_layer_order_golden.py).
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/keras.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

struct Case {
  int64_t inputs = 0;
  std::vector<std::pair<int64_t, std::vector<int64_t>>> calls;  // layer, tensors
  std::vector<int64_t> outputs;
  std::vector<std::string> layers;
};

std::vector<Case> ReadCases() {
  std::ifstream in("tests/keras/golden/layer_order.json");
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const absl::StatusOr<Json> json = ParseJson(text);
  EXPECT_TRUE(json.ok()) << json.status();
  std::vector<Case> cases;
  if (!json.ok()) return cases;
  for (const Json& one : Member(*json, "cases")->get_array()) {
    Case& c = cases.emplace_back();
    EXPECT_TRUE(ReadJson(Member(one, "inputs"), &c.inputs) &&
                ReadJson(Member(one, "outputs"), &c.outputs) &&
                ReadJson(Member(one, "layers"), &c.layers));
    for (const Json& call : Member(one, "calls")->get_array()) {
      auto& [layer, tensors] = c.calls.emplace_back();
      EXPECT_TRUE(ReadJson(&call.get_array()[0], &layer) &&
                  ReadJson(&call.get_array()[1], &tensors));
    }
  }
  return cases;
}

Model MakeModel(const Case& c) {
  std::vector<KerasTensor> tensors;
  for (int64_t i = 0; i < c.inputs; ++i)
    tensors.push_back(Input({2}, {.name = absl::StrCat("i", i)}));
  std::map<int64_t, Layer> layers;
  for (const auto& [layer, given] : c.calls) {
    const std::string name = absl::StrCat("l", layer);
    const auto at =
        layers.emplace(layer, given.size() > 1 ? Add().Named(name) : Dense(2).Named(name)).first;
    std::vector<KerasTensor> in;
    for (const int64_t t : given) in.push_back(tensors[t]);
    tensors.push_back(at->second(in));
  }
  std::vector<KerasTensor> outputs;
  for (const int64_t t : c.outputs) outputs.push_back(tensors[t]);
  return Model({tensors.begin(), tensors.begin() + c.inputs}, outputs);
}

TEST(LayerOrderTest, IsKerass) {
  const std::vector<Case> cases = ReadCases();
  ASSERT_GE(cases.size(), 40u);
  for (const Case& c : cases) {
    const Model model = MakeModel(c);
    std::vector<std::string> names;
    for (const Layer& layer : model.layers()) names.push_back(layer->name());
    EXPECT_EQ(names, c.layers) << *model.Summary();
  }
}

// A skip connection's layer comes behind the first of the longer way, although it was called first.
TEST(LayerOrderTest, WeightsFollow) {
  const KerasTensor in = Input({3});
  const KerasTensor skip = Dense(4)(in);
  Model model(in, Add()({skip, Dense(4)(Dense(5)(in))}));
  const std::vector<Tensor> weights = *model.GetWeights();
  ASSERT_EQ(weights.size(), 6u);
  EXPECT_EQ(weights[0].dims(), (Dims{3, 5}));
  EXPECT_EQ(weights[2].dims(), (Dims{3, 4}));
  EXPECT_EQ(weights[4].dims(), (Dims{5, 4}));
}

// Names count layers as they are made, not as they are called.
TEST(LayerOrderTest, NamesAreInTheOrderOfMaking) {
  const KerasTensor in = Input({3});
  const Layer second_called = Dense(4);
  const KerasTensor h = Dense(4)(in);
  Model model(in, second_called(h));
  EXPECT_EQ(second_called->name(), "dense");
  EXPECT_EQ(model.layers()[1]->name(), "dense_1");
  for (const auto& [layer, name] : std::vector<std::pair<Layer, std::string>>{
           {ReLU(), "re_lu"}, {LeakyReLU(), "leaky_re_lu"}, {PReLU(), "p_re_lu"}}) {
    Model(in, layer(in));
    EXPECT_EQ(layer->name(), name);
  }
  EXPECT_EQ(SnakeCase("SimpleRNNCell"), "simple_rnn_cell");
  EXPECT_EQ(SnakeCase("StackedRNNCells"), "stacked_rnn_cells");
  EXPECT_EQ(SnakeCase("Conv2DTranspose"), "conv2d_transpose");
  EXPECT_EQ(SnakeCase("MaxPooling1D"), "max_pooling1d");
}

}  // namespace
}  // namespace dagrad::keras
