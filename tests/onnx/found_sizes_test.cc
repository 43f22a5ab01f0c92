// Shapes of ops that a random comparison with ONNX Runtime found to be wrong or refused: of slices,
// ranges, empty axes and sizes that are symbols.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "dagrad/tests/onnx/run_model.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

using FloatVector = std::vector<float>;
using IntVector = std::vector<int64_t>;

// 1, 2, 3, …
Tensor Counted(const Dims& dims) {
  Tensor t = *Tensor::Zeros(DType::kFloat32, dims);
  float next = 1;
  for (float& v : t.mutable_data<float>()) v = next++;
  return t;
}

// ---- Slices.

struct OneSlice {
  int64_t start, end, step;
};

ModelMaker SliceOf(const std::string& size, const OneSlice& s) {
  ModelMaker m;
  m.Input("x", kFloat, {size}).Output("y").Integers("start", {s.start}).Integers("end", {s.end});
  m.Integers("axis", {0}).Integers("step", {s.step});
  m.Node("Slice", {"x", "start", "end", "axis", "step"}, {"y"});
  return m;
}

TEST(FoundSlices, BackwardsFromBeforeTheAxis) {
  const std::vector<std::pair<OneSlice, FloatVector>> cases = {
      {{-5, -10, -1}, {1}},  {{-5, INT64_MIN, -2}, {1}}, {{9, -10, -2}, {3, 1}},
      {{-1, 0, -1}, {3, 2}}, {{-5, 0, -1}, {}},          {{-5, 5, 1}, {1, 2, 3}}};
  for (const auto& [slice, expected] : cases) {
    ModelMaker m = SliceOf("3", slice);
    EXPECT_EQ(ValuesOf<float>(Results(m, {{"x", Counted({3})}})), expected)
        << slice.start << ":" << slice.end << ":" << slice.step;
  }
  ModelMaker empty = SliceOf("0", {-5, -10, -1});
  EXPECT_EQ(DimsOf(Results(empty, {{"x", Counted({0})}})), (Dims{0}));
}

TEST(FoundSlices, OfNothingOfASymbol) {
  for (const OneSlice& slice :
       std::vector<OneSlice>{{3, 2, 1}, {2, 2, 1}, {-1, -3, 2}, {5, 0, 1}}) {
    ModelMaker m = SliceOf("n", slice);
    for (int64_t n : {0, 1, 4})
      EXPECT_EQ(DimsOf(Results(m, {{"x", Counted({n})}})), (Dims{0})) << n;
  }
}

TEST(FoundPads, WrapWhatIsLeft) {
  ModelMaker m(19);
  m.Input("x", kFloat, {"4"}).Output("y").Integers("pads", {-2, 1});
  SetText(m.Node("Pad", {"x", "pads"}, {"y"}), "mode", "wrap");
  EXPECT_EQ(ValuesOf<float>(Results(m, {{"x", Counted({4})}})), (FloatVector{3, 4, 3}));
}

// ---- Recurrent networks of no steps.

struct Network {
  const char* op;
  int64_t gates;
  bool is_plain;  // an op of dagrad
};

// Of 4 units.
ModelMaker ModelOf(const Network& n, const std::string& time) {
  ModelMaker m;
  m.Input("x", kFloat, {time, "2", "3"})
      .Output("y")
      .Output("h")
      .Input("h0", kFloat, {"1", "2", "4"});
  m.Floats("w", {1, 4 * n.gates, 3}, FloatVector(static_cast<size_t>(12 * n.gates), 0.5f));
  m.Floats("r", {1, 4 * n.gates, 4}, FloatVector(static_cast<size_t>(16 * n.gates), 0.25f));
  proto::Node* node = m.Node(n.op, {"x", "w", "r", "", "", "h0"}, {"y", "h"});
  SetInt(node, "hidden_size", 4);
  if (n.gates == 3) SetInt(node, "linear_before_reset", n.is_plain ? 1 : 0);
  if (n.gates == 4) SetInt(node, "input_forget", n.is_plain ? 0 : 1);
  return m;
}

constexpr Network kNetworks[] = {
    {"RNN", 1, false}, {"GRU", 3, true}, {"GRU", 3, false}, {"LSTM", 4, true}, {"LSTM", 4, false}};

TEST(FoundNetworks, OfNoSteps) {
  const runtime::TensorMap feeds = {{"x", Counted({0, 2, 3})}, {"h0", Counted({1, 2, 4})}};
  for (const Network& n : kNetworks) {
    for (const char* time : {"0", "t"}) {
      if (std::string(time) == "t" && !n.is_plain) continue;  // refused
      SCOPED_TRACE(std::string(n.op) + " " + time);
      ModelMaker m = ModelOf(n, time);
      const auto results = Results(m, feeds);
      EXPECT_EQ(DimsOf(results), (Dims{0, 1, 2, 4}));
      EXPECT_EQ(ValuesOf<float>(results, "h"), (FloatVector{1, 2, 3, 4, 5, 6, 7, 8}));
    }
  }
}

TEST(FoundNetworks, TheLastOfStepsOfASymbol) {
  const runtime::TensorMap feeds = {{"x", Counted({3, 2, 3})}, {"h0", Counted({1, 2, 4})}};
  for (const Network& n : kNetworks) {
    if (!n.is_plain) continue;
    for (const char* direction : {"forward", "reverse"}) {
      ModelMaker known = ModelOf(n, "3"), open = ModelOf(n, "t");
      for (ModelMaker* m : {&known, &open})
        SetText(m->graph().mutable_node(0), "direction", direction);
      EXPECT_EQ(ValuesOf<float>(Results(open, feeds), "h"),
                ValuesOf<float>(Results(known, feeds), "h"));
    }
  }
}

TEST(FoundSizes, OfExpandAndTile) {
  for (const char* op : {"Expand", "Tile"}) {
    ModelMaker m;
    m.Input("x", kFloat, {"n"}).Output("y").Integers("three", {3}).Floats("one", {1}, {7});
    m.Node("Shape", {"x"}, {"n"});
    m.Node("Max", {"n", "three"}, {"size"});
    m.Node(op, {"one", "size"}, {"y"});
    EXPECT_EQ(ValuesOf<float>(Results(m, {{"x", Counted({5})}})), FloatVector(5, 7)) << op;
    EXPECT_EQ(ValuesOf<float>(Results(m, {{"x", Counted({1})}})), FloatVector(3, 7)) << op;
  }
}

// The depth of an axis that is a symbol, and one that is known in a run only.
TEST(FoundSizes, OfOneHot) {
  for (const char* depth : {"n", "d"}) {
    ModelMaker m;
    m.Input("x", kFloat, {"n"}).Input("d", kInt64, {"1"}).Input("i", kInt64, {"2"}).Output("y");
    m.Floats("values", {2}, {0, 5}).Node("Shape", {"x"}, {"n"});
    SetInt(m.Node("OneHot", {"i", depth, "values"}, {"y"}), "axis", 0);
    const auto results = Results(m, {{"x", Counted({3})},
                                     {"d", Tensor::Of<int64_t>({1}, {3})},
                                     {"i", Tensor::Of<int64_t>({2}, {1, -1})}});
    EXPECT_EQ(DimsOf(results), (Dims{3, 2})) << depth;
    EXPECT_EQ(ValuesOf<float>(results), (FloatVector{0, 0, 5, 0, 0, 5})) << depth;
  }
}

TEST(FoundSizes, TheLastIndexAlongASymbol) {
  ModelMaker m;
  m.Input("x", kFloat, {"n"}).Output("y");
  SetInt(m.Node("ArgMax", {"x"}, {"y"}), "select_last_index", 1);
  EXPECT_EQ(ValuesOf<int64_t>(Results(m, {{"x", Floats({4}, {1, 7, 7, 2})}})), (IntVector{2}));
}

TEST(FoundSizes, BlocksOfSymbols) {
  ModelMaker m;
  m.Input("x", kFloat, {"1", "1", "h", "w"}).Output("y");
  SetInt(m.Node("SpaceToDepth", {"x"}, {"y"}), "blocksize", 2);
  const auto results = Results(m, {{"x", Counted({1, 1, 2, 4})}});
  EXPECT_EQ(DimsOf(results), (Dims{1, 4, 1, 2}));
  EXPECT_EQ(ValuesOf<float>(results), (FloatVector{1, 3, 2, 4, 5, 7, 6, 8}));
  EXPECT_EQ(Results(m, {{"x", Counted({1, 1, 3, 4})}}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(FoundSizes, SymbolsOfFiltersAreNamed) {
  ModelMaker m;
  m.Input("x", kFloat, {"1", "1", "4", "4"}).Input("w", kFloat, {"1", "1", "kh", "2"}).Output("y");
  m.Node("Conv", {"x", "w"}, {"y"});
  const absl::Status status = Results(m, {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "axis 2 of [1,1,kh,2]")) << status;
}

// ---- Windows that do not fit.

TEST(FoundPools, WithoutResults) {
  for (const char* op : {"MaxPool", "AveragePool", "LpPool"}) {
    for (int64_t ceil_mode : {0, 1}) {
      if (ceil_mode == 1 && std::string(op) == "LpPool") continue;
      ModelMaker m;
      m.Input("x", kFloat, {"1", "1", "1", "3"}).Output("y");
      proto::Node* node = m.Node(op, {"x"}, {"y"});
      SetInts(node, "kernel_shape", {2, 2});
      if (ceil_mode == 1) SetInt(node, "ceil_mode", 1);
      EXPECT_EQ(DimsOf(Results(m, {{"x", Counted({1, 1, 1, 3})}})), (Dims{1, 1, 0, 2})) << op;
      node->mutable_attribute(0)->set_ints(0, 5);
      const absl::Status status = Results(m, {}).status();
      EXPECT_TRUE(absl::StrContains(status.message(), "the window does not fit")) << status;
    }
  }
}

}  // namespace
}  // namespace dagrad::onnx
