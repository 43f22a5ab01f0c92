#include "dagrad/tests/kinks/kink_cases.h"

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/indexing/slice_update/slice_update.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/linalg/sparse_mat_mul/sparse_mat_mul.h"
#include "dagrad/ops/nn/activation/activation.h"
#include "dagrad/ops/nn/attention/attention.h"
#include "dagrad/ops/nn/batch_norm/batch_norm.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/nn/conv/fused_conv2d.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy.h"
#include "dagrad/ops/nn/dropout/dropout.h"
#include "dagrad/ops/nn/gelu/gelu.h"
#include "dagrad/ops/nn/layer_norm/layer_norm.h"
#include "dagrad/ops/nn/pool/pool2d.h"
#include "dagrad/ops/nn/roi_align/roi_align.h"
#include "dagrad/ops/nn/softmax/softmax.h"
#include "dagrad/ops/recurrent/gru/gru.h"
#include "dagrad/ops/recurrent/lstm/lstm.h"
#include "dagrad/ops/reduction/cum_sum/cum_sum.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::tests {
namespace {

using X = absl::Span<const Value>;

Value Integers(Value like, std::vector<int64_t> values) {
  const Dims dims = {static_cast<int64_t>(values.size())};
  return Constant(like.builder(), Tensor::Of<int64_t>(dims, values));
}

// True at the even places.
Value EvenPlaces(Value like) {
  Tensor even = Tensor::Full(DType::kBool, like.shape().ToDims(), 0);
  for (int64_t i = 0; i < even.num_elements(); i += 2) even.mutable_data<bool>()[i] = true;
  return Constant(like.builder(), even);
}

Value Masked(X x) {
  const double inf = std::numeric_limits<double>::infinity();
  const Value mask = Constant(x[0].builder(), Tensor::Of<double>({2, 2}, {0, -inf, 0, 0}));
  return Attention(x[0], x[1], x[2], {.mask = mask}).y;
}

// Cells of two by two pixels, whose samples are these.
Value Regions(X x, const char* mode) {
  const Value rois = Constant(x[0].builder(), Tensor::Of<double>({1, 4}, {0, 0, 4, 2}));
  return RoiAlign(x[0], rois, Integers(x[0], {0}),
                  {.height = 1, .width = 2, .mode = mode, .sampling_ratio = 2});
}

// [2 x0 - x4, x1/2, x2 + x3]
Value SparseProduct(X x) {
  return SparseMatMul({{0, 2, 3, 5}, {0, 4, 1, 2, 3}, {2, -1, 0.5, 1, 1}}, x[0]);
}

Value FusedConv2D(X x) {
  const Conv2DOptions plain;
  return x[0].builder()->AddNode(ops::FusedConv2DOp(), x,
                                 {{"strides", plain.strides},
                                  {"padding", plain.padding},
                                  {"explicit_padding", plain.explicit_padding},
                                  {"dilations", plain.dilations},
                                  {"groups", plain.groups},
                                  {"activation", "relu"}},
                                 SourceLocation::Current());
}

// What make_kinks_golden.py calls by the same names.
constexpr KinkFunction kFunctions[] = {
    {"Abs", [](X x) { return Abs(x[0]); }},
    {"Acos", [](X x) { return Acos(x[0]); }},
    {"Acosh", [](X x) { return Acosh(x[0]); }},
    {"Add", [](X x) { return Add(x[0], x[1]); }},
    {"Asin", [](X x) { return Asin(x[0]); }},
    {"Asinh", [](X x) { return Asinh(x[0]); }},
    {"Atan", [](X x) { return Atan(x[0]); }},
    {"Atanh", [](X x) { return Atanh(x[0]); }},
    {"Attention", [](X x) { return Attention(x[0], x[1], x[2]).y; }},
    {"AvgPool2D", [](X x) { return AvgPool2D(x[0]); }},
    {"BatchNorm", [](X x) { return BatchNorm(x[0], x[1], x[2]).y; }},
    {"BroadcastTo",
     [](X x) {
       return BroadcastTo(x[0], {2, 5});
     }},
    {"Cast", [](X x) { return Cast(x[0], x[0].dtype()); }},
    {"Clip", [](X x) { return Clip(x[0], -1.0, 0.5); }},
    {"Concat", [](X x) { return Concat(x, 0); }},
    {"Conv2D", [](X x) { return Conv2D(x[0], x[1]); }},
    {"Cos", [](X x) { return Cos(x[0]); }},
    {"Cosh", [](X x) { return Cosh(x[0]); }},
    {"CumSum", [](X x) { return CumSum(x[0]); }},
    {"Div", [](X x) { return Div(x[0], x[1]); }},
    {"Dropout",
     [](X x) {
       return Dropout(x[0], Integers(x[0], {1, 2}), {.rate = 0});
     }},
    {"Elu", [](X x) { return Elu(x[0]); }},
    {"EluOf2", [](X x) { return Elu(x[0], 2); }},
    {"Erf", [](X x) { return Erf(x[0]); }},
    {"Exp", [](X x) { return Exp(x[0]); }},
    {"Expm1", [](X x) { return Expm1(x[0]); }},
    {"FloorMod", [](X x) { return FloorMod(x[0], x[1]); }},
    {"FusedConv2D", FusedConv2D},
    {"Gather",
     [](X x) {
       return Gather(x[0], Integers(x[0], {4, 1, 1}));
     }},
    {"Gelu", [](X x) { return Gelu(x[0]); }},
    {"GeluTanh", [](X x) { return Gelu(x[0], {.approximate = true}); }},
    {"Gru", [](X x) { return Gru(x[0], x[1], x[2], x[3], x[4]).h; }},
    {"HardSigmoid", [](X x) { return HardSigmoid(x[0]); }},
    {"HardSilu", [](X x) { return HardSilu(x[0]); }},
    {"HardTanh", [](X x) { return HardTanh(x[0]); }},
    {"Identity", [](X x) { return Identity(x[0]); }},
    {"LayerNorm", [](X x) { return LayerNorm(x[0], x[1], x[2]).y; }},
    {"LeakyRelu", [](X x) { return LeakyRelu(x[0]); }},
    {"Log", [](X x) { return Log(x[0]); }},
    {"Log1p", [](X x) { return Log1p(x[0]); }},
    {"LogSigmoid", [](X x) { return LogSigmoid(x[0]); }},
    {"LogSoftmax", [](X x) { return LogSoftmax(x[0]); }},
    {"Lstm", [](X x) { return Lstm(x[0], x[1], x[2], x[3], x[4], x[5]).h; }},
    {"MaskedAttention", Masked},
    {"MatMul", [](X x) { return MatMul(x[0], x[1]); }},
    {"MaxPool2D", [](X x) { return MaxPool2D(x[0]); }},
    {"MaxPool2DGather", [](X x) { return MaxPool2DGather(x[0], x[1]); }},
    {"Maximum", [](X x) { return Maximum(x[0], x[1]); }},
    {"Minimum", [](X x) { return Minimum(x[0], x[1]); }},
    {"Mish", [](X x) { return Mish(x[0]); }},
    {"Mul", [](X x) { return Mul(x[0], x[1]); }},
    {"Neg", [](X x) { return Neg(x[0]); }},
    {"Norm", [](X x) { return Sqrt(ReduceSum(Square(x[0]), {.axes = {-1}})); }},
    {"Pad", [](X x) { return Pad(x[0], {1}, {2}); }},
    {"PadReflect", [](X x) { return Pad(x[0], {1}, {2}, {.mode = "reflect"}); }},
    {"Pow", [](X x) { return Pow(x[0], x[1]); }},
    {"Reciprocal", [](X x) { return Reciprocal(x[0]); }},
    {"ReduceMax", [](X x) { return ReduceMax(x[0], {.axes = {-1}}); }},
    {"ReduceMean", [](X x) { return ReduceMean(x[0], {.axes = {-1}}); }},
    {"ReduceMin", [](X x) { return ReduceMin(x[0], {.axes = {-1}}); }},
    {"ReduceProd", [](X x) { return ReduceProd(x[0], {.axes = {-1}}); }},
    {"ReduceSum", [](X x) { return ReduceSum(x[0], {.axes = {-1}}); }},
    {"Relu", [](X x) { return Relu(x[0]); }},
    {"Relu6", [](X x) { return Relu6(x[0]); }},
    {"Reshape", [](X x) { return Reshape(x[0], {4}); }},
    {"RoiAlign", [](X x) { return Regions(x, "avg"); }},
    {"RoiAlignMax", [](X x) { return Regions(x, "max"); }},
    {"Rsqrt", [](X x) { return Rsqrt(x[0]); }},
    {"ScatterAdd",
     [](X x) {
       return Add(x[0], ScatterAdd(Integers(x[0], {1, 1, 0}), x[1], {3}));
     }},
    {"Select", [](X x) { return Select(EvenPlaces(x[0]), x[0], x[1]); }},
    {"Selu", [](X x) { return Selu(x[0]); }},
    {"Sigmoid", [](X x) { return Sigmoid(x[0]); }},
    {"SigmoidCrossEntropy", [](X x) { return SigmoidCrossEntropy(x[0], x[1]); }},
    {"Silu", [](X x) { return Silu(x[0]); }},
    {"Sin", [](X x) { return Sin(x[0]); }},
    {"Sinh", [](X x) { return Sinh(x[0]); }},
    {"Slice", [](X x) { return SliceAxis(x[0], 0, {.start = 1, .limit = 4, .stride = 2}); }},
    {"SliceUpdate",
     [](X x) { return SliceUpdate(x[0], x[1], Full(x[0].builder(), DType::kInt64, {}, 1)); }},
    {"Softmax", [](X x) { return Softmax(x[0]); }},
    {"SoftmaxCrossEntropy", [](X x) { return SoftmaxCrossEntropy(x[0], x[1]); }},
    {"Softplus", [](X x) { return Softplus(x[0]); }},
    {"Softsign", [](X x) { return Softsign(x[0]); }},
    {"SparseMatMul", SparseProduct},
    {"SparseSoftmaxCrossEntropy",
     [](X x) {
       return SparseSoftmaxCrossEntropy(x[0], Integers(x[0], {0, 1, 2, 0, 1, 2, 0, 1, 2}));
     }},
    {"Sqrt", [](X x) { return Sqrt(x[0]); }},
    {"Square", [](X x) { return Square(x[0]); }},
    {"Sub", [](X x) { return Sub(x[0], x[1]); }},
    {"Tan", [](X x) { return Tan(x[0]); }},
    {"Tanh", [](X x) { return Tanh(x[0]); }},
    {"TanhShrink", [](X x) { return TanhShrink(x[0]); }},
    {"Transpose", [](X x) { return Transpose(x[0]); }},
};

}  // namespace

const KinkFunction* FindKinkFunction(absl::string_view case_name) {
  const KinkFunction* best = nullptr;
  for (const KinkFunction& f : kFunctions) {
    if (!absl::StartsWith(case_name, f.name)) continue;
    if (best == nullptr || f.name.size() > best->name.size()) best = &f;
  }
  return best;
}

}  // namespace dagrad::tests
