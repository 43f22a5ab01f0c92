"""Prints golden.h: splits, scaled tables, scores as scikit-learn and pandas have them.

Run in the environment that `tools/setup --oracles` makes:
  python make_golden.py > golden.h
"""

import numpy as np
import pandas as pd
import sklearn
from sklearn import metrics, model_selection, preprocessing

N = 24
I = np.arange(N)
CLASSES = (I * I + I // 5) % 3  # of three classes, the first in the order 0, 1, 2 or another
SHIFTED = np.roll(CLASSES, 7) + 4
PREDICTED = np.where(I % 4 == 1, (CLASSES + 1) % 3, CLASSES)
NEVER = np.where(PREDICTED == 2, 1, PREDICTED)  # class 2 is never predicted
BINARY = (np.sin(1.7 * I) > 0.1).astype(int)
SCORES = np.round(0.5 + 0.4 * np.sin(1.7 * I) * np.cos(I) + 0.1 * np.cos(3 * I), 1)  # with ties
WEIGHTS = 0.25 * (1 + I % 5)
TABLE = np.stack([np.sin(I), 100 + 3 * np.cos(2 * I), np.full(N, 7.5), I * 0.1 - 1], 1)
HOLES = np.where((np.arange(TABLE.size).reshape(TABLE.shape) % 11) == 3, np.nan, TABLE)


def numbers(values):
  def text(v):
    v = float(v)
    if np.isnan(v):
      return "kNaN"
    return "kInfinity" if np.isinf(v) else f"{v:.17g}"
  return "{" + ", ".join(text(v) for v in np.ravel(values)) + "}"


def constant(name, values):
  print(f"inline const std::vector<double> k{name} = {numbers(values)};")


def splits(name, divisions):
  rows = ["{" + numbers(train) + ", " + numbers(test) + "}" for train, test in divisions]
  print(f"inline const std::vector<std::pair<std::vector<double>, std::vector<double>>> k{name} = {{{', '.join(rows)}}};")


def text(name, value):
  print(f'inline const char k{name}[] = R"({value})";')


def inputs():
  for name, values in (("Classes", CLASSES), ("Shifted", SHIFTED), ("Predicted", PREDICTED), ("Never", NEVER),
                       ("Binary", BINARY), ("Scores", SCORES), ("Weights", WEIGHTS), ("Table", TABLE), ("Holes", HOLES)):
    constant(name, values)


def division():
  table = np.zeros((23, 1))
  splits("KFold5", model_selection.KFold(5).split(table))
  splits("StratifiedKFold3", model_selection.StratifiedKFold(3).split(np.zeros((N, 1)), CLASSES))
  splits("StratifiedKFoldShifted", model_selection.StratifiedKFold(4).split(np.zeros((N, 1)), SHIFTED))
  for name, options in (("Default", {}), ("Test", {"test_size": 0.3}), ("Train", {"train_size": 0.55}),
                        ("Both", {"test_size": 0.21, "train_size": 0.4})):
    splits("Split" + name, [model_selection.train_test_split(np.arange(23), shuffle=False, **options)])
  train, test = model_selection.train_test_split(np.arange(N), test_size=0.4, stratify=CLASSES, random_state=0)
  constant("StratifiedTrainCounts", np.bincount(CLASSES[train]))
  constant("StratifiedTestCounts", np.bincount(CLASSES[test]))


def scalers():
  for name, scaler in (("Standard", preprocessing.StandardScaler()),
                       ("StandardMean", preprocessing.StandardScaler(with_std=False)),
                       ("StandardStd", preprocessing.StandardScaler(with_mean=False)),
                       ("MinMax", preprocessing.MinMaxScaler()),
                       ("MinMaxRange", preprocessing.MinMaxScaler(feature_range=(-1, 3))),
                       ("MinMaxClip", preprocessing.MinMaxScaler(clip=True))):
    scaler.fit(HOLES[:16])
    constant(name, scaler.transform(HOLES))


def scores():
  constant("Confusion", metrics.confusion_matrix(CLASSES, PREDICTED))
  constant("ConfusionWeighted", metrics.confusion_matrix(CLASSES, PREDICTED, sample_weight=WEIGHTS))
  constant("ConfusionLabels", metrics.confusion_matrix(CLASSES, PREDICTED, labels=[2, 0]))
  for name, way in (("True", "true"), ("Pred", "pred"), ("All", "all")):
    constant("Confusion" + name, metrics.confusion_matrix(CLASSES, NEVER, normalize=way))
  constant("Accuracy", metrics.accuracy_score(CLASSES, PREDICTED))
  text("Report", metrics.classification_report(CLASSES, PREDICTED))
  text("ReportNever", metrics.classification_report(CLASSES, NEVER, digits=4, zero_division=0,
                                                    target_names=["Setosa", "a class of a long name", "c"]))
  text("ReportBinary", metrics.classification_report(BINARY, SCORES > 0.5))
  for name, options in (("", {}), ("All", {"drop_intermediate": False}), ("Weighted", {"sample_weight": WEIGHTS})):
    fpr, tpr, thresholds = metrics.roc_curve(BINARY, SCORES, **options)
    constant(f"Roc{name}Fpr", fpr)
    constant(f"Roc{name}Tpr", tpr)
    constant(f"Roc{name}Thresholds", thresholds)
  constant("RocAuc", [metrics.roc_auc_score(BINARY, SCORES), metrics.roc_auc_score(BINARY, SCORES, sample_weight=WEIGHTS)])
  constant("Correlation", pd.DataFrame(TABLE).corr())
  constant("CorrelationHoles", pd.DataFrame(HOLES).corr())


def main():
  print("#ifndef DAGRAD_LEARN_GOLDEN_H_")
  print("#define DAGRAD_LEARN_GOLDEN_H_\n")
  print("#include <limits>\n#include <utility>\n#include <vector>\n")
  print(f"// Made by make_golden.py with scikit-learn {sklearn.__version__} and pandas {pd.__version__}.")
  print("// clang-format off")
  print("namespace dagrad::learn::golden {\n")
  print("inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();")
  print("inline constexpr double kInfinity = std::numeric_limits<double>::infinity();\n")
  for part in (inputs, division, scalers, scores):
    part()
    print()
  print("}  // namespace dagrad::learn::golden\n")
  print("#endif  // DAGRAD_LEARN_GOLDEN_H_")


if __name__ == "__main__":
  main()
