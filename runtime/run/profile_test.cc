#include "dagrad/runtime/run/profile.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

RunProfile::NodeTime NodeOf(const char* name, const char* implementation, double seconds,
                            double flops, double bytes) {
  return {name, "Op", implementation, 0, 0, seconds, {flops, bytes}};
}

// The columns of the node's line.
std::vector<std::string> LineOf(const std::string& table, const char* name) {
  for (absl::string_view line : absl::StrSplit(table, '\n')) {
    if (absl::EndsWith(line, name)) return absl::StrSplit(line, ' ', absl::SkipEmpty());
  }
  return {};
}

TEST(ProfileTest, SharesAreOfWhatBoundsThem) {
  RunProfile profile;
  profile.runs = profile.threads = 1;
  profile.seconds = 5;
  profile.peak_flops = 100e9;
  profile.peak_bytes = 10e9;
  profile.peak_cached_bytes = 200e9;
  profile.nodes = {NodeOf("product", "simd", 1, 50e9, 1e9), NodeOf("copy", "simd", 1, 0, 9e9),
                   NodeOf("tile", "simd", 1, 1e9, 129e9),
                   NodeOf("convolution", "winograd:4x4", 1, 150e9, 1e9),
                   NodeOf("faster", "simd", 1, 120e9, 260e9)};
  const std::string table = ProfileTable(profile, 0);
  const auto expect = [&](const char* name, const char* percent, const char* of) {
    const std::vector<std::string> line = LineOf(table, name);
    ASSERT_GT(line.size(), 5u) << table;
    EXPECT_EQ(line[4], percent) << name;
    EXPECT_EQ(line[5], of) << name;
  };
  // A peak is at least what was seen: 120 GF/s, and 260 GB/s in the caches.
  expect("product", "42", "flops");
  expect("copy", "90", "memory");
  expect("tile", "50", "cache");
  expect("convolution", "125", "direct");
  expect("faster", "100", "flops");
}

TEST(ProfileTest, TimesOfNodesAreMedians) {
  runtime::NodeTimes times(2);
  for (int64_t run : {1000, 1000000, 2000}) {
    const std::vector<RunProfile::Event> events = {{0, 0, 0, 0, run}, {0, 1, 0, 5, 5 + run}};
    times.Add(events);
  }
  EXPECT_DOUBLE_EQ(times.Median(0), 4e-6);
  EXPECT_EQ(times.Median(1), 0);
  EXPECT_EQ(runtime::NodeTimes(1).Median(0), 0);
}

}  // namespace
}  // namespace dagrad
