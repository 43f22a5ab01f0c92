"""What a loss or a metric of Keras gives for a golden case."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from golden_patterns import tensor_of_case

BATCH = 2


class Pinball(keras.losses.Loss):
  """A loss of a program's own, as golden_loss.cc has it."""

  def __init__(self, quantile=0.5, **arguments):
    super().__init__(**arguments)
    self.quantile = quantile

  def call(self, y_true, y_pred):
    error = y_true - y_pred
    return ops.mean(ops.maximum(error * self.quantile, error * (self.quantile - 1)), axis=-1)


class SquaredErrors(keras.metrics.Metric):
  """A metric of a program's own, as golden_metric.cc has it."""

  def __init__(self):
    super().__init__(name="own")
    self.sum = self.add_variable((), "zeros", name="sum")

  def update_state(self, y_true, y_pred, sample_weight=None):
    errors = ops.square(y_true - y_pred)
    if sample_weight is not None:
      errors *= ops.reshape(sample_weight, [-1] + [1] * (len(errors.shape) - 1))
    self.sum.assign_add(ops.sum(errors))

  def result(self):
    return self.sum.value


def mean_cubed_error():
  return keras.metrics.MeanMetricWrapper(lambda y, p: ops.mean(ops.square(y - p) * ops.abs(y - p), axis=-1))


OWN_METRICS = {"Metric": SquaredErrors, "MeanMetricWrapper": mean_cubed_error}


def arrays(case):
  targets = tensor_of_case(case["targets"], 1)
  predictions = tensor_of_case(case["predictions"], 0)
  return targets, predictions, tensor_of_case(case["weights"], 0)


def expected_loss(class_name, case):
  config = case.get("keras_config", case.get("config", {}))
  loss = Pinball(**config) if class_name == "Loss" else getattr(keras.losses, class_name)(**config)
  y, p, w = arrays(case)
  predictions = tf.constant(p)
  # A weight for each example: Keras wants as many axes as the losses have.
  rank = len(loss.call(tf.constant(y), predictions).shape)
  w = w.reshape([-1] + [1] * max(rank - 1, 0))
  with tf.GradientTape() as tape:
    tape.watch(predictions)
    value = loss(y, predictions, sample_weight=w)
  inputs = keras.Input(p.shape[1:])
  model = keras.Model(inputs, keras.layers.Activation("linear")(inputs))
  model.compile(loss=loss, run_eagerly=True)
  return {
      "loss": [float(value)],
      "gradient": tape.gradient(value, predictions).numpy(),
      "evaluated": [model.evaluate(p, y, batch_size=BATCH, verbose=0)],
      "evaluated_weighted": [model.evaluate(p, y, sample_weight=w, batch_size=BATCH, verbose=0)],
  }


def expected_metric(class_name, case):
  y, p, w = arrays(case)
  results = {}
  for key in ("result", "weighted"):
    config = case.get("keras_config", case.get("config", {}))
    metric = OWN_METRICS[class_name]() if class_name in OWN_METRICS else getattr(keras.metrics, class_name)(**config)
    for i in range(0, len(p), BATCH):
      weights = w[i:i + BATCH] if key == "weighted" else None
      metric.update_state(y[i:i + BATCH], p[i:i + BATCH], sample_weight=weights)
    results[key] = np.asarray(metric.result(), dtype=np.float64)
  return results
