// What a busy machine does to a training step: the step's time alone, and with a process that never
// waits on each core that this one may use.
//
//   neighbour [SECONDS]
//
// With two that share a core fairly, the step takes twice as long; a run-time that waits for
// threads which the system does not run takes many times as long.

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/executor/mlp.h"

namespace dagrad::benchmarks {
namespace {

std::vector<int> AllowedProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> processors;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return processors;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) processors.push_back(i);
  }
  return processors;
}

// A process that keeps one processor busy until it is killed, or this process ends.
pid_t StartNeighbour(int processor) {
  const pid_t child = fork();
  if (child != 0) return child;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  sched_setaffinity(0, sizeof(set), &set);
  const pid_t parent = getppid();
  while (getppid() == parent) {
  }
  _exit(0);
}

// The mean: a median would hide the steps that met the neighbour.
struct Times {
  double mean, slowest;  // in seconds
};

absl::StatusOr<Times> Measure(const Executable& step, RunContext* context,
                              const std::vector<Tensor>& feeds, double seconds) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  const Clock::time_point start = Clock::now();
  Clock::time_point now = start;
  while (std::chrono::duration<double>(now - start).count() < seconds) {
    DAGRAD_RETURN_IF_ERROR(step.Run(context, feeds));
    const Clock::time_point end = Clock::now();
    times.push_back(std::chrono::duration<double>(end - now).count());
    now = end;
  }
  return Times{
      std::chrono::duration<double>(now - start).count() / static_cast<double>(times.size()),
      *std::max_element(times.begin(), times.end())};
}

absl::Status Compare(const std::vector<int64_t>& widths, int64_t rows, double seconds) {
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> step,
                          Executable::Compile(testing::MlpTrainingStep(widths)));
  StateStore store;
  testing::InitializeMlp(widths, &store);
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<RunContext> context, step->NewContext(&store));
  const std::vector<Tensor> feeds = {testing::MlpData(rows, widths[0], 1),
                                     testing::MlpData(rows, widths.back(), 2)};
  DAGRAD_RETURN_IF_ERROR(Measure(*step, context.get(), feeds, seconds / 4).status());
  DAGRAD_ASSIGN_OR_RETURN(const Times alone, Measure(*step, context.get(), feeds, seconds));
  std::vector<pid_t> neighbours;
  for (const int processor : AllowedProcessors()) neighbours.push_back(StartNeighbour(processor));
  const absl::StatusOr<Times> busy = Measure(*step, context.get(), feeds, seconds);
  for (const pid_t child : neighbours) {
    if (child <= 0) continue;
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  DAGRAD_RETURN_IF_ERROR(busy.status());
  std::printf("%-28s%12.1f%12.1f%9.2fx%14.1f%14.1f\n",
              ("MLP " + std::to_string(widths[0]) + "-…-" + std::to_string(widths.back()) +
               ", batch " + std::to_string(rows))
                  .c_str(),
              alone.mean * 1e6, busy->mean * 1e6, busy->mean / alone.mean, alone.slowest * 1e6,
              busy->slowest * 1e6);
  return absl::OkStatus();
}

absl::Status Run(double seconds) {
  std::printf("%d threads, %zu neighbours; microseconds a step\n%-28s%12s%12s%10s%14s%14s\n",
              NumThreads(), AllowedProcessors().size(), "", "alone", "busy", "ratio",
              "slowest alone", "slowest busy");
  DAGRAD_RETURN_IF_ERROR(Compare({7, 100, 100, 1}, 32, seconds));
  DAGRAD_RETURN_IF_ERROR(Compare({64, 256, 256, 10}, 64, seconds));
  return Compare({784, 512, 512, 10}, 128, seconds);
}

}  // namespace
}  // namespace dagrad::benchmarks

int main(int argc, char** argv) {
  double seconds = 3;
  if (argc > 2 || (argc == 2 && (!absl::SimpleAtod(argv[1], &seconds) || !(seconds > 0)))) {
    std::cerr << "usage: neighbour [SECONDS]\n";
    return 2;
  }
  const absl::Status status = dagrad::benchmarks::Run(seconds);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
