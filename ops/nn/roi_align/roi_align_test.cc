#include "dagrad/ops/nn/roi_align/roi_align.h"

#include <limits>
#include <string>
#include <vector>

#include "dagrad/ops/testing/run_kernel.h"
#include "gtest/gtest.h"

namespace dagrad::ops {
namespace {

absl::StatusOr<std::vector<Tensor>> RunRegion(const OpDef& op, const Tensor& first,
                                              const std::vector<double>& roi, int64_t image,
                                              AttrMap attrs) {
  return RunKernel(op,
                   {first, *Tensor::Of<double>({1, 4}, roi).Cast(first.dtype()),
                    Tensor::Of<int64_t>({1}, {image})},
                   std::move(attrs));
}

Tensor Ones(DType dtype, const Dims& dims) { return Tensor::Full(dtype, dims, 1); }

TEST(RoiAlign, RefusesImagesThatAreNotThere) {
  const Tensor x = Ones(DType::kFloat32, {2, 3, 3, 1});
  for (int64_t image : {int64_t{-1}, int64_t{2}, std::numeric_limits<int64_t>::min()}) {
    for (const OpDef* op : {&RoiAlignOp(), &ArgRoiAlignOp()}) {
      const auto y = RunRegion(*op, x, {0, 0, 2, 2}, image, {});
      EXPECT_TRUE(absl::IsInvalidArgument(y.status())) << y.status();
      EXPECT_NE(y.status().message().find("batch_indices"), std::string::npos) << y.status();
    }
    const auto dx = RunRegion(RoiAlignGradOp(), Ones(DType::kFloat32, {1, 1, 1, 1}), {0, 0, 2, 2},
                              image, {{"input_shape", Shape({2, 3, 3, 1})}});
    EXPECT_TRUE(absl::IsInvalidArgument(dx.status())) << dx.status();
  }
}

// Whatever the corners are, the samples that are looked at are about as many as there are pixels.
TEST(RoiAlign, TakesRegionsThatAreNone) {
  const double inf = std::numeric_limits<double>::infinity(),
               nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> corners = {-inf, -3e38, -1e30, -1e9, 0, 1.5, 1e9, 1e30, 3e38, inf, nan};
  for (DType dtype : {DType::kFloat32, DType::kFloat64}) {
    const Tensor x = Ones(dtype, {1, 3, 3, 1});
    for (double first : corners) {
      for (double last : corners) {
        for (const std::string mode : {"avg", "max"}) {
          for (int64_t ratio : {0, 1024}) {
            const auto y = RunRegion(RoiAlignOp(), x, {first, first, last, last}, 0,
                                     {{"mode", mode}, {"sampling_ratio", ratio}, {"height", 2}});
            ASSERT_TRUE(y.ok()) << y.status();
            const Tensor values = *(*y)[0].Cast(DType::kFloat64);
            for (double v : values.data<double>()) {
              EXPECT_TRUE(v >= 0 && v <= 1.0001) << first << " to " << last << ": " << v;
            }
          }
        }
      }
    }
  }
}

// A pixel that is infinite is in no sample that only touches it.
TEST(RoiAlign, LeavesOutPixelsOfNoWeight) {
  const float inf = std::numeric_limits<float>::infinity();
  const Tensor x = Tensor::Of<float>({1, 1, 3, 1}, {2, 3, inf});
  for (const std::string mode : {"avg", "max"}) {
    const auto y =
        RunRegion(RoiAlignOp(), x, {1, 0, 2, 1}, 0, {{"mode", mode}, {"sampling_ratio", 1}});
    ASSERT_TRUE(y.ok()) << y.status();
    EXPECT_EQ((*y)[0].data<float>()[0], 3);
  }
}

// As ONNX's own reference has it: the maximum is that of terms, and a term of weight 0 is one.
TEST(RoiAlign, MaximumIsThatOfTerms) {
  const Tensor x = Tensor::Of<double>({1, 1, 2, 1}, {-4, -8});
  const AttrMap attrs = {{"mode", "max"}, {"sampling_ratio", 1}};
  // At a pixel and between two: x = 0, 0.25.
  EXPECT_EQ((*RunRegion(RoiAlignOp(), x, {0, 0, 1, 1}, 0, attrs))[0].data<double>()[0], 0);
  const Tensor two = Tensor::Of<double>({1, 2, 2, 1}, {-4, -8, -4, -8});
  const auto y = RunRegion(RoiAlignOp(), two, {0.25, 0.25, 1.25, 1.25}, 0, attrs);
  EXPECT_EQ((*y)[0].data<double>()[0], -0.5);  // 0.25 · 0.25 · -8
}

}  // namespace
}  // namespace dagrad::ops
