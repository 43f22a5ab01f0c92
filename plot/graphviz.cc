#include "dagrad/plot/graphviz.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

extern char** environ;

namespace dagrad::plot {
namespace {

absl::Status SystemError(absl::string_view what, int error) {
  return UnavailableError(absl::StrCat(what, ": ", std::generic_category().message(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

absl::Status WriteAll(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SystemError("cannot hand the graph to dot", errno);
    text.remove_prefix(static_cast<size_t>(n));
  }
  lseek(fd, 0, SEEK_SET);
  return absl::OkStatus();
}

// Looks at the budget at least ten times a second.
absl::StatusOr<std::string> ReadAll(int fd, const Budget& budget) {
  std::string text;
  char buffer[65536];
  while (true) {
    DAGRAD_RETURN_IF_ERROR(budget.Check());
    pollfd ready = {fd, POLLIN, 0};
    if (poll(&ready, 1, 100) == 0) continue;
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    DAGRAD_RETURN_IF_ERROR(budget.Take(n, "the drawing"));
    text.append(buffer, static_cast<size_t>(n));
  }
}

}  // namespace

absl::StatusOr<std::string> DrawDot(const std::string& source, absl::string_view format,
                                    const Budget& budget) try {
  Descriptor in(memfd_create("dagrad-dot", MFD_CLOEXEC));
  if (in.get() < 0) return SystemError("cannot hand the graph to dot", errno);
  DAGRAD_RETURN_IF_ERROR(WriteAll(in.get(), source));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("cannot make a pipe", errno);
  Descriptor out(ends[0]);
  Descriptor child_out(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, child_out.get(), STDOUT_FILENO);
  std::string program = "dot";
  std::string option = absl::StrCat("-T", format);
  char* argv[] = {program.data(), option.data(), nullptr};
  pid_t child = 0;
  const int error = posix_spawnp(&child, "dot", &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return SystemError("cannot run Graphviz's dot (is graphviz installed?)", error);
  child_out.Close();
  absl::StatusOr<std::string> drawn = ReadAll(out.get(), budget);
  if (!drawn.ok()) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!drawn.ok() || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) return drawn;
  return UnavailableError("Graphviz's dot could not draw the graph");
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::plot
