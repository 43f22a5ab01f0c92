#ifndef DAGRAD_KERAS_LOSSES_REGISTRY_H_
#define DAGRAD_KERAS_LOSSES_REGISTRY_H_

#include <cstdint>
#include <vector>

#include "dagrad/config/registry.h"
#include "dagrad/keras/losses/loss.h"

namespace dagrad::keras::losses_internal {

// Keras's backend epsilon.
inline constexpr double kEpsilon = 1e-7;

// The classes that each file of this folder defines; registry.cc lists them all.
std::vector<LossClass> CircleClasses();
std::vector<LossClass> CrossentropyClasses();
std::vector<LossClass> CtcClasses();
std::vector<LossClass> DivergenceClasses();
std::vector<LossClass> FocalClasses();
std::vector<LossClass> HingeClasses();
std::vector<LossClass> OverlapClasses();
std::vector<LossClass> RegressionClasses();

const Registry<LossImpl>& Losses();

// `x`, whose axes are the first ones of `like`, with axes of size 1 behind them.
Value AlignedTo(Value x, Value like);
// Losses of which the mean over all is the mean over those that are `valid` (bool, of their first
// axes): the others are 0.
Value MeanOverValid(Value loss, Value valid);
// The labels, int64; one outside of [0, classes) ends the run with InvalidArgument.
Value Within(Value labels, int64_t classes);
// x times one number, or as many as its last axis has elements.
Value TimesRow(Value x, const std::vector<double>& row);

}  // namespace dagrad::keras::losses_internal

#endif  // DAGRAD_KERAS_LOSSES_REGISTRY_H_
