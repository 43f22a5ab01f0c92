#ifndef DAGRAD_KERAS_LAYERS_INPUT_H_
#define DAGRAD_KERAS_LAYERS_INPUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/keras/layers/layer.h"

// What models begin with.
namespace dagrad::keras {

// A size of Input() that each batch may choose, as Keras's None: {kNone, 8}.
inline constexpr int64_t kNone = -1;

struct InputOptions {
  std::string name = {};
  DType dtype = DType::kFloat32;
  // The number of examples in every batch, where it is fixed: stateful layers need it.
  std::optional<int64_t> batch_size = {};
  // Names of the sizes that are kNone, in their order (graph/dim.h says which texts are names).
  // Inputs that share one have the same size in every batch, and can be added and the like. Without
  // names each is a size of its own.
  std::vector<std::string> sizes = {};
};
// An input of a model: examples of the given shape, without the batch dimension. {28, 28, 1}
KerasTensor Input(Dims shape, InputOptions options = {},
                  SourceLocation location = SourceLocation::Current());

// The layer of an Input, as the models see it.
class InputLayer : public LayerImpl {
 public:
  InputLayer(Dims shape, const InputOptions& options, SourceLocation location);
  absl::string_view class_name() const override { return "InputLayer"; }
  absl::Status Build(absl::Span<const ValueType>) override;
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override;
  Json Config() const override;
  ValueType type() const;

 private:
  Dims shape_;
  InputOptions options_;  // with a name for every size that is kNone
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_INPUT_H_
