#include "dagrad/runtime/kernel.h"

#include <algorithm>
#include <cstdint>
#include <utility>

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

}  // namespace dagrad::runtime
