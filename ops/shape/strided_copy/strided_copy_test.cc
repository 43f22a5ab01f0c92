#include "dagrad/ops/shape/strided_copy/strided_copy.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/testing/each_index.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "gtest/gtest.h"

namespace dagrad::ops {
namespace {

// A random copy from a dense array of `whole` into a dense one: axes permuted, some repeated, some
// reversed, some strided.
StridedCopy RandomCopy(const Dims& whole, std::mt19937* random) {
  std::vector<size_t> perm(whole.size());
  std::iota(perm.begin(), perm.end(), 0);
  if ((*random)() % 2 == 0) std::shuffle(perm.begin(), perm.end(), *random);
  const Dims dense = RowMajorStrides(whole);
  StridedCopy copy;
  for (size_t axis : perm) {
    const int64_t step = (*random)() % 4 == 0 ? 2 : 1;
    const int64_t dim = (whole[axis] + step - 1) / step;
    const unsigned kind = (*random)() % 6;
    copy.dims.push_back(dim);
    copy.in_strides.push_back(kind == 0 ? 0 : kind == 1 ? -step * dense[axis] : step * dense[axis]);
    if (kind == 1) copy.in_offset += (dim - 1) * step * dense[axis];
  }
  copy.out_strides = RowMajorStrides(copy.dims);
  return copy;
}

template <typename T>
void CheckAgainstFormula(const StridedCopy& copy, const Tensor& x, runtime::KernelMode mode,
                         int threads) {
  const runtime::TensorSpec in{x.dtype(), x.dims()}, out{x.dtype(), copy.dims};
  runtime::KernelRequest request;
  request.inputs = absl::MakeConstSpan(&in, 1);
  request.outputs = absl::MakeConstSpan(&out, 1);
  request.mode = mode;
  runtime::Kernel kernel;
  AddCopyPhase({copy}, request, &kernel);
  const auto y = RunPrepared(kernel, {x}, {out}, threads);
  ASSERT_TRUE(y.ok()) << y.status();
  ForEachIndex(copy.dims, [&](const Dims& k) {
    int64_t from = copy.in_offset;
    for (size_t a = 0; a < k.size(); ++a) from += k[a] * copy.in_strides[a];
    ASSERT_EQ((*y)[0].data<T>()[PlaceOf(k, copy.dims)], x.data<T>()[from]) << DimsToString(k);
  });
}

template <typename T>
Tensor Counted(const Dims& dims) {
  Tensor x = *Tensor::Zeros(DTypeOf<T>(), dims);
  for (int64_t i = 0; i < x.num_elements(); ++i) x.mutable_data<T>()[i] = static_cast<T>(i * 7 + 1);
  return x;
}

TEST(StridedCopyTest, FollowsTheFormula) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const int64_t sizes[] = {0, 1, 2, 3, 5, 8, 9, 16, 30, 70};
  for (int round = 0; round < 300; ++round) {
    Dims whole;
    const size_t rank = random() % 6;
    while (whole.size() < rank && NumElements(whole) < 10000)
      whole.push_back(sizes[random() % 40 == 0 ? 0 : 1 + random() % 9]);
    const StridedCopy copy = RandomCopy(whole, &random);
    SCOPED_TRACE(absl::StrCat(DimsToString(whole), ": dims ", DimsToString(copy.dims), ", in ",
                              DimsToString(copy.in_strides)));
    for (auto mode : {runtime::KernelMode::kFast, runtime::KernelMode::kReference}) {
      CheckAgainstFormula<float>(copy, Counted<float>(whole), mode, 0);
      CheckAgainstFormula<int64_t>(copy, Counted<int64_t>(whole), mode, 2);
      CheckAgainstFormula<uint8_t>(copy, Counted<uint8_t>(whole), mode, 0);
    }
  }
}

// Sizes that are cut into chunks and shards.
TEST(StridedCopyTest, LargeCopiesFollowTheFormulaOnSeveralThreads) {
  const std::vector<std::pair<Dims, Dims>> cases = {
      {{300000}, {1}},                      // one run
      {{300000}, {0}},                      // one fill
      {{700, 900}, {1, 700}},               // transposition
      {{4, 3, 30000}, {30000, 120000, 1}},  // rows exchanged
      {{30000, 3}, {1, 30000}},             // narrow transpositions
      {{3, 30000}, {1, 3}},
      {{100000, 3}, {3, -1}},
      {{20, 64, 300}, {64 * 300, 1, 64}}};
  for (const auto& [dims, strides] : cases) {
    SCOPED_TRACE(DimsToString(dims));
    StridedCopy copy;
    copy.dims = dims;
    copy.in_strides = strides;
    copy.out_strides = RowMajorStrides(dims);
    if (strides.back() == -1) copy.in_offset = dims.back() - 1;
    CheckAgainstFormula<float>(copy, Counted<float>({NumElements(dims)}),
                               runtime::KernelMode::kFast, 3);
  }
}

}  // namespace
}  // namespace dagrad::ops
