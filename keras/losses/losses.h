#ifndef DAGRAD_KERAS_LOSSES_LOSSES_H_
#define DAGRAD_KERAS_LOSSES_LOSSES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "dagrad/keras/losses/loss.h"

// Keras's losses. y is the target and p the prediction, [batch, …, n], both of the prediction's
// dtype; the value of an example is the mean over the last axis where nothing else is said. Behind
// each is its name, long and short, for .loss = "mse"; the name of the class, "MeanSquaredError",
// does as well. Options out of range are InvalidArgument when the model is compiled. Source:
// Keras 3.
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
// max(max (1 - y) p - Σ y p + 1, 0) over the last axis, y one-hot. "categorical_hinge"
Loss CategoricalHinge();

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
  // Targets of this class count for nothing: the mean is over the others; with a mask over those
  // that are in it and of another class. Sample weights come on top.
  std::optional<int64_t> ignore_class = {};
};
// -ln p[y], y class numbers. "sparse_categorical_crossentropy"
Loss SparseCategoricalCrossentropy(const SparseCategoricalCrossentropyOptions& options = {});

struct BinaryFocalOptions {
  bool apply_class_balancing = false;
  double alpha = 0.25;  // with balancing: the weight of y = 1, that of 0 is 1 - alpha
  double gamma = 2;     // not negative
  bool from_logits = false;
  double label_smoothing = 0;
};
// (1 - t)^gamma times the binary cross-entropy, t = y p + (1 - y)(1 - p). Source: Lin et al. 2017.
// "binary_focal_crossentropy"
Loss BinaryFocalCrossentropy(const BinaryFocalOptions& options = {});

struct CategoricalFocalOptions {
  std::vector<double> alpha = {0.25};  // of all classes, or of each
  double gamma = 2;                    // not negative
  bool from_logits = false;
  double label_smoothing = 0;
};
// -Σ alpha (1 - p)^gamma y ln p over the last axis, p scaled to sum 1.
// "categorical_focal_crossentropy"
Loss CategoricalFocalCrossentropy(const CategoricalFocalOptions& options = {});

struct GeneralizedOptions {
  double q = 0.5;  // in (0, 1)
};
// (1 - p[y]^q) / q, y class numbers. Source: Zhang & Sabuncu 2018.
// "categorical_generalized_cross_entropy"
Loss CategoricalGeneralizedCrossEntropy(const GeneralizedOptions& options = {});

// The losses of overlap sum over all of the batch, or over `axis`, the last one among its axes:
// {1, 2, 3} of images are regions of each example by itself.
struct DiceOptions {
  std::optional<std::vector<int64_t>> axis = {};
};
// 1 - 2 Σ y p / (Σ y + Σ p + 1e-7). "dice"
Loss Dice(const DiceOptions& options = {});

struct TverskyOptions {
  double alpha = 0.5;  // of what is missed; not negative
  double beta = 0.5;   // of what is wrong; not negative
  std::optional<std::vector<int64_t>> axis = {};
};
// With t = Σ y p: 1 - t / (t + alpha Σ y (1 - p) + beta Σ (1 - y) p + 1e-7). Source: Salehi et al.
// 2017. "tversky"
Loss Tversky(const TverskyOptions& options = {});

struct CircleOptions {
  double gamma = 80;
  double margin = 0.4;
  bool remove_diagonal = true;  // an example is no pair with itself
};
// Of embeddings p [batch, n] of length 1 and class numbers y [batch]. With the distances d = max(1
// - p pᵀ, 0) of an example to the others: softplus(ln Σ exp(gamma (margin + d)(d - margin)) + ln Σ
// exp(gamma max(1 + margin - d, 0)(1 - margin - d))), the first sum over those of its class, the
// second over the rest; the mean is over the examples that have both. Source: Sun et al. 2020.
// "circle"
Loss Circle(const CircleOptions& options = {});

// Minus ln of the probability that logits p [batch, steps, classes], class 0 the blank, say the
// labels y [batch, labels], which 0 follows where an example has fewer. Source: Graves et al. 2006.
// "ctc"
Loss CTC();

}  // namespace dagrad::keras::losses

#endif  // DAGRAD_KERAS_LOSSES_LOSSES_H_
