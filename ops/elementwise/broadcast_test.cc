#include "dagrad/ops/elementwise/broadcast.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace dagrad::ops {
namespace {

// Element of a dense input of `dims` that NumPy's rule repeats to element `flat` of an output of
// `out`.
int64_t SourceOf(int64_t flat, const Dims& out, const Dims& dims) {
  int64_t source = 0;
  int64_t stride = 1;
  for (size_t i = 1; i <= out.size(); ++i) {
    const int64_t index = flat % out[out.size() - i];
    flat /= out[out.size() - i];
    if (i > dims.size()) continue;
    const int64_t dim = dims[dims.size() - i];
    source += dim == 1 ? 0 : index * stride;
    stride *= dim;
  }
  return source;
}

// What the blocks of [begin, end) say of every output element in turn: the element of each input.
std::vector<Dims> Walk(const BroadcastPlan& plan, size_t num_inputs, int64_t begin, int64_t end) {
  std::vector<Dims> sources;
  plan.ForEachBlock(begin, end, [&](const BroadcastBlock& block) {
    EXPECT_EQ(block.out, begin + static_cast<int64_t>(sources.size()));
    for (int64_t i = 0; i < block.rows * block.cols; ++i) {
      Dims at;
      for (size_t k = 0; k < num_inputs; ++k) {
        at.push_back(block.in[k] + i / block.cols * block.row_stride[k] +
                     i % block.cols * block.col_stride[k]);
      }
      sources.push_back(at);
    }
  });
  return sources;
}

TEST(BroadcastPlan, FollowsNumPysRule) {
  constexpr unsigned kSeed = 7;
  SCOPED_TRACE(kSeed);
  std::mt19937 bits(kSeed);
  for (int trial = 0; trial < 500; ++trial) {
    Dims out;
    for (size_t i = bits() % 6; i > 0; --i) out.push_back(1 + bits() % 4);
    std::vector<runtime::TensorSpec> inputs;
    for (size_t k = 1 + bits() % 3; k > 0; --k) {
      Dims dims(out.begin() + bits() % (out.size() + 1), out.end());
      for (int64_t& d : dims) d = bits() % 3 == 0 ? 1 : d;
      inputs.push_back({DType::kFloat32, dims});
    }
    const BroadcastPlan plan(out, inputs);
    const int64_t n = NumElements(out);
    const int64_t begin = bits() % n;
    const int64_t end = begin + bits() % (n - begin + 1);
    const std::vector<Dims> sources = Walk(plan, inputs.size(), begin, end);
    ASSERT_EQ(static_cast<int64_t>(sources.size()), end - begin);
    for (int64_t i = begin; i < end; ++i) {
      for (size_t k = 0; k < inputs.size(); ++k) {
        ASSERT_EQ(sources[i - begin][k], SourceOf(i, out, inputs[k].dims))
            << DimsToString(inputs[k].dims) << " to " << DimsToString(out) << " at " << i;
      }
    }
  }
}

int64_t CountBlocks(const Dims& out, const std::vector<Dims>& inputs) {
  std::vector<runtime::TensorSpec> specs;
  for (const Dims& dims : inputs) specs.push_back({DType::kFloat32, dims});
  int64_t blocks = 0;
  BroadcastPlan(out, specs).ForEachBlock(0, NumElements(out), [&](const BroadcastBlock&) {
    ++blocks;
  });
  return blocks;
}

// The usual cases are one rectangle each, whatever their rank.
TEST(BroadcastPlan, MergesDimensions) {
  EXPECT_EQ(CountBlocks({4, 5, 6}, {{4, 5, 6}, {4, 5, 6}}), 1);
  EXPECT_EQ(CountBlocks({4, 5, 6}, {{4, 5, 6}, {}}), 1);
  EXPECT_EQ(CountBlocks({4, 5, 6}, {{4, 5, 6}, {6}}), 1);
  EXPECT_EQ(CountBlocks({4, 5, 6}, {{4, 5, 6}, {4, 5, 1}}), 1);
  EXPECT_EQ(CountBlocks({4, 5, 6}, {{4, 1, 1}, {5, 6}}), 1);
  EXPECT_EQ(CountBlocks({4, 5, 6}, {{4, 5, 6}, {5, 1}}), 4);
  EXPECT_EQ(CountBlocks({0, 5}, {{0, 5}, {5}}), 0);
}

}  // namespace
}  // namespace dagrad::ops
