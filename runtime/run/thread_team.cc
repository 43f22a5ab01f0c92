#include "dagrad/runtime/run/thread_team.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/runtime/onednn/openmp.h"
#include "dagrad/runtime/run/cpu_budget.h"

namespace dagrad::runtime {
namespace {

// About 200 microseconds: longer than the gap between two steps of a training loop, shorter than a
// neighbour would notice.
constexpr int kSpins = 8000;

inline void CpuRelax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

int DefaultNumThreads() {
  const int requested = ThreadTeam::RequestedThreads().value_or(0);
  return requested > 0 ? requested : std::min(AllowedCores(), ThreadTeam::kMaxThreads);
}

}  // namespace

ThreadTeam& ThreadTeam::Get() {
  static ThreadTeam* const team = new ThreadTeam(DefaultNumThreads());
  return *team;
}

absl::StatusOr<int> ThreadTeam::RequestedThreads() {
  const char* text = std::getenv("DAGRAD_NUM_THREADS");
  if (text == nullptr || *text == '\0') return 0;
  int n = 0;
  if (absl::SimpleAtoi(text, &n) && n >= 1 && n <= kMaxThreads) return n;
  return InvalidArgumentError(absl::StrCat("DAGRAD_NUM_THREADS is \"", Printable(text),
                                           "\"; it must be a number from 1 to ", kMaxThreads));
}

ThreadTeam::ThreadTeam(int num_threads) : target_threads_(num_threads) {}

ThreadTeam::~ThreadTeam() { StopWorkers(0); }

absl::Status ThreadTeam::SetNumThreads(int n) {
  if (n < 1 || n > kMaxThreads) {
    return InvalidArgumentError(
        absl::StrCat("the number of threads must be from 1 to ", kMaxThreads, ", not ", n));
  }
  target_threads_.store(n, std::memory_order_relaxed);
  return absl::OkStatus();
}

void ThreadTeam::Run(int shards, ShardFunction f) {
  if (shards < 2 || num_threads() < 2 || busy_.exchange(true, std::memory_order_acquire)) {
    for (int shard = 0; shard < shards; ++shard) f(shard);
    return;
  }
  const absl::Cleanup release = [this] { busy_.store(false, std::memory_order_release); };
  RunOnTeam(shards, f);
  if (!failed_.load(std::memory_order_relaxed)) return;
  failed_.store(false, std::memory_order_relaxed);
  std::rethrow_exception(std::exchange(exception_, nullptr));
}

// A worker looks at the job only between inside_ += 1 and inside_ -= 1, and only if it found open_
// true in between. The caller closes the job and then waits for inside_ to be 0: so either the
// worker sees that it is closed, or the caller sees the worker (both sides write before they read,
// in one total order).
void ThreadTeam::RunOnTeam(int shards, ShardFunction f) {
  const int workers = num_threads() - 1;
  if (workers != sized_for_) Resize(workers);
  job_ = &f;
  SharePartsOut(shards);
  open_.store(true, std::memory_order_seq_cst);
  epoch_.fetch_add(1, std::memory_order_seq_cst);
  WakeWorkers(shards - 1);
  ClaimShards(0);
  open_.store(false, std::memory_order_seq_cst);
  AwaitWorkers();
}

void ThreadTeam::SharePartsOut(int shards) {
  const auto threads = static_cast<int64_t>(parts_.size());
  for (int64_t i = 0; i < threads; ++i) {
    const uint64_t begin = shards * i / threads, end = shards * (i + 1) / threads;
    parts_[i].unclaimed.store(begin | end << 32, std::memory_order_relaxed);
  }
}

// No order beyond the claim itself is needed: open_ and inside_ order the job and its results.
bool ThreadTeam::ClaimFirst(int thread, int* shard) {
  std::atomic<uint64_t>& part = parts_[thread].unclaimed;
  uint64_t now = part.load(std::memory_order_relaxed);
  while (static_cast<uint32_t>(now) < now >> 32) {
    *shard = static_cast<int>(static_cast<uint32_t>(now));
    if (part.compare_exchange_weak(now, now + 1, std::memory_order_relaxed)) return true;
  }
  return false;
}

bool ThreadTeam::ClaimLast(int thread, int* shard) {
  std::atomic<uint64_t>& part = parts_[thread].unclaimed;
  uint64_t now = part.load(std::memory_order_relaxed);
  while (static_cast<uint32_t>(now) < now >> 32) {
    *shard = static_cast<int>(now >> 32) - 1;
    if (part.compare_exchange_weak(now, now - (uint64_t{1} << 32), std::memory_order_relaxed))
      return true;
  }
  return false;
}

void ThreadTeam::RunShard(ShardFunction f, int shard) {
  try {
    f(shard);
  } catch (...) {
    // inside_ orders this before what the caller reads.
    if (!failed_.exchange(true, std::memory_order_relaxed)) exception_ = std::current_exception();
  }
}

void ThreadTeam::ClaimShards(int thread) {
  const ShardFunction f = *job_;
  const int threads = static_cast<int>(parts_.size());
  int shard = 0;
  while (ClaimFirst(thread, &shard)) RunShard(f, shard);
  for (int i = 1; i < threads; ++i) {
    while (ClaimLast((thread + i) % threads, &shard)) RunShard(f, shard);
  }
}

void ThreadTeam::WakeWorkers(int wanted) {
  const int sleepers = sleepers_.load(std::memory_order_seq_cst);
  if (sleepers == 0) return;
  if (wanted >= sleepers) return epoch_.notify_all();
  for (int i = 0; i < wanted; ++i) epoch_.notify_one();
}

void ThreadTeam::AwaitWorkers() {
  for (int i = 0; inside_.load(std::memory_order_seq_cst) != 0; ++i) {
    if (i < spins_.load(std::memory_order_relaxed)) {
      CpuRelax();
    } else {
      std::this_thread::yield();
    }
  }
}

void ThreadTeam::Resize(int workers) {
  StopWorkers(workers);
  parts_ = std::vector<Part>(workers + 1);
  workers_.reserve(workers);
  sized_for_ = workers;
  keep_.store(workers, std::memory_order_relaxed);
  // With more threads than processors, one that spins keeps another from working.
  spins_.store(workers < AllowedCores() ? kSpins : 0, std::memory_order_relaxed);
  try {
    while (static_cast<int>(workers_.size()) < workers) {
      workers_.emplace_back(&ThreadTeam::Work, this, static_cast<int>(workers_.size()),
                            epoch_.load());
    }
  } catch (const std::system_error&) {
    // The system gives no more threads: the job is done by those there are.
  } catch (const std::bad_alloc&) {
    // Nor is there memory for them.
  }
}

void ThreadTeam::StopWorkers(int keep) {
  if (static_cast<int>(workers_.size()) <= keep) return;
  keep_.store(keep, std::memory_order_relaxed);
  epoch_.fetch_add(1, std::memory_order_seq_cst);
  epoch_.notify_all();
  for (size_t i = keep; i < workers_.size(); ++i) workers_[i].join();
  workers_.resize(keep);
}

void ThreadTeam::Work(int index, int32_t epoch) {
  onednn::EnsureSingleThreadedOpenMp();
  while (true) {
    epoch = AwaitEpochAfter(epoch);
    if (index >= keep_.load(std::memory_order_relaxed)) return;
    inside_.fetch_add(1, std::memory_order_seq_cst);
    if (open_.load(std::memory_order_seq_cst)) ClaimShards(index + 1);
    inside_.fetch_sub(1, std::memory_order_seq_cst);
  }
}

int32_t ThreadTeam::AwaitEpochAfter(int32_t epoch) {
  const int spins = spins_.load(std::memory_order_relaxed);
  for (int i = 0; i < spins; ++i) {
    const int32_t now = epoch_.load(std::memory_order_acquire);
    if (now != epoch) return now;
    CpuRelax();
  }
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  epoch_.wait(epoch, std::memory_order_seq_cst);
  sleepers_.fetch_sub(1, std::memory_order_seq_cst);
  return epoch_.load(std::memory_order_acquire);
}

}  // namespace dagrad::runtime
