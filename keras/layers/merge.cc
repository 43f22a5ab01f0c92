#include <algorithm>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"

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

// Each before those that hold all of its numbers.
constexpr DType kByWidth[] = {DType::kBool,   DType::kUInt8,  DType::kInt8,
                              DType::kUInt16, DType::kInt16,  DType::kUInt32,
                              DType::kInt32,  DType::kUInt64, DType::kInt64};

bool Holds(DType dtype, const ValueType& type) {
  return LowestValue(dtype) <= LowestValue(type.dtype) &&
         HighestValue(type.dtype) <= HighestValue(dtype);
}

// What the inputs are merged in, as Keras has it: that of the floats among them; of integers the
// narrowest that holds all, or float32 where none does.
absl::StatusOr<DType> CommonDType(absl::Span<const ValueType> inputs) {
  const ValueType* common = &inputs[0];
  for (const ValueType& type : inputs) {
    if (!kAnyType.Contains(type.dtype))
      return InvalidArgumentError(absl::StrCat("takes numbers, not ", type.ToString()));
    if (!IsFloating(type.dtype)) continue;
    if (IsFloating(common->dtype) && common->dtype != type.dtype) {
      return InvalidArgumentError(
          absl::StrCat("inputs differ in dtype: ", common->ToString(), " and ", type.ToString()));
    }
    common = &type;
  }
  if (IsFloating(common->dtype)) return common->dtype;
  for (const DType dtype : kByWidth) {
    if (std::all_of(inputs.begin(), inputs.end(),
                    [&](const ValueType& t) { return Holds(dtype, t); }))
      return dtype;
  }
  return DType::kFloat32;
}

int HighestRank(absl::Span<const ValueType> inputs) {
  int rank = 0;
  for (const ValueType& type : inputs) rank = std::max(rank, type.shape.rank());
  return rank;
}

// The types of inputs that are all there; none of others, whose error the builder has.
std::vector<ValueType> TypesOf(absl::Span<const Value> inputs) {
  std::vector<ValueType> types;
  for (const Value x : inputs) {
    if (!x.valid()) return {};
    types.push_back(x.type());
  }
  return types;
}

// What is merged: values of one dtype and rank, with a mask each, or Value(), of as many axes.
struct Merged {
  std::vector<Value> values, masks;
};

// `x` with new axes behind the batch's.
Value WithAxes(Value x, int rank) {
  while (x.valid() && x.rank() < rank) x = ExpandDims(x, 1);
  return x;
}

// As in Keras, the mask of an input that gets axes does not count while the values are merged.
Merged Aligned(const LayerInputs& inputs, DType dtype, int rank) {
  Merged all;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const bool whole = inputs[i].rank() == rank;
    all.values.push_back(WithAxes(InDType(inputs[i], dtype), rank));
    Value mask = whole ? inputs.mask(i) : Value();
    while (mask.valid() && mask.rank() < rank) mask = ExpandDims(mask, -1);
    all.masks.push_back(mask);
  }
  return all;
}

using Operation = Value (*)(Operand, Operand);

Value Fold(const std::vector<Value>& values, Operation f) {
  Value y = values[0];
  for (size_t i = 1; i < values.size(); ++i) y = f(y, values[i]);
  return y;
}

// Padding is what the inputs before it have there, or where they have none, the input behind them.
Value FoldSteps(const Merged& all, Operation f) {
  Value y = all.values[0], there = all.masks[0];
  for (size_t i = 1; i < all.values.size(); ++i) {
    Value x = all.values[i];
    const Value mask = all.masks[i];
    if (mask.valid()) x = dagrad::Select(mask, x, y);
    if (there.valid()) y = dagrad::Select(there, y, x);
    there = mask.valid() && there.valid() ? LogicalOr(there, mask) : Value();
    y = f(y, x);
  }
  return y;
}

// Padding is 1, and 0 where it is in all.
Value Product(const Merged& all) {
  std::vector<Value> factors;
  Value there;
  bool padded = true;
  for (size_t i = 0; i < all.values.size(); ++i) {
    const Value mask = all.masks[i];
    padded = padded && mask.valid();
    factors.push_back(mask.valid() ? dagrad::Select(mask, all.values[i], 1.0) : all.values[i]);
    if (padded) there = i == 0 ? mask : LogicalOr(there, mask);
  }
  const Value y = Fold(factors, Mul);
  return padded ? dagrad::Select(there, y, 0.0) : y;
}

struct MergeArgs {
  LayerOptions options;
};

// What the classes differ in.
struct AddForm {
  static constexpr const char* kClassName = "Add";
  static Value Of(const Merged& all) { return Fold(all.values, dagrad::Add); }
};
struct SubtractForm {
  static constexpr const char* kClassName = "Subtract";
  static Value Of(const Merged& all) { return Fold(all.values, Sub); }
};
struct MultiplyForm {
  static constexpr const char* kClassName = "Multiply";
  static Value Of(const Merged& all) { return Product(all); }
};
struct AverageForm {
  static constexpr const char* kClassName = "Average";
  static Value Of(const Merged& all) {
    return Fold(all.values, dagrad::Add) / static_cast<double>(all.values.size());
  }
};
struct MaximumForm {
  static constexpr const char* kClassName = "Maximum";
  static Value Of(const Merged& all) { return FoldSteps(all, dagrad::Maximum); }
};
struct MinimumForm {
  static constexpr const char* kClassName = "Minimum";
  static Value Of(const Merged& all) { return FoldSteps(all, dagrad::Minimum); }
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
    constexpr bool kTwo = std::is_same_v<Form, SubtractForm>;
    DAGRAD_RETURN_IF_ERROR(
        layers_internal::CheckInputCount(inputs, kTwo ? 2 : 1, kTwo ? 2 : kMostInputs));
    const int rank = HighestRank(inputs);
    for (const ValueType& type : inputs) {
      if (type.shape.rank() > 0 || rank == 0) continue;
      return InvalidArgumentError(
          absl::StrCat("takes inputs with a batch dimension, not ", type.ToString()));
    }
    return CommonDType(inputs).status();
  }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const std::vector<ValueType> types = TypesOf(inputs.values);
    if (types.empty()) return Value();
    absl::StatusOr<DType> dtype = CommonDType(types);
    if (!dtype.ok()) return context.builder()->Fail(dtype.status());
    if constexpr (std::is_same_v<Form, AverageForm>) dtype = layers_internal::FloatOf(*dtype);
    return {{Form::Of(Aligned(inputs, *dtype, HighestRank(types)))}, {AnyOf(inputs)}};
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
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 1, kMostInputs));
    DAGRAD_RETURN_IF_ERROR(CommonDType(inputs).status());
    const int rank = inputs[0].shape.rank();
    const int64_t axis = args().options.axis < 0 ? args().options.axis + rank : args().options.axis;
    if (axis >= 1 && axis < rank) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat(
        "axis ", args().options.axis, " is the batch's or outside of ", inputs[0].ToString()));
  }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const std::vector<ValueType> types = TypesOf(inputs.values);
    if (types.empty()) return Value();
    const absl::StatusOr<DType> dtype = CommonDType(types);
    if (!dtype.ok()) return context.builder()->Fail(dtype.status());
    std::vector<Value> values;
    for (const Value x : inputs.values) values.push_back(InDType(x, *dtype));
    const Value y = Concat(values, args().options.axis);
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
