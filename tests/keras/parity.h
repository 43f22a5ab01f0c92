#ifndef DAGRAD_TESTS_KERAS_PARITY_H_
#define DAGRAD_TESTS_KERAS_PARITY_H_

#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/keras/keras.h"

// How models are compared with Keras's.
namespace dagrad::keras_parity {

// The elements of all float32 tensors, one after the other.
std::vector<float> Joined(const std::vector<Tensor>& tensors);
// As many, each within 2e-6, of its size where that is more than 1.
void ExpectNear(absl::Span<const float> got, absl::Span<const double> expected);

// Weight i, element k: 0.5 sin(0.3 k + i + 1), as the scripts that make the golden numbers have it.
void SetPatterns(keras::Model* model);

// The model after a way through a file.
keras::Model Reloaded(const keras::Model& model);

// Of a model with such weights: its results, one after the other, and, unless `trained` is empty,
// its weights after a step of SGD with rate 1 that minimises the sum of the means of their squares.
// The model that comes back from a file gives the same bits, and trains alike.
void ExpectParity(keras::Model model, const keras::Data& x, absl::Span<const double> results,
                  absl::Span<const double> trained);

}  // namespace dagrad::keras_parity

#endif  // DAGRAD_TESTS_KERAS_PARITY_H_
