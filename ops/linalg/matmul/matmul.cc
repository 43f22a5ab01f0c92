#include "dagrad/ops/linalg/matmul/matmul.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/linalg/matmul/matmul_internal.h"
#include "dagrad/ops/nn/batch_norm/fold_batch_norm.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

namespace dagrad {
namespace {

Shape LeadingAxes(const Shape& s) {
  return Shape(absl::MakeConstSpan(s.dims()).subspan(0, s.rank() - 2));
}

absl::Status Fail(const InferContext& c, absl::string_view label, absl::string_view what) {
  const auto text = [&](int i, const char* attr) {
    return absl::StrCat(c.shape(i).ToString(), c.attr<bool>(attr) ? " transposed" : "");
  };
  return InvalidArgumentError(absl::StrCat(what, " (", label, "): lhs ", text(0, "transpose_a"),
                                           " x rhs ", text(1, "transpose_b")));
}

absl::Status Infer(InferContext& c) {
  const Shape &a = c.shape(0), &b = c.shape(1);
  if (a.rank() < 2 || b.rank() < 2) {
    return Fail(c, "matmul_c1", "operands need rank 2 or more");
  }
  const bool ta = c.attr<bool>("transpose_a"), tb = c.attr<bool>("transpose_b");
  if (!(a.dim(ta ? -2 : -1) == b.dim(tb ? -1 : -2))) {
    return Fail(c, "matmul_c2", "inner dimensions differ");
  }
  absl::StatusOr<Shape> y = BroadcastShapes(LeadingAxes(a), LeadingAxes(b));
  if (!y.ok()) {
    return Fail(c, "matmul_c3", "leading axes do not broadcast");
  }
  y->push_back(a.dim(ta ? -1 : -2));
  y->push_back(b.dim(tb ? -2 : -1));
  c.SetOutput(0, c.dtype(0), *std::move(y));
  return absl::OkStatus();
}

// […, m, k] as [… · m, k].
Value AsRows(Value v) {
  Dim rows = 1;
  for (int axis = 0; axis + 1 < v.rank(); ++axis) rows = rows * v.dim(axis);
  return Reshape(v, {rows, v.dim(-1)});
}

// y = A B with A = op(a), B = op(b): ȳ:dy = ȳ:(dA B) + ȳ:(A dB), so Ā = ȳ Bᵀ and B̄ = Aᵀ ȳ. A
// transposed operand gets the transpose of that: ā = Āᵀ = B ȳᵀ, b̄ = B̄ᵀ = ȳᵀ A. The driver sums over
// broadcast axes; where all products share a matrix b, that sum is part of one product of all their
// rows: b̄ = Σ_i A_iᵀ ȳ_i.
absl::Status Gradient(GradContext& c) {
  const bool ta = c.attr<bool>("transpose_a"), tb = c.attr<bool>("transpose_b");
  Value a = c.input(0), dy = c.cotangent();
  const Value b = c.input(1);
  if (c.needs_grad(0)) {
    c.SetGrad(0, ta ? MatMul(b, dy, {.transpose_a = tb, .transpose_b = true})
                    : MatMul(dy, b, {.transpose_b = !tb}));
  }
  if (c.needs_grad(1)) {
    if (b.rank() == 2 && a.rank() > 2 && !ta) {
      a = AsRows(a);
      dy = AsRows(dy);
    }
    c.SetGrad(1, tb ? MatMul(dy, a, {.transpose_a = true, .transpose_b = ta})
                    : MatMul(a, dy, {.transpose_a = !ta}));
  }
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) {
  const Dims &a = c.inputs[0], &b = c.inputs[1], &y = c.outputs[0];
  const int64_t k = a[a.size() - (c.attrs.Get<bool>("transpose_a") ? 2 : 1)];
  const double elements = static_cast<double>(NumElements(a)) + NumElements(b) + NumElements(y);
  return {.flops = 2.0 * NumElements(y) * k, .bytes = sizeof(float) * elements};
}

bool IsLinear(runtime::GraphEditor& editor, const Node& node) {
  return node.op == &ops::MatMulOp() && editor.type(node.inputs[1]).shape.rank() == 2 &&
         !node.attrs.Get<bool>("transpose_b");
}

runtime::RuleResult FoldBatchNorm(runtime::GraphEditor& editor, NodeId id) {
  return ops::FoldBatchNorm(editor, id, IsLinear);
}

constexpr runtime::Rule kRules[] = {
    {"fold_batch_norm", runtime::RuleStage::kFold, FoldBatchNorm, ops::AddOp}};

OpDef Make() {
  return {
      .name = "MatMul",
      .label = "matmul",
      .doc =
          "Matrix product of the last two axes: y[..., i, j] = Σ_p a[..., i, p] b[..., p, j].\n"
          "The axes before them broadcast (numpy.matmul). Integers wrap around.",
      .inputs = {{"a", kSignedTypes, "T", "matrices [..., m, k]"},
                 {"b", kSignedTypes, "T", "matrices [..., k, n]"}},
      .outputs = {{"y", kSignedTypes, "T", "products [..., m, n]"}},
      .attrs = {{"transpose_a", AttrKind::kBool, Attribute(false), "a is stored as [..., k, m]"},
                {"transpose_b", AttrKind::kBool, Attribute(false), "b is stored as [..., n, k]"}},
      .constraints = {{"matmul_c1", "both operands have rank 2 or more"},
                      {"matmul_c2", "inner dimensions are equal"},
                      {"matmul_c3", "leading axes broadcast"}},
      .infer = Infer,
      .gradient = Gradient,
      .make_kernel = ops::matmul_internal::MakeKernel,
      .cost = Cost,
      .rules = []() -> absl::Span<const runtime::Rule> { return kRules; },
      .samples = ops::matmul_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& MatMulOp() { return Singleton<Make>(); }
}  // namespace ops

Value MatMul(Operand a, Operand b, const MatMulOptions& options) {
  if (a.builder() == nullptr) return Value();
  MatMulOptions o = options;
  Value lhs = a.value(), rhs = b.value();
  const bool row = lhs.valid() && lhs.rank() == 1, column = rhs.valid() && rhs.rank() == 1;
  if (row) {
    lhs = Reshape(Operand(lhs, a.location()), {1, lhs.dim(0)});
    o.transpose_a = false;
  }
  if (column) {
    rhs = Reshape(Operand(rhs, a.location()), {rhs.dim(0), 1});
    o.transpose_b = false;
  }
  const Value y = a.builder()->AddNode(
      ops::MatMulOp(), {lhs, rhs}, {{"transpose_a", o.transpose_a}, {"transpose_b", o.transpose_b}},
      a.location());
  if (!y.valid() || !(row || column)) return y;
  std::vector<Dim> dims(y.shape().dims().begin(), y.shape().dims().end());
  if (column) dims.pop_back();
  if (row) dims.erase(dims.end() - (column ? 1 : 2));
  return Reshape(Operand(y, a.location()), Shape(absl::MakeConstSpan(dims)));
}

}  // namespace dagrad
