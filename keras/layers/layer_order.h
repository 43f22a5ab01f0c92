#ifndef DAGRAD_KERAS_LAYERS_LAYER_ORDER_H_
#define DAGRAD_KERAS_LAYERS_LAYER_ORDER_H_

#include <memory>
#include <vector>

#include "dagrad/keras/layers/network.h"

namespace dagrad::keras::layers_internal {

// The layers of a network, each once, in Keras's order: by their depth, which is how many calls at
// most lie between the layer and an output, the deepest first; those of one depth as they are met
// on the way from the outputs to the inputs, the first output first. Inputs that no output needs
// have depth 0 and come first there.
std::vector<std::shared_ptr<LayerImpl>> LayersByDepth(const std::vector<Network::Call>& calls,
                                                      const std::vector<Network::Ref>& outputs);

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_LAYER_ORDER_H_
