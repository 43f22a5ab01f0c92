// Files that change while they are read, or afterwards.
#include <unistd.h>

#include <fstream>
#include <functional>
#include <string>

#include "dagrad/io/file.h"
#include "dagrad/io/goldens.h"
#include "dagrad/io/idx.h"
#include "dagrad/io/npy.h"
#include "dagrad/io/safetensors.h"
#include "dagrad/io/test_files.h"
#include "gtest/gtest.h"

namespace dagrad::io {
namespace {

using testing::ForEachDamage;
using testing::FreshDirectory;
using testing::MemoryDirectory;
using testing::Slurp;
using testing::Spill;

template <size_t n>
absl::string_view Bytes(const unsigned char (&array)[n]) {
  return absl::string_view(reinterpret_cast<const char*>(array), n);
}

// What was read is the reader's own: a file that is overwritten in place or cut changes nothing.
TEST(ChangedFilesTest, WhatWasReadStaysAsItWas) {
  const std::string path = FreshDirectory() + "x";
  struct Reader {
    const char* name;
    absl::string_view golden;
    std::function<absl::StatusOr<Tensor>()> read;
  };
  const Reader kReaders[] = {
      {"npy", Bytes(goldens::kNpyFloat32), [&] { return ReadNpy(path); }},
      {"npy in Fortran order", Bytes(goldens::kNpyFloat64Fortran), [&] { return ReadNpy(path); }},
      {"idx", Bytes(goldens::kIdxUInt8), [&] { return ReadIdx(path); }},
      {"idx, gzip", Bytes(goldens::kIdxUInt8Gzip), [&] { return ReadIdx(path); }},
      {"safetensors", Bytes(goldens::kSafetensors),
       [&]() -> absl::StatusOr<Tensor> { return ReadSafetensors(path)->tensors.at("w"); }},
  };
  for (const Reader& reader : kReaders) {
    Spill(path, reader.golden);
    const absl::StatusOr<Tensor> tensor = reader.read();
    ASSERT_TRUE(tensor.ok()) << reader.name << ": " << tensor.status();
    const Tensor copy = *tensor->Clone();
    {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file << std::string(reader.golden.size(), '\xff');
    }
    EXPECT_TRUE(SameBits(*tensor, copy)) << reader.name << ", overwritten";
    ASSERT_EQ(truncate(path.c_str(), 0), 0);
    EXPECT_TRUE(SameBits(*tensor, copy)) << reader.name << ", cut";
  }
}

// Every reader of a file that ends sooner than it did when it was opened.
TEST(ChangedFilesTest, AFileThatIsCutWhileItIsReadIsTruncated) {
  const std::string path = FreshDirectory() + "x";
  Spill(path, std::string(100'000, 'x'));
  absl::StatusOr<FileReader> reader = FileReader::Open(path);
  ASSERT_TRUE(reader.ok());
  std::string bytes(60'000, '\0');
  EXPECT_TRUE(reader->Read(bytes.data(), 10).ok());
  ASSERT_EQ(truncate(path.c_str(), 50'000), 0);
  EXPECT_EQ(reader->Read(bytes.data(), bytes.size()), absl::DataLossError("it is truncated"));
}

TEST(ChangedFilesTest, MappedTensorsAreThoseThatAreRead) {
  const MemoryDirectory memory;
  const std::string path = memory.path() + "x.safetensors";
  const Safetensors contents = {{{"a", Tensor::Of<float>({2, 3}, {1.5, -2, 3, 4, 5, 6})},
                                 {"d", Tensor::Of<double>({1}, {0.1})},
                                 {"m", Tensor::Of<bool>({3}, {true, false, true})},
                                 {"e", *Tensor::Zeros(DType::kInt64, {0})}},
                                {{"key", "value"}}};
  ASSERT_TRUE(WriteSafetensors(path, contents).ok());
  ReadSafetensorsOptions options;
  options.map = true;
  const absl::StatusOr<Safetensors> mapped = ReadSafetensors(path, options);
  ASSERT_TRUE(mapped.ok()) << mapped.status();
  for (const auto& [name, tensor] : contents.tensors) {
    EXPECT_TRUE(SameBits(mapped->tensors.at(name), tensor)) << name;
  }
  ForEachDamage(path + ".damaged", Slurp(path), [&](const std::string& what) {
    EXPECT_FALSE(ReadSafetensors(path + ".damaged", options).ok()) << what;
  });
}

}  // namespace
}  // namespace dagrad::io
