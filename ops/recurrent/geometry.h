#ifndef DAGRAD_OPS_RECURRENT_GEOMETRY_H_
#define DAGRAD_OPS_RECURRENT_GEOMETRY_H_

#include <cstdint>
#include <optional>

#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::recurrent {

// The sizes of one node that goes through the time steps of x [batch, time, features].
struct Geometry {
  int64_t batch, time, features, units;
  bool reverse;
  int mask = -1;  // the input that says which steps are taken, bool [batch, time]; -1: all are

  // The time step that is computed as the s-th.
  int64_t TimeOf(int64_t s) const { return reverse ? time - 1 - s : s; }
  // Row of x and of all that is [batch, time, …], seen as [batch * time, …].
  int64_t Row(int64_t b, int64_t s) const { return b * time + TimeOf(s); }
  // The state of example b before step s, in `states` [batch, time, units] or `first` [batch,
  // units].
  template <typename T>
  const T* Before(const T* first, const T* states, int64_t b, int64_t s) const {
    return s == 0 ? first + b * units : states + Row(b, s - 1) * units;
  }
  // Whether the s-th step of example b is left out.
  bool IsMasked(const runtime::KernelArgs& args, int64_t b, int64_t s) const {
    return mask >= 0 && !args.in<bool>(mask)[Row(b, s)];
  }
  // Elements from one example's state before step s to the next one's.
  int64_t BeforeStride(int64_t s) const { return s == 0 ? units : time * units; }
};

// Of a node with attribute "reverse", input 0 x, the recurrent kernel [units, …] as the input of
// that number, and, if it has that many inputs, the mask as input `mask`.
Geometry GeometryOf(const runtime::KernelRequest& request, int recurrent_kernel,
                    std::optional<int> mask = std::nullopt);

// Adds a phase in which each shard takes some examples through all time steps: threads wait for one
// another at its end only. f(args, begin, end) takes examples [begin, end).
int ExampleShards(const Geometry& g);
template <typename F>
void OverExamples(const Geometry& g, F f, runtime::Kernel* kernel) {
  const int shards = ExampleShards(g);
  kernel->phases.push_back({shards, [g, shards, f](const runtime::KernelArgs& args, int shard) {
                              const auto r = runtime::RangeOfShard(g.batch, shards, shard);
                              f(args, r.begin, r.end);
                              return absl::OkStatus();
                            }});
}

}  // namespace dagrad::ops::recurrent

#endif  // DAGRAD_OPS_RECURRENT_GEOMETRY_H_
