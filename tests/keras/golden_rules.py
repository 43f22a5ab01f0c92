"""What the small kinds of Keras's classes give for a golden case."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from golden_patterns import tensor_of_case

STEPS = 10


class SumOfCubes(keras.regularizers.Regularizer):
  """A regularizer of a program's own, as golden_rules.cc has it."""

  def __call__(self, x):
    return ops.sum(ops.abs(x) * ops.square(x))


class Halved(keras.constraints.Constraint):
  """A constraint of a program's own, as golden_rules.cc has it."""

  def __call__(self, w):
    return w * 0.5


class Warmup(keras.optimizers.schedules.LearningRateSchedule):
  """A schedule of a program's own, as golden_rules.cc has it."""

  def __init__(self, peak, steps):
    self.peak, self.steps = peak, steps

  def __call__(self, step):
    s = ops.cast(step, "float32") + 1.0
    return self.peak * ops.minimum(s / self.steps, ops.sqrt(self.steps / s))


def config_of(case):
  return case.get("keras_config", case.get("config", {}))


def optimizer(class_name, case):
  """In float64, schedules included."""
  keras.config.set_floatx("float64")
  try:
    config = dict(config_of(case))
    excluded = config.pop("exclude_from_weight_decay", [])
    rule = getattr(keras.optimizers, class_name)(**config)
    rule.exclude_from_weight_decay(var_names=excluded)
    w = keras.Variable(tensor_of_case(case["weight"], 0).astype(np.float64), name="w")
    target = tensor_of_case(case["target"], 0).astype(np.float64)
    rule.build([w])
    values = []
    for _ in range(STEPS):
      rule.apply([ops.convert_to_tensor(2 * (w.numpy() - target))])
      values.append(w.numpy())
  finally:
    keras.config.set_floatx("float32")
  results = {"first": values[0], "tenth": values[-1]}
  if rule.use_ema:
    results["average"] = rule._model_variables_moving_average[0].numpy()  # pylint: disable=protected-access
  return results


def schedule(class_name, case):
  schedules = keras.optimizers.schedules
  rate = (Warmup if class_name == "LearningRateSchedule" else getattr(schedules, class_name))(**config_of(case))
  return {"rates": [float(rate(step)) for step in case["steps"]]}


def function(f, case, gradient=True):
  x = tf.constant(tensor_of_case(case["x"], 0))
  with tf.GradientTape() as tape:
    tape.watch(x)
    y = f(x)
    square = tf.reduce_sum(y * y)
  results = {"result": np.asarray(y)}
  if gradient:
    results["gradient"] = tf.convert_to_tensor(tape.gradient(square, x, unconnected_gradients="zero")).numpy()
  return results


def regularizer(class_name, case):
  rule = SumOfCubes() if class_name == "Regularizer" else getattr(keras.regularizers, class_name)(**config_of(case))
  return function(rule, case)


def constraint(class_name, case):
  rule = Halved() if class_name == "Constraint" else getattr(keras.constraints, class_name)(**config_of(case))
  return function(rule, case, gradient=False)


def initializer(class_name, case):
  """The values; of what is drawn the moments of the distribution, by Keras's own parameters."""
  rule = getattr(keras.initializers, class_name)(**config_of(case))
  kind = keras.src.initializers.random_initializers
  if not isinstance(rule, kind.RandomInitializer):
    return {"values": np.asarray(rule(case["shape"]))}
  many = np.asarray(rule(case["shape"]))
  low, high, mean = -np.inf, np.inf, 0.0
  if isinstance(rule, kind.VarianceScaling):
    fans = kind.compute_fans(case["shape"])
    fan = {"fan_in": fans[0], "fan_out": fans[1], "fan_avg": sum(fans) / 2}[rule.mode]
    stddev = np.sqrt(rule.scale / max(1.0, fan))
    if rule.distribution == "uniform":
      high = stddev * np.sqrt(3)
    elif rule.distribution == "truncated_normal":
      high = 2 * stddev / 0.87962566103423978
    low = -high
  elif isinstance(rule, kind.RandomUniform):
    low, high = rule.minval, rule.maxval
    mean, stddev = (low + high) / 2, (high - low) / np.sqrt(12)
  elif isinstance(rule, kind.Orthogonal):
    stddev = rule.gain / np.sqrt(max(np.prod(case["shape"][:-1]), case["shape"][-1]))
    low, high = -rule.gain, rule.gain
  else:
    mean, stddev = rule.mean, rule.stddev
    if isinstance(rule, kind.TruncatedNormal):
      low, high = mean - 2 * stddev, mean + 2 * stddev
      stddev *= 0.87962566103423978
  # What Keras draws has these moments.
  assert abs(many.mean() - mean) < 5 * stddev / np.sqrt(many.size), (many.mean(), mean)
  assert abs(many.std() - stddev) < 5 * stddev / np.sqrt(many.size), (many.std(), stddev)
  assert many.min() >= low - 1e-6 and many.max() <= high + 1e-6
  return {"mean": float(mean), "stddev": float(stddev), "least": float(low), "greatest": float(high)}


def sparsemax(x):
  """By the definition of Martins & Astudillo (2016) in float64: Keras 3.15.1 is wrong for [.1, .2, .3, .25], where all
  elements are in the support."""
  x = tf.cast(x, tf.float64)
  ordered = tf.sort(x, direction="DESCENDING")
  sums = tf.cumsum(ordered, axis=-1)
  k = tf.range(1, x.shape[-1] + 1, dtype=tf.float64)
  size = tf.reduce_sum(tf.cast(1 + k * ordered > sums, tf.int32), axis=-1, keepdims=True)
  tau = (tf.gather(sums, size - 1, batch_dims=len(x.shape) - 1) - 1) / tf.cast(size, tf.float64)
  return tf.cast(tf.maximum(x - tau, 0), tf.float32)


def activation(name, case):
  config = config_of(case)
  if name == "sparsemax":
    return function(sparsemax, case)
  if name in ("get", "serialize", "deserialize"):
    f = keras.activations.get(config["name"])
    assert keras.activations.serialize(f) == config["name"]
    return function(keras.activations.deserialize(config["name"]), case)
  return function(lambda x: getattr(keras.activations, name)(x, **config), case)
