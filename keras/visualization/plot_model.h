#ifndef DAGRAD_KERAS_VISUALIZATION_PLOT_MODEL_H_
#define DAGRAD_KERAS_VISUALIZATION_PLOT_MODEL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/budget.h"
#include "dagrad/keras/models/model.h"

// Pictures of a model's layers. Names, defaults and appearance are Keras 3's.
namespace dagrad::keras {

struct PlotModelOptions {
  bool show_shapes = false;  // of inputs and outputs, in the first call
  bool show_dtype = false;   // of outputs
  bool show_layer_names = false;
  std::string rankdir = "TB";  // from top to bottom; or "BT", "LR", "RL"
  bool expand_nested = false;  // models within the model as frames with their layers
  int dpi = 200;               // dots per inch of a PNG, from 1 to 2400
  bool show_layer_activations = false;
  bool show_trainable = false;  // of layers that have weights
  Budget budget = {};           // of the drawing: its bytes, and its time
};

// The model's layers in Graphviz's language: a box for each layer, with an arrow from each whose
// result it is called on. Inputs of a Sequential are not drawn. Whatever names hold, they appear as
// text (keras.utils.model_to_dot).
//
// InvalidArgument for another rankdir or dpi; else the errors of Model::AsLayer, as for a
// Sequential that does not know its input's shape.
absl::StatusOr<std::string> ModelToDot(const Model& model, const PlotModelOptions& options = {},
                                       SourceLocation location = SourceLocation::Current());

// Writes it as what the name of the file ends in: .png, .svg or .pdf, drawn by Graphviz's program
// dot, or .dot without it; a name without an ending is that of a PNG (keras.utils.plot_model). All
// or nothing (WriteFile). InvalidArgument for another ending; Unavailable where Graphviz is not
// installed.
//
//   PlotModel(model, "model.png", {.show_shapes = true});
absl::Status PlotModel(const Model& model, const std::string& to_file = "model.png",
                       const PlotModelOptions& options = {},
                       SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_VISUALIZATION_PLOT_MODEL_H_
