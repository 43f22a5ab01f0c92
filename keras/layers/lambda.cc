#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/keras/models/custom_objects.h"

namespace dagrad::keras {
namespace {

class LambdaLayer : public LayerImpl {
 public:
  LambdaLayer(LambdaFunction function, LambdaOptions options, SourceLocation location)
      : LayerImpl(options.name, location),
        function_(std::move(function)),
        mask_(std::move(options.mask)) {
    input_shape_ = options.input_shape;
  }
  static constexpr const char* kClassName = "Lambda";
  absl::string_view class_name() const override { return kClassName; }
  IntegerData integer_data() const override { return IntegerData::kPassed; }
  bool supports_masking() const override { return mask_ != nullptr; }

  absl::Status Build(absl::Span<const ValueType>) override {
    if (function_.call == nullptr) return InvalidArgumentError("has no function");
    if (!function_.name.empty()) return absl::OkStatus();
    return InvalidArgumentError("its function has no name, by which a file could name it");
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value y = function_.call(inputs.values, context.training());
    if (mask_ == nullptr) return {{y}, {Value()}};
    std::vector<Value> masks;
    for (size_t i = 0; i < inputs.size(); ++i) masks.push_back(inputs.mask(i));
    return {{y}, {mask_(inputs.values, masks)}};
  }

  Json Config() const override {
    layers_internal::ConfigWriter writer;
    writer("function", function_.name);
    writer("mask", mask_ != nullptr);
    writer("input_shape", input_shape_);
    return writer.Take();
  }

  static absl::StatusOr<Layer> FromConfig(const std::string& name, const Json& config,
                                          const CustomObjects& custom) {
    std::string function;
    bool has_mask = false;
    LambdaOptions options = {.name = name};
    layers_internal::ConfigReader reader(config, custom);
    reader("function", function);
    reader("mask", has_mask);
    reader("input_shape", options.input_shape);
    if (absl::Status s = reader.Finish(name); !s.ok()) return s;
    if (has_mask) {
      return UnimplementedError(
          "a Lambda with a mask of its own cannot be loaded: use a class of your own, "
          "custom_objects: .layers = {…}");
    }
    for (const LambdaFunction& f : custom.functions) {
      if (f.name == function)
        return Layer(std::make_shared<LambdaLayer>(f, std::move(options), SourceLocation{}));
    }
    return InvalidArgumentError(
        absl::StrCat("the function \"", function,
                     "\" is unknown: it is given to Load as custom_objects: .functions = {{\"",
                     function, "\", …}}"));
  }

 private:
  LambdaFunction function_;
  std::function<Value(absl::Span<const Value>, absl::Span<const Value>)> mask_;
};

}  // namespace

Layer Lambda(LambdaFunction function, LambdaOptions options, SourceLocation location) {
  return Layer(std::make_shared<LambdaLayer>(std::move(function), std::move(options), location));
}

LayerClass layers_internal::LambdaClass() {
  return {LambdaLayer::kClassName, LambdaLayer::FromConfig};
}

}  // namespace dagrad::keras
