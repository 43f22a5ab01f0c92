#ifndef DAGRAD_KERAS_LAYERS_LAYERS_H_
#define DAGRAD_KERAS_LAYERS_LAYERS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/keras/layers/activation.h"
#include "dagrad/keras/layers/attention.h"
#include "dagrad/keras/layers/convolutional.h"
#include "dagrad/keras/layers/core.h"
#include "dagrad/keras/layers/image.h"
#include "dagrad/keras/layers/input.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"
#include "dagrad/keras/layers/merging.h"
#include "dagrad/keras/layers/normalization.h"
#include "dagrad/keras/layers/pooling.h"
#include "dagrad/keras/layers/preprocessing.h"
#include "dagrad/keras/layers/recurrent.h"
#include "dagrad/keras/layers/regularization.h"
#include "dagrad/keras/layers/reshaping.h"

// Keras's layers. Options have Keras's names and defaults. Images are channels-last: [batch,
// height, width, channels]. A layer checks its options when it meets its first input; errors name
// the layer and the line that made it. `input_shape` (without batch) is for the first layer of a
// Sequential. All layers keep the dtype of their input, which is a float dtype, except where noted.
// Dense, Rescaling, Normalization, Discretization, Resizing, CenterCrop and random images take
// integers and bools, too, as float32.
//
// Masks, of which LayerInputs::masks says what they are, are made by Embedding (mask_zero) and
// Masking; read by LSTM, GRU, SimpleRNN, RNN, Bidirectional, TimeDistributed, MultiHeadAttention,
// Attention, AdditiveAttention, Softmax, BatchNormalization (in training), Multiply, Maximum,
// Minimum and GlobalAveragePooling1D; passed on by these (but for the last, and by recurrent layers
// with return_sequences only) and by Dense, Activation, ReLU, LeakyReLU, PReLU, ELU, Identity,
// Dropout and its kin, GaussianNoise, ActivityRegularization, LayerNormalization,
// GroupNormalization, UnitNormalization, Rescaling, Normalization, by Add, Subtract, Multiply,
// Average, Maximum and Minimum (a step is there if it is in any input; none if an input has none),
// by Concatenate, and by models; taken off by Dot; Lambda does what its option says. Other layers
// refuse them: LayerImpl::supports_masking. The loss is the mean over what the mask of the output
// has, and metrics that are means count that only.
//
// Source of semantics and defaults: Keras 3.
namespace dagrad::keras {

// Makes the layer of Keras's class name from the options that Config() gave, or of one of your own
// classes, which come first. InvalidArgument for an unknown class or a bad description.
absl::StatusOr<Layer> LayerFromConfig(const std::string& class_name, const std::string& name,
                                      const Json& config);
absl::StatusOr<Layer> LayerFromConfig(const std::string& class_name, const std::string& name,
                                      const Json& config, const CustomObjects& custom);
// Keras's class names of all layers, sorted.
std::vector<std::string> LayerClassNames();

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_LAYERS_H_
