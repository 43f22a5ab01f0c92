#ifndef DAGRAD_OPS_RECURRENT_SEQUENCES_H_
#define DAGRAD_OPS_RECURRENT_SEQUENCES_H_

#include <cstdint>
#include <vector>

#include "dagrad/graph/builder.h"

namespace dagrad::ops::recurrent {

// Sequences [batch, time, …] of a known time, in the order in which a recurrent op goes through it.
class Sequences {
 public:
  Sequences(int64_t time, bool reverse) : time_(time), reverse_(reverse) {}

  int64_t time() const { return time_; }
  // What belongs to the s-th step: [batch, …].
  Value At(Value sequence, int64_t s) const;
  // The sequence of the values of all steps, given in their order.
  Value Join(std::vector<Value> steps) const;
  // At each step what `sequence` has at the step before; `first` at the first.
  Value Before(Value first, Value sequence) const;
  // At each step what `sequence` has at the step after; zeros at the last.
  Value After(Value sequence) const;

 private:
  int64_t time_;
  bool reverse_;
};

// `count` blocks of v's last axis, each of `units`; and back.
std::vector<Value> Blocks(Value v, int count, const Dim& units);
Value JoinBlocks(const std::vector<Value>& blocks);

// Σ over batch and time of a[b, t, :]ᵀ b[b, t, :].
Value SumOfProducts(Value a, Value b);
// a bᵀ.
Value TimesTransposed(Value a, Value b);

}  // namespace dagrad::ops::recurrent

#endif  // DAGRAD_OPS_RECURRENT_SEQUENCES_H_
