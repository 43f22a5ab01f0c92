#ifndef DAGRAD_OPTIMIZERS_GOLDEN_OPTIMIZERS_H_
#define DAGRAD_OPTIMIZERS_GOLDEN_OPTIMIZERS_H_

#include <map>
#include <string>

#include "dagrad/optimizers/optimizer.h"

namespace dagrad {

// The optimizers of keras_golden.py, by their names there.
inline std::map<std::string, OptimizerPtr> MakeOptimizers() {
  using LR = LearningRate;
  return {
      {"sgd", MakeSgd()},
      {"sgd_momentum", MakeSgd({.learning_rate = 0.05, .momentum = 0.9})},
      {"sgd_nesterov", MakeSgd({.learning_rate = 0.05, .momentum = 0.9, .nesterov = true})},
      {"sgd_weight_decay", MakeSgd({.learning_rate = 0.05, .weight_decay = 0.1})},
      {"sgd_clipvalue", MakeSgd({.learning_rate = 0.05, .clipvalue = 0.5})},
      {"sgd_clipnorm", MakeSgd({.learning_rate = 0.05, .clipnorm = 0.75})},
      {"sgd_clipnorm_wide", MakeSgd({.learning_rate = 0.05, .clipnorm = 1000.0})},
      {"sgd_global_clipnorm", MakeSgd({.learning_rate = 0.05, .global_clipnorm = 0.75})},
      {"sgd_global_clipnorm_wide", MakeSgd({.learning_rate = 0.05, .global_clipnorm = 1000.0})},
      {"sgd_schedule",
       MakeSgd({.learning_rate = LR::ExponentialDecay(0.1, 3, 0.5, true), .momentum = 0.5})},
      {"rmsprop", MakeRmsprop()},
      {"rmsprop_options", MakeRmsprop({.learning_rate = 0.02, .rho = 0.8, .epsilon = 1e-3})},
      {"rmsprop_momentum", MakeRmsprop({.learning_rate = 0.02, .momentum = 0.7})},
      {"rmsprop_centered", MakeRmsprop({.learning_rate = 0.02, .centered = true})},
      {"rmsprop_all", MakeRmsprop({.learning_rate = 0.02,
                                   .rho = 0.8,
                                   .momentum = 0.6,
                                   .centered = true,
                                   .weight_decay = 0.05,
                                   .clipnorm = 2.0})},
      {"adagrad", MakeAdagrad()},
      {"adagrad_options",
       MakeAdagrad({.learning_rate = 0.3, .initial_accumulator_value = 0, .epsilon = 1e-3})},
      {"adagrad_weight_decay",
       MakeAdagrad({.learning_rate = 0.3, .weight_decay = 0.05, .clipvalue = 1.5})},
      {"adam", MakeAdam()},
      {"adam_options",
       MakeAdam({.learning_rate = 0.1, .beta_1 = 0.7, .beta_2 = 0.95, .epsilon = 1e-2})},
      {"adam_amsgrad", MakeAdam({.learning_rate = 0.3, .beta_2 = 0.5, .amsgrad = true})},
      {"adam_global_clipnorm",
       MakeAdam({.learning_rate = 0.1, .epsilon = 0.1, .global_clipnorm = 0.5})},
      {"adam_schedule", MakeAdam({.learning_rate = LR::CosineDecay(0, 5, 0.1, 0.2, 3)})},
      {"adamw", MakeAdamW()},
      {"adamw_options", MakeAdamW({.learning_rate = 0.1,
                                   .beta_1 = 0.8,
                                   .beta_2 = 0.9,
                                   .amsgrad = true,
                                   .weight_decay = 0.2})},
      {"adadelta", MakeAdadelta()},
      {"adadelta_options", MakeAdadelta({.learning_rate = 0.9, .rho = 0.7, .epsilon = 0.01})},
      {"adamax", MakeAdamax()},
      {"adamax_options", MakeAdamax({.learning_rate = 0.1,
                                     .beta_1 = 0.7,
                                     .beta_2 = 0.9,
                                     .epsilon = 0.01,
                                     .weight_decay = 0.1})},
      {"nadam", MakeNadam()},
      {"nadam_options", MakeNadam({.learning_rate = 0.1,
                                   .beta_1 = 0.7,
                                   .beta_2 = 0.95,
                                   .epsilon = 0.01,
                                   .clipnorm = 0.75})},
      {"ftrl", MakeFtrl()},
      {"ftrl_options", MakeFtrl({.learning_rate = 0.1,
                                 .learning_rate_power = -0.7,
                                 .initial_accumulator_value = 0.3,
                                 .l1_regularization_strength = 0.2,
                                 .l2_regularization_strength = 0.1,
                                 .l2_shrinkage_regularization_strength = 0.05,
                                 .beta = 0.2})},
      {"lion", MakeLion()},
      {"lion_options", MakeLion({.learning_rate = 0.1, .beta_1 = 0.7, .beta_2 = 0.8})},
      {"lamb", MakeLamb()},
      {"lamb_options",
       MakeLamb({.learning_rate = 0.1, .beta_1 = 0.7, .beta_2 = 0.95, .epsilon = 0.01})},
  };
}

}  // namespace dagrad

#endif  // DAGRAD_OPTIMIZERS_GOLDEN_OPTIMIZERS_H_
