#include <memory>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/shape/concat/concat.h"

namespace dagrad::keras {
namespace {

constexpr size_t kMostInputs = 4096;

// Whether a step is there in any of the inputs; no mask if one of these has none: nothing of that
// is padding.
Value AnyOf(const LayerInputs& inputs) {
  Value any = inputs.mask(0);
  for (size_t i = 1; i < inputs.size(); ++i) {
    const Value mask = inputs.mask(i);
    if (!any.valid() || !mask.valid()) return Value();
    any = LogicalOr(any, mask);
  }
  return any;
}

struct AddArgs {
  LayerOptions options;
};

class AddLayer : public layers_internal::ConfiguredLayer<AddLayer, AddArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Add";
  template <typename A, typename V>
  static void Fields(A&, V&) {}
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 2, kMostInputs));
    for (const ValueType& type : inputs) {
      if (type == inputs[0]) continue;
      return InvalidArgumentError(
          absl::StrCat("inputs differ: ", inputs[0].ToString(), " and ", type.ToString()));
    }
    return absl::OkStatus();
  }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    Value sum = inputs[0];
    for (size_t i = 1; i < inputs.size(); ++i) sum = dagrad::Add(sum, inputs[i]);
    return {{sum}, {AnyOf(inputs)}};
  }
  bool supports_masking() const override { return true; }
};

struct MultiplyArgs {
  LayerOptions options;
};

class MultiplyLayer : public layers_internal::ConfiguredLayer<MultiplyLayer, MultiplyArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Multiply";
  template <typename A, typename V>
  static void Fields(A&, V&) {}
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 2, kMostInputs));
    for (const ValueType& type : inputs) {
      if (type.dtype == inputs[0].dtype && type.shape.rank() == inputs[0].shape.rank()) continue;
      return InvalidArgumentError(absl::StrCat(
          "inputs differ in dtype or rank: ", inputs[0].ToString(), " and ", type.ToString()));
    }
    return absl::OkStatus();
  }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    Value product = inputs[0];
    for (size_t i = 1; i < inputs.size(); ++i) product = dagrad::Mul(product, inputs[i]);
    return {{product}, {AnyOf(inputs)}};
  }
  bool supports_masking() const override { return true; }
};

struct ConcatenateArgs {
  ConcatenateOptions options;
};

class ConcatenateLayer
    : public layers_internal::ConfiguredLayer<ConcatenateLayer, ConcatenateArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Concatenate";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("axis", a.options.axis);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 2, kMostInputs));
    const int rank = inputs[0].shape.rank();
    const int64_t axis = args().options.axis < 0 ? args().options.axis + rank : args().options.axis;
    if (axis >= 1 && axis < rank) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat(
        "axis ", args().options.axis, " is the batch's or outside of ", inputs[0].ToString()));
  }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const Value y =
        Concat(std::vector<Value>(inputs.values.begin(), inputs.values.end()), args().options.axis);
    return {{y}, {y.valid() && inputs.has_mask() ? Mask(inputs, y.rank()) : Value()}};
  }
  bool supports_masking() const override { return true; }

 private:
  // Nothing of an input without a mask is padding. Along the last axis, that of the features, a
  // step is there if it is in any input; along others masks are joined as the values are.
  Value Mask(const LayerInputs& inputs, int rank) const {
    std::vector<Value> masks;
    for (size_t i = 0; i < inputs.size(); ++i)
      masks.push_back(inputs.mask(i).valid() ? inputs.mask(i) : AllThere(inputs[i]));
    const int64_t axis = args().options.axis < 0 ? args().options.axis + rank : args().options.axis;
    return axis == rank - 1 ? AnyOf({.values = inputs.values, .masks = masks})
                            : Concat(masks, axis);
  }

  static Value AllThere(Value x) {
    return Full(x.builder(), DType::kBool,
                Shape(absl::MakeConstSpan(x.shape().dims()).first(x.rank() - 1)), 1);
  }
};

}  // namespace

Layer Add(LayerOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<AddLayer>(AddArgs{std::move(options)}, std::move(name), location));
}

Layer Multiply(LayerOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(
      std::make_shared<MultiplyLayer>(MultiplyArgs{std::move(options)}, std::move(name), location));
}

Layer Concatenate(ConcatenateOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<ConcatenateLayer>(ConcatenateArgs{std::move(options)},
                                                  std::move(name), location));
}

namespace layers_internal {
LayerClass AddClass() { return {AddLayer::kClassName, AddLayer::FromConfig}; }
LayerClass MultiplyClass() { return {MultiplyLayer::kClassName, MultiplyLayer::FromConfig}; }
LayerClass ConcatenateClass() {
  return {ConcatenateLayer::kClassName, ConcatenateLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
