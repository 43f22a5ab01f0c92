#include "dagrad/benchmarks/models/text_layers.h"

#include <memory>
#include <string>
#include <utility>

#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/gelu/gelu.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::benchmarks {
namespace {

using keras::CallContext;
using keras::LayerImpl;
using keras::LayerInputs;
using keras::LayerOutputs;

// What the layers below share: they are not written to files, so their options need no names.
class TextLayer : public LayerImpl {
 public:
  explicit TextLayer(const std::string& name) : LayerImpl(name, SourceLocation::Current()) {}
  Json Config() const override { return boost::json::object(); }

 protected:
  static absl::StatusOr<int64_t> Features(absl::Span<const ValueType> inputs) {
    if (inputs.size() == 1 && inputs[0].shape.rank() == 3 && inputs[0].shape.dim(2).is_known() &&
        inputs[0].shape.dim(1).is_known())
      return inputs[0].shape.dim(2).value();
    return absl::InvalidArgumentError("takes one input [batch, steps, features]");
  }
};

class PositionsLayer : public TextLayer {
 public:
  PositionsLayer(int64_t most, const std::string& name) : TextLayer(name), most_(most) {}
  absl::string_view class_name() const override { return "Positions"; }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_ASSIGN_OR_RETURN(const int64_t n, Features(inputs));
    embeddings_ = AddWeight("embeddings", inputs[0].dtype, {most_, n}, "uniform");
    return absl::OkStatus();
  }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value all = WeightValue(context, embeddings_);
    return dagrad::Add(inputs[0], SliceAxis(all, 0, {.limit = inputs[0].dim(1)}));
  }

 private:
  int64_t most_;
  int embeddings_ = -1;
};

class TiedLogitsLayer : public TextLayer {
 public:
  TiedLogitsLayer(int64_t words, std::string table, const std::string& name)
      : TextLayer(name), words_(words), table_(std::move(table)) {}
  absl::string_view class_name() const override { return "TiedLogits"; }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    return Features(inputs).status();
  }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value x = inputs[0];
    const Value last =
        dagrad::Reshape(SliceAxis(x, 1, {.start = x.dim(1) - 1}), Shape({x.dim(0), x.dim(2)}));
    const Value table = context.builder()->State(table_, x.dtype(), Shape({words_, x.dim(2)}));
    return MatMul(last, table, {.transpose_b = true});
  }

 private:
  int64_t words_;
  std::string table_;
};

class TanhGeluLayer : public TextLayer {
 public:
  using TextLayer::TextLayer;
  absl::string_view class_name() const override { return "TanhGelu"; }
  absl::Status Build(absl::Span<const ValueType>) override { return absl::OkStatus(); }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    return Gelu(inputs[0], {.approximate = true});
  }
};

}  // namespace

keras::Layer Positions(int64_t most, const std::string& name) {
  return keras::Layer(std::make_shared<PositionsLayer>(most, name));
}
keras::Layer TiedLogits(int64_t words, const std::string& table, const std::string& name) {
  return keras::Layer(std::make_shared<TiedLogitsLayer>(words, table, name));
}
keras::Layer TanhGelu(const std::string& name) {
  return keras::Layer(std::make_shared<TanhGeluLayer>(name));
}

}  // namespace dagrad::benchmarks
