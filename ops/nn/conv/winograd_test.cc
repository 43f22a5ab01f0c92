#include "dagrad/ops/nn/conv/winograd.h"

#include <algorithm>
#include <cmath>
#include <limits>
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
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// The stated bounds: |float32 - exact| <= bound * √Σa² * √Σb² over the products a·b that the result
// is the sum of.
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

// The result of `kind` and √Σa² * √Σb², by the definition.
struct Exact {
  Exact(Kind kind, const Sizes& s, const Tensor& a, const Tensor& b, const Dims& out)
      : sum(NumElements(out)),
        of_a(NumElements(out)),
        of_b(NumElements(out)),
        products(NumElements(out)) {
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
    of_a[at] += a * a;
    of_b[at] += b * b;
    ++products[at];
  }
  // An element of a filter's gradient may have few products, which are small by chance: so they
  // count as if their squares were these at least, as those of other channels are on average.
  void AtLeast(double a, double b) {
    for (size_t i = 0; i < sum.size(); ++i) {
      of_a[i] += a * products[i];
      of_b[i] += b * products[i];
    }
  }
  double Magnitude(size_t at) const { return std::sqrt(of_a[at]) * std::sqrt(of_b[at]); }

  std::vector<double> sum, of_a, of_b, products;
};

// The largest error in units of the magnitude. What is no float32 must be the same infinity or NaN.
double ErrorOf(const Tensor& actual, const Exact& exact) {
  constexpr double kWrong = std::numeric_limits<double>::infinity();
  constexpr double kLargest = std::numeric_limits<float>::max();
  double worst = 0;
  const float* const p = actual.data<float>().data();
  for (size_t i = 0; i < exact.sum.size(); ++i) {
    const double sum = exact.sum[i], magnitude = exact.Magnitude(i);
    if (!(magnitude <= kLargest / 100)) {
      const bool same = std::isnan(sum)
                            ? std::isnan(p[i])
                            : std::abs(sum) < kLargest || p[i] == static_cast<float>(sum);
      if (!same) worst = kWrong;
      continue;
    }
    const double error = std::abs(p[i] - sum);
    if (error == 0) continue;
    if (!(error / magnitude <= worst)) worst = error / magnitude;
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

void Scale(double by, Tensor* t) {
  for (float& v : t->mutable_data<float>()) v = static_cast<float>(v * by);
}

void ExpectAllKinds(const Sizes& s, int threads = 0, bool fixed = false, double scale_a = 1,
                    double scale_b = 1) {
  ASSERT_TRUE(WinogradApplies(s));
  const Tensors t = DimsOf(s);
  for (Kind kind : {Kind::kForward, Kind::kInputGrad, Kind::kFilterGrad}) {
    std::mt19937 random(kSeed);
    const bool forward = kind == Kind::kForward, input = kind == Kind::kInputGrad;
    Tensor a = RandomTensor(DType::kFloat32, input ? t.y : t.x, &random);
    Tensor b = RandomTensor(DType::kFloat32, forward || input ? t.filter : t.y, &random);
    Scale(scale_a, &a);
    Scale(scale_b, &b);
    const Dims out = forward ? t.y : input ? t.x : t.filter;
    Exact exact(kind, s, a, b, out);
    if (kind == Kind::kFilterGrad) exact.AtLeast(scale_a * scale_a / 3, scale_b * scale_b / 3);
    for (int m : {2, 4}) {
      SCOPED_TRACE(absl::StrCat(ToString(s), ", m ", m, ", kind ", static_cast<int>(kind),
                                ", times ", scale_a, " and ", scale_b));
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

// What the results do not depend on must not change them, wherever it stands and whatever it is;
// what they depend on, as in sums over the products.
void ExpectOutlier(Kind kind, const Sizes& s, bool in_b, float value, std::mt19937* random) {
  const Tensors t = DimsOf(s);
  const bool forward = kind == Kind::kForward, input = kind == Kind::kInputGrad;
  Tensor a = RandomTensor(DType::kFloat32, input ? t.y : t.x, random);
  Tensor b = RandomTensor(DType::kFloat32, forward || input ? t.filter : t.y, random);
  Tensor& changed = in_b ? b : a;
  const int64_t place = static_cast<int64_t>((*random)()) % changed.num_elements();
  changed.mutable_data<float>()[place] = value;
  const Dims out = forward ? t.y : input ? t.x : t.filter;
  Exact exact(kind, s, a, b, out);
  // Of the changed tensor, all channels count.
  if (kind == Kind::kFilterGrad) {
    exact.AtLeast((in_b ? 1 : s.in_channels) / 3.0, (in_b ? s.out_channels : 1) / 3.0);
  }
  for (int m : {2, 4}) {
    SCOPED_TRACE(absl::StrCat(ToString(s), ", m ", m, ", kind ", static_cast<int>(kind), ", ",
                              value, " at ", place, in_b ? " of b" : " of a"));
    for (bool fixed : {false, true})
      EXPECT_LE(ErrorOf(MustRun(m, kind, s, {a, b}, out, 0, fixed), exact), BoundOf(m));
  }
}

void ExpectOutliers(const Sizes& s) {
  std::mt19937 random(kSeed);
  for (float value : {30.0f, -9999.0f, 1e6f, 1e19f, 1e30f, 3e38f, kInfinity, kNaN}) {
    for (Kind kind : {Kind::kForward, Kind::kInputGrad, Kind::kFilterGrad}) {
      for (bool in_b : {false, true}) ExpectOutlier(kind, s, in_b, value, &random);
    }
  }
}

TEST(WinogradTest, OutliersDisturbNothingElse) {
  for (int64_t size : {1, 2, 3, 5, 8, 13})
    ExpectOutliers(MakeSizes(2, size, size, 16, 17, {1, 1, 1, 1}));
  ExpectOutliers(MakeSizes(1, 11, 8, 64, 50, {1, 1, 1, 1}));
  ExpectOutliers(MakeSizes(1, 9, 8, 20, 34, {0, 0, 0, 0}));
  ExpectOutliers(MakeSizes(1, 5, 6, 16, 16, {0, 3, 4, 1}));
  ExpectOutliers(MakeSizes(1, 5, 6, 256, 272, {1, 1, 1, 1}));
}

// All of the numbers, of images or of filters, at every scale.
TEST(WinogradTest, AnyScale) {
  const Sizes s = MakeSizes(1, 7, 8, 20, 34, {1, 1, 1, 1});
  for (double scale : {1e-30, 1e-20, 1e-10, 1e10, 1e18, 1e30, 1e36}) {
    for (double of_b : {1e-30, 1e-20, 1.0, 1e20, 1e30}) {
      if (scale * of_b > 1e36 || scale * of_b < 1e-30) continue;
      ExpectAllKinds(s, 0, false, scale, of_b);
    }
  }
}

// Images of which large parts are 0, and filters of one tap.
TEST(WinogradTest, Zeros) {
  const Sizes s = MakeSizes(1, 13, 12, 16, 18, {1, 1, 1, 1});
  const Tensors t = DimsOf(s);
  std::mt19937 random(kSeed);
  Tensor x = *Tensor::Allocate(DType::kFloat32, t.x),
         filter = *Tensor::Allocate(DType::kFloat32, t.filter);
  std::fill_n(x.mutable_data<float>().data(), x.num_elements(), 0.0f);
  std::fill_n(filter.mutable_data<float>().data(), filter.num_elements(), 0.0f);
  for (int i = 0; i < 3; ++i) x.mutable_data<float>()[random() % x.num_elements()] = 3;
  for (int c = 0; c < 16; ++c) filter.mutable_data<float>()[(4 * 16 + c) * 18 + c] = 1;
  const Exact exact(Kind::kForward, s, x, filter, t.y);
  for (int m : {2, 4})
    EXPECT_LE(ErrorOf(MustRun(m, Kind::kForward, s, {x, filter}, t.y, 0, false), exact),
              BoundOf(m));
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
