#include "dagrad/tests/hostile/child.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "dagrad/tests/under_sanitizer.h"

namespace dagrad::tests {
namespace {

// More would fill the pipe, which nobody reads before the child has ended.
constexpr size_t kLongestMessage = 8192;

void Limit(decltype(RLIMIT_CPU) resource, int64_t value) {
  const rlimit limit = {static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  setrlimit(resource, &limit);
}

// The code in one byte, then the message.
void Send(int fd, const absl::Status& status) {
  std::string text(1, static_cast<char>(status.code()));
  text += std::string(status.message().substr(0, kLongestMessage));
  if (write(fd, text.data(), text.size()) < 0) std::perror("child");
}

absl::Status Receive(int fd) {
  std::string text;
  char buffer[1024];
  for (ssize_t n; (n = read(fd, buffer, sizeof(buffer))) > 0;) text.append(buffer, n);
  if (text.empty()) return absl::InternalError("the child left without a status");
  return absl::Status(static_cast<absl::StatusCode>(text[0]), text.substr(1));
}

[[noreturn]] void Child(absl::FunctionRef<absl::Status()> f, const ChildLimits& limits, int fd) {
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_CPU, limits.cpu_seconds);
  if (!UnderSanitizer()) Limit(RLIMIT_AS, limits.address_space_bytes);
  Send(fd, f());
  std::fflush(nullptr);
  _exit(0);
}

}  // namespace

std::string ChildReport::ToString() const {
  if (signal == 0) return status.ToString();
  return absl::StrCat("ended by signal ", signal, " (", strsignal(signal), ")");
}

ChildReport RunInChild(absl::FunctionRef<absl::Status()> f, const ChildLimits& limits) {
  ChildReport report;
  int ends[2];
  if (pipe(ends) != 0) {
    report.status = absl::InternalError("no pipe");
    return report;
  }
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) Child(f, limits, ends[1]);
  close(ends[1]);
  int how = 0;
  rusage usage = {};
  if (pid < 0 || wait4(pid, &how, 0, &usage) != pid) {
    report.status = absl::InternalError("no child");
  } else {
    report.status = Receive(ends[0]);
    if (WIFSIGNALED(how)) report.signal = WTERMSIG(how);
  }
  close(ends[0]);
  report.user_seconds = static_cast<double>(usage.ru_utime.tv_sec) +
                        1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
  report.peak_bytes = int64_t{usage.ru_maxrss} * 1024;
  return report;
}

}  // namespace dagrad::tests
