#include "dagrad/io/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/io/test_files.h"
#include "dagrad/io/write_file.h"
#include "gtest/gtest.h"

namespace dagrad::io {
namespace {

using testing::FreshDirectory;
using testing::Slurp;
using testing::Spill;

int CountFiles(const std::string& directory) {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator(directory), {}));
}

TEST(FileTest, WritesAndReads) {
  const std::string dir = FreshDirectory();
  for (const std::string& bytes :
       {std::string(), std::string("a\0b", 3), std::string(1 << 20, 'x')}) {
    ASSERT_TRUE(WriteFile(dir + "f", bytes).ok());
    EXPECT_EQ(*ReadFile(dir + "f", 1 << 20), bytes);
    EXPECT_EQ((*MappedFile::Open(dir + "f"))->bytes(), bytes);
    EXPECT_EQ(CountFiles(dir), 1);
  }
  ASSERT_TRUE(WriteFile(dir + "f", {"one ", "", "two"}).ok());
  EXPECT_EQ(Slurp(dir + "f"), "one two");
}

TEST(FileTest, RelativePathsWork) {
  const std::string dir = FreshDirectory();
  const std::filesystem::path old = std::filesystem::current_path();
  std::filesystem::current_path(dir);
  EXPECT_TRUE(WriteFile("f", "x").ok());
  EXPECT_EQ(*ReadFile("f", 10), "x");
  std::filesystem::current_path(old);
}

TEST(FileTest, BoundsAreKept) {
  const std::string dir = FreshDirectory();
  Spill(dir + "f", "12345");
  EXPECT_TRUE(ReadFile(dir + "f", 5).ok());
  EXPECT_EQ(ReadFile(dir + "f", 4).status(),
            absl::ResourceExhaustedError(absl::StrCat(dir, "f has more than the allowed 4 bytes")));
  ASSERT_EQ(truncate((dir + "f").c_str(), int64_t{1} << 40), 0);  // a file of holes
  EXPECT_EQ(ReadFile(dir + "f", 1 << 20).status().code(), absl::StatusCode::kResourceExhausted);
  // It says that it has no bytes, and has some.
  EXPECT_FALSE(ReadFile("/proc/self/status", 1 << 20)->empty());
  EXPECT_EQ(ReadFile("/proc/self/status", 10).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(FileTest, WhatIsNoFileIsNamed) {
  const std::string dir = FreshDirectory();
  ASSERT_EQ(mkfifo((dir + "pipe").c_str(), 0600), 0);
  struct Case {
    std::string path;
    absl::Status status;
  };
  const Case kCases[] = {
      {dir + "none",
       absl::NotFoundError(absl::StrCat("cannot open ", dir, "none: No such file or directory"))},
      {dir, absl::InvalidArgumentError(absl::StrCat("cannot read ", dir, ": it is a directory"))},
      {dir + "pipe",
       absl::InvalidArgumentError(absl::StrCat("cannot read ", dir, "pipe: it is a pipe"))},
      {"/dev/zero", absl::InvalidArgumentError("cannot read /dev/zero: it is a device")},
      {std::string("a\0b", 3), absl::InvalidArgumentError("cannot open a\\x00b: Invalid argument")},
      {std::string(5000, 'a'),
       absl::InvalidArgumentError(
           absl::StrCat("cannot open ", std::string(1024, 'a'), "…: File name too long"))},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(ReadFile(c.path, 10).status(), c.status);
    EXPECT_EQ(MappedFile::Open(c.path).status(), c.status);
  }
}

TEST(FileTest, AFailedWriteLeavesTheOlderFile) {
  const std::string dir = FreshDirectory();
  EXPECT_EQ(
      WriteFile(dir + "no/f", "x"),
      absl::NotFoundError(absl::StrCat("cannot write ", dir, "no/f: No such file or directory")));
  std::filesystem::create_directory(dir + "d");
  Spill(dir + "d/inside", "kept");
  EXPECT_EQ(WriteFile(dir + "d", "x"),
            absl::InvalidArgumentError(absl::StrCat("cannot write ", dir, "d: Is a directory")));
  EXPECT_EQ(Slurp(dir + "d/inside"), "kept");
  EXPECT_EQ(CountFiles(dir), 1);
}

TEST(FileTest, SymlinksAreFollowedOnlyWhereAllowed) {
  const std::string dir = FreshDirectory();
  Spill(dir + "f", "x");
  std::filesystem::create_symlink("f", dir + "link");
  EXPECT_TRUE(MappedFile::Open(dir + "link").ok());
  EXPECT_EQ(MappedFile::Open(dir + "link", {false}).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST(FileTest, AMappingMayBeWrittenWithoutChangingTheFile) {
  const std::string dir = FreshDirectory();
  Spill(dir + "f", "abc");
  (*MappedFile::Open(dir + "f"))->data()[0] = 'X';
  EXPECT_EQ(Slurp(dir + "f"), "abc");
}

TEST(FileTest, TemporaryNames) {
  EXPECT_TRUE(IsTemporaryOf("model.pb.tmp.12.3", "model.pb"));
  for (const char* name : {"model.pb", "model.pb.tmp.", "model.pb.tmp.12", "model.pb.tmp.12.",
                           "model.pb.tmp.x.1", "other.pb.tmp.12.3", "model.pb.tmp..1"}) {
    EXPECT_FALSE(IsTemporaryOf(name, "model.pb")) << name;
  }
}

}  // namespace
}  // namespace dagrad::io
