"""What a layer of Keras gives for a golden case: results, masks, gradients, new values of weights."""

import keras
import numpy as np
import tensorflow as tf
from keras.src import backend
from keras.src.layers.merging.base_merge import Merge

from golden_patterns import pattern, tensor_of_case

# Layers whose call takes its inputs one by one.
INPUTS_ARE_ARGUMENTS = {"MultiHeadAttention", "GroupQueryAttention"}

# Whose call takes its states as an argument, in the structure of state_size.
CELLS = {"SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells"}

# Of whose input TensorFlow has no exact gradient: it samples the cotangent by the inverse transform.
WITHOUT_INPUT_GRADIENT = {"RandomRotation", "RandomTranslation", "RandomZoom"}

# Those of Lambda, by the names that its cases give; golden_layer.cc has the same.
FUNCTIONS = {"twice_plus_one": lambda x: 2.0 * x + 1.0}


def for_keras(value):
  """A config of ours as one of Keras's: layers within it as Keras names them."""
  if isinstance(value, list):
    return [for_keras(item) for item in value]
  if not isinstance(value, dict):
    return value
  value = {key: for_keras(item) for key, item in value.items()}
  if "class_name" in value and "config" in value:
    config = dict(value["config"])
    if value.get("name"):
      config["name"] = value["name"]
    return {"module": "keras.layers", "class_name": value["class_name"], "config": config, "registered_name": None}
  return value


def number_list(value):
  return np.atleast_1d(tf.convert_to_tensor(value).numpy())


def tensor(item, shift, dtype=None):
  return tf.constant(tensor_of_case(item, shift), dtype=dtype)


def call_arguments(layer, case, inputs):
  """The arguments of the call beside its inputs. Masks are given in both of Keras's ways: as what the inputs carry, and,
  as Keras does not look at these where there is an initial state, as an argument."""
  arguments = {}
  for x, item in zip(inputs, case["inputs"]):
    if isinstance(item, dict) and "mask" in item:
      mask = tensor(item["mask"], 0, tf.bool)
      backend.set_keras_mask(x, mask)
      if "initial_state" in case:
        arguments["mask"] = mask
  if "initial_state" in case:
    arguments["initial_state"] = [tensor(item, i) for i, item in enumerate(case["initial_state"])]
  if "attention_mask" in case:
    arguments["attention_mask"] = tensor(case["attention_mask"], 0, tf.bool)
  if case.get("use_causal_mask"):
    arguments["use_causal_mask"] = True
  arguments.update(case.get("keras_call", {}))
  if type(layer).__name__ in CELLS:
    states = iter(arguments.pop("initial_state"))
    arguments["states"] = keras.tree.map_structure(lambda _: next(states), layer.state_size)
    if isinstance(layer.state_size, int):
      arguments["states"] = [arguments["states"]]
  if layer._call_has_training_arg:  # pylint: disable=protected-access
    arguments["training"] = case.get("training", False)
  return arguments


def expected(class_name, case):
  config = for_keras(case.get("keras_config", case.get("config", {})))
  if class_name == "Lambda":
    layer = keras.layers.Lambda(**{**config, "function": FUNCTIONS[config["function"]]})
  else:
    layer = getattr(keras.layers, class_name).from_config(config)
  inputs = [tensor(item, i) for i, item in enumerate(case["inputs"])]
  arguments = call_arguments(layer, case, inputs)

  def call():
    if class_name in INPUTS_ARE_ARGUMENTS:
      return layer(*inputs, **arguments)
    single = len(inputs) == 1 and not isinstance(layer, Merge)
    return layer(inputs[0] if single else inputs, **arguments)

  call()  # builds it
  weights = layer.weights
  for i, w in enumerate(weights):
    w.assign(pattern(w.shape, 0.5, 0.3, i + 1) + np.float32(case.get("weight_offset", 0)))
  if class_name == "Normalization":
    layer.finalize_state()  # it has constants of its weights
  before = [w.numpy().copy() for w in weights]
  targets = [x for x in inputs if x.dtype.is_floating] + [w.value for w in weights if w.trainable]
  with tf.GradientTape() as tape:
    tape.watch(targets)
    results = keras.tree.flatten(call())
    loss = tf.constant(0.0) + sum(layer.losses)
    for i, y in enumerate(results):
      if y.dtype.is_floating:
        loss += tf.reduce_sum(y * pattern(tuple(y.shape), 1.0, 0.5, i + 1.5))
  gradients = iter(tape.gradient(loss, targets, unconnected_gradients="zero"))
  input_gradients = [number_list(next(gradients)) if x.dtype.is_floating else None for x in inputs]
  masks = [backend.get_keras_mask(y) for y in results]
  return {
      "outputs": [{"shape": list(y.shape), "values": number_list(y).astype(np.float64)} for y in results],
      "masks": [None if m is None else number_list(m).astype(int) for m in masks],
      "input_gradients": [None if class_name in WITHOUT_INPUT_GRADIENT else g for g in input_gradients],
      "weight_gradients": [number_list(next(gradients)) if w.trainable else None for w in weights],
      "updates": [None if np.array_equal(a, w.numpy()) else w.numpy() for a, w in zip(before, weights)],
  }
