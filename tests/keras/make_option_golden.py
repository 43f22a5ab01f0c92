"""Prints option_golden.h: what Keras 3 makes of the options of its losses and metrics.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=tensorflow python make_option_golden.py > option_golden.h

Outputs, targets and weights are those of make_metric_golden.py, in batches of 2. Of each case: the value without and one
with sample weights. Keras's confusion matrix is that within its MeanIoU, and for one column that within BinaryIoU.
"""

import json

import make_metric_golden as base

import keras
import numpy as np

L, M = keras.losses, keras.metrics

LOSSES = [
    ("huber", {"delta": 2.5}, L.Huber, "OneColumnNumbers"),
    ("binary_crossentropy", {"from_logits": True}, L.BinaryCrossentropy, "OneColumnBeyond"),
    ("binary_crossentropy", {"label_smoothing": 0.2}, L.BinaryCrossentropy, "SeveralLabels"),
    ("categorical_crossentropy", {"from_logits": True}, L.CategoricalCrossentropy, "Steps"),
    ("categorical_crossentropy", {"label_smoothing": 0.3}, L.CategoricalCrossentropy, "OneHot"),
    ("sparse_categorical_crossentropy", {"from_logits": True}, L.SparseCategoricalCrossentropy, "StepClasses"),
]



METRICS = [
    ("binary_accuracy", {"threshold": 0.3}, lambda c: M.BinaryAccuracy(**c), "SeveralLabels"),
    ("precision", {"thresholds": [0.25]}, lambda c: M.Precision(**c), "OneColumn"),
    ("precision", {"thresholds": [0.3, 0.7]}, lambda c: M.Precision(**c), "SeveralLabels"),
    ("precision", {"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]}, lambda c: M.Precision(**c), "OneColumnBeyond"),
    ("recall", {"thresholds": [0.25]}, lambda c: M.Recall(**c), "OneColumn"),
    ("recall", {"thresholds": [0.9, 0.3, 0.6]}, lambda c: M.Recall(**c), "Steps"),
    ("recall", {"thresholds": [0.0, 0.5, 1.0]}, lambda c: M.Recall(**c), "OneColumnBeyond"),
    ("auc", {"num_thresholds": 3}, lambda c: M.AUC(**c), "OneColumn"),
    ("auc", {"num_thresholds": 50}, lambda c: M.AUC(**c), "SeveralLabels"),
    ("confusion_matrix", {}, lambda c: M.MeanIoU(3, sparse_y_true=False, sparse_y_pred=False), "OneHot"),
    ("confusion_matrix", {"num_classes": 4}, lambda c: M.MeanIoU(4, sparse_y_pred=False), "StepClasses"),
    ("confusion_matrix", {}, lambda c: M.MeanIoU(3, sparse_y_true=False, sparse_y_pred=False), "Steps"),
    # It takes p >= threshold.
    ("confusion_matrix", {}, lambda c: M.BinaryIoU([0, 1], threshold=float(np.nextafter(np.float32(0.5), 1))), "OneColumn"),
]


def data(case):
  (outputs, targets), = [c[1:] for c in base.CASES if c[0] == case]
  return np.array(outputs, np.float32), np.array(targets, np.int32 if case in base.SPARSE else np.float32)


def of_metric(metric, outputs, targets, weighted):
  # One weight for each position of the output's last axis but one.
  weights = np.array(base.WEIGHTS, np.float32).reshape((-1,) + (1,) * (outputs.ndim - 2))
  weights = np.broadcast_to(weights, outputs.shape[:-1])
  inside = isinstance(metric, (M.MeanIoU, M.BinaryIoU))
  weights = weights * 4 if inside else weights  # whole numbers, as those take no others
  if isinstance(metric, (M.Precision, M.Recall, M.AUC)):
    weights = np.broadcast_to(weights[..., None], outputs.shape)
  for i in range(0, len(outputs), 2):
    part = slice(i, i + 2)
    metric.update_state(targets[part], outputs[part], sample_weight=weights[part] if weighted else None)
  return np.asarray(metric.total_cm) / (4 if weighted else 1) if inside else np.asarray(metric.result())


def emit(kind, name, config, case, values):
  dims = "{" + ", ".join(map(str, values[0].shape)) + "}"
  text = json.dumps({"name": name, **config})
  print(f'    {{"{kind}", R"({text})", "{case}", {dims}, {base.array(values[0])}, {base.array(values[1])}}},')


def main():
  print("#ifndef DAGRAD_TESTS_KERAS_OPTION_GOLDEN_H_")
  print("#define DAGRAD_TESTS_KERAS_OPTION_GOLDEN_H_\n")
  print("#include <cstdint>\n#include <string>\n#include <vector>\n")
  print(f"// Made by make_option_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras_parity {\n")
  print("struct OptionCase {\n  std::string kind;\n  std::string object;       // JSON\n"
        "  std::string output_case;  // of metric_golden.h\n  std::vector<int64_t> dims;\n"
        "  std::vector<double> plain;\n  std::vector<double> weighted;\n};\n")
  print("inline const std::vector<OptionCase> kOptionCases = {")
  for name, config, make, case in LOSSES:
    emit("loss", name, config, case, [
        np.asarray(base.evaluate(*data(case), weighted, loss=make(**config))["loss"]) for weighted in (False, True)])
  for name, config, make, case in METRICS:
    emit("metric", name, config, case, [of_metric(make(config), *data(case), weighted) for weighted in (False, True)])
  print("};\n")
  print("}  // namespace dagrad::keras_parity\n")
  print("#endif  // DAGRAD_TESTS_KERAS_OPTION_GOLDEN_H_")


if __name__ == "__main__":
  main()
