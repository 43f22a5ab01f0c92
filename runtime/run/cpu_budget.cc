#include "dagrad/runtime/run/cpu_budget.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace dagrad::runtime {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// 0 for "no limit", which both versions of control groups say in their own way ("max", -1).
int QuotaCores(absl::string_view quota, absl::string_view period) {
  int64_t q = 0;
  int64_t p = 0;
  if (!absl::SimpleAtoi(quota, &q) || !absl::SimpleAtoi(period, &p) || q <= 0 || p <= 0) return 0;
  return static_cast<int>(std::min<int64_t>((q + p - 1) / p, 1 << 20));
}

int V2Cores(const std::string& folder) {
  const std::string text = ReadText(folder + "/cpu.max");
  const std::vector<std::string> words =
      absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  return words.size() == 2 ? QuotaCores(words[0], words[1]) : 0;
}

int V1Cores(const std::string& folder) {
  return QuotaCores(ReadText(folder + "/cpu.cfs_quota_us"),
                    ReadText(folder + "/cpu.cfs_period_us"));
}

// The smallest quota from `group` up to the root of the hierarchy that is mounted at `mount`.
template <typename F>
int SmallestQuota(const std::string& mount, std::string group, F cores_of) {
  int smallest = 0;
  while (true) {
    const int cores = cores_of(mount + group);
    if (cores > 0 && (smallest == 0 || cores < smallest)) smallest = cores;
    const size_t slash = group.rfind('/');
    if (slash == std::string::npos) return smallest;
    group.resize(slash);
  }
}

int AffinityCores() {
  for (int size = 1024; size <= (1 << 20); size *= 4) {
    cpu_set_t* set = CPU_ALLOC(size);
    if (set == nullptr) break;
    const int count = sched_getaffinity(0, CPU_ALLOC_SIZE(size), set) == 0
                          ? CPU_COUNT_S(CPU_ALLOC_SIZE(size), set)
                          : 0;
    CPU_FREE(set);
    if (count > 0) return count;
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

int CgroupCores(const std::string& proc_cgroup, const std::string& root) {
  int smallest = 0;
  // A line is "<hierarchy>:<controllers>:<group>"; version 2 is hierarchy 0 without controllers.
  for (absl::string_view line : absl::StrSplit(proc_cgroup, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() != 3) continue;
    const std::vector<std::string> controllers = absl::StrSplit(fields[1], ',');
    int cores = 0;
    if (fields[1].empty()) {
      cores = SmallestQuota(root, fields[2], V2Cores);
    } else if (std::count(controllers.begin(), controllers.end(), "cpu") > 0) {
      cores = SmallestQuota(root + "/cpu", fields[2], V1Cores);
    }
    if (cores > 0 && (smallest == 0 || cores < smallest)) smallest = cores;
  }
  return smallest;
}

int AllowedCores() {
  const int affinity = AffinityCores();
  const int quota = CgroupCores(ReadText("/proc/self/cgroup"), "/sys/fs/cgroup");
  return quota > 0 ? std::min(affinity, quota) : affinity;
}

}  // namespace dagrad::runtime
