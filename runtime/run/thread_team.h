#ifndef DAGRAD_RUNTIME_RUN_THREAD_TEAM_H_
#define DAGRAD_RUNTIME_RUN_THREAD_TEAM_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dagrad::runtime {

// The threads that all executables of the process share. Work comes as shards, which the caller and
// the team's workers claim one by one, so a worker that the system holds back delays nobody by more
// than the shard in its hands. Each thread begins with a part of the shards that is its own from
// job to job, so that it finds in its caches what it left there; then it helps the others, from
// behind. Between jobs a worker spins briefly, then sleeps. Dispatching a job allocates nothing.
//
// Each worker has set its own number of OpenMP threads to 1, as oneDNN's primitives need.
class ThreadTeam {
 public:
  using ShardFunction = absl::FunctionRef<void(int shard)>;

  // The team of the process, which is never destroyed. Its size is DAGRAD_NUM_THREADS, if that is a
  // number from 1 to kMaxThreads, else AllowedCores().
  static ThreadTeam& Get();
  // DAGRAD_NUM_THREADS, or 0 where it is not set or empty. InvalidArgument if it is something else
  // than a number from 1 to kMaxThreads: who sets it expects that it counts.
  static absl::StatusOr<int> RequestedThreads();

  explicit ThreadTeam(int num_threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  // Threads that work on a job, the caller's included.
  int num_threads() const { return target_threads_.load(std::memory_order_relaxed); }
  // Takes effect with the next job. InvalidArgument unless 1 <= n <= kMaxThreads.
  absl::Status SetNumThreads(int n);

  // Calls f(0), …, f(shards - 1), each once, in any order and from any thread of the team, and
  // returns when all have ended. Thread-safe; a caller that finds the team at work (a shard of
  // another job included) runs all shards itself. An exception that a shard throws is thrown again
  // when all shards have ended: of several, one.
  void Run(int shards, ShardFunction f);

  static constexpr int kMaxThreads = 1024;

 private:
  void RunOnTeam(int shards, ShardFunction f);
  void SharePartsOut(int shards);
  void ClaimShards(int thread);
  void RunShard(ShardFunction f, int shard);
  bool ClaimFirst(int thread, int* shard);
  bool ClaimLast(int thread, int* shard);
  void WakeWorkers(int wanted);
  void AwaitWorkers();
  void Resize(int workers);
  void StopWorkers(int keep);
  void Work(int index, int32_t epoch);
  int32_t AwaitEpochAfter(int32_t epoch);

  std::atomic<int> target_threads_;
  std::atomic<bool> busy_{
      false};  // held by the caller of the one job at a time; guards what follows
  std::vector<std::thread> workers_;
  int sized_for_ = 0;  // workers that were asked for; the system may have given fewer
  const ShardFunction* job_ = nullptr;
  // Shards of a thread that nobody has claimed yet: the first one, and 2^32 times the one behind
  // the last.
  struct alignas(64) Part {
    std::atomic<uint64_t> unclaimed{0};
  };
  std::vector<Part> parts_;  // the caller's, then those of the workers

  // Each on a cache line of its own: the threads hit them at the same time.
  alignas(64) std::atomic<int32_t> epoch_{0};  // counts jobs; workers wait for it to change
  std::atomic<bool> open_{false};              // the job takes workers in
  std::atomic<int> keep_{0};                   // workers from this index on end
  std::atomic<int> spins_{0};
  std::atomic<bool> failed_{false};         // a shard of the job has thrown
  std::exception_ptr exception_;            // written by who sets failed_
  alignas(64) std::atomic<int> inside_{0};  // workers that may be looking at the job
  alignas(64) std::atomic<int> sleepers_{0};
};

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_RUN_THREAD_TEAM_H_
