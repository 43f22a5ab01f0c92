"""The exercise of examples/transactions.cc in Keras: python transactions.py transactions.csv [epochs]"""
import sys

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn import compose, metrics, model_selection, pipeline, preprocessing

MISSED, ALARM = 100, 5  # what it costs
CATEGORIES = ["hour", "category", "country"]
NUMBERS = ["amount", "distance", "online", "days_since_last"]


def make_model():
  keras.utils.set_random_seed(1)
  model = keras.Sequential(name="transactions")
  model.add(keras.layers.Dense(32, activation="relu"))
  model.add(keras.layers.Dropout(0.2))
  model.add(keras.layers.Dense(16, activation="relu"))
  model.add(keras.layers.Dense(1, activation="sigmoid"))
  model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["auc", "recall"])
  return model


def main():
  table = pd.read_csv(sys.argv[1])
  epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 10
  print(table.groupby("fraud").mean(numeric_only=True), table.groupby("fraud").count(), sep="\n")
  train, test = model_selection.train_test_split(table, test_size=0.3, stratify=table["fraud"])
  y, y_test = train["fraud"].to_numpy(), test["fraud"].to_numpy()
  encode = pipeline.make_pipeline(
      compose.ColumnTransformer([("categories", preprocessing.OneHotEncoder(sparse_output=False), CATEGORIES),
                                 ("numbers", "passthrough", NUMBERS)]),
      preprocessing.StandardScaler())
  model = make_model()
  model.fit(encode.fit_transform(train), y, batch_size=64, epochs=epochs, verbose=2, class_weight={0: 1, 1: 10})
  p = model.predict(encode.transform(test))[:, 0]
  metrics.RocCurveDisplay.from_predictions(y_test, p)
  plt.savefig("transactions_roc.svg")

  thresholds = np.arange(0.05, 1, 0.05)
  costs = []
  for threshold in thresholds:
    counts = metrics.confusion_matrix(y_test, p > threshold, labels=[0, 1])
    costs.append(MISSED * counts[1, 0] + ALARM * counts[0, 1])
  plt.figure()
  plt.plot(thresholds, costs)
  plt.xlabel("threshold")
  plt.ylabel("cost")
  plt.savefig("transactions_cost.svg")
  best = thresholds[np.argmin(costs)]
  print(metrics.classification_report(y_test, p > best, target_names=["genuine", "fraud"]))
  print(f"Area under the ROC curve: {metrics.roc_auc_score(y_test, p):.4f}")
  print(f"Best threshold: {best:.2f}, cost {min(costs)}")


main()
