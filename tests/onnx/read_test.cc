// Files of ONNX and what they keep in other files, none of which is trusted.
#include "dagrad/io/onnx/read.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/io/onnx/import.h"
#include "dagrad/io/onnx/tensors.h"
#include "dagrad/io/test_files.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

using ::testing::HasSubstr;
namespace files = std::filesystem;

std::string SmallModel() {
  ModelMaker m;
  m.Input("x", kFloat, {"batch", "2"}).Output("y");
  m.Floats("w", {2, 2}, {1, 2, 3, 4});
  m.Node("MatMul", {"x", "w"}, {"y"});
  return m.model().SerializeAsString();
}

void WriteTo(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(ReadOnnxTest, EveryTruncationIsSurvived) {
  const std::string whole = SmallModel();
  for (size_t n = 0; n < whole.size(); ++n) {
    const auto model = ParseModel(whole.substr(0, n));
    if (model.ok()) io::ImportOnnx(*model, "").status().IgnoreError();
  }
  ASSERT_TRUE(ParseModel(whole).ok());
}

TEST(ReadOnnxTest, EveryFlippedBitIsSurvived) {
  const std::string whole = SmallModel();
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    const auto model = ParseModel(bytes);
    if (model.ok()) io::ImportOnnx(*model, "").status().IgnoreError();
  }
}

// Ten MiB of empty nodes would take a GiB of memory.
TEST(ReadOnnxTest, CountsBeforeItAllocates) {
  std::string nodes;
  for (int i = 0; i < 5'000'000; ++i) nodes += std::string("\x0a\x00", 2);
  std::string bytes = "\x3a";  // Model.graph
  for (size_t n = nodes.size(); n > 0; n >>= 7)
    bytes.push_back(static_cast<char>((n & 127) | (n > 127 ? 128 : 0)));
  bytes += nodes;
  EXPECT_EQ(ParseModel(bytes).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(ReadOnnxTest, NestingHasABound) {
  for (int depth : {16, 17}) {
    proto::Model model;
    proto::Graph* graph = model.mutable_graph();
    for (int i = 0; i < depth; ++i) graph = graph->add_node()->add_attribute()->mutable_g();
    const auto read = ParseModel(model.SerializeAsString());
    EXPECT_EQ(read.ok(), depth == 16) << read.status();
  }
}

TEST(ReadOnnxTest, TextsAreUtf8) {
  proto::Model model;
  model.mutable_graph()->set_name("ab");
  std::string bytes = model.SerializeAsString();
  bytes[bytes.size() - 1] = '\xff';
  EXPECT_THAT(ParseModel(bytes).status().message(), HasSubstr("Graph.name is no UTF-8"));
}

// ---- External data.

proto::Tensor Outside(const std::vector<std::pair<std::string, std::string>>& entries) {
  proto::Tensor t;
  t.set_name("w");
  t.set_data_type(kFloat);
  t.add_dims(4);
  t.set_data_location(1);
  for (const auto& [key, value] : entries) {
    proto::StringEntry* e = t.add_external_data();
    e->set_key(key);
    e->set_value(value);
  }
  return t;
}

class ExternalDataTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string root = io::testing::FreshDirectory();
    directory_ = root + "model";
    files::create_directories(directory_ + "/sub");
    const float values[] = {0, 1, 2, 3, 4, 5, 6, 7};
    const std::string bytes(reinterpret_cast<const char*>(values), sizeof(values));
    WriteTo(directory_ + "/w.bin", bytes);
    WriteTo(directory_ + "/sub/w.bin", bytes);
    WriteTo(root + "secret.bin", bytes);
    files::create_symlink(root + "secret.bin", directory_ + "/link.bin");
    files::create_directory_symlink(root, directory_ + "/up");
    files::create_hard_link(root + "secret.bin", directory_ + "/hard.bin");
    ASSERT_EQ(mkfifo((directory_ + "/pipe").c_str(), 0600), 0);
    secret_ = root + "secret.bin";
  }

  absl::StatusOr<Tensor> Load(const std::vector<std::pair<std::string, std::string>>& entries) {
    ExternalData external(directory_);
    return ToTensor(Outside(entries), &external);
  }

  std::string directory_, secret_;
};

TEST_F(ExternalDataTest, IsReadWhereItStands) {
  const auto first = Load({{"location", "w.bin"}, {"length", "16"}});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(SameBits(*first, Tensor::Of<float>({4}, {0, 1, 2, 3})));
  const auto second = Load({{"location", "sub/w.bin"}, {"offset", "16"}});
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(SameBits(*second, Tensor::Of<float>({4}, {4, 5, 6, 7})));
}

TEST_F(ExternalDataTest, StaysInTheDirectory) {
  for (const std::string& location :
       {std::string("../secret.bin"), std::string("sub/../../secret.bin"), secret_,
        std::string("C:\\secret.bin"), std::string("sub\\..\\w.bin"), std::string(),
        std::string("."), std::string("sub/./w.bin"), std::string("sub//w.bin"), std::string("/"),
        std::string("w.bin\0x", 7), std::string(70'000, 'a'), std::string("%2e%2e/secret.bin"),
        std::string("link.bin"), std::string("up/secret.bin"), std::string("hard.bin"),
        std::string("pipe"), std::string("sub"), std::string("missing.bin")}) {
    EXPECT_FALSE(Load({{"location", location}, {"length", "16"}}).ok()) << location.substr(0, 40);
  }
  EXPECT_EQ(Load({{"location", "link.bin"}}).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Load({{"location", "up/secret.bin"}}).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Load({{"location", "hard.bin"}}).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(ExternalDataTest, NumbersAreOfTheFile) {
  for (const char* offset : {"-1", "1e9", "+4", " 4", "0x10", "9223372036854775808",
                             "9223372036854775807", "20", "33", ""}) {
    EXPECT_FALSE(Load({{"location", "w.bin"}, {"offset", offset}}).ok()) << offset;
  }
  for (const char* length : {"15", "17", "-16", "9223372036854775807", "x"})
    EXPECT_FALSE(Load({{"location", "w.bin"}, {"length", length}}).ok()) << length;
  EXPECT_FALSE(Load({{"length", "16"}}).ok());
  EXPECT_FALSE(Load({{"location", "w.bin"}, {"location", "w.bin"}}).ok());
  EXPECT_FALSE(Load({{"location", "w.bin"}, {"__class__", "x"}}).ok());
}

}  // namespace
}  // namespace dagrad::onnx
