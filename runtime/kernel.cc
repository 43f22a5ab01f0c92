#include "dagrad/runtime/kernel.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::runtime {

namespace {
double shard_cost = 32768;
}  // namespace

double SetShardCostForTesting(double operations) { return std::exchange(shard_cost, operations); }

int ShardsFor(int64_t items, double item_cost) {
  constexpr int64_t kMaxShards = 64;
  const double shards = static_cast<double>(items) * item_cost / shard_cost;
  const int64_t limit = std::min<int64_t>(kMaxShards, std::max<int64_t>(items, 1));
  return static_cast<int>(
      std::clamp<int64_t>(static_cast<int64_t>(std::min(shards, 64.0)), 1, limit));
}

void Drive(std::function<absl::Status(const KernelArgs&, RegionRunner&)> drive, Kernel* kernel) {
  kernel->drive = std::move(drive);
  kernel->phases.push_back({1, [](const KernelArgs&, int) {
                              return InternalError(
                                  "a kernel that runs functions is run as a phase");
                            }});
}

size_t PrivateBytes(const Kernel& kernel) {
  return (ByteSize(kernel.kept_bytes).Aligned() + ByteSize(kernel.scratch_bytes)).value();
}

void PlacePrivate(const Kernel& kernel, std::byte* memory, KernelArgs* args) {
  args->kept = memory;
  args->scratch = memory + ByteSize(kernel.kept_bytes).Aligned().value();
}

void AddRows(Phase::Rows rows, Kernel* kernel) {
  Phase phase;
  phase.rows = std::make_shared<const Phase::Rows>(std::move(rows));
  const Phase::Rows& r = *phase.rows;
  const int64_t units = std::max<int64_t>(r.count / std::max<int64_t>(r.least, 1), 1);
  phase.shards =
      ShardsFor(units, r.cost * static_cast<double>(r.count) / static_cast<double>(units));
  const ByteSize shared_bytes = ByteSize(kernel->scratch_bytes).Aligned();
  const ByteSize task_bytes = ByteSize(r.task_scratch_bytes).Aligned();
  kernel->shared_scratch_bytes = kernel->scratch_bytes;
  if (r.task_scratch_bytes > 0)
    kernel->scratch_bytes = (shared_bytes + phase.shards * task_bytes).value();
  phase.run = [rows = phase.rows, shards = phase.shards, shared = shared_bytes.value(),
               task = task_bytes.value()](const KernelArgs& args, int shard) {
    KernelArgs own = args;
    own.task_scratch = args.scratch + shared + shard * task;
    const ShardRange range = RangeOfShard(rows->count, shards, shard);
    return rows->run(own, range.begin, range.end);
  };
  kernel->phases.push_back(std::move(phase));
}

}  // namespace dagrad::runtime
