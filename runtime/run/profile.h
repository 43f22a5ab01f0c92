#ifndef DAGRAD_RUNTIME_RUN_PROFILE_H_
#define DAGRAD_RUNTIME_RUN_PROFILE_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// How a function spent its time (Executable::Profile).
struct RunProfile {
  // One kernel: all rows that one phase of a node did in one task, a tile after the other.
  struct Event {
    int32_t node = 0;   // index in `nodes`
    int32_t stage = 0;  // stages run one after the other
    int32_t thread = 0;
    int64_t begin_ns = 0;  // since the run began
    int64_t end_ns = 0;
  };
  struct NodeTime {
    std::string node;
    std::string op;
    std::string implementation;
    int stage = 0;
    int chain = 0;
    double seconds = 0;  // a run, of all threads together: the median of all runs
    OpCost cost;         // a run
    // Index of the node whose function this one is in; -1: none. The name is its path then, stage
    // and chain are those of that function. The time and the cost of that node do not include it.
    int within = -1;
  };

  int runs = 0;
  int threads = 0;
  double seconds = 0;            // a run, by the clock: the median
  double peak_flops = 0;         // what one thread can do a second (runtime/run/machine_peak.h)
  double peak_bytes = 0;         // likewise, from and to memory
  double peak_cached_bytes = 0;  // likewise, from and to the first cache
  int64_t lost_events = 0;       // of the last run, for want of room
  std::vector<NodeTime> nodes;   // in the order of the graph; only what has something to run
  std::vector<Event> events;     // of the last run, by time
};

// A table of the nodes that take longest (0: all), for the terminal, with GF/s and GB/s a thread
// and the share of the peak: of arithmetic's, "flops", or of memory's, "memory", whichever is more.
// What reads and writes more than memory gives has its data in caches, and so has a share of the
// first one's peak, "cache". Winograd's convolutions multiply less than is counted, which is what a
// convolution by its definition does: theirs are shares of the rate at which that could be done,
// "direct", and may be above 100. A peak is at least what a node was seen to do.
std::string ProfileTable(const RunProfile& profile, int limit = 30);

// The last run in the Trace Event Format that Perfetto and chrome://tracing open: a line a thread.
std::string ProfileTrace(const RunProfile& profile);

namespace runtime {

// The times of each node, run by run.
class NodeTimes {
 public:
  explicit NodeTimes(size_t nodes) : seconds_(nodes) {}
  // Those of one more run.
  void Add(absl::Span<const RunProfile::Event> events);
  double Median(size_t node) const;
  // The medians as the nodes' seconds, without those of nodes within them.
  void Fill(std::vector<RunProfile::NodeTime>* nodes) const;

 private:
  std::vector<std::vector<double>> seconds_;
};

// Where the executor puts down the times of one run. Add() may be called from many threads.
class EventLog {
 public:
  explicit EventLog(size_t capacity) : events_(capacity) {}
  static int64_t Now();
  void Add(int node, int stage, int64_t begin_ns, int64_t end_ns);
  void Clear() { size_ = 0; }
  absl::Span<const RunProfile::Event> events() const;
  size_t lost() const;  // for want of room

 private:
  std::vector<RunProfile::Event> events_;
  std::atomic<size_t> size_{0};
};

}  // namespace runtime
}  // namespace dagrad

#endif  // DAGRAD_RUNTIME_RUN_PROFILE_H_
