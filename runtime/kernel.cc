#include "dagrad/runtime/kernel.h"

#include <algorithm>
#include <cstdint>

namespace dagrad::runtime {

int ShardsFor(int64_t items, double item_cost) {
  constexpr double kShardCost = 32768;
  constexpr int64_t kMaxShards = 64;
  const double shards = static_cast<double>(items) * item_cost / kShardCost;
  const int64_t limit = std::min<int64_t>(kMaxShards, std::max<int64_t>(items, 1));
  return static_cast<int>(std::clamp<int64_t>(static_cast<int64_t>(std::min(shards, 64.0)), 1, limit));
}

}  // namespace dagrad::runtime
