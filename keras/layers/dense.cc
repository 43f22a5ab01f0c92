#include <memory>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"

namespace dagrad::keras {
namespace {

struct DenseArgs {
  int64_t units = 1;
  DenseOptions options;
};

class DenseLayer : public layers_internal::ConfiguredLayer<DenseLayer, DenseArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Dense";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("units", a.units);
    visit("activation", a.options.activation);
    visit("use_bias", a.options.use_bias);
    visit("kernel_initializer", a.options.kernel_initializer);
    visit("bias_initializer", a.options.bias_initializer);
    visit("kernel_regularizer", a.options.kernel_regularizer);
    visit("bias_regularizer", a.options.bias_regularizer);
    visit("kernel_constraint", a.options.kernel_constraint);
    visit("bias_constraint", a.options.bias_constraint);
    visit("activity_regularizer", a.options.activity_regularizer);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneNumberInput(inputs, 2, kMaxRank));
    if (args().units < 1) {
      return InvalidArgumentError(absl::StrCat("units must be positive, not ", args().units));
    }
    DAGRAD_RETURN_IF_ERROR(CheckActivation(args().options.activation));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t in, layers_internal::LastDim(inputs[0]));
    const DType dtype = layers_internal::FloatOf(inputs[0].dtype);
    kernel_ =
        WithRules(AddWeight("kernel", dtype, {in, args().units}, args().options.kernel_initializer),
                  args().options.kernel_regularizer, args().options.kernel_constraint);
    if (args().options.use_bias) {
      bias_ = WithRules(AddWeight("bias", dtype, {args().units}, args().options.bias_initializer),
                        args().options.bias_regularizer, args().options.bias_constraint);
    }
    return absl::OkStatus();
  }

  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    Value y = MatMul(layers_internal::AsFloats(inputs[0]), WeightValue(context, kernel_));
    if (bias_ >= 0) y = dagrad::Add(y, WeightValue(context, bias_));
    return Activate(args().options.activation, y);
  }

 private:
  int kernel_ = -1;
  int bias_ = -1;
};

}  // namespace

Layer Dense(int64_t units, DenseOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<DenseLayer>(DenseArgs{units, std::move(options)}, std::move(name),
                                            location));
}

LayerClass layers_internal::DenseClass() {
  return {DenseLayer::kClassName, DenseLayer::FromConfig};
}

}  // namespace dagrad::keras
