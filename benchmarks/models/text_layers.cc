#include "dagrad/benchmarks/models/text_layers.h"

#include <memory>
#include <string>
#include <utility>

#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/attention/attention.h"
#include "dagrad/ops/binary/binary.h"
#include "dagrad/ops/gelu/gelu.h"
#include "dagrad/ops/matmul/matmul.h"
#include "dagrad/ops/reshape/reshape.h"
#include "dagrad/ops/slice/slice.h"

namespace dagrad::benchmarks {
namespace {

using keras::CallContext;
using keras::LayerImpl;

// What the layers below share: they are not written to files, so their options need no names.
class TextLayer : public LayerImpl {
 public:
  explicit TextLayer(const std::string& name) : LayerImpl(name, SourceLocation::Current()) {}
  nlohmann::json Config() const override { return nlohmann::json::object(); }

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
  Value Call(CallContext& context, absl::Span<const Value> inputs) const override {
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
  Value Call(CallContext& context, absl::Span<const Value> inputs) const override {
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
  Value Call(CallContext&, absl::Span<const Value> inputs) const override {
    return Gelu(inputs[0], {.approximate = true});
  }
};

class SelfAttentionLayer : public TextLayer {
 public:
  SelfAttentionLayer(int64_t heads, int64_t size, bool causal, const std::string& name)
      : TextLayer(name), heads_(heads), size_(size), causal_(causal) {}
  absl::string_view class_name() const override { return "SelfAttention"; }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_ASSIGN_OR_RETURN(const int64_t n, Features(inputs));
    const DType dtype = inputs[0].dtype;
    const char* const names[] = {"query", "key", "value"};
    for (int i = 0; i < 3; ++i) {
      const std::string name = names[i];
      in_[i].kernel = AddWeight(name + "/kernel", dtype, {n, heads_, size_}, "glorot_uniform");
      in_[i].bias = AddWeight(name + "/bias", dtype, {heads_, size_}, "zeros");
    }
    out_.kernel = AddWeight("attention_output/kernel", dtype, {heads_, size_, n}, "glorot_uniform");
    out_.bias = AddWeight("attention_output/bias", dtype, {n}, "zeros");
    return absl::OkStatus();
  }

  Value Call(CallContext& context, absl::Span<const Value> inputs) const override {
    const Value x = inputs[0];
    const Dim n = x.dim(2);
    const Dim width = heads_ * size_;
    Value parts[3];
    for (int i = 0; i < 3; ++i) {
      const Value flat = Affine(context, x, in_[i], Shape({n, width}));
      parts[i] = dagrad::Reshape(flat, Shape({x.dim(0), x.dim(1), heads_, size_}));
    }
    const Value y = Attention(parts[0], parts[1], parts[2], {.is_causal = causal_}).y;
    return Affine(context, dagrad::Reshape(y, Shape({x.dim(0), x.dim(1), width})), out_,
                  Shape({width, n}));
  }

 private:
  struct Weights {
    int kernel = -1;
    int bias = -1;
  };
  // x kernel + bias, the kernel taken as a matrix of the given shape.
  Value Affine(CallContext& context, Value x, const Weights& w, const Shape& matrix) const {
    const Value kernel = dagrad::Reshape(WeightValue(context, w.kernel), matrix);
    const Value bias = dagrad::Reshape(WeightValue(context, w.bias), Shape({matrix.dim(1)}));
    return dagrad::Add(MatMul(x, kernel), bias);
  }

  int64_t heads_;
  int64_t size_;
  bool causal_;
  Weights in_[3];
  Weights out_;
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
keras::Layer SelfAttention(int64_t heads, int64_t size, bool causal, const std::string& name) {
  return keras::Layer(std::make_shared<SelfAttentionLayer>(heads, size, causal, name));
}

}  // namespace dagrad::benchmarks
