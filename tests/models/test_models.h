#ifndef DAGRAD_TESTS_MODELS_TEST_MODELS_H_
#define DAGRAD_TESTS_MODELS_TEST_MODELS_H_

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/keras/keras.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad::testing {

// A small network of one kind, large enough for work in several shards, that learns to tell
// `classes` classes by Adam.
struct TestModel {
  const char* name;
  keras::Model (*make)();
  Dims example;        // dims of an example
  int64_t vocabulary;  // examples are tokens below this number; 0: real numbers
  int64_t classes;

  friend std::ostream& operator<<(std::ostream& out, const TestModel& m) { return out << m.name; }
};

// All of them; a test walks the table.
const std::vector<TestModel>& TestModels();

// The functions of the compiled model.
Model GraphOf(const TestModel& model);
// All states as the model's own function `initialize` makes them.
std::unique_ptr<StateStore> InitialState(const Model& graph);
// Inputs of train_step, the first of them that of predict: fixed pseudo-random numbers.
std::vector<Tensor> Batch(const TestModel& model, int64_t rows, uint64_t seed);

// The bytes of all states, by name.
std::string StateBytes(const StateStore& store);

}  // namespace dagrad::testing

#endif  // DAGRAD_TESTS_MODELS_TEST_MODELS_H_
