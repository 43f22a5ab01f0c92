// Models as they are found: data in other files and behind links, opsets and functions that stand
// twice, padding of axes that are symbols.
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/io/test_files.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "dagrad/tests/onnx/run_model.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

namespace files = std::filesystem;
using Code = absl::StatusCode;
using io::testing::FreshDirectory;

// 0, 1, 2, …
Tensor Counted(const Dims& dims) {
  Tensor t = *Tensor::Zeros(DType::kFloat32, dims);
  const absl::Span<float> data = t.mutable_data<float>();
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i);
  return t;
}

std::vector<float> ValuesOf(const Tensor& t) {
  return {t.data<float>().begin(), t.data<float>().end()};
}

// ---- Data in other files.

// A model whose initializer w, float32[4], is in another file.
std::string Outside(const Entries& entries) {
  ModelMaker m;
  m.Input("x", kFloat, {"4"}).Output("y").Node("Mul", {"x", "w"}, {"y"});
  SetOutside("w", entries, m.graph().add_initializer());
  return m.model().SerializeAsString();
}

void SpillFloats(const std::string& path, float value) {
  const std::vector<float> floats(4, value);
  io::testing::Spill(path, absl::string_view(reinterpret_cast<const char*>(floats.data()), 4 * 4));
}

absl::StatusOr<float> WeightOf(const std::string& path) {
  const auto loaded = io::ImportOnnx(path);
  if (!loaded.ok()) return loaded.status();
  return loaded->state.at("w").data<float>()[3];
}

// The cache of Hugging Face: both files are links out of the model's directory, to one other.
TEST(FoundDataTest, OfACacheOfLinks) {
  const std::string root = FreshDirectory();
  for (const char* directory : {"blobs", "snapshots/1/onnx", "elsewhere"})
    files::create_directories(root + directory);
  io::testing::Spill(root + "blobs/aa", Outside({{"location", "model.onnx_data"}}));
  SpillFloats(root + "blobs/bb", 7);
  SpillFloats(root + "elsewhere/cc", 8);
  const std::string directory = root + "snapshots/1/onnx/";
  const std::string path = directory + "model.onnx", data = directory + "model.onnx_data";
  files::create_symlink("../../../blobs/aa", path);
  files::create_symlink("../../../blobs/bb", data);
  const auto linked = WeightOf(path);
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_EQ(*linked, 7);
  // One that leads elsewhere is refused; so is that one if the model itself is no link.
  files::remove(data);
  files::create_symlink("../../../elsewhere/cc", data);
  EXPECT_EQ(WeightOf(path).status().code(), Code::kPermissionDenied);
  files::remove(data);
  files::create_symlink("../../../blobs/bb", data);
  files::remove(path);
  files::copy_file(root + "blobs/aa", path);
  EXPECT_EQ(WeightOf(path).status().code(), Code::kPermissionDenied);
}

TEST(FoundDataTest, OfLinksInsideAndOfNamesWithPoints) {
  const std::string root = FreshDirectory(), path = root + "model/m.onnx";
  files::create_directories(root + "model/sub");
  SpillFloats(root + "model/w.bin", 1);
  SpillFloats(root + "model/sub/w.bin", 2);
  files::create_symlink("sub/w.bin", root + "model/link.bin");
  files::create_symlink(root + "model/link.bin", root + "model/sub/whole.bin");
  files::create_directory_symlink("sub", root + "model/down");
  const std::vector<std::pair<std::string, float>> kAll = {{"./w.bin", 1},       {"././w.bin", 1},
                                                           {"./sub/w.bin", 2},   {"link.bin", 2},
                                                           {"sub/whole.bin", 2}, {"down/w.bin", 2}};
  for (const auto& [location, value] : kAll) {
    io::testing::Spill(path, Outside({{"location", location}}));
    const auto weight = WeightOf(path);
    ASSERT_TRUE(weight.ok()) << weight.status();
    EXPECT_EQ(*weight, value) << location;
  }
  // The directory itself may be reached by a link.
  files::create_directory_symlink("model", root + "linked");
  EXPECT_EQ(WeightOf(root + "linked/m.onnx").value_or(-1), 2);
}

// What ONNX Runtime keeps beside its own weights.
TEST(FoundDataTest, PrepackedWeightsAreNotLookedAt) {
  const std::string root = FreshDirectory(), path = root + "m.onnx";
  SpillFloats(root + "w.bin", 3);
  io::testing::Spill(path, Outside({{"location", "w.bin"},
                                    {"offset", "0"},
                                    {"length", "16"},
                                    {"prepacked_0", "MatMul+1|16;64;abc"}}));
  EXPECT_EQ(WeightOf(path).value_or(-1), 3);
}

// Whoever changes links while they are looked at gets nothing out of the directory.
TEST(FoundDataTest, LinksThatChangeMeanwhile) {
  const std::string root = FreshDirectory(), model = root + "model/";
  files::create_directories(model + "sub");
  files::create_directories(root + "out");
  SpillFloats(model + "sub/w.bin", 1);
  SpillFloats(root + "out/w.bin", 2);
  io::testing::Spill(model + "m.onnx", Outside({{"location", "a/w.bin"}}));
  std::atomic<bool> done = false;
  std::thread changes([&] {
    for (int i = 0; !done; ++i) {
      files::remove(model + "b");
      files::create_directory_symlink(i % 2 == 0 ? "sub" : "../out", model + "b");
      files::rename(model + "b", model + "a");
    }
  });
  for (int i = 0; i < 1000; ++i) {
    const auto weight = WeightOf(model + "m.onnx");
    EXPECT_EQ(weight.value_or(1), 1);
  }
  done = true;
  changes.join();
}

// ---- Opsets and functions.

TEST(FoundOpsetsTest, OneThatStandsTwice) {
  ModelMaker m;
  m.Input("x", kFloat, {"2"}).Output("y").Node("Neg", {"x"}, {"y"});
  m.model().add_opset_import()->set_version(17);
  proto::OperatorSetId* set = m.model().add_opset_import();
  set->set_domain("ai.onnx");
  set->set_version(17);
  EXPECT_EQ(ValuesOf(RunOne(m, {{"x", Counted({2})}})), (std::vector<float>{0, -1}));
  set->set_version(18);
  const absl::Status status = io::ImportOnnx(m.model(), "").status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "as 17 and as 18")) << status;
}

void AddOverload(ModelMaker& m, const std::string& overload, const std::string& op) {
  proto::Function* f = m.model().add_functions();
  f->set_domain("mine");
  f->set_name("F");
  f->set_overload(overload);
  f->add_input("a");
  f->add_output("r");
  f->add_opset_import()->set_version(17);
  proto::Node* node = f->add_node();
  node->set_op_type(op);
  node->add_input("a");
  node->add_output("r");
}

TEST(FoundFunctionsTest, OverloadsAreChosenByTheNode) {
  ModelMaker m;
  m.model().set_ir_version(10);
  m.Input("x", kFloat, {"3"}).Output("y");
  AddOverload(m, "", "Relu");
  AddOverload(m, "negative", "Neg");
  AddOverload(m, "twice", "Abs");
  const std::vector<std::pair<std::string, std::string>> kCalls = {{"x", "negative"}, {"t1", ""}};
  for (size_t i = 0; i < kCalls.size(); ++i) {
    proto::Node* node =
        m.Node("F", {kCalls[i].first}, {i + 1 < kCalls.size() ? absl::StrCat("t", i + 1) : "y"});
    node->set_domain("mine");
    node->set_overload(kCalls[i].second);
  }
  const Tensor x = Tensor::Of<float>({3}, {-1, 0, 2});
  EXPECT_EQ(ValuesOf(RunOne(m, {{"x", x}})), (std::vector<float>{1, 0, 0}));
  m.graph().mutable_node(0)->set_overload("missing");
  absl::Status status = io::ImportOnnx(m.model(), "").status();
  EXPECT_EQ(status.code(), Code::kUnimplemented);
  EXPECT_TRUE(absl::StrContains(status.message(), "mine.F:missing")) << status;
  AddOverload(m, "twice", "Abs");
  status = io::ImportOnnx(m.model(), "").status();
  EXPECT_EQ(status.code(), Code::kAlreadyExists);
}

// ---- auto_pad of axes that are symbols.

struct Padded {
  const char* op;
  const char* mode;
  int64_t kernel, stride, dilation;
  std::vector<std::string> dims;
};

// Convolutions of two channels; pooling otherwise.
ModelMaker ModelOf(const Padded& p, const std::vector<std::string>& dims) {
  ModelMaker m;
  m.Input("x", kFloat, dims).Output("y");
  proto::Node* node = nullptr;
  if (absl::StrContains(p.op, "Conv")) {
    std::vector<float> w(static_cast<size_t>(4 * p.kernel * p.kernel));
    for (size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(i);
    m.Floats("w", {2, 2, p.kernel, p.kernel}, w);
    node = m.Node(p.op, {"x", "w"}, {"y"});
  } else {
    node = m.Node(p.op, {"x"}, {"y"});
    SetInts(node, "kernel_shape", {p.kernel, p.kernel});
  }
  SetInts(node, "strides", {p.stride, p.stride});
  if (p.dilation != 1) SetInts(node, "dilations", {p.dilation, p.dilation});
  SetText(node, "auto_pad", p.mode);
  return m;
}

TEST(SymbolicPaddingTest, IsThatOfTheNumbers) {
  const std::vector<std::string> kPlain = {"n", "2", "h", "w"};
  std::vector<Padded> all;
  for (const char* mode : {"SAME_UPPER", "SAME_LOWER", "VALID"}) {
    for (int64_t kernel : {1, 2, 3}) {
      all.push_back({"Conv", mode, kernel, 1, 1, kPlain});
      all.push_back({"Conv", mode, kernel, 1, 2, kPlain});
      all.push_back({"MaxPool", mode, kernel, 1, 1, kPlain});
      all.push_back({"AveragePool", mode, kernel, 1, 1, kPlain});
      for (int64_t stride : {1, 2, 3})
        all.push_back({"ConvTranspose", mode, kernel, stride, 1, kPlain});
    }
  }
  for (const Padded& p : all) {
    SCOPED_TRACE(absl::StrCat(p.op, " ", p.mode, " ", p.kernel, " ", p.stride, " ", p.dilation));
    ModelMaker symbolic = ModelOf(p, p.dims), known = ModelOf(p, {"1", "2", "6", "5"});
    const runtime::TensorMap feeds = {{"x", Counted({1, 2, 6, 5})}};
    const Tensor y = RunOne(symbolic, feeds), expected = RunOne(known, feeds);
    EXPECT_EQ(y.dims(), expected.dims());
    EXPECT_EQ(ValuesOf(y), ValuesOf(expected));
  }
}

TEST(SymbolicPaddingTest, StridesThatDivideTheSize) {
  const Padded p = {"Conv", "SAME_UPPER", 3, 2, 1, {}};
  ModelMaker m = ModelOf(p, {"1", "2", "h", "w"});
  EXPECT_EQ(io::ImportOnnx(m.model(), "").status().code(), Code::kUnimplemented);
  const auto loaded =
      io::ImportOnnx(m.model(), "", {.shapes = {{"x", {1, 2, Dim("h") * 2, Dim("w") * 6 + 4}}}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const Function& f = loaded->model.functions[0];
  EXPECT_EQ(f.type(f.outputs[0].value).ToString(), "float32[1,2,h,3*w + 2]");
}

}  // namespace
}  // namespace dagrad::onnx
