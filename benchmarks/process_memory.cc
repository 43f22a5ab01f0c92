#include "dagrad/benchmarks/process_memory.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace dagrad::benchmarks {
namespace {

absl::StatusOr<int64_t> StatusField(absl::string_view name) {
  std::ifstream file("/proc/self/status");
  std::string field;
  int64_t kilobytes = 0;
  while (file >> field) {
    if (field == name && file >> kilobytes) return kilobytes * 1024;
  }
  return absl::NotFoundError(absl::StrCat("no ", name, " in /proc/self/status"));
}

}  // namespace

absl::StatusOr<int64_t> ResidentBytes() { return StatusField("VmRSS:"); }
absl::StatusOr<int64_t> PeakResidentBytes() { return StatusField("VmHWM:"); }

absl::Status ResetPeakResidentBytes() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  return file ? absl::OkStatus() : absl::UnavailableError("cannot write /proc/self/clear_refs");
}

}  // namespace dagrad::benchmarks
