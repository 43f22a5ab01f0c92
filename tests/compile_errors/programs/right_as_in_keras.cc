// right
#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;
using dagrad::Tensor;

absl::Status F(Tensor x, Tensor y, int64_t n) {
  keras::Sequential m;
  m.Add(keras::Dense(3, {.activation = "relu", .input_shape = {5}}));
  m.Add(keras::Conv2D(3, 3, {.input_shape = {n, 28, 1}}));
  m.Add(keras::Dense(3, {.input_shape = x.dims()}));
  m.Add(keras::Dense(3, {.input_shape = dagrad::Dims{}}));
  using keras::Adam;
  using keras::Loss;
  for (const keras::CompileOptions& o : std::vector<keras::CompileOptions>{
           {.optimizer = Adam(0.001), .loss = "mse", .metrics = "accuracy"},
           {.optimizer = Adam({.clipnorm = 1}), .loss = {"mse", "mae"}, .metrics = {"mae", "auc"}},
           {.optimizer = keras::Sgd(0.1, {.momentum = 0.9, .global_clipnorm = 1})},
           {.optimizer = keras::Rmsprop(keras::LearningRate::CosineDecay(0.1, 10))},
           {.optimizer = Adam(), .loss = Loss("huber", {.delta = 2}), .metrics = {}},
           {.optimizer = Adam({}), .loss = {Loss("huber", {.delta = 2}), "mse"}},
           {.optimizer = "adamw", .metrics = keras::Metric::BinaryAccuracy(0.3)},
           {.metrics = {"accuracy", keras::Metric::BinaryAccuracy(0.3)}, .weighted_metrics = "mae"},
       }) {
    DAGRAD_RETURN_IF_ERROR(m.Compile(o));
  }
  for (const keras::FitOptions& o : std::vector<keras::FitOptions>{
           {.validation_data = {x, y}},
           {.validation_data = {x, y, x}},
           {.validation_data = {{x, x}, y}},
           {.validation_data = {{x, x}, {y, y}}},
           {.validation_data = std::pair<keras::Data, keras::Data>(x, y)},
           {.class_weight = {{0, 1.0}, {1, 2.0}}},
       }) {
    DAGRAD_RETURN_IF_ERROR(m.Fit(x, y, o).status());
    DAGRAD_RETURN_IF_ERROR(m.Fit({x, x}, {y, y}, o).status());
  }
  return absl::OkStatus();
}
