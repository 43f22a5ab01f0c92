#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/keras/layers/cell.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/keras/layers/steps.h"

namespace dagrad::keras {

std::vector<Value> RnnCell::States(CallContext& context, const LayerInputs& inputs) const {
  std::vector<Value> states;
  const std::vector<int64_t> sizes = state_sizes();
  for (size_t i = 0; i < sizes.size(); ++i)
    states.push_back(layers_internal::FirstState(context, inputs, i, sizes[i]));
  return states;
}

namespace {

struct SimpleCellForm : layers_internal::SimpleForm {
  static constexpr const char* kClassName = "SimpleRNNCell";
  using Options = SimpleRNNCellOptions;
};
struct LstmCellForm : layers_internal::LstmForm {
  static constexpr const char* kClassName = "LSTMCell";
  using Options = LSTMCellOptions;
};
struct GruCellForm : layers_internal::GruForm {
  static constexpr const char* kClassName = "GRUCell";
  using Options = GRUCellOptions;
};

template <typename Form>
struct CellArgs {
  int64_t units = 1;
  typename Form::Options options;
};

template <typename Form>
class CellLayer
    : public layers_internal::GatedLayer<CellLayer<Form>, CellArgs<Form>, Form, RnnCell> {
 public:
  using Base = layers_internal::GatedLayer<CellLayer<Form>, CellArgs<Form>, Form, RnnCell>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = Form::kClassName;
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("units", a.units);
    layers_internal::CellFields(a.options, visit);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 2, 2));
    DAGRAD_RETURN_IF_ERROR(this->CheckOptions());
    DAGRAD_ASSIGN_OR_RETURN(const int64_t in, layers_internal::LastDim(inputs[0]));
    return this->AddWeights(inputs[0].dtype, in);
  }

  std::vector<int64_t> state_sizes() const override { return this->StateSizes(); }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value x = inputs[0];
    if (!x.valid()) return x;
    const std::vector<Value> states = this->States(context, inputs);
    return Form::kStep(this->WeightsOf(context, x.dtype(), x.shape()), x, states);
  }
};

const RnnCell* AsCell(const Layer& layer) {
  return dynamic_cast<const RnnCell*>(layer.impl().get());
}

absl::Status CheckCell(const Layer& layer) {
  if (AsCell(layer) != nullptr) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("takes a cell, as SimpleRNNCell, LSTMCell, GRUCell or your own RnnCell, not a ",
                   layer->class_name()));
}

struct StackedRNNCellsArgs {
  std::vector<Layer> cells;
  LayerOptions options;
};

class StackedRNNCellsLayer
    : public layers_internal::ConfiguredLayer<StackedRNNCellsLayer, StackedRNNCellsArgs, RnnCell> {
 public:
  StackedRNNCellsLayer(StackedRNNCellsArgs args, std::string name, SourceLocation location)
      : ConfiguredLayer(std::move(args), std::move(name), location) {
    for (const Layer& cell : this->args().cells) AddSublayer(cell.impl());
  }
  static constexpr const char* kClassName = "StackedRNNCells";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("cells", a.cells);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 2, 2));
    if (args().cells.empty()) return InvalidArgumentError("takes at least one cell");
    ValueType x = inputs[0];
    for (const Layer& cell : args().cells) {
      DAGRAD_RETURN_IF_ERROR(CheckCell(cell));
      DAGRAD_RETURN_IF_ERROR(cell->EnsureBuilt({x}));
      x.shape = {x.shape.dim(0), AsCell(cell)->output_size()};
    }
    return absl::OkStatus();
  }

  std::vector<int64_t> state_sizes() const override {
    std::vector<int64_t> sizes;
    for (const Layer& cell : args().cells) {
      if (AsCell(cell) == nullptr) continue;
      for (int64_t size : AsCell(cell)->state_sizes()) sizes.push_back(size);
    }
    return sizes;
  }
  int64_t output_size() const override { return AsCell(args().cells.back())->output_size(); }
  int output_state() const override {
    const RnnCell& last = *AsCell(args().cells.back());
    return initial_states() - last.initial_states() + last.output_state();
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const std::vector<Value> states = States(context, inputs);
    std::vector<Value> x(inputs.values.begin(), inputs.values.end()), after;
    size_t first = 0;
    for (const Layer& cell : args().cells) {
      const auto count = static_cast<size_t>(cell->initial_states());
      const std::vector<Value> results =
          context
              .CallLayer(
                  *cell,
                  {.values = x, .initial_state = absl::MakeConstSpan(states).subspan(first, count)})
              .values;
      first += count;
      x = {results[0]};
      after.insert(after.end(), results.begin() + 1, results.end());
    }
    after.insert(after.begin(), x[0]);
    return after;
  }
};

struct RNNArgs {
  Layer layer{nullptr};
  RNNOptions options;
};

class RNNLayer
    : public layers_internal::ConfiguredLayer<RNNLayer, RNNArgs, layers_internal::StepsLayer> {
 public:
  RNNLayer(RNNArgs args, std::string name, SourceLocation location)
      : ConfiguredLayer(std::move(args), std::move(name), location) {
    AddSublayer(this->args().layer.impl());
  }
  static constexpr const char* kClassName = "RNN";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("cell", a.layer);
    visit("return_sequences", a.options.return_sequences);
    visit("return_state", a.options.return_state);
    visit("go_backwards", a.options.go_backwards);
    visit("stateful", a.options.stateful);
    visit("zero_output_for_mask", a.options.zero_output_for_mask);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckCell(args().layer));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 3, kMaxRank));
    if (inputs[0].shape.dim(1) == Dim(0))
      return InvalidArgumentError(absl::StrCat("there are no steps in ", inputs[0].ToString()));
    std::vector<Dim> step = {inputs[0].shape.dim(0)};
    for (int a = 2; a < inputs[0].shape.rank(); ++a) step.push_back(inputs[0].shape.dim(a));
    DAGRAD_RETURN_IF_ERROR(
        args().layer->EnsureBuilt({{inputs[0].dtype, Shape(absl::MakeConstSpan(step))}}));
    if (!args().options.stateful) return absl::OkStatus();
    return CarryStates(inputs[0], AsCell(args().layer)->state_sizes());
  }

  int initial_states() const override { return args().layer->initial_states(); }
  bool supports_masking() const override { return true; }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    if (!inputs[0].valid()) return inputs[0];
    const RnnCell& cell = *AsCell(args().layer);
    layers_internal::StepOptions options =
        layers_internal::StepOptionsOf(args().options, cell.output_size());
    options.output_state = cell.output_state();
    LayerOutputs all = layers_internal::RunSteps(
        context, inputs, FirstStates(context, inputs, cell.state_sizes()),
        [&](Value x, absl::Span<const Value> before) {
          return context.CallLayer(cell, {.values = {x}, .initial_state = before}).values;
        },
        options);
    return CarryOn(context, std::move(all), args().options.return_state);
  }
};

template <typename Form>
Layer MakeCell(int64_t units, typename Form::Options options, SourceLocation location) {
  return layers_internal::MakeLayer<CellLayer<Form>>(CellArgs<Form>{units, std::move(options)},
                                                     location);
}

template <typename Form>
LayerClass CellClass() {
  return {Form::kClassName, CellLayer<Form>::FromConfig};
}

}  // namespace

Layer SimpleRNNCell(int64_t units, SimpleRNNCellOptions options, SourceLocation location) {
  return MakeCell<SimpleCellForm>(units, std::move(options), location);
}
Layer LSTMCell(int64_t units, LSTMCellOptions options, SourceLocation location) {
  return MakeCell<LstmCellForm>(units, std::move(options), location);
}
Layer GRUCell(int64_t units, GRUCellOptions options, SourceLocation location) {
  return MakeCell<GruCellForm>(units, std::move(options), location);
}
Layer StackedRNNCells(std::vector<Layer> cells, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<StackedRNNCellsLayer>(
      StackedRNNCellsArgs{std::move(cells), std::move(options)}, location);
}
Layer RNN(Layer cell, RNNOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<RNNLayer>(RNNArgs{std::move(cell), std::move(options)},
                                              location);
}
Layer RNN(std::vector<Layer> cells, RNNOptions options, SourceLocation location) {
  return RNN(StackedRNNCells(std::move(cells), {}, location), std::move(options), location);
}

namespace layers_internal {
LayerClass SimpleRNNCellClass() { return CellClass<SimpleCellForm>(); }
LayerClass LSTMCellClass() { return CellClass<LstmCellForm>(); }
LayerClass GRUCellClass() { return CellClass<GruCellForm>(); }
LayerClass StackedRNNCellsClass() {
  return {StackedRNNCellsLayer::kClassName, StackedRNNCellsLayer::FromConfig};
}
LayerClass RNNClass() { return {RNNLayer::kClassName, RNNLayer::FromConfig}; }
}  // namespace layers_internal

}  // namespace dagrad::keras
