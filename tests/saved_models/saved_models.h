#ifndef DAGRAD_TESTS_SAVED_MODELS_SAVED_MODELS_H_
#define DAGRAD_TESTS_SAVED_MODELS_SAVED_MODELS_H_

#include <string>
#include <vector>

#include "dagrad/graph/tensor.h"
#include "dagrad/keras/keras.h"

// Models as a version of dagrad saved them, which every later version must load.
namespace dagrad::testing {

// What is given to a model: the same numbers whenever it is asked for.
struct Examples {
  keras::Data x;
  keras::Data y;
};

struct SavedModel {
  std::string name;  // the folder
  keras::Model model;
  Examples examples;
};

// All kinds, trained for a few steps: a stack for images, one for sequences of words, and one with
// two inputs and two outputs.
std::vector<SavedModel> TrainedModels();
Examples ExamplesOf(const std::string& name);

// One more epoch, in the order of the examples.
absl::Status TrainOn(keras::Model* model, const Examples& examples);

}  // namespace dagrad::testing

#endif  // DAGRAD_TESTS_SAVED_MODELS_SAVED_MODELS_H_
