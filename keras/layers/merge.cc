#include <memory>
#include <type_traits>
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

struct MergeArgs {
  LayerOptions options;
};

// What the classes differ in.
struct AddForm {
  static constexpr const char* kClassName = "Add";
  static constexpr size_t kMost = kMostInputs;
  static Value Of(Value a, Value b) { return dagrad::Add(a, b); }
};
struct SubtractForm {
  static constexpr const char* kClassName = "Subtract";
  static constexpr size_t kMost = 2;
  static Value Of(Value a, Value b) { return Sub(a, b); }
};
struct MultiplyForm {
  static constexpr const char* kClassName = "Multiply";
  static constexpr size_t kMost = kMostInputs;
  static Value Of(Value a, Value b) { return Mul(a, b); }
};
struct AverageForm {
  static constexpr const char* kClassName = "Average";
  static constexpr size_t kMost = kMostInputs;
  static Value Of(Value a, Value b) { return dagrad::Add(a, b); }
};
struct MaximumForm {
  static constexpr const char* kClassName = "Maximum";
  static constexpr size_t kMost = kMostInputs;
  static Value Of(Value a, Value b) { return dagrad::Maximum(a, b); }
};
struct MinimumForm {
  static constexpr const char* kClassName = "Minimum";
  static constexpr size_t kMost = kMostInputs;
  static Value Of(Value a, Value b) { return dagrad::Minimum(a, b); }
};

template <typename Form>
class MergeLayer : public layers_internal::ConfiguredLayer<MergeLayer<Form>, MergeArgs> {
 public:
  using Base = layers_internal::ConfiguredLayer<MergeLayer<Form>, MergeArgs>;
  using Base::Base;
  static constexpr const char* kClassName = Form::kClassName;
  template <typename A, typename V>
  static void Fields(A&, V&) {}
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 2, Form::kMost));
    for (const ValueType& type : inputs) {
      if (type.dtype == inputs[0].dtype && type.shape.rank() == inputs[0].shape.rank()) continue;
      return InvalidArgumentError(absl::StrCat(
          "inputs differ in dtype or rank: ", inputs[0].ToString(), " and ", type.ToString()));
    }
    return absl::OkStatus();
  }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    Value y = inputs[0];
    for (size_t i = 1; i < inputs.size(); ++i) y = Form::Of(y, inputs[i]);
    if constexpr (std::is_same_v<Form, AverageForm>) y = y / static_cast<double>(inputs.size());
    return {{y}, {AnyOf(inputs)}};
  }
  bool supports_masking() const override { return true; }
};

template <typename Form>
LayerClass MergeClass() {
  return {Form::kClassName, MergeLayer<Form>::FromConfig};
}

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
  return layers_internal::MakeLayer<MergeLayer<AddForm>>(MergeArgs{std::move(options)}, location);
}
Layer Subtract(LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<MergeLayer<SubtractForm>>(MergeArgs{std::move(options)},
                                                              location);
}
Layer Multiply(LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<MergeLayer<MultiplyForm>>(MergeArgs{std::move(options)},
                                                              location);
}
Layer Average(LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<MergeLayer<AverageForm>>(MergeArgs{std::move(options)},
                                                             location);
}
Layer Maximum(LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<MergeLayer<MaximumForm>>(MergeArgs{std::move(options)},
                                                             location);
}
Layer Minimum(LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<MergeLayer<MinimumForm>>(MergeArgs{std::move(options)},
                                                             location);
}

Layer Concatenate(ConcatenateOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<ConcatenateLayer>(ConcatenateArgs{std::move(options)},
                                                  std::move(name), location));
}

namespace layers_internal {
LayerClass AddClass() { return MergeClass<AddForm>(); }
LayerClass SubtractClass() { return MergeClass<SubtractForm>(); }
LayerClass MultiplyClass() { return MergeClass<MultiplyForm>(); }
LayerClass AverageClass() { return MergeClass<AverageForm>(); }
LayerClass MaximumClass() { return MergeClass<MaximumForm>(); }
LayerClass MinimumClass() { return MergeClass<MinimumForm>(); }
LayerClass ConcatenateClass() {
  return {ConcatenateLayer::kClassName, ConcatenateLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
