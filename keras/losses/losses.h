#ifndef DAGRAD_KERAS_LOSSES_LOSSES_H_
#define DAGRAD_KERAS_LOSSES_LOSSES_H_

#include "dagrad/keras/losses/loss.h"

// Keras's losses. y is the target and p the prediction, [batch, …, n], both of the prediction's
// dtype; the value of an example is the mean over the last axis where nothing else is said. Behind
// each is its name, long and short, for .loss = "mse". Options out of range are InvalidArgument
// when the model is compiled. Source: Keras 3.
namespace dagrad::keras::losses {

// (y - p)². "mean_squared_error", "mse"
Loss MeanSquaredError();
// |y - p|. "mean_absolute_error", "mae"
Loss MeanAbsoluteError();
// 100 |y - p| / max(|y|, 1e-7). "mean_absolute_percentage_error", "mape"
Loss MeanAbsolutePercentageError();
// (ln(max(y, 1e-7) + 1) - ln(max(p, 1e-7) + 1))². "mean_squared_logarithmic_error", "msle"
Loss MeanSquaredLogarithmicError();

struct HuberOptions {
  double delta = 1;  // positive and finite
};
// With d = y - p: d²/2 where |d| <= delta, else delta |d| - delta²/2. "huber"
Loss Huber(const HuberOptions& options = {});
// With d = p - y: ln cosh d = d + softplus(-2 d) - ln 2. "log_cosh", "logcosh"
Loss LogCosh();

// max(1 - y p, 0). Where all y are 0 or 1, they are taken as -1 and 1. "hinge"
Loss Hinge();
// Its square. "squared_hinge"
Loss SquaredHinge();

// p - y ln(p + 1e-7). "poisson"
Loss Poisson();
// The sum over the last axis of y ln(y / p), both clipped to [1e-7, 1]. "kl_divergence", "kld"
Loss KLDivergence();
// Minus the sum over the last axis of y/max(‖y‖, 1e-7) · p/max(‖p‖, 1e-7). "cosine_similarity"
Loss CosineSimilarity();

// The cross-entropies take probabilities, clipped to [1e-7, 1 - 1e-7]; or, with from_logits, what a
// sigmoid or softmax would make these of. Where the output is itself a Sigmoid or Softmax node they
// go back to its logits, which is exact for saturated outputs too.
struct CrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0;  // s, in [0, 1]
};
// -y ln p - (1 - y) ln(1 - p), with y (1 - s) + s/2 in the place of y. "binary_crossentropy", "bce"
Loss BinaryCrossentropy(const CrossentropyOptions& options = {});
// -Σ y ln p over the last axis, p scaled to sum 1, with y (1 - s) + s/n in the place of y.
// "categorical_crossentropy"
Loss CategoricalCrossentropy(const CrossentropyOptions& options = {});

struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
};
// -ln p[y], y class numbers. "sparse_categorical_crossentropy"
Loss SparseCategoricalCrossentropy(const SparseCategoricalCrossentropyOptions& options = {});

}  // namespace dagrad::keras::losses

#endif  // DAGRAD_KERAS_LOSSES_LOSSES_H_
