#include "dagrad/ops/linalg/matmul/matmul.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using ops::MatMulOp;
using ops::MaxError;
using ops::RandomTensor;
using ops::RunKernel;

constexpr uint32_t kSeed = 20240601;

struct Case {
  Dims a, b;
  bool ta = false, tb = false;

  AttrMap attrs() const { return {{"transpose_a", ta}, {"transpose_b", tb}}; }
  std::string ToString() const {
    return absl::StrCat(DimsToString(a), ta ? "T" : "", " x ", DimsToString(b), tb ? "T" : "",
                        ", seed ", kSeed);
  }
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  const int64_t sizes[][3] = {
      {1, 1, 1},     {2, 3, 4},      {1, 64, 10},   {32, 7, 100},   {32, 100, 1},    {33, 65, 129},
      {5, 300, 17},  {0, 4, 5},      {4, 0, 5},     {4, 5, 0},      {128, 784, 100}, {1, 700, 1030},
      {300, 3, 2},   {2, 3, 3000},   {257, 64, 65}, {64, 256, 256}, {70, 20, 1024},  {8, 300, 70},
      {16, 256, 40}, {20, 200, 300}, {500, 40, 1},  {100, 130, 600}};
  for (const auto& [m, k, n] : sizes) {
    for (int t = 0; t < 4; ++t) {
      const bool ta = t & 1, tb = t & 2;
      cases.push_back({ta ? Dims{k, m} : Dims{m, k}, tb ? Dims{n, k} : Dims{k, n}, ta, tb});
    }
  }
  cases.push_back({{3, 20, 30}, {3, 30, 40}});
  cases.push_back({{3, 20, 30}, {30, 40}});
  cases.push_back({{3, 30, 20}, {30, 40}, true});
  cases.push_back({{20, 30}, {3, 40, 30}, false, true});
  cases.push_back({{2, 1, 5, 6}, {4, 6, 7}});
  cases.push_back({{0, 5, 6}, {6, 7}});
  cases.push_back({{3, 70, 20}, {110, 70}, true, true});
  cases.push_back({{5, 1, 64}, {5, 50, 64}, false, true});
  cases.push_back({{1, 5, 6}, {7, 6, 300}});
  return cases;
}

// y by a loop in float64, for rank 2.
Tensor Naive(const Tensor& a, const Tensor& b, bool ta, bool tb) {
  const int64_t m = a.dims()[ta], k = a.dims()[!ta], n = b.dims()[!tb];
  const Tensor a64 = *a.Cast(DType::kFloat64), b64 = *b.Cast(DType::kFloat64);
  const double *lhs = a64.data<double>().data(), *rhs = b64.data<double>().data();
  Tensor y = *Tensor::Zeros(DType::kFloat64, {m, n});
  double* const out = y.mutable_data<double>().data();
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      for (int64_t p = 0; p < k; ++p) {
        out[i * n + j] += lhs[ta ? p * m + i : i * k + p] * rhs[tb ? j * k + p : p * n + j];
      }
    }
  }
  return y;
}

TEST(MatMulTest, AgreesWithALoop) {
  std::mt19937 random(kSeed);
  for (const Case& c : Cases()) {
    if (c.a.size() != 2 || c.b.size() != 2) continue;
    SCOPED_TRACE(c.ToString());
    for (DType dtype : {DType::kFloat32, DType::kFloat64}) {
      const Tensor a = RandomTensor(dtype, c.a, &random), b = RandomTensor(dtype, c.b, &random);
      auto y = RunKernel(MatMulOp(), {a, b}, c.attrs());
      ASSERT_TRUE(y.ok()) << y.status();
      EXPECT_LE(MaxError((*y)[0], Naive(a, b, c.ta, c.tb)),
                dtype == DType::kFloat32 ? 2e-5 : 1e-13);
    }
  }
}

TEST(MatMulTest, FastAgreesWithReference) {
  std::mt19937 random(kSeed);
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.ToString());
    const Tensor a = RandomTensor(DType::kFloat32, c.a, &random),
                 b = RandomTensor(DType::kFloat32, c.b, &random);
    auto fast = RunKernel(MatMulOp(), {a, b}, c.attrs());
    auto reference =
        RunKernel(MatMulOp(), {a, b}, c.attrs(), {.mode = runtime::KernelMode::kReference});
    ASSERT_TRUE(fast.ok()) << fast.status();
    ASSERT_TRUE(reference.ok()) << reference.status();
    EXPECT_LE(MaxError((*fast)[0], (*reference)[0]), 2e-5);
  }
}

TEST(MatMulTest, SameBitsOnAnyNumberOfThreads) {
  std::mt19937 random(kSeed);
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.ToString());
    const Tensor a = RandomTensor(DType::kFloat32, c.a, &random),
                 b = RandomTensor(DType::kFloat32, c.b, &random);
    auto serial = RunKernel(MatMulOp(), {a, b}, c.attrs());
    ASSERT_TRUE(serial.ok()) << serial.status();
    for (int threads : {1, 3}) {
      auto concurrent = RunKernel(MatMulOp(), {a, b}, c.attrs(), {.threads = threads});
      ASSERT_TRUE(concurrent.ok()) << concurrent.status();
      EXPECT_TRUE(SameBits((*serial)[0], (*concurrent)[0]));
    }
  }
}

// The sum of the elements of MatMul(a, b) and its gradients, by the interpreter.
runtime::TensorMap ValueAndGradients(const Tensor& a, const Tensor& b) {
  GraphBuilder g("f");
  const Value x = g.Input("a", DType::kFloat64, Shape(absl::MakeConstSpan(a.dims())));
  const Value w = g.Input("b", DType::kFloat64, Shape(absl::MakeConstSpan(b.dims())));
  const Value y = MatMul(x, w);
  auto gradients = Gradients({y}, {x, w});
  EXPECT_TRUE(gradients.ok()) << gradients.status();
  g.Output("y", y);
  g.Output("da", (*gradients)[0]);
  g.Output("db", (*gradients)[1]);
  auto result = runtime::EvaluateFunction(*g.Build(), {{"a", a}, {"b", b}});
  EXPECT_TRUE(result.ok()) << result.status();
  return result->outputs;
}

TEST(MatMulTest, VectorsAreRowsAndColumns) {
  const Tensor v = Tensor::Of<double>({2}, {1, 2}), w = Tensor::Of<double>({2}, {3, 5});
  const Tensor m = Tensor::Of<double>({2, 2}, {1, 2, 3, 4});
  runtime::TensorMap r = ValueAndGradients(v, w);
  EXPECT_TRUE(SameBits(r["y"], Tensor::Scalar<double>(13)));
  EXPECT_TRUE(SameBits(r["da"], w));
  EXPECT_TRUE(SameBits(r["db"], v));
  r = ValueAndGradients(v, m);
  EXPECT_TRUE(SameBits(r["y"], Tensor::Of<double>({2}, {7, 10})));
  EXPECT_TRUE(SameBits(r["da"], Tensor::Of<double>({2}, {3, 7})));
  EXPECT_TRUE(SameBits(r["db"], Tensor::Of<double>({2, 2}, {1, 1, 2, 2})));
  r = ValueAndGradients(m, v);
  EXPECT_TRUE(SameBits(r["y"], Tensor::Of<double>({2}, {5, 11})));
  const Tensor batch = Tensor::Of<double>({2, 1, 2}, {1, 2, 3, 4});
  r = ValueAndGradients(batch, v);
  EXPECT_TRUE(SameBits(r["y"], Tensor::Of<double>({2, 1}, {5, 11})));
  r = ValueAndGradients(v, *batch.Reshaped({2, 2, 1}));
  EXPECT_TRUE(SameBits(r["y"], Tensor::Of<double>({2, 1}, {5, 11})));
}

// A matrix that a batch shares gets its gradient from one product, as from the sum of many.
TEST(MatMulTest, GradientOfASharedMatrix) {
  std::mt19937 random(kSeed);
  const Tensor a = RandomTensor(DType::kFloat64, {2, 3, 4, 5}, &random);
  const Tensor b = RandomTensor(DType::kFloat64, {5, 6}, &random);
  runtime::TensorMap shared = ValueAndGradients(a, b);
  runtime::TensorMap rows = ValueAndGradients(*a.Reshaped({24, 5}), b);
  EXPECT_TRUE(SameBits(shared["db"], rows["db"])) << "seed " << kSeed;
  EXPECT_TRUE(SameBits(*shared["da"].Reshaped({24, 5}), rows["da"]));
  EXPECT_EQ(shared["db"].dims(), b.dims());
}

TEST(MatMulTest, InfersSymbolicShapes) {
  GraphBuilder g("f");
  Value x = g.Input("x", DType::kFloat32, {"batch", "time", 7});
  Value w = g.Input("w", DType::kFloat32, {10, 7});
  EXPECT_EQ(MatMul(x, w, {.transpose_b = true}).type().ToString(), "float32[batch,time,10]");
  Value v = g.Input("v", DType::kFloat32, {7});
  EXPECT_EQ(MatMul(x, v).type().ToString(), "float32[batch,time]");
  EXPECT_TRUE(g.ok()) << g.status();
}

TEST(MatMulTest, NamesWhatDiffers) {
  GraphBuilder g("f");
  Value x = g.Input("x", DType::kFloat32, {"batch", 784});
  Value w = g.Input("w", DType::kFloat32, {512, 10});
  EXPECT_FALSE(MatMul(x, w).valid());
  EXPECT_NE(g.status().message().find(
                "inner dimensions differ (matmul_c2): lhs [batch,784] x rhs [512,10]"),
            std::string::npos)
      << g.status();
}

}  // namespace
}  // namespace dagrad
