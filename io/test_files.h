#ifndef DAGRAD_IO_TEST_FILES_H_
#define DAGRAD_IO_TEST_FILES_H_

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace dagrad::io::testing {

// An empty directory of the running test's own, with the slash.
inline std::string FreshDirectory() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string path =
      absl::StrCat(::testing::TempDir(), "/", test->test_suite_name(), ".", test->name(), "/");
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path;
}

// A directory in memory, if the system has a file system there: for tests of thousands of saves,
// which are not about the disk. Removed at the end of its life.
class MemoryDirectory {
 public:
  MemoryDirectory() : path_(absl::StrCat("/dev/shm/dagrad_test.", getpid(), "/")) {
    std::error_code error;
    if (!std::filesystem::create_directories(path_, error)) path_ = FreshDirectory();
  }
  ~MemoryDirectory() { std::filesystem::remove_all(path_); }
  MemoryDirectory(const MemoryDirectory&) = delete;
  MemoryDirectory& operator=(const MemoryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;  // with the slash
};

inline std::string Slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

inline void Spill(const std::string& path, absl::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  EXPECT_TRUE(out.good()) << path;
}

// Calls `read` for every truncation of `bytes`, and for every byte with one of its bits and with
// all of them flipped, in the file `path`.
inline void ForEachDamage(const std::string& path, absl::string_view bytes,
                          const std::function<void(const std::string& what)>& read) {
  for (size_t n = 0; n < bytes.size(); ++n) {
    Spill(path, bytes.substr(0, n));
    read(absl::StrCat("truncated to ", n, " bytes"));
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int mask : {1 << i % 8, 0xFF}) {
      std::string flipped(bytes);
      flipped[i] = static_cast<char>(flipped[i] ^ mask);
      Spill(path, flipped);
      read(absl::StrCat("byte ", i, " changed by ", mask));
    }
  }
}

}  // namespace dagrad::io::testing

#endif  // DAGRAD_IO_TEST_FILES_H_
