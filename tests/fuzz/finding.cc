#include "dagrad/tests/fuzz/finding.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "dagrad/tests/hostile/model_walk.h"

namespace dagrad::tests {

void Finding(absl::string_view what) {
  std::fprintf(stderr, "FINDING: %s\n", std::string(what).c_str());
  std::abort();
}

void CheckAnswer(const absl::Status& status) {
  const absl::Status answer = CheckedAnswer(status);
  if (absl::IsInternal(answer)) Finding(answer.ToString());
}

Budget InputBudget() {
  return Budget({.bytes = int64_t{256} << 20, .time = std::chrono::seconds(10)});
}

uint64_t SeedOf(absl::string_view bytes) {
  uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

std::string FileWith(absl::string_view name, absl::string_view bytes) {
  static const std::string directory = [] {
    const bool shared_memory = std::filesystem::is_directory("/dev/shm");
    std::string d = absl::StrCat(shared_memory ? "/dev/shm" : "/tmp", "/dagrad-fuzz-", getpid());
    std::filesystem::create_directories(d);
    static const std::string remove = d;
    std::atexit([] { std::filesystem::remove_all(remove); });
    return d;
  }();
  std::string path = absl::StrCat(directory, "/", name);
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<int64_t>(bytes.size()));
  return path;
}

}  // namespace dagrad::tests
