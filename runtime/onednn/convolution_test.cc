#include "dagrad/runtime/onednn/convolution.h"

#include <omp.h>

#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/onednn/limits.h"
#include "dagrad/runtime/onednn/openmp.h"
#include "dagrad/runtime/onednn/sgemm.h"
#include "gtest/gtest.h"

namespace dagrad::runtime::onednn {
namespace {

constexpr uint32_t kSeed = 20240604;

Tensor Random(absl::Span<const int64_t> dims, std::mt19937* random) {
  Tensor t = *Tensor::Allocate(DType::kFloat32, dims);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (float& v : t.mutable_data<float>()) v = uniform(*random);
  return t;
}

float* Floats(Tensor* t) { return t->mutable_data<float>().data(); }
Tensor Bytes(size_t n) { return *Tensor::Allocate(DType::kUInt8, {static_cast<int64_t>(n)}); }

// 3x3, "same", 8 to 16 channels.
ConvolutionSizes Sizes(int64_t batch) {
  ConvolutionSizes s{batch, 9, 9, 8, 3, 3, 16, 9, 9};
  s.pad_top = s.pad_left = 1;
  return s;
}

// x̄ or y by one primitive: packs the filter, runs, and gives the result.
Tensor RunPrimitive(const Convolution& c, Convolution::Kind kind, int64_t batch, Tensor in,
                    Tensor filter) {
  Tensor packed = Bytes(c.filter_bytes()), scratch = Bytes(c.scratch_bytes());
  const bool forward = kind == Convolution::Kind::kForward;
  Tensor out = *Tensor::Allocate(DType::kFloat32, {batch, 9, 9, forward ? 16 : 8});
  EXPECT_TRUE(c.PackFilter(Floats(&filter), packed.mutable_bytes()).ok());
  const absl::Status status =
      forward
          ? c.Execute(Floats(&in), packed.bytes(), Floats(&out), scratch.mutable_bytes())
          : c.ExecuteInputGrad(Floats(&out), packed.bytes(), Floats(&in), scratch.mutable_bytes());
  EXPECT_TRUE(status.ok()) << status;
  return out;
}

TEST(ConvolutionTest, OneFilterLayoutForTwoBatchSizes) {
  for (auto kind : {Convolution::Kind::kForward, Convolution::Kind::kInputGrad,
                    Convolution::Kind::kFilterGrad}) {
    auto smaller = Convolution::Prepare(kind, Sizes(3));
    if (!smaller.ok()) GTEST_SKIP() << smaller.status();
    auto larger = Convolution::Prepare(kind, Sizes(4), 2, smaller->get());
    ASSERT_TRUE(larger.ok()) << larger.status();
    EXPECT_EQ((*smaller)->filter_bytes(), (*larger)->filter_bytes());
    EXPECT_EQ((*smaller)->implementation(), (*larger)->implementation());
  }
}

// One primitive, executed by many threads at once, each with buffers of its own.
TEST(ConvolutionTest, SameBitsFromManyThreadsAtOnce) {
  std::mt19937 random(kSeed);
  const Tensor x = Random({4, 9, 9, 8}, &random), dy = Random({4, 9, 9, 16}, &random),
               filter = Random({3, 3, 8, 16}, &random);
  for (auto kind : {Convolution::Kind::kForward, Convolution::Kind::kInputGrad}) {
    auto c = Convolution::Prepare(kind, Sizes(4));
    if (!c.ok()) GTEST_SKIP() << c.status();
    const Tensor& in = kind == Convolution::Kind::kForward ? x : dy;
    const Tensor expected = RunPrimitive(**c, kind, 4, in, filter);
    std::vector<int> differences(6);
    std::vector<std::thread> threads;
    for (int& count : differences) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i)
          count += !SameBits(RunPrimitive(**c, kind, 4, in, filter), expected);
      });
    }
    for (std::thread& t : threads) t.join();
    for (int count : differences) EXPECT_EQ(count, 0) << "seed " << kSeed;
  }
}

TEST(LimitsTest, CountsWhatAnIntHolds) {
  constexpr int64_t kMost = (int64_t{1} << 31) - 1;
  EXPECT_TRUE(CanCount({kMost}));
  EXPECT_TRUE(CanCount({kMost, 1, 0}));
  EXPECT_TRUE(CanCount({1 << 15, (1 << 16) - 1}));
  EXPECT_FALSE(CanCount({kMost + 1}));
  EXPECT_FALSE(CanCount({1 << 15, 1 << 16}));
  EXPECT_FALSE(CanCount({int64_t{1} << 32, int64_t{1} << 32}));
  EXPECT_FALSE(CanCount({kMost, kMost, kMost}));
  EXPECT_FALSE(CanCount({-1}));
}

TEST(ConvolutionTest, SizesThatCannotBeCountedAreRefusedAtOnce) {
  using S = ConvolutionSizes;
  for (int64_t S::*size :
       {&S::batch, &S::height, &S::width, &S::in_channels, &S::filter_height, &S::filter_width,
        &S::out_channels, &S::out_height, &S::out_width, &S::stride_y, &S::stride_x, &S::dilation_y,
        &S::dilation_x, &S::pad_top, &S::pad_left, &S::groups}) {
    for (int64_t large : {int64_t{1} << 31, int64_t{1} << 40}) {
      ConvolutionSizes s = Sizes(2);
      s.*size = large;
      for (auto kind : {Convolution::Kind::kForward, Convolution::Kind::kInputGrad,
                        Convolution::Kind::kFilterGrad}) {
        const absl::Status status = Convolution::Prepare(kind, s).status();
        EXPECT_EQ(status, absl::UnimplementedError("oneDNN counts by 32 bits"));
      }
    }
  }
}

TEST(SgemmTest, SizesThatCannotBeCountedAreRefused) {
  constexpr int64_t kLarge = int64_t{1} << 31;
  const float a[1] = {};
  float c[1] = {};
  for (int i = 0; i < 6; ++i) {
    int64_t n[6] = {1, 1, 1, 1, 1, 1};
    n[i] = kLarge;
    EXPECT_EQ(Sgemm(n[0], n[1], n[2], {a, n[3]}, {a, n[4]}, 0, c, n[5]).code(),
              absl::StatusCode::kUnimplemented);
  }
}

TEST(OpenMpTest, TheHostsSettingIsLeftAlone) {
  std::thread([] {
    omp_set_num_threads(3);
    {
      SingleThreadedOpenMp single_threaded;
      EXPECT_EQ(omp_get_max_threads(), 1);
    }
    EXPECT_EQ(omp_get_max_threads(), 3);
    const float a[64] = {}, b[64] = {};
    float y[64];
    EXPECT_TRUE(Sgemm(8, 8, 8, {a, 8}, {b, 8}, 0, y, 8).ok());
    EXPECT_EQ(omp_get_max_threads(), 3);
    EnsureSingleThreadedOpenMp();
    EnsureSingleThreadedOpenMp();
    EXPECT_EQ(omp_get_max_threads(), 1);
  }).join();
}

TEST(SgemmTest, LeadingDimensionsBetaAndEmptySizes) {
  std::mt19937 random(kSeed);
  for (int64_t size : {3, 40}) {  // a loop of our own, and the library
    const int64_t ld = size + 5;
    const Tensor a = Random({size, ld}, &random), b = Random({size, ld}, &random);
    for (float beta : {0.0f, 1.0f, -0.5f}) {
      Tensor c = Random({size, ld}, &random);
      const Tensor before = *c.Clone();
      ASSERT_TRUE(Sgemm(size, size, size, {a.data<float>().data(), ld, true},
                        {b.data<float>().data(), ld}, beta, Floats(&c), ld)
                      .ok());
      for (int64_t i = 0; i < size; ++i) {
        for (int64_t j = 0; j < ld; ++j) {
          double expected = before.data<float>()[i * ld + j];
          if (j < size) {
            expected *= beta;
            for (int64_t p = 0; p < size; ++p) {
              expected += double{a.data<float>()[p * ld + i]} * b.data<float>()[p * ld + j];
            }
          }
          ASSERT_NEAR(c.data<float>()[i * ld + j], expected, 1e-5)
              << i << "," << j << " seed " << kSeed;
        }
      }
    }
  }
  float c[4] = {1, 2, 3, 4};
  ASSERT_TRUE(Sgemm(2, 2, 0, {nullptr, 1}, {nullptr, 2}, 2, c, 2).ok());
  EXPECT_EQ(c[3], 8);
  ASSERT_TRUE(Sgemm(2, 2, 0, {nullptr, 1}, {nullptr, 2}, 0, c, 2).ok());
  EXPECT_EQ(c[3], 0);
  EXPECT_TRUE(Sgemm(0, 2, 3, {nullptr, 3}, {nullptr, 2}, 0, nullptr, 2).ok());
}

}  // namespace
}  // namespace dagrad::runtime::onednn
