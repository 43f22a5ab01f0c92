#include "dagrad/ops/conv/winograd.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/simd/for_each_target.h"
#include "gtest/gtest.h"

namespace dagrad::ops::conv2d_internal {
namespace {

constexpr uint32_t kSeed = 20241121;

// The stated bounds: |float32 - exact| <= bound * Σ|a·b|, over the products that the result is the
// sum of.
double BoundOf(int m) { return m == 2 ? 2e-6 : 8e-6; }

Sizes MakeSizes(int64_t batch, int64_t height, int64_t width, int64_t in, int64_t out,
                std::vector<int64_t> padding) {
  Sizes s{};
  s.batch = batch;
  s.height = height;
  s.width = width;
  s.in_channels = in;
  s.out_channels = out;
  s.filter_height = s.filter_width = 3;
  s.pad_top = padding[0];
  s.pad_left = padding[2];
  s.out_height = height + padding[0] + padding[1] - 2;
  s.out_width = width + padding[2] + padding[3] - 2;
  s.stride_y = s.stride_x = s.dilation_y = s.dilation_x = s.groups = 1;
  return s;
}

std::string ToString(const Sizes& s) {
  return absl::StrCat(s.batch, "x", s.height, "x", s.width, "x", s.in_channels, " to ",
                      s.out_height, "x", s.out_width, "x", s.out_channels, " padded ", s.pad_top,
                      " ", s.pad_left, ", seed ", kSeed);
}

struct Tensors {
  Dims x, filter, y;
};
Tensors DimsOf(const Sizes& s) {
  return {{s.batch, s.height, s.width, s.in_channels},
          {3, 3, s.in_channels, s.out_channels},
          {s.batch, s.out_height, s.out_width, s.out_channels}};
}

// The result of `kind` and Σ|a·b|, by the definition.
struct Exact {
  Exact(Kind kind, const Sizes& s, const Tensor& a, const Tensor& b, const Dims& out)
      : sum(NumElements(out)), magnitude(NumElements(out)) {
    const float* const pa = a.data<float>().data();
    const float* const pb = b.data<float>().data();
    const int64_t in = s.in_channels, outs = s.out_channels;
    for (int64_t image = 0; image < s.batch; ++image) {
      for (int64_t o = 0; o < s.out_height * s.out_width; ++o) {
        const int64_t y = (image * s.out_height * s.out_width + o) * outs;
        for (int64_t tap = 0; tap < 9; ++tap) {
          const int64_t iy = o / s.out_width + tap / 3 - s.pad_top;
          const int64_t ix = o % s.out_width + tap % 3 - s.pad_left;
          if (iy < 0 || ix < 0 || iy >= s.height || ix >= s.width) continue;
          const int64_t x = ((image * s.height + iy) * s.width + ix) * in;
          for (int64_t c = 0; c < in; ++c) {
            for (int64_t k = 0; k < outs; ++k) {
              const int64_t f = (tap * in + c) * outs + k;
              if (kind == Kind::kForward) {
                Add(y + k, pa[x + c], pb[f]);
              } else if (kind == Kind::kInputGrad) {
                Add(x + c, pa[y + k], pb[f]);
              } else {
                Add(f, pa[x + c], pb[y + k]);
              }
            }
          }
        }
      }
    }
  }
  void Add(int64_t at, double a, double b) {
    sum[at] += a * b;
    magnitude[at] += std::abs(a * b);
  }
  std::vector<double> sum, magnitude;
};

// The largest error in units of Σ|a·b| + the mean of that: a result of few products takes part in
// the rounding of its whole tile.
double ErrorOf(const Tensor& actual, const Exact& exact) {
  double mean = 0, worst = 0;
  for (double m : exact.magnitude) mean += m / static_cast<double>(exact.magnitude.size());
  const float* const p = actual.data<float>().data();
  for (size_t i = 0; i < exact.sum.size(); ++i) {
    const double error = std::abs(p[i] - exact.sum[i]) / (exact.magnitude[i] + mean);
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

Tensor MustRun(int m, Kind kind, const Sizes& s, const std::vector<Tensor>& inputs, const Dims& out,
               int threads, bool fixed) {
  runtime::Kernel kernel;
  MakeWinogradKernel(m, kind, s, fixed, &kernel);
  const std::vector<runtime::TensorSpec> specs = {{DType::kFloat32, out}};
  auto results = RunPrepared(kernel, inputs, specs, threads);
  EXPECT_TRUE(results.ok()) << results.status();
  return std::move((*results)[0]);
}

void ExpectAllKinds(const Sizes& s, int threads = 0, bool fixed = false) {
  ASSERT_TRUE(WinogradApplies(s));
  const Tensors t = DimsOf(s);
  for (Kind kind : {Kind::kForward, Kind::kInputGrad, Kind::kFilterGrad}) {
    std::mt19937 random(kSeed);
    const bool forward = kind == Kind::kForward, input = kind == Kind::kInputGrad;
    const Tensor a = RandomTensor(DType::kFloat32, input ? t.y : t.x, &random);
    const Tensor b = RandomTensor(DType::kFloat32, forward || input ? t.filter : t.y, &random);
    const Dims out = forward ? t.y : input ? t.x : t.filter;
    const Exact exact(kind, s, a, b, out);
    for (int m : {2, 4}) {
      SCOPED_TRACE(absl::StrCat(ToString(s), ", m ", m, ", kind ", static_cast<int>(kind)));
      EXPECT_LE(ErrorOf(MustRun(m, kind, s, {a, b}, out, threads, fixed), exact), BoundOf(m));
    }
  }
}

TEST(WinogradTest, SmallImagesOfAllSizes) {
  for (int64_t height = 1; height <= 9; ++height) {
    for (int64_t width = 1; width <= 9; ++width)
      ExpectAllKinds(MakeSizes(2, height, width, 16, 17, {1, 1, 1, 1}));
  }
}

TEST(WinogradTest, Paddings) {
  for (const std::vector<int64_t>& padding : std::vector<std::vector<int64_t>>{
           {0, 0, 0, 0}, {2, 0, 0, 1}, {0, 2, 1, 0}, {3, 5, 4, 1}, {0, 7, 0, 6}}) {
    ExpectAllKinds(MakeSizes(2, 5, 6, 16, 16, padding));
    ExpectAllKinds(MakeSizes(1, 9, 3, 20, 18, padding));
  }
}

TEST(WinogradTest, ChannelsThatFillNoVector) {
  for (int64_t in : {17, 31, 50, 130}) {
    for (int64_t out : {16, 33, 47, 140}) ExpectAllKinds(MakeSizes(1, 6, 7, in, out, {1, 1, 1, 1}));
  }
}

// Several blocks, groups and shards.
TEST(WinogradTest, ManyTiles) {
  ExpectAllKinds(MakeSizes(9, 14, 13, 32, 64, {1, 1, 1, 1}), 3);
  ExpectAllKinds(MakeSizes(1, 40, 42, 64, 48, {1, 1, 1, 1}), 3);
  ExpectAllKinds(MakeSizes(40, 4, 4, 64, 64, {1, 1, 1, 1}), 3);
}

TEST(WinogradTest, LargeFilters) {
  ExpectAllKinds(MakeSizes(1, 5, 6, 256, 272, {1, 1, 1, 1}), 3, false);
  ExpectAllKinds(MakeSizes(1, 5, 6, 256, 272, {1, 1, 1, 1}), 3, true);
  ExpectAllKinds(MakeSizes(2, 3, 3, 192, 560, {0, 0, 0, 0}), 3, false);
}

TEST(WinogradTest, EveryInstructionSet) {
  runtime::simd::ForEachTarget([] {
    ExpectAllKinds(MakeSizes(2, 7, 9, 19, 37, {1, 1, 1, 1}));
    ExpectAllKinds(MakeSizes(1, 8, 8, 64, 64, {0, 0, 0, 0}));
  });
}

// The bits of single operations.
void ExpectEpilogue(const Sizes& s, const Epilogue& epilogue) {
  SCOPED_TRACE(ToString(s));
  const Tensors t = DimsOf(s);
  std::mt19937 random(kSeed);
  const Tensor x = RandomTensor(DType::kFloat32, t.x, &random);
  const Tensor filter = RandomTensor(DType::kFloat32, t.filter, &random);
  const Tensor bias = RandomTensor(DType::kFloat32, {s.out_channels}, &random);
  const Tensor residual = RandomTensor(DType::kFloat32, t.y, &random);
  const std::vector<runtime::TensorSpec> specs = {{DType::kFloat32, t.y}};
  runtime::Kernel plain, fused;
  MakeWinogradKernel(4, Kind::kForward, s, false, &plain);
  MakeWinogradKernel(4, Kind::kForward, s, false, &fused, epilogue);
  const auto y = RunPrepared(plain, {x, filter}, specs, 0);
  const auto actual = RunPrepared(fused, {x, filter, bias, residual}, specs, 2);
  ASSERT_TRUE(y.ok() && actual.ok()) << y.status() << actual.status();
  for (int64_t i = 0; i < (*y)[0].num_elements(); ++i) {
    float expected = (*y)[0].data<float>()[i];
    if (epilogue.bias) expected += bias.data<float>()[i % s.out_channels];
    if (epilogue.residual) expected += residual.data<float>()[i];
    if (epilogue.relu) expected = std::min(std::max(expected, 0.0f), epilogue.most);
    ASSERT_EQ((*actual)[0].data<float>()[i], expected) << i;
  }
}

TEST(WinogradTest, Epilogues) {
  for (const Sizes& s :
       {MakeSizes(3, 7, 6, 20, 37, {1, 1, 1, 1}), MakeSizes(1, 5, 6, 256, 272, {1, 1, 1, 1})}) {
    ExpectEpilogue(s, {.bias = true});
    ExpectEpilogue(s, {.bias = true, .relu = true});
    ExpectEpilogue(s, {.bias = true, .residual = true, .relu = true, .most = 6});
    ExpectEpilogue(s, {.residual = true});
  }
}

TEST(WinogradTest, AppliesTo3x3OfStrideOne) {
  const Sizes s = MakeSizes(1, 8, 8, 64, 64, {1, 1, 1, 1});
  EXPECT_TRUE(WinogradApplies(s));
  const auto with = [&s](int64_t Sizes::*field, int64_t value) {
    Sizes other = s;
    other.*field = value;
    return WinogradApplies(other);
  };
  EXPECT_FALSE(with(&Sizes::filter_width, 5));
  EXPECT_FALSE(with(&Sizes::stride_y, 2));
  EXPECT_FALSE(with(&Sizes::dilation_x, 2));
  EXPECT_FALSE(with(&Sizes::groups, 2));
  EXPECT_FALSE(with(&Sizes::in_channels, 15));
  EXPECT_FALSE(with(&Sizes::out_channels, 1));
}

TEST(WinogradTest, TakenWhereItIsFaster) {
  const auto form = [](int64_t batch, int64_t size, int64_t in, int64_t out,
                       Kind kind = Kind::kForward) {
    return WinogradForm(kind, MakeSizes(batch, size, size, in, out, {1, 1, 1, 1}), false);
  };
  EXPECT_EQ(form(64, 28, 1, 32), 0);
  EXPECT_EQ(form(64, 14, 32, 64), 2);
  EXPECT_EQ(form(64, 32, 64, 64), 4);
  EXPECT_EQ(form(1, 14, 256, 256), 2);
  EXPECT_EQ(form(8, 7, 512, 512), 4);
  EXPECT_EQ(form(8, 7, 512, 512, Kind::kFilterGrad), 2);
  EXPECT_EQ(form(1, 4, 64, 64), 0);
  // Those of the samples.
  EXPECT_EQ(form(8, 6, 32, 48), 2);
  EXPECT_EQ(form(8, 6, 32, 48, Kind::kInputGrad), 2);
  EXPECT_EQ(form(8, 8, 64, 65), 4);
  EXPECT_EQ(form(8, 8, 64, 65, Kind::kInputGrad), 4);
  EXPECT_EQ(form(8, 8, 64, 65, Kind::kFilterGrad), 4);
}

}  // namespace
}  // namespace dagrad::ops::conv2d_internal
