"""Prints regularizer_golden.h: what Keras 3's regularizers and constraints are, and what they make of training.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=torch python make_regularizer_golden.py > regularizer_golden.h

kRules: of the weight sin(0.7 i + 0.2), of shape [3, 4] or [2, 2, 3, 2], the penalty or what it becomes. kTrainings: a
layer with weights as make_layer_golden.py has them (those of BatchNormalization as they begin), trained for two epochs of
one batch by SGD with rate 0.5 and the mean squared error against 0.3: the loss of each epoch and of a later evaluation,
and the weights.
"""

import json
import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

from make_layer_golden import pattern  # pylint: disable=wrong-import-position

L, R, C = keras.layers, keras.regularizers, keras.constraints
CLASSES = {"l1": R.L1, "l2": R.L2, "l1_l2": R.L1L2, "max_norm": C.MaxNorm, "non_neg": C.NonNeg, "unit_norm": C.UnitNorm,
           "min_max_norm": C.MinMaxNorm}
RULES = [
    ("l1", {}, (3, 4)),
    ("l1", {"l1": 0.3}, (2, 2, 3, 2)),
    ("l2", {}, (3, 4)),
    ("l2", {"l2": 0.3}, (2, 2, 3, 2)),
    ("l1_l2", {}, (3, 4)),
    ("l1_l2", {"l1": 0.2}, (3, 4)),
    ("l1_l2", {"l2": 0.4}, (3, 4)),
    ("l1_l2", {"l1": 0.1, "l2": 0.2}, (2, 2, 3, 2)),
    ("max_norm", {}, (3, 4)),
    ("max_norm", {"max_value": 0.9}, (3, 4)),
    ("max_norm", {"max_value": 1.1, "axis": [0, 1, 2]}, (2, 2, 3, 2)),
    ("non_neg", {}, (3, 4)),
    ("unit_norm", {}, (3, 4)),
    ("unit_norm", {"axis": [1]}, (3, 4)),
    ("min_max_norm", {}, (3, 4)),
    ("min_max_norm", {"min_value": 1.2, "max_value": 1.25}, (3, 4)),
    ("min_max_norm", {"max_value": 0.5, "rate": 0.3}, (3, 4)),
    ("min_max_norm", {"min_value": 2.0, "max_value": 3.0, "axis": [0, 1, 2]}, (2, 2, 3, 2)),
]

images, steps = [0, 1, 2], [0, 1]
TRAININGS = [
    ("Dense", (4,), lambda: L.Dense(3, kernel_regularizer=R.L2(0.05), bias_regularizer="l1", kernel_constraint=C.MaxNorm(0.7),
                                    bias_constraint="non_neg")),
    ("Conv2D", (4, 4, 3), lambda: L.Conv2D(
        2, 2, kernel_regularizer=R.L1L2(0.01, 0.02), kernel_constraint=C.UnitNorm(images), bias_regularizer=R.L2(0.3),
        bias_constraint=C.MaxNorm(0.1))),
    ("Conv1D", (5, 3), lambda: L.Conv1D(
        2, 2, kernel_regularizer=R.L1(0.02), kernel_constraint=C.MinMaxNorm(0.4, 0.6, axis=steps), bias_regularizer="l2",
        bias_constraint="non_neg")),
    ("DepthwiseConv2D", (4, 4, 3), lambda: L.DepthwiseConv2D(
        2, depthwise_regularizer=R.L2(0.04), depthwise_constraint="non_neg", bias_regularizer="l1",
        bias_constraint=C.MaxNorm(0.1))),
    ("SeparableConv2D", (4, 4, 3), lambda: L.SeparableConv2D(
        2, 2, depthwise_regularizer=R.L2(0.04), pointwise_regularizer=R.L1(0.03), bias_regularizer="l2",
        depthwise_constraint=C.UnitNorm(steps), pointwise_constraint=C.MaxNorm(0.3, images), bias_constraint="non_neg")),
    ("BatchNormalization", (3,), lambda: L.BatchNormalization(
        beta_regularizer=R.L1(0.1), gamma_regularizer=R.L2(0.2), beta_constraint=C.NonNeg(), gamma_constraint=C.MaxNorm(1))),
    ("LayerNormalization", (3,), lambda: L.LayerNormalization(
        beta_regularizer=R.L1(0.1), gamma_regularizer=R.L2(0.2), beta_constraint=C.NonNeg(), gamma_constraint=C.MaxNorm(0.5))),
    ("Lstm", (3, 2), lambda: L.LSTM(
        2, kernel_regularizer=R.L2(0.02), recurrent_regularizer=R.L1(0.02), bias_regularizer=R.L2(0.03),
        kernel_constraint=C.MaxNorm(0.5), recurrent_constraint=C.UnitNorm(), bias_constraint="non_neg")),
    ("Gru", (3, 2), lambda: L.GRU(
        2, kernel_regularizer=R.L2(0.02), recurrent_regularizer=R.L1(0.02), bias_regularizer=R.L2(0.03),
        kernel_constraint=C.MaxNorm(0.5), recurrent_constraint=C.UnitNorm(), bias_constraint="non_neg")),
]


def array(values):
  return "{" + ", ".join(f"{float(v):.8g}" for v in np.ravel(values)) + "}"


def rule(name, config, shape):
  w = keras.ops.convert_to_tensor(pattern(shape, 1, 0.7, 0.2))
  text = json.dumps({"name": name, **config})
  dims = "{" + ", ".join(map(str, shape)) + "}"
  result = keras.ops.convert_to_numpy(CLASSES[name](**config)(w))
  print(f'    {{R"({text})", {dims}, {array(result)}}},')


def training(name, shape, make):
  inputs = keras.Input(shape)
  model = keras.Model(inputs, make()(inputs))
  if name != "BatchNormalization":
    model.set_weights([pattern(w.shape, 0.5, 0.3, i + 1) for i, w in enumerate(model.get_weights())])
  x = pattern((2,) + shape, 1, 0.7, 0)
  y = np.full(model.predict(x, verbose=0).shape, 0.3, np.float32)
  model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.5), loss="mse")
  losses = model.fit(x, y, batch_size=2, epochs=2, verbose=0).history["loss"]
  losses.append(model.evaluate(x, y, batch_size=2, verbose=0))
  weights = np.concatenate([w.ravel() for w in model.get_weights()])
  print(f'    {{"{name}", {array(losses)}, {array(weights)}}},')


def main():
  print("#ifndef DAGRAD_TESTS_KERAS_REGULARIZER_GOLDEN_H_")
  print("#define DAGRAD_TESTS_KERAS_REGULARIZER_GOLDEN_H_\n")
  print("#include <cstdint>\n#include <string>\n#include <vector>\n")
  print(f"// Made by make_regularizer_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras_parity {\n")
  print("struct RuleCase {\n  std::string object;  // JSON\n  std::vector<int64_t> dims;\n  std::vector<double> result;\n};\n")
  print("inline const std::vector<RuleCase> kRules = {")
  for case in RULES:
    rule(*case)
  print("};\n")
  print("struct TrainingCase {\n  std::string name;\n  std::vector<double> losses;\n  std::vector<double> weights;\n};\n")
  print("inline const std::vector<TrainingCase> kTrainings = {")
  for case in TRAININGS:
    training(*case)
  print("};\n")
  print("}  // namespace dagrad::keras_parity\n")
  print("#endif  // DAGRAD_TESTS_KERAS_REGULARIZER_GOLDEN_H_")


if __name__ == "__main__":
  main()
