#include <memory>
#include <utility>
#include <vector>

#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {
namespace {

struct GlobalPoolingArgs {
  GlobalPoolingOptions options;
};

// What the classes differ in.
struct Max1D {
  static constexpr bool kReadsMask = false;
  static constexpr const char* kClassName = "GlobalMaxPooling1D";
  static constexpr int kRank = 3;
  static constexpr Value (*kReduce)(Operand, ReduceOptions) = ReduceMax;
};
struct Average1D {
  static constexpr bool kReadsMask = true;
  static constexpr const char* kClassName = "GlobalAveragePooling1D";
  static constexpr int kRank = 3;
  static constexpr Value (*kReduce)(Operand, ReduceOptions) = ReduceMean;
};
struct Max2D {
  static constexpr bool kReadsMask = false;
  static constexpr const char* kClassName = "GlobalMaxPooling2D";
  static constexpr int kRank = 4;
  static constexpr Value (*kReduce)(Operand, ReduceOptions) = ReduceMax;
};
struct Average2D {
  static constexpr bool kReadsMask = false;
  static constexpr const char* kClassName = "GlobalAveragePooling2D";
  static constexpr int kRank = 4;
  static constexpr Value (*kReduce)(Operand, ReduceOptions) = ReduceMean;
};
struct Max3D {
  static constexpr bool kReadsMask = false;
  static constexpr const char* kClassName = "GlobalMaxPooling3D";
  static constexpr int kRank = 5;
  static constexpr Value (*kReduce)(Operand, ReduceOptions) = ReduceMax;
};
struct Average3D {
  static constexpr bool kReadsMask = false;
  static constexpr const char* kClassName = "GlobalAveragePooling3D";
  static constexpr int kRank = 5;
  static constexpr Value (*kReduce)(Operand, ReduceOptions) = ReduceMean;
};

template <typename Form>
class GlobalPoolingLayer
    : public layers_internal::ConfiguredLayer<GlobalPoolingLayer<Form>, GlobalPoolingArgs> {
 public:
  using Base = layers_internal::ConfiguredLayer<GlobalPoolingLayer<Form>, GlobalPoolingArgs>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = Form::kClassName;
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("keepdims", a.options.keepdims);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    return layers_internal::CheckOneFloatInput(inputs, Form::kRank, Form::kRank);
  }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    std::vector<int64_t> axes;
    for (int64_t axis = 1; axis < Form::kRank - 1; ++axis) axes.push_back(axis);
    const ReduceOptions options = {.axes = std::move(axes), .keepdims = args().options.keepdims};
    const Value y =
        inputs.mask().valid() ? MeanOfUnmasked(inputs, options) : Form::kReduce(inputs[0], options);
    return {{y}, {}};
  }
  bool supports_masking() const override { return Form::kReadsMask; }

 private:
  static Value MeanOfUnmasked(const LayerInputs& inputs, const ReduceOptions& options) {
    const Value x = inputs[0], there = ExpandDims(inputs.mask(), 2);
    return ReduceSum(dagrad::Select(there, x, ZerosLike(x)), options) /
           ReduceSum(Cast(there, x.dtype()), options);
  }
};

template <typename Form>
Layer Make(GlobalPoolingOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<GlobalPoolingLayer<Form>>(GlobalPoolingArgs{std::move(options)},
                                                          std::move(name), location));
}

template <typename Form>
LayerClass Class() {
  return {Form::kClassName, GlobalPoolingLayer<Form>::FromConfig};
}

}  // namespace

Layer GlobalMaxPooling1D(GlobalPoolingOptions options, SourceLocation location) {
  return Make<Max1D>(std::move(options), location);
}
Layer GlobalAveragePooling1D(GlobalPoolingOptions options, SourceLocation location) {
  return Make<Average1D>(std::move(options), location);
}
Layer GlobalMaxPooling2D(GlobalPoolingOptions options, SourceLocation location) {
  return Make<Max2D>(std::move(options), location);
}
Layer GlobalAveragePooling2D(GlobalPoolingOptions options, SourceLocation location) {
  return Make<Average2D>(std::move(options), location);
}
Layer GlobalMaxPooling3D(GlobalPoolingOptions options, SourceLocation location) {
  return Make<Max3D>(std::move(options), location);
}
Layer GlobalAveragePooling3D(GlobalPoolingOptions options, SourceLocation location) {
  return Make<Average3D>(std::move(options), location);
}

namespace layers_internal {
LayerClass GlobalMaxPooling1DClass() { return Class<Max1D>(); }
LayerClass GlobalAveragePooling1DClass() { return Class<Average1D>(); }
LayerClass GlobalMaxPooling2DClass() { return Class<Max2D>(); }
LayerClass GlobalAveragePooling2DClass() { return Class<Average2D>(); }
LayerClass GlobalMaxPooling3DClass() { return Class<Max3D>(); }
LayerClass GlobalAveragePooling3DClass() { return Class<Average3D>(); }
}  // namespace layers_internal

}  // namespace dagrad::keras
