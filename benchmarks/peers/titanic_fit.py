"""The peers of benchmarks/fit: python titanic_fit.py keras|torch titanictrain.csv EPOCHS

Trains the Titanic model of the courses from each system's own pipeline of examples, as benchmarks/titanic_fit.cc
does, and prints one line of JSON.
"""
import copy
import json
import os
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd

BATCH = 32


def clocks():
  return np.array([time.perf_counter(), time.process_time()])


def read(path):
  table = pd.read_csv(path)
  x = table[["Pclass", "Sex", "Age", "SibSp", "Parch", "Fare", "Embarked"]].copy()
  x["Sex"] = x["Sex"].map({"male": 0, "female": 1})
  x["Age"] = x["Age"].fillna(x["Age"].mean())
  x["Embarked"] = x["Embarked"].fillna("S").map({"S": 0, "C": 1, "Q": 2})
  x = x.to_numpy("float64")
  x = ((x - x.mean(0)) / x.std(0)).astype("float32")
  y = table[["Survived"]].to_numpy("float32")
  order = np.random.default_rng(0).permutation(len(x))
  cut = len(x) - int(np.ceil(0.2 * len(x)))
  train, test = order[:cut], order[cut:]
  return x[train], y[train], x[test], y[test]


def fit_keras(x, y, x_test, y_test, epochs):
  import keras
  import tensorflow as tf
  keras.utils.set_random_seed(1)
  clipped = lambda a, b: (tf.minimum(a, 3.0), b)
  pipeline = lambda examples: examples.map(clipped).batch(BATCH).prefetch(4)
  train = pipeline(tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000, seed=1))
  test = pipeline(tf.data.Dataset.from_tensor_slices((x_test, y_test)))
  model = keras.Sequential([keras.Input((7,)), keras.layers.Dense(100, activation="relu"),
                            keras.layers.Dense(100, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
  model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
  callbacks = [keras.callbacks.EarlyStopping(patience=epochs, restore_best_weights=True),
               keras.callbacks.TerminateOnNaN()]
  start = clocks()
  history = model.fit(train, epochs=epochs, verbose=0, validation_data=test, callbacks=callbacks).history
  return clocks() - start, history["loss"][-1], history["val_accuracy"][-1]


def fit_torch(x, y, x_test, y_test, epochs):
  import torch
  torch.manual_seed(1)
  torch.set_num_threads(1)  # more are slower for a model of this size

  class Clipped(torch.utils.data.TensorDataset):
    def __getitem__(self, index):
      a, b = super().__getitem__(index)
      return a.clamp(max=3.0), b

  loader = lambda a, b, shuffle: torch.utils.data.DataLoader(
      Clipped(torch.from_numpy(a), torch.from_numpy(b)), batch_size=BATCH, shuffle=shuffle)
  train, test = loader(x, y, True), loader(x_test, y_test, False)
  nn = torch.nn
  model = nn.Sequential(nn.Linear(7, 100), nn.ReLU(), nn.Linear(100, 100), nn.ReLU(), nn.Linear(100, 1), nn.Sigmoid())
  optimizer = torch.optim.Adam(model.parameters())
  loss_of = nn.BCELoss()
  best, kept = float("inf"), None
  start = clocks()
  for _ in range(epochs):
    model.train()
    sum_loss = right = 0.0
    for a, b in train:
      optimizer.zero_grad()
      p = model(a)
      loss = loss_of(p, b)
      loss.backward()
      optimizer.step()
      sum_loss += loss.item() * len(a)
      right += ((p > 0.5) == b).sum().item()
    model.eval()
    test_loss = test_right = 0.0
    with torch.no_grad():
      for a, b in test:
        p = model(a)
        test_loss += loss_of(p, b).item() * len(a)
        test_right += ((p > 0.5) == b).sum().item()
    if not np.isfinite(sum_loss):
      break
    if test_loss < best:
      best, kept = test_loss, copy.deepcopy(model.state_dict())
  model.load_state_dict(kept)
  return clocks() - start, sum_loss / len(x), test_right / len(x_test)


def main():
  system, path, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
  (seconds, cpu), loss, accuracy = {"keras": fit_keras, "torch": fit_torch}[system](*read(path), epochs)
  print(json.dumps({"seconds": seconds, "cpu": cpu, "loss": round(float(loss), 4), "accuracy": round(float(accuracy), 4)}))


main()
