// State that an export writes to a file of its own: it belongs to its model, whatever happens.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/io/onnx/export/export.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/io/recorded_file_system.h"
#include "dagrad/io/test_files.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

namespace files = std::filesystem;
using Code = absl::StatusCode;
using io::testing::FileOp;
using io::testing::FreshDirectory;
using io::testing::RecordedFileSystem;

std::vector<float> ValuesOf(const Tensor& t) {
  return {t.data<float>().begin(), t.data<float>().end()};
}

constexpr int64_t kCount = 1000;

// y = x w, where all of w is `value`.
absl::Status Export(const std::string& path, float value,
                    io::FileSystem& fs = io::FileSystem::Posix(), int64_t external = 100) {
  GraphBuilder g("predict");
  const Value x = g.Input("x", DType::kFloat32, {kCount});
  g.Output("y", x * g.State("w", DType::kFloat32, {kCount}));
  Model model;
  model.functions.push_back(*g.Build());
  model.states = {{"w", {DType::kFloat32, {kCount}}, true, ""}};
  const io::TensorMap state = {{"w", Tensor::Full(DType::kFloat32, {kCount}, value)}};
  return io::ExportOnnx(model, state, path, {.external_bytes = external}, fs);
}

// The value that Export was given; -1 after an error.
float ValueIn(const std::string& path) {
  const auto loaded = io::ImportOnnx(path);
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  if (!loaded.ok()) return -1;
  const std::vector<float> w = ValuesOf(loaded->state.at("w"));
  EXPECT_EQ(w.size(), kCount);
  EXPECT_EQ(std::count(w.begin(), w.end(), w[0]), kCount);
  return w[0];
}

std::vector<std::string> NamesIn(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : files::directory_iterator(directory))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(ExportedDataTest, BelongsToItsModel) {
  const std::string directory = FreshDirectory(), path = directory + "m.onnx";
  ASSERT_TRUE(Export(path, 1).ok());
  const std::vector<std::string> first = NamesIn(directory);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[1].size(), std::string("m.onnx-0123456789abcdef.data").size()) << first[1];
  io::testing::Spill(directory + "m.onnx.data", "another program's");
  files::copy_file(path, directory + "copy");
  ASSERT_TRUE(Export(path, 2).ok());
  EXPECT_EQ(NamesIn(directory).size(), 5U);
  EXPECT_EQ(ValueIn(path), 2);
  EXPECT_EQ(ValueIn(directory + "copy"), 1);  // which names it still
  files::remove(directory + "copy");
  ASSERT_TRUE(Export(path, 3).ok());
  EXPECT_EQ(NamesIn(directory).size(), 3U);
  EXPECT_EQ(ValueIn(path), 3);
  ASSERT_TRUE(Export(path, 4, io::FileSystem::Posix(), 1 << 20).ok());
  EXPECT_EQ(NamesIn(directory), (std::vector<std::string>{"m.onnx", "m.onnx.data"}));
  EXPECT_EQ(ValueIn(path), 4);
}

TEST(ExportedDataTest, OtherModelsKeepTheirs) {
  const std::string directory = FreshDirectory();
  ASSERT_TRUE(Export(directory + "a.onnx", 1).ok());
  ASSERT_TRUE(Export(directory + "a.onnx-b.onnx", 2).ok());
  ASSERT_TRUE(Export(directory + "a.onnx", 3).ok());
  EXPECT_EQ(NamesIn(directory).size(), 4U);
  EXPECT_EQ(ValueIn(directory + "a.onnx"), 3);
  EXPECT_EQ(ValueIn(directory + "a.onnx-b.onnx"), 2);
}

// Whatever call fails, and for whichever weights, the model is the old one or the new one.
TEST(ExportedDataTest, AnErrorLeavesOneOfTheTwo) {
  const std::string directory = FreshDirectory(), path = directory + "m.onnx";
  for (const float value : {1.0F, 2.0F}) {
    bool failed = true;
    for (int64_t number = 0; failed; ++number) {
      files::remove_all(directory);
      files::create_directories(directory);
      ASSERT_TRUE(Export(path, 1).ok());
      failed = false;
      RecordedFileSystem fs([&](int64_t call, const FileOp&) {
        failed |= call == number;
        return call == number ? -EIO : 0;
      });
      const absl::Status status = Export(path, value, fs);
      const bool in_force = status.ok() || absl::StrContains(status.message(), "and in force");
      EXPECT_EQ(ValueIn(path), in_force ? value : 1) << number << " " << status;
      EXPECT_LE(NamesIn(directory).size(), failed ? 4U : 2U) << number;
      ASSERT_LT(number, 200);
    }
    // What such errors left is gone after the next export.
    ASSERT_TRUE(Export(path, 5).ok());
    EXPECT_EQ(NamesIn(directory).size(), 2U);
  }
}

TEST(ExportedDataTest, StandsBesideWhatALinkLeadsTo) {
  const std::string directory = FreshDirectory();
  files::create_directories(directory + "models");
  files::create_symlink("models/v1.onnx", directory + "m.onnx");
  ASSERT_TRUE(Export(directory + "m.onnx", 1).ok());
  EXPECT_EQ(NamesIn(directory), (std::vector<std::string>{"m.onnx", "models"}));
  EXPECT_EQ(NamesIn(directory + "models").size(), 2U);
  EXPECT_EQ(ValueIn(directory + "m.onnx"), 1);
  EXPECT_EQ(ValueIn(directory + "models/v1.onnx"), 1);
}

TEST(ExportedDataTest, NeedsAFileToStandBeside) {
  EXPECT_EQ(Export("/dev/null", 1).code(), Code::kInvalidArgument);
  EXPECT_TRUE(Export("/dev/null", 1, io::FileSystem::Posix(), 1 << 20).ok());
}

}  // namespace
}  // namespace dagrad::onnx
