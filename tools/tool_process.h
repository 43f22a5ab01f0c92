#ifndef DAGRAD_TOOLS_TOOL_PROCESS_H_
#define DAGRAD_TOOLS_TOOL_PROCESS_H_

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "dagrad/io/test_files.h"

// The dagrad command as a process, for tests.
namespace dagrad::tools {

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

// Runs `program` in `directory`, so that messages have short paths. `prepare` is called in the
// child before.
inline Outcome RunProgram(
    const std::string& program, const std::string& directory, std::vector<std::string> arguments,
    const std::function<void()>& prepare = [] {}) {
  const std::string path = std::filesystem::absolute(program);
  const std::string out = std::filesystem::absolute(directory) / "stdout.txt";
  const std::string err = std::filesystem::absolute(directory) / "stderr.txt";
  const pid_t child = fork();
  if (child == 0) {
    if (chdir(directory.c_str()) != 0) _exit(125);
    dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    prepare();
    std::vector<char*> argv = {const_cast<char*>(path.c_str())};
    for (std::string& a : arguments) argv.push_back(a.data());
    argv.push_back(nullptr);
    execv(path.c_str(), argv.data());
    _exit(126);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), io::testing::Slurp(out),
          io::testing::Slurp(err)};
}

// The dagrad command of the test's environment.
inline Outcome Dagrad(
    const std::string& directory, std::vector<std::string> arguments,
    const std::function<void()>& prepare = [] {}) {
  return RunProgram(std::getenv("DAGRAD_TOOL"), directory, std::move(arguments), prepare);
}

}  // namespace dagrad::tools

#endif  // DAGRAD_TOOLS_TOOL_PROCESS_H_
