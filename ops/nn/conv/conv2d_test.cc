#include "dagrad/ops/nn/conv/conv2d.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using ops::MaxError;
using ops::RandomTensor;
using ops::RunKernel;
using ops::conv2d_internal::Kind;
using ops::conv2d_internal::MakeDirectKernel;
using ops::conv2d_internal::MakeGemmKernel;
using ops::conv2d_internal::ReadSizes;
using ops::conv2d_internal::Sizes;
using ops::conv2d_internal::ToAttrs;
using runtime::Kernel;
using runtime::KernelMode;

constexpr uint32_t kSeed = 20240602;

// A convolution whose output sizes and leading padding are written down, not computed.
struct Case {
  Dims x, filter, y;
  int64_t top = 0, left = 0;
  Conv2DOptions options = {};
  double tolerance = 2e-5;

  std::string ToString() const {
    return absl::StrCat(DimsToString(x), " by ", DimsToString(filter), ", seed ", kSeed);
  }
};

std::vector<Case> Cases() {
  return {
      {{2, 5, 6, 3}, {3, 2, 3, 4}, {2, 3, 5, 4}},
      {{1, 1, 1, 1}, {1, 1, 1, 1}, {1, 1, 1, 1}},
      {{2, 5, 4, 2}, {3, 3, 2, 3}, {2, 5, 4, 3}, 1, 1, {.padding = "same"}},
      {{1, 4, 5, 1}, {2, 4, 1, 2}, {1, 4, 5, 2}, 0, 1, {.padding = "same"}},
      {{1, 6, 7, 2}, {3, 3, 2, 2}, {1, 3, 3, 2}, 0, 1, {.strides = {2, 3}, .padding = "same"}},
      {{2, 28, 28, 1}, {3, 3, 1, 32}, {2, 26, 26, 32}},
      {{16, 28, 28, 1}, {5, 5, 1, 6}, {16, 28, 28, 6}, 2, 2, {.padding = "same"}, 2e-4},
      {{5, 14, 14, 32}, {3, 3, 32, 64}, {5, 14, 14, 64}, 1, 1, {.padding = "same"}, 1e-4},
      {{5, 14, 14, 32},
       {3, 3, 32, 64},
       {5, 7, 7, 64},
       0,
       0,
       {.strides = {2, 2}, .padding = "same"},
       1e-4},
      {{1, 24, 24, 48}, {3, 3, 48, 40}, {1, 22, 22, 40}, 0, 0, {}, 1e-4},
      {{3, 9, 11, 20}, {3, 3, 20, 50}, {3, 9, 11, 50}, 1, 1, {.padding = "same"}, 1e-4},
      {{4, 12, 12, 64}, {1, 1, 64, 33}, {4, 12, 12, 33}, 0, 0, {}, 1e-4},
      {{4, 13, 12, 16}, {1, 1, 16, 8}, {4, 7, 6, 8}, 0, 0, {.strides = {2, 2}, .padding = "same"}},
      {{4, 12, 12, 32}, {3, 3, 32, 32}, {4, 8, 8, 32}, 0, 0, {.dilations = {2, 2}}, 1e-4},
      {{4, 12, 12, 16},
       {3, 3, 16, 10},
       {4, 10, 10, 10},
       1,
       1,
       {.padding = "explicit", .explicit_padding = {1, 1, 1, 1}, .dilations = {2, 2}}},
      {{3, 10, 10, 16}, {3, 3, 1, 16}, {3, 10, 10, 16}, 1, 1, {.padding = "same", .groups = 16}},
      {{9, 9, 6, 20},
       {3, 3, 1, 20},
       {9, 5, 3, 20},
       1,
       0,
       {.strides = {2, 2}, .padding = "same", .groups = 20}},
      {{2, 11, 9, 19},
       {5, 7, 1, 19},
       {2, 11, 9, 19},
       2,
       3,
       {.padding = "same", .groups = 19},
       5e-5},
      {{2, 12, 13, 3},
       {4, 3, 1, 3},
       {2, 4, 7, 3},
       3,
       4,
       {.strides = {3, 2},
        .padding = "explicit",
        .explicit_padding = {3, 2, 4, 2},
        .dilations = {2, 3},
        .groups = 3}},
      {{2, 5, 4, 32}, {1, 1, 1, 32}, {2, 2, 2, 32}, 0, 0, {.strides = {3, 3}, .groups = 32}},
      {{3, 7, 6, 40}, {1, 1, 40, 70}, {3, 7, 6, 70}, 0, 0, {.padding = "same"}, 1e-4},
      {{3, 10, 10, 8}, {3, 3, 1, 24}, {3, 10, 10, 24}, 1, 1, {.padding = "same", .groups = 8}},
      {{3, 10, 10, 32}, {3, 3, 8, 32}, {3, 10, 10, 32}, 1, 1, {.padding = "same", .groups = 4}},
      {{3, 7, 9, 6},
       {4, 2, 3, 10},
       {3, 5, 6, 10},
       3,
       4,
       {.strides = {2, 3},
        .padding = "explicit",
        .explicit_padding = {3, 2, 4, 5},
        .dilations = {1, 2},
        .groups = 2}},
      // Few pixels and large filters.
      {{1, 9, 9, 64},
       {3, 3, 64, 512},
       {1, 5, 5, 512},
       1,
       1,
       {.strides = {2, 2}, .padding = "same"},
       1e-4},
      {{2, 7, 5, 130},
       {3, 2, 65, 720},
       {2, 3, 3, 720},
       0,
       0,
       {.dilations = {2, 2}, .groups = 2},
       1e-4},
      {{2, 7, 7, 130}, {1, 1, 130, 2100}, {2, 4, 4, 2100}, 0, 0, {.strides = {2, 2}}, 1e-4},
      {{3, 3, 4, 520}, {1, 1, 520, 530}, {3, 3, 4, 530}, 0, 0, {}, 1e-4},
      // One row, and rows that are too wide for a block.
      {{1, 1, 333, 64}, {1, 5, 64, 24}, {1, 1, 333, 24}, 0, 2, {.padding = "same"}, 1e-4},
      {{2, 1, 301, 16},
       {1, 4, 16, 8},
       {2, 1, 101, 8},
       0,
       1,
       {.strides = {1, 3}, .padding = "same"}},
      {{1, 6, 700, 40}, {3, 3, 40, 12}, {1, 4, 698, 12}, 0, 0, {}, 1e-4},
      {{1, 4, 400, 64}, {3, 3, 64, 8}, {1, 4, 400, 8}, 1, 1, {.padding = "same"}, 1e-4},
      {{0, 4, 4, 2}, {3, 3, 2, 3}, {0, 2, 2, 3}},
      {{2, 4, 4, 0}, {3, 3, 0, 3}, {2, 2, 2, 3}},
      {{2, 0, 4, 2}, {3, 3, 2, 3}, {2, 0, 4, 3}, 1, 1, {.padding = "same"}},
  };
}

// y, dx and df by the definition, in float64.
struct Naive {
  Naive(const Case& c, const Tensor& x, const Tensor& f, const Tensor& dy)
      : y(*Tensor::Zeros(DType::kFloat64, c.y)),
        dx(*Tensor::Zeros(DType::kFloat64, c.x)),
        df(*Tensor::Zeros(DType::kFloat64, c.filter)) {
    const Tensor x64 = *x.Cast(DType::kFloat64), f64 = *f.Cast(DType::kFloat64),
                 dy64 = *dy.Cast(DType::kFloat64);
    const double *px = x64.data<double>().data(), *pf = f64.data<double>().data(),
                 *pdy = dy64.data<double>().data();
    double *to_y = y.mutable_data<double>().data(), *to_x = dx.mutable_data<double>().data(),
           *to_f = df.mutable_data<double>().data();
    const int64_t in = c.filter[2], out = c.y[3] / c.options.groups, outputs = y.num_elements();
    for (int64_t o = 0; o < outputs; ++o) {
      const int64_t k = o % c.y[3], ox = o / c.y[3] % c.y[2], oy = o / c.y[3] / c.y[2] % c.y[1];
      const int64_t b = o / c.y[3] / c.y[2] / c.y[1];
      for (int64_t tap = 0; tap < c.filter[0] * c.filter[1] * in; ++tap) {
        const int64_t ch = tap % in, j = tap / in % c.filter[1], i = tap / in / c.filter[1];
        const int64_t iy = oy * c.options.strides[0] + i * c.options.dilations[0] - c.top;
        const int64_t ix = ox * c.options.strides[1] + j * c.options.dilations[1] - c.left;
        if (iy < 0 || ix < 0 || iy >= c.x[1] || ix >= c.x[2]) continue;
        const int64_t at = ((b * c.x[1] + iy) * c.x[2] + ix) * c.x[3] + k / out * in + ch;
        const int64_t weight = tap * c.y[3] + k;
        to_y[o] += px[at] * pf[weight];
        to_x[at] += pdy[o] * pf[weight];
        to_f[weight] += pdy[o] * px[at];
      }
    }
  }
  Tensor y, dx, df;
};

// One of the three ops with its arguments.
struct Call {
  const OpDef& op;
  std::vector<Tensor> inputs;
  AttrMap attrs;
};

Call MakeCall(Kind kind, const Case& c, const Tensor& x, const Tensor& f, const Tensor& dy) {
  AttrMap attrs = ToAttrs(c.options);
  if (kind == Kind::kForward) return {ops::Conv2DOp(), {x, f}, attrs};
  if (kind == Kind::kInputGrad) {
    attrs.Set("input_shape", Shape(absl::MakeConstSpan(c.x)));
    return {ops::Conv2DInputGradOp(), {dy, f}, attrs};
  }
  attrs.Set("filter_shape", Shape(absl::MakeConstSpan(c.filter)));
  return {ops::Conv2DFilterGradOp(), {x, dy}, attrs};
}

void ExpectAgreement(const Case& c, DType dtype, KernelMode mode, double tolerance) {
  std::mt19937 random(kSeed);
  const Tensor x = RandomTensor(dtype, c.x, &random), f = RandomTensor(dtype, c.filter, &random),
               dy = RandomTensor(dtype, c.y, &random);
  const Naive naive(c, x, f, dy);
  const Tensor* const expected[] = {&naive.y, &naive.dx, &naive.df};
  for (Kind kind : {Kind::kForward, Kind::kInputGrad, Kind::kFilterGrad}) {
    const Call call = MakeCall(kind, c, x, f, dy);
    std::string implementation;
    auto result = RunKernel(call.op, call.inputs, call.attrs, {.mode = mode}, &implementation);
    ASSERT_TRUE(result.ok()) << call.op.name << " " << result.status();
    EXPECT_LE(MaxError((*result)[0], *expected[static_cast<int>(kind)]), tolerance)
        << call.op.name << " by " << implementation;
  }
}

TEST(Conv2DTest, AgreesWithTheDefinition) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.ToString());
    ExpectAgreement(c, DType::kFloat64, KernelMode::kFast, 1e-12);
    ExpectAgreement(c, DType::kFloat32, KernelMode::kReference, c.tolerance);
    ExpectAgreement(c, DType::kFloat32, KernelMode::kFast, c.tolerance);
  }
}

// What MakeKernel chooses depends on the machine.
class Conv2DKernelTest : public ::testing::TestWithParam<bool (*)(Kind, const Sizes&, Kernel*)> {};

TEST_P(Conv2DKernelTest, AgreesWithReference) {
  std::mt19937 random(kSeed);
  int made = 0;
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.ToString());
    const Tensor x = RandomTensor(DType::kFloat32, c.x, &random),
                 f = RandomTensor(DType::kFloat32, c.filter, &random),
                 dy = RandomTensor(DType::kFloat32, c.y, &random);
    if (x.num_elements() == 0 || f.num_elements() == 0 || dy.num_elements() == 0) continue;
    for (Kind kind : {Kind::kForward, Kind::kInputGrad, Kind::kFilterGrad}) {
      const Call call = MakeCall(kind, c, x, f, dy);
      auto reference =
          RunKernel(call.op, call.inputs, call.attrs, {.mode = KernelMode::kReference});
      ASSERT_TRUE(reference.ok()) << reference.status();
      Kernel kernel;
      if (!GetParam()(kind, *ReadSizes(call.attrs, c.x, c.filter, c.y), &kernel)) continue;
      ++made;
      auto result =
          ops::RunPrepared(kernel, call.inputs, {{DType::kFloat32, (*reference)[0].dims()}}, 0);
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_LE(MaxError((*result)[0], (*reference)[0]), c.tolerance) << call.op.name;
      auto concurrent =
          ops::RunPrepared(kernel, call.inputs, {{DType::kFloat32, (*reference)[0].dims()}}, 3);
      EXPECT_TRUE(SameBits((*result)[0], (*concurrent)[0])) << call.op.name;
    }
  }
  EXPECT_GT(made, 10);
}

bool MakeGemm(Kind kind, const Sizes& sizes, Kernel* kernel) {
  MakeGemmKernel(kind, sizes, kernel);
  return true;
}
INSTANTIATE_TEST_SUITE_P(Gemm, Conv2DKernelTest, ::testing::Values(MakeGemm));
INSTANTIATE_TEST_SUITE_P(Direct, Conv2DKernelTest, ::testing::Values(MakeDirectKernel));

TEST(Conv2DTest, SameBitsOnAnyNumberOfThreads) {
  std::mt19937 random(kSeed);
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.ToString());
    const Tensor x = RandomTensor(DType::kFloat32, c.x, &random),
                 f = RandomTensor(DType::kFloat32, c.filter, &random),
                 dy = RandomTensor(DType::kFloat32, c.y, &random);
    for (Kind kind : {Kind::kForward, Kind::kInputGrad, Kind::kFilterGrad}) {
      const Call call = MakeCall(kind, c, x, f, dy);
      auto serial = RunKernel(call.op, call.inputs, call.attrs);
      ASSERT_TRUE(serial.ok()) << serial.status();
      for (int threads : {1, 3}) {
        auto concurrent = RunKernel(call.op, call.inputs, call.attrs, {.threads = threads});
        ASSERT_TRUE(concurrent.ok()) << concurrent.status();
        EXPECT_TRUE(SameBits((*serial)[0], (*concurrent)[0])) << call.op.name;
      }
    }
  }
}

// What PyTorch gives; torch_golden.py says how.
struct Golden {
  const char* name;
  Dims x, filter, y;
  Conv2DOptions options;
  std::vector<double> y_values, dx_values, dfilter_values;
};

std::vector<Golden> Goldens() {
  return {
#include "ops/nn/conv/conv2d_torch_golden.inc"
  };
}

Tensor GoldenInput(const Dims& dims, int64_t salt) {
  Tensor t = *Tensor::Zeros(DType::kFloat64, dims);
  int64_t i = 0;
  for (double& v : t.mutable_data<double>()) {
    v = static_cast<double>((i++ * 7919 + salt * 104729) % 2001 - 1000) / 1000.0;
  }
  return t;
}

TEST(Conv2DTest, AgreesWithPyTorch) {
  for (const Golden& g : Goldens()) {
    SCOPED_TRACE(g.name);
    const Case c{g.x, g.filter, g.y, 0, 0, g.options};
    const Tensor x = GoldenInput(g.x, 1), f = GoldenInput(g.filter, 2), dy = GoldenInput(g.y, 3);
    const Tensor expected[] = {Tensor::Of<double>(g.y, absl::MakeConstSpan(g.y_values)),
                               Tensor::Of<double>(g.x, absl::MakeConstSpan(g.dx_values)),
                               Tensor::Of<double>(g.filter, absl::MakeConstSpan(g.dfilter_values))};
    for (Kind kind : {Kind::kForward, Kind::kInputGrad, Kind::kFilterGrad}) {
      Call call = MakeCall(kind, c, x, f, dy);
      auto result = RunKernel(call.op, call.inputs, call.attrs);
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_LE(MaxError((*result)[0], expected[static_cast<int>(kind)]), 1e-13) << call.op.name;
      for (Tensor& t : call.inputs) t = *t.Cast(DType::kFloat32);
      result = RunKernel(call.op, call.inputs, call.attrs);
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_LE(MaxError((*result)[0], expected[static_cast<int>(kind)]), 1e-5) << call.op.name;
    }
  }
}

TEST(Conv2DTest, InfersSymbolicShapes) {
  GraphBuilder g("f");
  Value x = g.Input("x", DType::kFloat32, {"batch", "h", "w", 3});
  Value f = g.Input("f", DType::kFloat32, {3, 3, 3, 8});
  EXPECT_EQ(Conv2D(x, f).shape(), Shape({"batch", Dim("h") - Dim(2), Dim("w") - Dim(2), 8}));
  EXPECT_EQ(Conv2D(x, f, {.strides = {2, 2}, .padding = "same"}).shape(),
            Shape({"batch", Dim::CeilDiv("h", 2), Dim::CeilDiv("w", 2), 8}));
  EXPECT_TRUE(g.ok()) << g.status();
}

TEST(Conv2DTest, SaysWhatIsWrong) {
  GraphBuilder g("f");
  Value x = g.Input("x", DType::kFloat32, {"batch", 2, 28, 3});
  Value f = g.Input("f", DType::kFloat32, {3, 3, 3, 8});
  EXPECT_FALSE(Conv2D(x, f).valid());
  EXPECT_NE(g.status().message().find("image [batch,2,28,3], filter [3,3,3,8] (conv2d_c6)"),
            std::string::npos)
      << g.status();
}

}  // namespace
}  // namespace dagrad
