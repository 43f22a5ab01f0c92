// Every op that is imported, with inputs and attributes that do not fit it: a clear answer,
// whatever they are.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/tests/hostile/hostile_values.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

using tests::Below;
using tests::HostileInt;
using tests::OneIn;
using tests::Pick;
using tests::Rng;

constexpr uint64_t kSeed = 20261127;
constexpr int kModelsOfEachOp = 1000;

const std::vector<std::string> kInputs = {"x0",  "x1", "x3", "x4",  "x5",   "half", "ids",
                                          "yes", "v",  "w",  "one", "axes", "many", ""};

// Values of many ranks and dtypes, symbols among the dimensions, weights and numbers.
ModelMaker WithInputs(int64_t opset) {
  ModelMaker m(opset);
  constexpr int32_t kBool = 9, kDouble = 11;
  m.Input("x0", kFloat, {}).Input("x1", kFloat, {"4"}).Input("x3", kFloat, {"batch", "4", "6"});
  m.Input("x4", kFloat, {"2", "4", "6", "6"}).Input("x5", kFloat, {"1", "4", "3", "3", "3"});
  m.Input("half", kDouble, {"0", "4"}).Input("ids", kInt64, {"batch", "4"});
  m.Input("yes", kBool, {"4"});
  m.Floats("v", {4}, {1, 2, 3, 4}).Floats("w", {4, 4, 1, 1}, std::vector<float>(16, 0.5f));
  m.Integers("one", {1}).Integers("axes", {0, -1}).Integers("many", {1, INT64_MAX, -7, 0});
  m.Output("y");
  return m;
}

void AddAttribute(proto::Node* node, Rng* rng) {
  static const std::vector<std::string> numbers = {"axis",
                                                   "group",
                                                   "keepdims",
                                                   "blocksize",
                                                   "size",
                                                   "p",
                                                   "ceil_mode",
                                                   "count_include_pad",
                                                   "batch_dims",
                                                   "to",
                                                   "dtype",
                                                   "k",
                                                   "upper",
                                                   "num_groups",
                                                   "num_outputs",
                                                   "start",
                                                   "end",
                                                   "exclusive",
                                                   "reverse",
                                                   "q_num_heads",
                                                   "kv_num_heads",
                                                   "is_causal",
                                                   "layout",
                                                   "allowzero",
                                                   "time_axis",
                                                   "batch_axis",
                                                   "select_last_index",
                                                   "training_mode",
                                                   "hidden_size",
                                                   "periodic"};
  static const std::vector<std::string> lists = {
      "axes",  "kernel_shape",   "pads",         "strides", "dilations", "perm",
      "split", "output_padding", "output_shape", "starts",  "ends",      "shape"};
  static const std::vector<std::string> texts = {
      "auto_pad", "mode", "reduction", "direction", "equation", "coordinate_transformation_mode"};
  static const std::vector<std::string> values = {"SAME_UPPER",
                                                  "VALID",
                                                  "linear",
                                                  "cubic",
                                                  "reflect",
                                                  "wrap",
                                                  "CRD",
                                                  "none",
                                                  "add",
                                                  "bidirectional",
                                                  "ij,jk->ik",
                                                  "...i->i",
                                                  "tf_crop_and_resize",
                                                  "?"};
  const auto integer = [rng] {
    return OneIn(3, rng) ? HostileInt(rng) : static_cast<int64_t>(Below(5, rng)) - 1;
  };
  switch (Below(3, rng)) {
    case 0:
      return SetInt(node, Pick(numbers, rng), integer());
    case 1: {
      std::vector<int64_t> list(Below(7, rng));
      for (int64_t& v : list) v = integer();
      return SetInts(node, Pick(lists, rng), list);
    }
    default: {
      proto::Attribute* a = node->add_attribute();
      a->set_name(Pick(texts, rng));
      a->set_s(Pick(values, rng));
    }
  }
}

class RowsWalkTest : public ::testing::TestWithParam<absl::string_view> {};

TEST_P(RowsWalkTest, AnswersWhateverItIsGiven) {
  Rng rng(kSeed);
  static const std::vector<int64_t> opsets = {1, 6, 10, 11, 13, 17, 18, 21, 23};
  for (int i = 0; i < kModelsOfEachOp; ++i) {
    ModelMaker m = WithInputs(Pick(opsets, &rng));
    std::vector<std::string> inputs(Below(6, &rng));
    for (std::string& input : inputs) input = Pick(kInputs, &rng);
    // All pairs, then any.
    const auto n = static_cast<int>(kInputs.size());
    if (i < n * n) {
      inputs.resize(std::max<size_t>(inputs.size(), 2));
      inputs[0] = kInputs[i / n];
      inputs[1] = kInputs[i % n];
    }
    const auto most = static_cast<size_t>(FindRow(GetParam())->most_inputs);
    if (inputs.size() > most) inputs.resize(most);
    std::vector<std::string> outputs = {"y", "z", "u"};
    outputs.resize(1 + Below(3, &rng));
    proto::Node* node = m.Node(std::string(GetParam()), inputs, outputs);
    const uint64_t attributes = Below(4, &rng);
    for (uint64_t k = 0; k < attributes; ++k) AddAttribute(node, &rng);
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", model ", i, "\n", node->DebugString()));
    const auto loaded = io::ImportOnnx(m.model(), "");
    // Whoever imports it must be told something: no error is an internal one.
    EXPECT_NE(loaded.status().code(), absl::StatusCode::kInternal) << loaded.status();
    EXPECT_EQ(loaded.ok(), loaded.status().message().empty());
  }
}

// A node with one input more than its op has.
ModelMaker WithOneMore(const Row& row) {
  ModelMaker m = WithInputs(18);
  const std::string name(row.op);
  const size_t dot = name.rfind('.');
  proto::Node* node = m.Node(name, std::vector<std::string>(row.most_inputs + 1, "x1"), {"y"});
  if (dot == std::string::npos) return m;
  node->set_op_type(name.substr(dot + 1));
  node->set_domain(name.substr(0, dot));
  proto::OperatorSetId* opset = m.model().add_opset_import();
  opset->set_domain(node->domain());
  opset->set_version(1);
  return m;
}

TEST(RowsTest, MoreInputsThanAnOpHasAreRefused) {
  int refused = 0;
  for (const absl::string_view name : RowNames()) {
    const Row& row = *FindRow(name);
    if (row.most_inputs == kAnyNumber) continue;
    SCOPED_TRACE(name);
    const absl::Status status = io::ImportOnnx(WithOneMore(row).model(), "").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(std::string(status.message()),
                ::testing::HasSubstr(absl::StrCat("inputs; the op has ", row.most_inputs)));
    ++refused;
  }
  EXPECT_GT(refused, 150);
}

INSTANTIATE_TEST_SUITE_P(Rows, RowsWalkTest, ::testing::ValuesIn(RowNames()), [](const auto& info) {
  std::string name(info.param);
  for (char& c : name) c = c == '.' ? '_' : c;
  return name;
});

}  // namespace
}  // namespace dagrad::onnx
