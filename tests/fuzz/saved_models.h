#ifndef DAGRAD_TESTS_FUZZ_SAVED_MODELS_H_
#define DAGRAD_TESTS_FUZZ_SAVED_MODELS_H_

#include "dagrad/keras/keras.h"

namespace dagrad::tests {

// Small compiled Keras models that have a layer of every class between them (saved_models_test.cc
// checks it): what seeds are made of.
inline constexpr int kNumSavedModels = 20;
keras::Model MakeSavedModel(int which);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_FUZZ_SAVED_MODELS_H_
