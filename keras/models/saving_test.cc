// What loading a model costs, and what it depends on afterwards.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/test_files.h"
#include "dagrad/io/write_signals.h"
#include "dagrad/keras/keras.h"
#include "dagrad/runtime/testing/allocation_counter.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

namespace files = std::filesystem;
using io::testing::FreshDirectory;

constexpr int64_t kUnits = 1024;

Sequential LargeModel() {
  Sequential model("large");
  model.Add(Dense(kUnits, {.kernel_initializer = "he_normal", .input_shape = Dims{kUnits}}));
  model.Add(Dense(1));
  return model;
}

int64_t BytesOfWeights(const std::string& directory) {
  int64_t bytes = 0;
  for (const auto& entry : files::directory_iterator(directory)) {
    if (entry.path().extension() == ".safetensors")
      bytes += static_cast<int64_t>(entry.file_size());
  }
  return bytes;
}

// Every optimizer: weights are not drawn, slots not filled, nothing is copied.
TEST(SavingTest, LoadAllocatesWhatTheFileHoldsAndNoMore) {
  if (!dagrad::testing::AllocationCounter::Supported()) GTEST_SKIP() << "a sanitizer counts";
  const std::string dir = FreshDirectory();
  for (const std::string& optimizer : OptimizerNames()) {
    Sequential model = LargeModel();
    ASSERT_TRUE(model.Compile({.optimizer = optimizer.c_str(), .loss = "mse"}).ok());
    ASSERT_TRUE(model.Save(dir + "m").ok());
    const dagrad::testing::AllocationCounter counter;
    const absl::StatusOr<Model> loaded = Model::Load(dir + "m");
    const int64_t allocated = counter.bytes();
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    const int64_t in_file = BytesOfWeights(dir + "m");
    EXPECT_GE(in_file, kUnits * kUnits * 4) << optimizer;
    EXPECT_LE(allocated, in_file + (int64_t{3} << 20)) << optimizer;
  }
}

TEST(SavingTest, AFileThatChangesLaterDoesNotReachTheModel) {
  const std::string dir = FreshDirectory();
  Sequential model = LargeModel();
  ASSERT_TRUE(model.Compile({.optimizer = "adam", .loss = "mse"}).ok());
  ASSERT_TRUE(model.Save(dir + "m").ok());
  const Tensor x = Tensor::Full(DType::kFloat32, {4, kUnits}, 0.5);
  const Tensor y = Tensor::Full(DType::kFloat32, {4, 1}, 2);
  absl::StatusOr<Model> loaded = Model::Load(dir + "m");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  for (const auto& entry : files::directory_iterator(dir + "m")) {
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file << std::string(entry.file_size(), '\xff');
    file.close();
    files::resize_file(entry.path(), 10);
  }
  EXPECT_TRUE(SameBits(*loaded->Predict(x), *model.Predict(x)));
  ASSERT_TRUE(loaded->Fit(x, y, {.verbose = 0}).ok());
  ASSERT_TRUE(model.Fit(x, y, {.verbose = 0}).ok());
  EXPECT_TRUE(SameBits(*loaded->Predict(x), *model.Predict(x)));
}

// SIGPIPE would end the process.
TEST(SavingTest, TrainingOutlivesTheReaderOfItsProgress) {
  const std::string pipe = FreshDirectory() + "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  std::ofstream out(pipe);
  ASSERT_TRUE(out.is_open());
  close(reader);
  Sequential model;
  model.Add(Dense(1, {.input_shape = Dims{1}}));
  ASSERT_TRUE(model.Compile({.optimizer = "sgd", .loss = "mse"}).ok());
  const Tensor x = Tensor::Full(DType::kFloat32, {4, 1}, 1);
  for (const int verbose : {1, 2}) {
    EXPECT_TRUE(model.Fit(x, x, {.epochs = 2, .verbose = verbose, .out = &out}).ok());
    EXPECT_TRUE(model.Evaluate(x, x, {.verbose = verbose, .out = &out}).ok());
    EXPECT_TRUE(model.Predict(x, {.verbose = verbose, .out = &out}).ok());
    EXPECT_FALSE(out.good());
    out.clear();
  }
  const io::WriteSignalsHeld held;  // the stream tries once more to write what it still has
  out.close();
}

}  // namespace
}  // namespace dagrad::keras
