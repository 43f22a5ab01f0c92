"""The exercise of examples/study.cc in Keras and scikit-learn: python study.py [epochs [trials]]

The searches are loops: scikit-learn's need a wrapper around Keras's models. Their results are kept in a file,
from which a search that was stopped goes on.
"""
import itertools
import json
import os
import sys

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn import datasets, metrics, model_selection, preprocessing

EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 30
TRIALS = int(sys.argv[2]) if len(sys.argv) > 2 else 16
SPACE = {"activation": ["relu", "tanh"], "rate": [0.001, 0.01, 0.1], "units": [4, 8, 16, 32]}


def network(units, rate, activation, classifies):
  keras.utils.set_random_seed(1)
  model = keras.Sequential(name="study")
  model.add(keras.layers.Dense(units, activation=activation))
  model.add(keras.layers.Dense(1, activation="sigmoid" if classifies else "linear"))
  model.compile(optimizer=keras.optimizers.Adam(rate), loss="binary_crossentropy" if classifies else "mse")
  return model


def scores_of(x, y, folds, share=1.0, classifies=True, **options):
  train_scores, test_scores = [], []
  for train, test in folds:
    train = train[:int(share * len(train))]
    scaler = preprocessing.StandardScaler().fit(x[train])
    model = network(classifies=classifies, **options)
    model.fit(scaler.transform(x[train]), y[train], epochs=EPOCHS, verbose=0)
    for rows, scores in ((train, train_scores), (test, test_scores)):
      p = model.predict(scaler.transform(x[rows]), verbose=0)[:, 0]
      scores.append(metrics.accuracy_score(y[rows], p > 0.5) if classifies else metrics.r2_score(y[rows], p))
  return np.array(train_scores), np.array(test_scores)


def show_curve(name, option, values, scores):
  plt.figure()
  for k, label in enumerate(("training", "validation")):
    plt.plot(values, [s[k].mean() for s in scores], marker="o", label=label)
  plt.xlabel(option)
  plt.ylabel("score")
  plt.legend()
  plt.savefig(f"{name}.svg")


def search(path, points, x, y, folds):
  trials = []
  if os.path.exists(path):
    with open(path) as file:
      trials = json.load(file)
  for point in points[len(trials):]:
    train, test = scores_of(x, y, folds, **point)
    trials.append(point | {"mean": test.mean(), "std": test.std(), "train": train.mean()})
    with open(path + ".new", "w") as file:
      json.dump(trials, file)
    os.replace(path + ".new", path)
  return pd.DataFrame(trials).sort_values("mean", ascending=False)


def main():
  x, y = datasets.load_diabetes(return_X_y=True, scaled=False)
  folds = list(model_selection.KFold(5, shuffle=True, random_state=0).split(x))
  regressor = {"units": 16, "rate": 0.05, "activation": "relu", "classifies": False}
  scores = scores_of(x, y, folds, **regressor)[1]
  print(f"diabetes: R2 {scores.mean():.3f} ± {scores.std():.3f}")
  shares = [0.1, 0.325, 0.55, 0.775, 1.0]
  curve = [scores_of(x, y, folds, share=share, **regressor) for share in shares]
  show_curve("study_learning", "training examples", [int(share * len(folds[0][0])) for share in shares], curve)

  x, y = datasets.load_breast_cancer(return_X_y=True)
  folds = list(model_selection.StratifiedKFold(3).split(x, y))
  widths = [1, 2, 8, 32]
  curve = [scores_of(x, y, folds, units=units, rate=0.01, activation="relu") for units in widths]
  show_curve("study_validation", "units", widths, curve)

  points = [dict(zip(SPACE, values)) for values in itertools.product(*SPACE.values())]
  grid = search("grid.json", points[:TRIALS], x, y, folds)
  grid.to_csv("grid.csv")
  order = np.random.default_rng(0).permutation(len(points))
  random = search("random.json", [points[i] for i in order[:TRIALS // 2]], x, y, folds)
  print("Grid search:", grid, "Random search:", random, sep="\n")
  print(f"breast cancer: accuracy {grid['mean'].max():.4f}")


main()
