"""Prints metric_golden.h: what Keras 3 makes of every string that Compile takes as a metric or as a loss.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=tensorflow python make_metric_golden.py > metric_golden.h

The model gives back its input, so that CASES lists its outputs themselves. It is evaluated in batches of 2 with the
sample weights WEIGHTS: a metric among `metrics`, then among `weighted_metrics`; a loss without and with them. Metrics and
losses of class numbers have values for the outputs of SPARSE only, the others for the rest, "accuracy" for all.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

WEIGHTS = [0.5, 2, 1, 0.25, 3, 1.5]

PROBABILITIES = [[0.2, 0.7, 0.1], [0.5, 0.25, 0.25], [0.125, 0.375, 0.5], [0.9, 0.06, 0.04], [0.3, 0.3, 0.4],
                 [0.25, 0.5, 0.25]]
# name, outputs, targets
CASES = [
    ("OneColumn", [[0.9], [0.2], [0.5], [0.65], [0.35], [0.51]], [[1], [0], [1], [0], [0], [1]]),
    ("OneColumnBeyond", [[-3], [-1], [0.5], [2], [5], [-0.2]], [[0], [1], [0], [1], [1], [0]]),
    ("OneColumnNumbers", [[2.5], [-1], [0.25], [8], [3], [-7]], [[2], [-1.5], [1], [7], [4], [-7]]),
    ("OneHot", PROBABILITIES, [[0, 1, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1]]),
    ("SeveralLabels", [[0.2, 0.7, 0.6], [0.5, 0.55, 0.25], [0.125, 0.9, 0.5], [0.9, 0.8, 0.04], [0.3, 0.3, 0.4],
                       [0.7, 0.5, 0.9]],
     [[0, 1, 1], [1, 1, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1]]),
    ("SmallNorms", [[1e-6, 0, 0], [3e-8, 4e-8, 0], [1e-9, 0, 1e-9], [0, 0, 0], [1, 2, 3], [-1, -2, 3]],
     [[1, 0, 0], [1e-8, 2e-8, 0], [1, 1, 1], [1, 2, 3], [2e-7, 1e-7, 0], [1, 2, 3]]),
    ("Steps", [[PROBABILITIES[i], PROBABILITIES[(i + 2) % 6]] for i in range(6)],
     [[[0, 1, 0], [1, 0, 0]], [[1, 0, 0], [0, 1, 0]], [[0, 0, 1], [1, 0, 0]], [[1, 0, 0], [1, 0, 0]],
      [[0, 1, 0], [0, 1, 0]], [[0, 0, 1], [0, 1, 0]]]),
    ("Classes", PROBABILITIES, [1, 0, 1, 0, 2, 2]),
    ("StepClasses", [[PROBABILITIES[i], PROBABILITIES[(i + 2) % 6]] for i in range(6)],
     [[1, 0], [0, 1], [2, 0], [0, 0], [1, 1], [2, 1]]),
]
SPARSE = ("Classes", "StepClasses")

# Of each: the string, and what it is to Keras where that is something else.
METRICS = [
    "accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy", "precision", "Precision",
    "recall", "Recall", "auc", "AUC", "root_mean_squared_error", ("rmse", "root_mean_squared_error"),
    "binary_crossentropy", "bce", "categorical_crossentropy", "cosine_similarity", "hinge",
    ("huber", keras.losses.huber), "kl_divergence", ("kld", "kl_divergence"), ("log_cosh", "log_cosh_error"),
    ("logcosh", "log_cosh_error"), "mean_absolute_error", "mae", "mean_absolute_percentage_error", "mape",
    "mean_squared_error", "mse", "mean_squared_logarithmic_error", "msle", "poisson", "sparse_categorical_crossentropy",
    "squared_hinge"
]
LOSSES = [
    "binary_crossentropy", "bce", "categorical_crossentropy", "cosine_similarity", "hinge", "huber", "kl_divergence", "kld",
    "log_cosh", ("logcosh", "log_cosh"), "mean_absolute_error", "mae", "mean_absolute_percentage_error", "mape",
    "mean_squared_error", "mse", "mean_squared_logarithmic_error", "msle", "poisson", "sparse_categorical_crossentropy",
    "squared_hinge"
]


def split(entry):
  return entry if isinstance(entry, tuple) else (entry, entry)


def evaluate(outputs, targets, weighted, **options):
  inputs = keras.Input(outputs.shape[1:])
  model = keras.Model(inputs, keras.layers.Activation("linear")(inputs))
  model.compile(run_eagerly=True, **options)
  # One for each step: by itself, Keras takes a weight per example for a weight per step.
  weights = np.array(WEIGHTS, np.float32).reshape((-1,) + (1,) * (outputs.ndim - 1))
  weights = np.broadcast_to(weights, outputs.shape[:-1] + (1,)) if weighted else None
  return model.evaluate(outputs, targets, batch_size=2, sample_weight=weights, verbose=0, return_dict=True)


def is_sparse(name):
  return name.startswith("sparse_")


def metrics(case, outputs, targets):
  loss = "sparse_categorical_crossentropy" if case in SPARSE else "binary_crossentropy"
  for name, meaning in map(split, METRICS):
    if name in ("accuracy", "acc") or is_sparse(name) == (case in SPARSE):
      for key in ("metrics", "weighted_metrics"):
        logs = evaluate(outputs, targets, True, loss=loss, **{key: [meaning]})
        logs.pop("loss")
        yield name, next(iter(logs.values()))


def losses(case, outputs, targets):
  for name, meaning in map(split, LOSSES):
    if is_sparse(name) == (case in SPARSE):
      for weighted in (False, True):
        yield name, evaluate(outputs, targets, weighted, loss=meaning)["loss"]


def array(values):
  return "{" + ", ".join("NAN" if np.isnan(v) else f"{v:.9g}" for v in np.asarray(values, np.float64).ravel()) + "}"


def emit(kind, values):
  print(f"inline const std::map<std::string, std::vector<double>> k{kind} = {{")
  for name, of_name in values.items():
    print(f'    {{"{name}", {array(of_name)}}},')
  print("};\n")


def main():
  print("#ifndef DAGRAD_TESTS_KERAS_METRIC_GOLDEN_H_")
  print("#define DAGRAD_TESTS_KERAS_METRIC_GOLDEN_H_\n")
  print("#include <cmath>\n#include <cstdint>\n#include <map>\n#include <string>\n#include <vector>\n")
  print(f"// Made by make_metric_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras_parity {\n")
  print("struct OutputCase {\n  std::string name;\n  std::vector<int64_t> dims;  // of outputs\n"
        "  std::vector<float> outputs;\n  std::vector<float> targets;\n  bool sparse;\n};\n")
  print(f"inline const std::vector<float> kWeights = {array(WEIGHTS)};\n")
  values = {"Metrics": {}, "Losses": {}}
  print("inline const std::vector<OutputCase> kOutputCases = {")
  for case, outputs, targets in CASES:
    outputs = np.array(outputs, np.float32)
    targets = np.array(targets, np.int32 if case in SPARSE else np.float32)
    dims = "{" + ", ".join(map(str, outputs.shape)) + "}"
    print(f'    {{"{case}", {dims}, {array(outputs)}, {array(targets)}, {"true" if case in SPARSE else "false"}}},')
    for kind, of_case in (("Metrics", metrics), ("Losses", losses)):
      for name, value in of_case(case, outputs, targets):
        values[kind].setdefault(name, []).append(value)
  print("};\n")
  print("// By name: a value without and one with weights for each of the outputs above that it is for.")
  for kind, of_kind in values.items():
    emit(kind, of_kind)
  print("}  // namespace dagrad::keras_parity\n")
  print("#endif  // DAGRAD_TESTS_KERAS_METRIC_GOLDEN_H_")


if __name__ == "__main__":
  main()
