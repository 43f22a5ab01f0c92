#include "dagrad/runtime/run/cpu_budget.h"

#include <sched.h>
#include <unistd.h>

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

int64_t V2Cores(const std::string& folder) {
  const std::string text = ReadText(folder + "/cpu.max");
  const std::vector<std::string> words =
      absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  return words.size() == 2 ? QuotaCores(words[0], words[1]) : 0;
}

int64_t V1Cores(const std::string& folder) {
  return QuotaCores(ReadText(folder + "/cpu.cfs_quota_us"),
                    ReadText(folder + "/cpu.cfs_period_us"));
}

// Bytes; 0 for "max" and for what stands for it in version 1, a number near 2⁶³.
int64_t MemoryIn(const std::string& file) {
  int64_t limit = 0;
  return absl::SimpleAtoi(ReadText(file), &limit) && limit < INT64_MAX / 2 ? limit : 0;
}
int64_t V2Memory(const std::string& folder) { return MemoryIn(folder + "/memory.max"); }
int64_t V1Memory(const std::string& folder) { return MemoryIn(folder + "/memory.limit_in_bytes"); }

int64_t Smaller(int64_t limit, int64_t other) {
  return limit <= 0 || (other > 0 && other < limit) ? std::max<int64_t>(other, 0) : limit;
}

using LimitOf = int64_t (*)(const std::string& folder);

// The smallest limit from `group` up to the root of the hierarchy that is mounted at `mount`.
int64_t SmallestLimit(const std::string& mount, std::string group, LimitOf limit_of) {
  int64_t smallest = 0;
  while (true) {
    smallest = Smaller(smallest, limit_of(mount + group));
    const size_t slash = group.rfind('/');
    if (slash == std::string::npos) return smallest;
    group.resize(slash);
  }
}

// Of what a controller of version 1, or all of version 2, limits.
int64_t GroupLimit(const std::string& proc_cgroup, const std::string& root,
                   const std::string& controller, LimitOf v1, LimitOf v2) {
  int64_t smallest = 0;
  // A line is "<hierarchy>:<controllers>:<group>"; version 2 is hierarchy 0 without controllers.
  for (absl::string_view line : absl::StrSplit(proc_cgroup, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() != 3) continue;
    const std::vector<std::string> controllers = absl::StrSplit(fields[1], ',');
    if (fields[1].empty()) {
      smallest = Smaller(smallest, SmallestLimit(root, fields[2], v2));
    } else if (std::count(controllers.begin(), controllers.end(), controller) > 0) {
      smallest = Smaller(smallest, SmallestLimit(root + "/" + controller, fields[2], v1));
    }
  }
  return smallest;
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
  return static_cast<int>(GroupLimit(proc_cgroup, root, "cpu", V1Cores, V2Cores));
}

int64_t CgroupMemory(const std::string& proc_cgroup, const std::string& root) {
  return GroupLimit(proc_cgroup, root, "memory", V1Memory, V2Memory);
}

int AllowedCores() {
  const int affinity = AffinityCores();
  const int quota = CgroupCores(ReadText("/proc/self/cgroup"), "/sys/fs/cgroup");
  return quota > 0 ? std::min(affinity, quota) : affinity;
}

int64_t AllowedMemory() {
  const int64_t machine = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  return Smaller(machine, CgroupMemory(ReadText("/proc/self/cgroup"), "/sys/fs/cgroup"));
}

}  // namespace dagrad::runtime
