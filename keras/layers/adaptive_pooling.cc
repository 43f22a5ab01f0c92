#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/slice/slice.h"

// Along one axis after the other: a window's maximum is that of its rows' maxima, and its mean that
// of their means.
namespace dagrad::keras {
namespace {

std::vector<int64_t> Sizes(int64_t size) { return {size}; }
std::vector<int64_t> Sizes(const Size2D& s) { return {s.height, s.width}; }
std::vector<int64_t> Sizes(const Size3D& s) { return {s.depth, s.height, s.width}; }

template <typename Size>
struct AdaptiveArgs {
  Size output_size = 1;
  LayerOptions options;
};

using Reduce = Value (*)(Operand, ReduceOptions);

Value PoolAxis(Value x, int axis, int64_t results, Reduce reduce) {
  const int64_t n = x.dim(axis).value();
  if (n == results) return x;
  std::vector<Value> parts;
  for (int64_t i = 0; i < results; ++i) {
    const int64_t first = i * n / results, last = ((i + 1) * n + results - 1) / results;
    parts.push_back(reduce(SliceAxis(x, axis, {.start = Dim(first), .limit = Dim(last)}),
                           {.axes = {axis}, .keepdims = true}));
  }
  return Concat(parts, axis);
}

template <typename Form>
class AdaptivePoolingLayer
    : public layers_internal::ConfiguredLayer<AdaptivePoolingLayer<Form>,
                                              AdaptiveArgs<typename Form::Size>> {
 public:
  using Base = layers_internal::ConfiguredLayer<AdaptivePoolingLayer<Form>,
                                                AdaptiveArgs<typename Form::Size>>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = Form::kClassName;
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("output_size", a.output_size);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    const std::vector<int64_t> sizes = Sizes(args().output_size);
    const int rank = static_cast<int>(sizes.size()) + 2;
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, rank, rank));
    for (size_t i = 0; i < sizes.size(); ++i) {
      const Dim n = inputs[0].shape.dim(static_cast<int>(i) + 1);
      if (sizes[i] < 1 || sizes[i] > kMaxParts) {
        return InvalidArgumentError(
            absl::StrCat("output_size must be from 1 to ", kMaxParts, ", not ", sizes[i]));
      }
      if (!n.is_known() || n.value() < 1) {
        return InvalidArgumentError(absl::StrCat(
            "the sizes that are pooled must be positive numbers, not ", inputs[0].ToString()));
      }
    }
    return absl::OkStatus();
  }

  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    Value y = inputs[0];
    const std::vector<int64_t> sizes = Sizes(args().output_size);
    for (size_t i = 0; i < sizes.size() && y.valid(); ++i)
      y = PoolAxis(y, static_cast<int>(i) + 1, sizes[i], Form::kReduce);
    return y;
  }

 private:
  static constexpr int64_t kMaxParts = 4096;  // each is a node
};

template <typename S, bool kMax>
struct AdaptiveForm {
  using Size = S;
  static constexpr int kAxes = std::is_same_v<S, Size3D> ? 3 : std::is_same_v<S, Size2D> ? 2 : 1;
  static constexpr const char* kNames[2][3] = {
      {"AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D"},
      {"AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D"}};
  static constexpr const char* kClassName = kNames[kMax ? 1 : 0][kAxes - 1];
  static constexpr Reduce kReduce = kMax ? ReduceMax : ReduceMean;
};

template <typename Form>
Layer Make(typename Form::Size output_size, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<AdaptivePoolingLayer<Form>>(
      AdaptiveArgs<typename Form::Size>{output_size, std::move(options)}, location);
}

template <typename Form>
LayerClass Class() {
  return {Form::kClassName, AdaptivePoolingLayer<Form>::FromConfig};
}

}  // namespace

Layer AdaptiveMaxPooling1D(int64_t output_size, LayerOptions options, SourceLocation location) {
  return Make<AdaptiveForm<int64_t, true>>(output_size, std::move(options), location);
}
Layer AdaptiveMaxPooling2D(Size2D output_size, LayerOptions options, SourceLocation location) {
  return Make<AdaptiveForm<Size2D, true>>(output_size, std::move(options), location);
}
Layer AdaptiveMaxPooling3D(Size3D output_size, LayerOptions options, SourceLocation location) {
  return Make<AdaptiveForm<Size3D, true>>(output_size, std::move(options), location);
}
Layer AdaptiveAveragePooling1D(int64_t output_size, LayerOptions options, SourceLocation location) {
  return Make<AdaptiveForm<int64_t, false>>(output_size, std::move(options), location);
}
Layer AdaptiveAveragePooling2D(Size2D output_size, LayerOptions options, SourceLocation location) {
  return Make<AdaptiveForm<Size2D, false>>(output_size, std::move(options), location);
}
Layer AdaptiveAveragePooling3D(Size3D output_size, LayerOptions options, SourceLocation location) {
  return Make<AdaptiveForm<Size3D, false>>(output_size, std::move(options), location);
}

namespace layers_internal {
LayerClass AdaptiveMaxPooling1DClass() { return Class<AdaptiveForm<int64_t, true>>(); }
LayerClass AdaptiveMaxPooling2DClass() { return Class<AdaptiveForm<Size2D, true>>(); }
LayerClass AdaptiveMaxPooling3DClass() { return Class<AdaptiveForm<Size3D, true>>(); }
LayerClass AdaptiveAveragePooling1DClass() { return Class<AdaptiveForm<int64_t, false>>(); }
LayerClass AdaptiveAveragePooling2DClass() { return Class<AdaptiveForm<Size2D, false>>(); }
LayerClass AdaptiveAveragePooling3DClass() { return Class<AdaptiveForm<Size3D, false>>(); }
}  // namespace layers_internal

}  // namespace dagrad::keras
