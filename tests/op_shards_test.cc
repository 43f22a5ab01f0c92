// Results depend neither on the order of a kernel's shards nor on threads, nor on writing in place.

#include <string>
#include <vector>

#include "dagrad/tests/kernel_runner.h"
#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

using runtime::KernelMode;
using Order = RunOptions::Order;

// Cuts small tensors into shards, too, while it lives.
class TinyShards {
 public:
  TinyShards() : old_(runtime::SetShardCostForTesting(1)) {}
  ~TinyShards() { runtime::SetShardCostForTesting(old_); }

 private:
  double old_;
};

void ExpectSameBits(const absl::StatusOr<std::vector<Tensor>>& a,
                    const absl::StatusOr<std::vector<Tensor>>& b) {
  ASSERT_TRUE(a.ok()) << a.status();
  ASSERT_TRUE(b.ok()) << b.status();
  for (size_t i = 0; i < a->size(); ++i) {
    EXPECT_TRUE(SameBits((*a)[i], (*b)[i])) << "output " << i << ":\n"
                                            << (*a)[i].ToString(32) << "\n"
                                            << (*b)[i].ToString(32);
  }
}

TEST_P(OpTest, SameBitsHoweverShardsAreOrdered) {
  if (op().make_kernel == nullptr) return;  // a view
  const TinyShards tiny;
  RunReport report;
  for (const OpCase& c : AllCases(op())) {
    for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
      SCOPED_TRACE(c.Name() + (mode == KernelMode::kFast ? ", fast" : ", reference"));
      const auto forward = RunKernel(c, {.mode = mode}, &report);
      ExpectSameBits(RunKernel(c, {.mode = mode, .order = Order::kReverse}), forward);
      ExpectSameBits(RunKernel(c, {.mode = mode, .order = Order::kThreads}), forward);
    }
  }
  RecordProperty("most_shards", report.most_shards);
}

TEST_P(OpTest, InPlaceGivesTheSame) {
  const auto may = [this](size_t input) { return op().MayTakePlace(0, input); };
  bool in_place = false;
  for (size_t i = 0; i < op().inputs.size(); ++i) in_place = in_place || may(i);
  if (!in_place || op().make_kernel == nullptr) return;
  const TinyShards tiny;
  int aliased = 0;
  for (const OpCase& c : AllCases(op())) {
    for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
      const auto apart = RunKernel(c, {.mode = mode});
      ASSERT_TRUE(apart.ok()) << c.Name() << ": " << apart.status();
      for (size_t i = 0; i < c.inputs.size(); ++i) {
        if (!may(i) || c.inputs[i].byte_size() != (*apart)[0].byte_size()) continue;
        SCOPED_TRACE(c.Name() + (mode == KernelMode::kFast ? ", fast" : ", reference") +
                     ", over input " + std::to_string(i));
        ++aliased;
        for (Order order : {Order::kForward, Order::kReverse}) {
          ExpectSameBits(
              RunKernel(c,
                        {.mode = mode, .order = order, .output_over_input = static_cast<int>(i)}),
              apart);
        }
      }
    }
  }
  EXPECT_GT(aliased, 0) << "no sample has an input of the output's size";
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
