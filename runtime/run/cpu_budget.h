#ifndef DAGRAD_RUNTIME_RUN_CPU_BUDGET_H_
#define DAGRAD_RUNTIME_RUN_CPU_BUDGET_H_

#include <cstdint>
#include <string>

namespace dagrad::runtime {

// Processors that this process may keep busy: those of its affinity mask, but no more than the CPU
// quota of its control group, or of any group above it, allows (rounded up). At least 1.
int AllowedCores();

// The quota alone, as a number of processors rounded up; 0 where there is none. `proc_cgroup` is
// the text of /proc/self/cgroup, `root` the folder where the control groups are mounted. Knows
// version 2 (cpu.max) and version 1 (cpu/cpu.cfs_quota_us).
int CgroupCores(const std::string& proc_cgroup, const std::string& root);

// The bytes of memory that this process may have: the machine's, but no more than its control group
// and those above it allow (memory.max, memory/memory.limit_in_bytes).
int64_t AllowedMemory();

// The limit of the control groups alone; 0 where there is none.
int64_t CgroupMemory(const std::string& proc_cgroup, const std::string& root);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_RUN_CPU_BUDGET_H_
