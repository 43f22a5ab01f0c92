#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::keras {
namespace {

struct DotArgs {
  DotAxes axes = 1;
  DotOptions options;
};

// x scaled to length 1 along the axis; of length 0 it stays.
Value Normalized(Value x, int axis) {
  const Value squares = ReduceSum(Square(x), {.axes = {axis}, .keepdims = true});
  return x * Rsqrt(dagrad::Maximum(squares, 1e-12));
}

// [batch, the other axes as one, axis].
Value AxisLast(Value x, int axis) {
  std::vector<int64_t> perm;
  Dim others = 1;
  for (int a = 0; a < x.rank(); ++a) {
    if (a == axis) continue;
    perm.push_back(a);
    if (a > 0) others = others * x.dim(a);
  }
  perm.push_back(axis);
  return dagrad::Reshape(Transpose(x, perm), {x.dim(0), others, x.dim(axis)});
}

class DotLayer : public layers_internal::ConfiguredLayer<DotLayer, DotArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Dot";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("axes", a.axes);
    visit("normalize", a.options.normalize);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 2, 2));
    for (size_t i = 0; i < 2; ++i) {
      const int rank = inputs[i].shape.rank();
      const int64_t axis = Axis(i, rank);
      if (IsFloating(inputs[i].dtype) && inputs[i].dtype == inputs[0].dtype && axis >= 1 &&
          axis < rank)
        continue;
      return InvalidArgumentError(absl::StrCat(
          "takes floats of one dtype, with axes other than the batch's, not axis ",
          i == 0 ? args().axes.first : args().axes.second, " of ", inputs[i].ToString()));
    }
    const Dim a = inputs[0].shape.dim(Axis(0, inputs[0].shape.rank()));
    const Dim b = inputs[1].shape.dim(Axis(1, inputs[1].shape.rank()));
    if (a == b) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("the axes that are summed over differ: ", a.ToString(),
                                             " of ", inputs[0].ToString(), " and ", b.ToString(),
                                             " of ", inputs[1].ToString()));
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    Value a = inputs[0], b = inputs[1];
    if (!a.valid() || !b.valid()) return Value();
    const int first = Axis(0, a.rank()), second = Axis(1, b.rank());
    if (args().options.normalize) {
      a = Normalized(a, first);
      b = Normalized(b, second);
    }
    Shape shape({a.dim(0)});
    for (int axis = 1; axis < a.rank(); ++axis) {
      if (axis != first) shape.push_back(a.dim(axis));
    }
    for (int axis = 1; axis < b.rank(); ++axis) {
      if (axis != second) shape.push_back(b.dim(axis));
    }
    if (shape.rank() == 1) shape.push_back(1);
    const Value y = MatMul(AxisLast(a, first), AxisLast(b, second), {.transpose_b = true});
    return {{dagrad::Reshape(y, shape)}, {Value()}};
  }

 private:
  // From 0 on; it may be outside of the rank.
  int Axis(size_t input, int rank) const {
    const int64_t axis = input == 0 ? args().axes.first : args().axes.second;
    const int64_t from_zero = axis < 0 ? axis + rank : axis;
    return static_cast<int>(std::clamp<int64_t>(from_zero, -1, kMaxRank));
  }
};

}  // namespace

Layer Dot(DotAxes axes, DotOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<DotLayer>(DotArgs{axes, std::move(options)}, location);
}

LayerClass layers_internal::DotClass() { return {DotLayer::kClassName, DotLayer::FromConfig}; }

}  // namespace dagrad::keras
