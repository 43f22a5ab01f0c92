#ifndef DAGRAD_OPS_NN_BATCH_NORM_BATCH_NORM_INTERNAL_H_
#define DAGRAD_OPS_NN_BATCH_NORM_BATCH_NORM_INTERNAL_H_

#include <cstdint>

#include "dagrad/graph/builder.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::batch_norm_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeGradKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);

Samples MakeSamples();
Samples MakeGradSamples();

// All axes of x but the last.
std::vector<int64_t> BatchAxes(const Value& x);
// N as a scalar of x's dtype; 1 for an empty batch.
Value BatchSize(const Value& x);

// x seen as [rows, channels], and how its rows are cut into shards: by shapes alone, 16 rows at
// least to a shard.
struct Layout {
  int64_t rows, channels;
  int shards;

  runtime::ShardRange RowsOf(int shard) const { return runtime::RangeOfShard(rows, shards, shard); }
  double count() const { return rows > 0 ? static_cast<double>(rows) : 1; }
};
// Many rows of so few channels that loops over channels are slower than those of the reference,
// over rows.
inline bool IsNarrow(const Layout& l) { return l.channels < 8 && l.rows > 1024; }

Layout LayoutOf(const runtime::KernelRequest& request);

// Rows that are summed in float32 before the sum goes into a float64.
int64_t BlockRows(int64_t channels);

}  // namespace dagrad::ops::batch_norm_internal

#endif  // DAGRAD_OPS_NN_BATCH_NORM_BATCH_NORM_INTERNAL_H_
