#include "dagrad/ops/nn/pool/pool2d.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/nn/pool/pool2d_internal.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using ops::MaxError;
using ops::RandomTensor;
using ops::RunKernel;
using ops::pool2d_internal::ToAttrs;
using runtime::KernelMode;

constexpr uint32_t kSeed = 20240603;

// A pooling whose output sizes and leading padding are written down, not computed.
struct Case {
  Dims x, y;
  int64_t top = 0, left = 0;
  Pool2DOptions options = {};

  std::string ToString() const {
    return absl::StrCat(DimsToString(x), " to ", DimsToString(y), ", seed ", kSeed);
  }
  int64_t stride(int axis) const {
    return options.strides.empty() ? options.pool_size[axis] : options.strides[axis];
  }
};

std::vector<Case> Cases() {
  return {
      {{2, 4, 6, 3}, {2, 2, 3, 3}},
      {{1, 1, 1, 1}, {1, 1, 1, 1}, 0, 0, {.pool_size = {1, 1}}},
      {{3, 7, 9, 17}, {3, 3, 4, 17}},
      {{9, 28, 28, 32}, {9, 14, 14, 32}},
      {{9, 13, 13, 40}, {9, 6, 6, 40}, 0, 0, {.pool_size = {3, 3}, .strides = {2, 2}}},
      {{2, 5, 5, 2}, {2, 3, 3, 2}, 0, 0, {.padding = "same"}},
      {{2, 7, 7, 130},
       {2, 4, 4, 130},
       1,
       1,
       {.pool_size = {3, 3}, .strides = {2, 2}, .padding = "same"}},
      {{2, 6, 5, 4},
       {2, 6, 5, 4},
       1,
       0,
       {.pool_size = {3, 2}, .strides = {1, 1}, .padding = "same"}},
      {{1, 10, 9, 2}, {1, 2, 3, 2}, 0, 0, {.pool_size = {2, 1}, .strides = {5, 4}}},
      {{2, 4, 5, 2},
       {2, 3, 3, 2},
       1,
       0,
       {.pool_size = {3, 3},
        .strides = {2, 2},
        .padding = "explicit",
        .explicit_padding = {1, 2, 0, 2}}},
      {{2, 16, 16, 300}, {2, 1, 1, 300}, 0, 0, {.pool_size = {16, 16}}},
      {{0, 4, 4, 2}, {0, 2, 2, 2}},
      {{2, 4, 4, 0}, {2, 2, 2, 0}},
      {{2, 0, 4, 2}, {2, 0, 2, 2}, 0, 0, {.padding = "same"}},
  };
}

// All five results by the definition, in float64, of x, dy and u.
struct Naive {
  Naive(const Case& c, const Tensor& x_in, const Tensor& dy_in, const Tensor& u_in) {
    const Tensor x = *x_in.Cast(DType::kFloat64), dy = *dy_in.Cast(DType::kFloat64),
                 u = *u_in.Cast(DType::kFloat64);
    const double *px = x.data<double>().data(), *pdy = dy.data<double>().data(),
                 *pu = u.data<double>().data();
    for (Tensor* t : {&max, &gather, &avg}) *t = *Tensor::Zeros(DType::kFloat64, c.y);
    max_grad = *Tensor::Zeros(DType::kFloat64, c.x);
    avg_grad = *Tensor::Zeros(DType::kFloat64, c.x);
    double *pmax = max.mutable_data<double>().data(),
           *pgather = gather.mutable_data<double>().data(),
           *pavg = avg.mutable_data<double>().data(),
           *pmax_grad = max_grad.mutable_data<double>().data(),
           *pavg_grad = avg_grad.mutable_data<double>().data();
    const int64_t outputs = avg.num_elements();
    for (int64_t o = 0; o < outputs; ++o) {
      const std::vector<int64_t> window = Elements(c, o);
      int64_t best = window[0];
      double sum = 0;
      for (int64_t at : window) {
        if (px[at] > px[best]) best = at;
        sum += px[at];
        pavg_grad[at] += pdy[o] / window.size();
      }
      pmax[o] = px[best];
      pgather[o] = pu[best];
      pmax_grad[best] += pdy[o];
      pavg[o] = sum / window.size();
    }
  }

  // Offsets of the elements of x that output `o` covers.
  static std::vector<int64_t> Elements(const Case& c, int64_t o) {
    const int64_t ch = o % c.y[3], ox = o / c.y[3] % c.y[2], oy = o / c.y[3] / c.y[2] % c.y[1];
    const int64_t b = o / c.y[3] / c.y[2] / c.y[1];
    std::vector<int64_t> elements;
    for (int64_t i = 0; i < c.options.pool_size[0]; ++i) {
      for (int64_t j = 0; j < c.options.pool_size[1]; ++j) {
        const int64_t iy = oy * c.stride(0) + i - c.top, ix = ox * c.stride(1) + j - c.left;
        if (iy < 0 || ix < 0 || iy >= c.x[1] || ix >= c.x[2]) continue;
        elements.push_back(((b * c.x[1] + iy) * c.x[2] + ix) * c.x[3] + ch);
      }
    }
    return elements;
  }

  Tensor max, gather, max_grad, avg, avg_grad;
};

// One of the five ops with its arguments and what it should give.
struct Call {
  const OpDef& op;
  std::vector<Tensor> inputs;
  AttrMap attrs;
  Tensor expected;
};

std::vector<Call> Calls(const Case& c, const Tensor& x, const Tensor& dy, const Tensor& u) {
  const Naive naive(c, x, dy, u);
  const AttrMap attrs = ToAttrs(c.options);
  AttrMap with_shape = attrs;
  with_shape.Set("input_shape", Shape(absl::MakeConstSpan(c.x)));
  return {{ops::MaxPool2DOp(), {x}, attrs, naive.max},
          {ops::MaxPool2DGradOp(), {x, dy}, attrs, naive.max_grad},
          {ops::MaxPool2DGatherOp(), {x, u}, attrs, naive.gather},
          {ops::AvgPool2DOp(), {x}, attrs, naive.avg},
          {ops::AvgPool2DGradOp(), {dy}, with_shape, naive.avg_grad}};
}

std::vector<Call> RandomCalls(const Case& c, DType dtype) {
  std::mt19937 random(kSeed);
  const Tensor x = RandomTensor(dtype, c.x, &random), dy = RandomTensor(dtype, c.y, &random),
               u = RandomTensor(dtype, c.x, &random);
  return Calls(c, x, dy, u);
}

TEST(Pool2DTest, AgreesWithTheDefinition) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.ToString());
    for (DType dtype : {DType::kFloat32, DType::kFloat64}) {
      for (const Call& call : RandomCalls(c, dtype)) {
        for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
          auto result = RunKernel(call.op, call.inputs, call.attrs, {.mode = mode});
          ASSERT_TRUE(result.ok()) << call.op.name << " " << result.status();
          EXPECT_LE(MaxError((*result)[0], call.expected), dtype == DType::kFloat32 ? 1e-6 : 1e-15)
              << call.op.name;
        }
      }
    }
  }
}

TEST(Pool2DTest, SameBitsOnAnyNumberOfThreads) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.ToString());
    for (const Call& call : RandomCalls(c, DType::kFloat32)) {
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
  Dims x, y;
  Pool2DOptions options;
  std::vector<double> max, max_grad, avg, avg_grad;
};

std::vector<Golden> Goldens() {
  return {
#include "ops/nn/pool/pool2d_torch_golden.inc"
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

TEST(Pool2DTest, AgreesWithPyTorch) {
  for (const Golden& g : Goldens()) {
    SCOPED_TRACE(g.name);
    const Tensor x = GoldenInput(g.x, 1), dy = GoldenInput(g.y, 3);
    AttrMap attrs = ToAttrs(g.options), with_shape = attrs;
    with_shape.Set("input_shape", Shape(absl::MakeConstSpan(g.x)));
    const auto of = [](const Dims& dims, const std::vector<double>& v) {
      return Tensor::Of<double>(dims, absl::MakeConstSpan(v));
    };
    const Call calls[] = {{ops::MaxPool2DOp(), {x}, attrs, of(g.y, g.max)},
                          {ops::MaxPool2DGradOp(), {x, dy}, attrs, of(g.x, g.max_grad)},
                          {ops::AvgPool2DOp(), {x}, attrs, of(g.y, g.avg)},
                          {ops::AvgPool2DGradOp(), {dy}, with_shape, of(g.x, g.avg_grad)}};
    for (const Call& call : calls) {
      auto result = RunKernel(call.op, call.inputs, call.attrs);
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_LE(MaxError((*result)[0], call.expected), 1e-14) << call.op.name;
    }
  }
}

TEST(Pool2DTest, NanIsTheMaximum) {
  const float nan = std::nanf("");
  const Tensor x = Tensor::Of<float>({1, 1, 4, 1}, {9, nan, nan, 1});
  const Tensor dy = Tensor::Of<float>({1, 1, 2, 1}, {3, 4});
  for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
    const AttrMap attrs = ToAttrs({.pool_size = {1, 2}});
    auto y = RunKernel(ops::MaxPool2DOp(), {x}, attrs, {.mode = mode});
    ASSERT_TRUE(y.ok()) << y.status();
    EXPECT_TRUE(std::isnan((*y)[0].data<float>()[0]));
    EXPECT_TRUE(std::isnan((*y)[0].data<float>()[1]));
    auto dx = RunKernel(ops::MaxPool2DGradOp(), {x, dy}, attrs, {.mode = mode});
    ASSERT_TRUE(dx.ok()) << dx.status();
    EXPECT_TRUE(SameBits((*dx)[0], Tensor::Of<float>({1, 1, 4, 1}, {0, 3, 4, 0})));
  }
}

// Rows of padding alone: no element to take.
TEST(Pool2DTest, NothingButPadding) {
  const Tensor x = *Tensor::Zeros(DType::kFloat32, {1, 0, 2, 1});
  const AttrMap attrs =
      ToAttrs({.pool_size = {2, 2}, .padding = "explicit", .explicit_padding = {1, 1, 0, 0}});
  for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
    auto max = RunKernel(ops::MaxPool2DOp(), {x}, attrs, {.mode = mode});
    ASSERT_TRUE(max.ok()) << max.status();
    EXPECT_EQ((*max)[0].data<float>()[0], -std::numeric_limits<float>::infinity());
    auto gather = RunKernel(ops::MaxPool2DGatherOp(), {x, x}, attrs, {.mode = mode});
    ASSERT_TRUE(gather.ok()) << gather.status();
    EXPECT_EQ((*gather)[0].data<float>()[0], 0);
    auto avg = RunKernel(ops::AvgPool2DOp(), {x}, attrs, {.mode = mode});
    ASSERT_TRUE(avg.ok()) << avg.status();
    EXPECT_EQ((*avg)[0].data<float>()[0], 0);
  }
}

TEST(Pool2DTest, InfersSymbolicShapes) {
  GraphBuilder g("f");
  Value x = g.Input("x", DType::kFloat32, {"batch", "h", 28, 3});
  EXPECT_EQ(MaxPool2D(x).shape(),
            Shape({"batch", Dim::FloorDiv(Dim("h") - Dim(2), 2) + Dim(1), 14, 3}));
  EXPECT_EQ(AvgPool2D(x, {.pool_size = {3, 3}, .strides = {2, 2}, .padding = "same"}).shape(),
            Shape({"batch", Dim::CeilDiv("h", 2), 14, 3}));
  EXPECT_TRUE(g.ok()) << g.status();
}

}  // namespace
}  // namespace dagrad
