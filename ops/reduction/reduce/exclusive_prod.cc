#include "dagrad/ops/reduction/reduce/exclusive_prod.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/samples.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;

absl::Status Infer(InferContext& c) {
  if (c.shape(0).rank() == 0)
    return InferContext::Fail("exclusive_prod_c1", "a scalar has no axis");
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

// For one row, y_i = Π_{l≠i} x_l, so ∂y_i/∂x_j = Π_{l≠i,j} x_l for i ≠ j, and 0 for i = j. Row i of
// the matrix m with m_il = x_l but m_ii = 1 holds what y_i is the product of, so ∂y_i/∂x_j is the
// product of the others of m_ij in row i.
absl::Status Gradient(GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  GraphBuilder* g = c.builder();
  const Shape shape = c.input(0).shape();
  const Dim n = shape.dim(-1);
  Dim rows = 1;
  for (int a = 0; a + 1 < shape.rank(); ++a) rows = rows * shape.dim(a);
  const Value row = Iota(g, DType::kInt64, {n, 1}, 0);
  const Value diagonal = Equal(row, Iota(g, DType::kInt64, {1, n}, 1));
  const Value m = Select(diagonal, 1.0, Reshape(c.input(0), {rows, 1, n}));
  const Value others = ExclusiveProd(m);
  const Value products = Reshape(c.cotangent(), {rows, n, 1}) * others;
  c.SetGrad(0, Reshape(ReduceSum(Select(diagonal, 0.0, products), {.axes = {1}}), shape));
  return absl::OkStatus();
}

template <typename T>
void RunRow(const T* x, T* y, int64_t n) {
  T left = 1;
  for (int64_t i = 0; i < n; ++i) {
    y[i] = left;
    left *= x[i];
  }
  T right = 1;
  for (int64_t i = n; i-- > 0;) {
    y[i] *= right;
    right *= x[i];
  }
}

absl::Status MakeKernel(const runtime::KernelRequest& request, Kernel* kernel) {
  const int64_t n = request.inputs[0].dims.back();
  const int64_t rows = n == 0 ? 0 : request.inputs[0].num_elements() / n;
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      runtime::OverRows(
          {.count = rows, .aligned = 1, .cost = 4.0 * static_cast<double>(n)},
          [n](const KernelArgs& args, int64_t begin, int64_t end) {
            for (int64_t r = begin; r < end; ++r)
              RunRow(args.in<T>(0) + r * n, args.out<T>(0) + r * n, n);
          },
          kernel);
    }
  });
  return absl::OkStatus();
}

ops::Samples MakeSamples() {
  using ops::InputSample;
  ops::Samples s;
  s.samples = {
      {"known",
       {InputSample::Given(Tensor::Of<double>({3, 3}, {2, 3, 5, 0, 3, 5, 0, 3, 0}))},
       {},
       true,
       1e-6,
       {Tensor::Of<double>({3, 3}, {15, 10, 6, 15, 0, 0, 0, 0, 0})}},
      {"vector", {InputSample::Float({5})}, {}},
      {"single", {InputSample::Float({2, 1})}, {}},
      {"rank3", {InputSample::Float({2, 3, 4})}, {}},
      {"empty_axis", {InputSample::Float({2, 0})}, {}},
      {"empty_rows", {InputSample::Float({0, 2})}, {}},
      {"shards", {InputSample::Float({3000, 7}, 0.7, 1.4)}, {}},
  };
  s.violations = {{"exclusive_prod_c1", {{DType::kFloat32, {}}}, {}}};
  return s;
}

OpDef Make() {
  return {.name = "ExclusiveProd",
          .label = "exclusive_prod",
          .doc =
              "Product of all others along the last axis: y[k, i] = Π_{j ≠ i} x[k, j].\n"
              "Formed without division, so it is right where elements are 0.",
          .inputs = {{"x", kFloatTypes, "T", "tensor of rank 1 or more"}},
          .outputs = {{"y", kFloatTypes, "T", "the products, of x's shape"}},
          .constraints = {{"exclusive_prod_c1", "x has an axis"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = MakeKernel,
          .samples = MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& ExclusiveProdOp() { return Singleton<Make>(); }
}  // namespace ops

Value ExclusiveProd(Operand x) { return AddNode(ops::ExclusiveProdOp(), {x}); }

}  // namespace dagrad
