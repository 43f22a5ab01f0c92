#ifndef DAGRAD_BENCHMARKS_MODELS_FAMILIES_H_
#define DAGRAD_BENCHMARKS_MODELS_FAMILIES_H_

#include "dagrad/keras/keras.h"

namespace dagrad::benchmarks {

// The models, each defined in the file of its family. Layers with weights have names, by which
// the peers find the weights.

// mlp.cc: 784-512-512-10; 7-100-100-1; 9-10-5-1.
keras::Model Mlp();
keras::Model Titanic();
keras::Model Wages();

// cnn.cc: two convolutions on 28 x 28 and two dense layers.
keras::Model Cnn();

// text_cnn.cc: 400 words of 5000, embedded, convolved, the largest of each filter; Keras's example
// for IMDB without its dropout, which no two systems draw alike.
keras::Model Imdb();

// resnet.cc: ResNet-18 with a 3 x 3 stem for 32 x 32 images and 10 classes; ResNet-50 for
// 224 x 224 and 1000 classes with its strides in the 3 x 3 convolutions (v1.5). Source: He et al.
// 2015.
keras::Model ResNet18();
keras::Model ResNet50();

// mobilenet.cc: 224 x 224, 1000 classes. Source: Sandler et al. 2018.
keras::Model MobileNetV2();

// lstm.cc: 50 steps of 256 numbers, 256 units, 10 classes by the last state.
keras::Model Lstm();

// transformer.cc: four layers of the sizes of BERT-base's (768, 12 heads, 3072) over 128 given
// vectors, 10 classes by their mean; GPT-2 small (12 layers) over 128 words, the logits of the next
// one. Sources: Devlin et al. 2018; Radford et al. 2019.
keras::Model Encoder();
keras::Model Gpt2();

// recommender.cc: 13 numbers and 8 words, each from a table of its own of 100,000 x 32, into dense
// layers. Source: Naumov et al. 2019 (DLRM), without its products of features.
keras::Model Recommender();

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_MODELS_FAMILIES_H_
