#include "dagrad/keras/layers/network_layer.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"

namespace dagrad::keras {
namespace {

constexpr const char* kClassNames[] = {"Functional", "Sequential"};

class NetworkLayerImpl : public LayerImpl {
 public:
  NetworkLayerImpl(Network network, ModelClass model_class, const std::string& name,
                   SourceLocation location)
      : LayerImpl(name, location), network_(std::move(network)), class_(model_class) {
    for (const auto& layer : network_.layers()) {
      if (layer->class_name() != "InputLayer") AddSublayer(layer, network_.LayerName(*layer));
    }
  }

  absl::string_view class_name() const override { return kClassNames[static_cast<int>(class_)]; }

  // All but the batch's dimension and kNone must be as they were; the layers within are built.
  absl::Status Build(absl::Span<const ValueType> inputs) override { return CheckInputs(inputs); }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    std::vector<ValueType> types;
    for (Value v : inputs.values) {
      if (!v.valid()) return v;
      types.push_back(v.type());
    }
    const absl::Status fits = CheckInputs(types);
    if (!fits.ok()) return context.builder()->Fail(Prefixed(fits));
    absl::StatusOr<LayerOutputs> outputs = network_.CallLayers(context, inputs);
    if (!outputs.ok()) return context.builder()->Fail(outputs.status());
    return *std::move(outputs);
  }

  bool supports_masking() const override { return true; }

  IntegerData integer_data() const override {
    return IsInteger(network_.input_type(0).dtype) ? IntegerData::kIndices : IntegerData::kFloats;
  }

  Json Config() const override { return network_.ToJson(); }
  const Network& network() const { return network_; }

  template <ModelClass kClass>
  static absl::StatusOr<Layer> FromConfig(const std::string& name, const Json& config,
                                          const CustomObjects& custom) {
    DAGRAD_ASSIGN_OR_RETURN(Network network, Network::FromJson(config, custom));
    return NetworkLayer(std::move(network), kClass, name, SourceLocation{});
  }

 private:
  absl::Status CheckInputs(absl::Span<const ValueType> inputs) const {
    const size_t count = network_.inputs().size();
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, count, count));
    for (size_t i = 0; i < count; ++i) DAGRAD_RETURN_IF_ERROR(CheckInput(i, inputs[i]));
    return absl::OkStatus();
  }
  absl::Status CheckInput(size_t i, const ValueType& given) const {
    ValueType wanted = network_.input_type(i);
    for (int a = 0; wanted.shape.rank() == given.shape.rank() && a < given.shape.rank(); ++a) {
      if (a == 0 || !wanted.shape.dim(a).is_known()) wanted.shape.set_dim(a, given.shape.dim(a));
    }
    if (given == wanted) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("input \"", network_.InputName(i), "\" is ",
                                             network_.input_type(i).ToString(),
                                             "; given: ", given.ToString()));
  }

  Network network_;
  ModelClass class_;
};

}  // namespace

Layer NetworkLayer(Network network, ModelClass model_class, const std::string& name,
                   SourceLocation location) {
  return Layer(std::make_shared<NetworkLayerImpl>(std::move(network), model_class, name, location));
}

const Network* NetworkOf(const LayerImpl& layer) {
  const auto* const impl = dynamic_cast<const NetworkLayerImpl*>(&layer);
  return impl == nullptr ? nullptr : &impl->network();
}

LayerClass layers_internal::FunctionalClass() {
  return {kClassNames[0], NetworkLayerImpl::FromConfig<ModelClass::kFunctional>};
}

LayerClass layers_internal::SequentialClass() {
  return {kClassNames[1], NetworkLayerImpl::FromConfig<ModelClass::kSequential>};
}

}  // namespace dagrad::keras
