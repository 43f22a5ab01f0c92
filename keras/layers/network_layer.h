#ifndef DAGRAD_KERAS_LAYERS_NETWORK_LAYER_H_
#define DAGRAD_KERAS_LAYERS_NETWORK_LAYER_H_

#include <string>

#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/network.h"

namespace dagrad::keras {

enum class ModelClass { kFunctional, kSequential };

// A network as a layer: takes its inputs and gives its outputs. The layers are those of the
// network, not copies. An empty name: one is given by the model that the layer is part of.
Layer NetworkLayer(Network network, ModelClass model_class, const std::string& name,
                   SourceLocation location);

// The network of such a layer; null for any other.
const Network* NetworkOf(const LayerImpl& layer);

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_NETWORK_LAYER_H_
