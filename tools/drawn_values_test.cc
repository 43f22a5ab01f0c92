#include "dagrad/tools/drawn_values.h"

#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/indexing/one_hot/one_hot.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "gtest/gtest.h"

namespace dagrad::tools {
namespace {

// The root of the mean of the squares.
double SizeOf(const Tensor& t) {
  double sum = 0;
  for (float x : t.data<float>()) sum += double{x} * x;
  return std::sqrt(sum / static_cast<double>(t.num_elements()));
}

Model ModelOf(Function f, std::vector<StateDecl> states) {
  Model model;
  model.functions.push_back(std::move(f));
  model.states = std::move(states);
  return model;
}

// Neither vanishes nor explodes, however many layers there are.
TEST(DrawnValuesTest, ResultsOfManyLayersAreAsLargeAsTheInput) {
  GraphBuilder g("predict");
  Value x = g.Input("x", DType::kFloat32, {"batch", 64});
  std::vector<StateDecl> states;
  for (int i = 0; i < 30; ++i) {
    const int64_t from = i % 2 == 0 ? 64 : 200, to = 264 - from;
    const std::string name = absl::StrCat("w", i);
    states.push_back({name, {DType::kFloat32, {from, to}}, true, ""});
    x = MatMul(x, g.State(name, DType::kFloat32, {from, to}));
  }
  states.push_back({"scale", {DType::kFloat32, {64}}, true, ""});
  g.Output("y", x * g.State("scale", DType::kFloat32, {64}));
  const Model model = ModelOf(*g.Build(), states);
  const Function& f = model.functions[0];
  const std::vector<Tensor> inputs = *DrawInputs(f, {{"batch", 8}});
  EXPECT_NEAR(SizeOf(inputs[0]), 1, 0.1);
  StateStore store;
  ASSERT_TRUE(DrawStates(model, f, {}, {}, &store).ok());
  const auto outputs = (*Executable::Compile(f))->Run({{"x", inputs[0]}}, &store);
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  const double size = SizeOf(outputs->at("y"));
  EXPECT_TRUE(size > 0.2 && size < 5) << size;
}

TEST(DrawnValuesTest, SlotsAreZeroAndWhatIsThereStays) {
  GraphBuilder g("step");
  Value w = g.State("w", DType::kFloat32, {3, 4}), slot = g.State("slot", DType::kFloat32, {3, 4});
  Value step = g.State("step", DType::kInt64, {});
  g.Update("slot", slot + w);
  g.Update("w", w - slot);
  g.Update("step", step + 1);
  const Model model = ModelOf(*g.Build(), {{"w", {DType::kFloat32, {3, 4}}, true, ""},
                                           {"slot", {DType::kFloat32, {3, 4}}, false, ""},
                                           {"step", {DType::kInt64, {}}, false, ""}});
  StateStore store;
  ASSERT_TRUE(DrawStates(model, model.functions[0], {}, {}, &store).ok());
  EXPECT_GT(SizeOf(store.Get("w")), 0.1);
  EXPECT_EQ(SizeOf(store.Get("slot")), 0);
  EXPECT_EQ(store.Get("step").data<int64_t>()[0], 0);

  StateStore loaded;
  loaded.Set("w", Tensor::Full(DType::kFloat32, {3, 4}, 7));
  ASSERT_TRUE(DrawStates(model, model.functions[0], {}, {}, &loaded).ok());
  EXPECT_EQ(SizeOf(loaded.Get("w")), 7);
  EXPECT_EQ(SizeOf(loaded.Get("slot")), 0);
}

TEST(DrawnValuesTest, TheModelsOwnInitialValues) {
  GraphBuilder g("predict");
  g.Output("y", g.State("w", DType::kFloat32, {2, 2}) + g.State("m", DType::kFloat32, {2}));
  GraphBuilder first("initialize");
  first.Input("key", DType::kInt64, {2});
  first.Update("w", Full(&first, DType::kFloat32, {2, 2}, 0.25));
  Model model = ModelOf(*g.Build(), {{"w", {DType::kFloat32, {2, 2}}, true, ""},
                                     {"m", {DType::kFloat32, {2}}, false, ""}});
  model.functions.push_back(*first.Build());
  StateStore store;
  ASSERT_TRUE(DrawStates(model, model.functions[0], {}, {}, &store).ok());
  EXPECT_EQ(SizeOf(store.Get("w")), 0.25);
  EXPECT_EQ(SizeOf(store.Get("m")), 0);
}

TEST(DrawnValuesTest, AnInputThatIsTooLargeIsNamed) {
  GraphBuilder g("predict");
  g.Output("y", g.Input("x", DType::kFloat32, {"batch", 4}) + 1.0);
  const Function f = *g.Build();
  const absl::Status status = DrawInputs(f, {{"batch", int64_t{1} << 38}}).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_TRUE(absl::StartsWith(status.message(), "input \"x\", float32[batch,4]: ")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "float32[274877906944,4]")) << status;
  Budget::Limits limits;
  limits.bytes = 1000;
  const absl::Status beyond = DrawInputs(f, {{"batch", 99999}}, Budget(limits)).status();
  EXPECT_TRUE(absl::IsResourceExhausted(beyond)) << beyond;
  EXPECT_TRUE(absl::StrContains(beyond.message(), "\"x\", float32[batch,4]")) << beyond;
  EXPECT_TRUE(absl::StrContains(beyond.message(), "takes 1599984 bytes")) << beyond;
  EXPECT_TRUE(absl::StrContains(beyond.message(), "1000")) << beyond;
}

// All numbers of an index' range, and no other.
TEST(DrawnValuesTest, IndicesAndLabelsAreInTheirRange) {
  GraphBuilder g("loss");
  const auto input = [&](const char* name) { return g.Input(name, DType::kInt32, {"batch", 9}); };
  Value table = g.Input("table", DType::kFloat32, {2, "classes", 5});
  g.Output("rows",
           Gather(table, Reshape(Cast(input("ids"), DType::kInt64), {InferDim()}), {.axis = -2}));
  g.Output("hot", OneHot(input("hot_ids"), 4));
  g.Output("loss", SparseSoftmaxCrossEntropy(g.Input("x", DType::kFloat32, {"batch", 9, 3}),
                                             input("labels")));
  g.Output("other", input("others"));
  absl::StatusOr<Function> f = g.Build();
  ASSERT_TRUE(f.ok()) << f.status();
  const auto inputs = DrawInputs(*f, {{"batch", 11}, {"classes", 7}});
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  const auto numbers = [&](const std::string& name) {
    for (size_t i = 0; i < f->inputs.size(); ++i) {
      if (f->nodes[f->inputs[i]].name != name) continue;
      const auto data = (*inputs)[i].data<int32_t>();
      return std::set<int32_t>(data.begin(), data.end());
    }
    return std::set<int32_t>();
  };
  EXPECT_EQ(numbers("ids"), (std::set<int32_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(numbers("hot_ids"), (std::set<int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(numbers("labels"), (std::set<int32_t>{0, 1, 2}));
  EXPECT_EQ(numbers("others"), (std::set<int32_t>{0}));
}

}  // namespace
}  // namespace dagrad::tools
