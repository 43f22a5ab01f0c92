"""Prints golden.h: the loss curves of Keras 3 for two worked examples.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=tensorflow python make_golden.py FOLDER_OF_THE_CSV_FILES > golden.h

Weights and order are such that any program can have the same: kernels are drawn, layer after layer and row by row, from
the generator x -> (1103515245 x + 12345) mod 2^31, started at 1, as limit * (2 x / 2^31 - 1) with
limit = sqrt(6 / (in + out)) in float64, rounded to float32; biases are 0; batches of 32 stand in the files' order.
"""

import csv
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position


def weights(sizes):
  x = 1
  arrays = []
  for fan_in, fan_out in zip(sizes, sizes[1:]):
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    kernel = np.empty((fan_in, fan_out))
    for i in range(fan_in):
      for j in range(fan_out):
        x = (1103515245 * x + 12345) % 2**31
        kernel[i, j] = limit * (2 * (x / 2**31) - 1)
    arrays += [kernel.astype(np.float32), np.zeros(fan_out, np.float32)]
  return arrays


def read_wages(folder):
  with open(os.path.join(folder, "hourly_wages.csv"), newline="") as f:
    rows = [[float(v) for v in row] for row in list(csv.reader(f))[1:]]
  data = np.array(rows)
  return data[:, 1:].astype(np.float32), data[:, :1].astype(np.float32)


def read_titanic(folder):
  """Pclass, Sex, Age (missing: mean), SibSp, Parch, Fare, Embarked (missing: S); each scaled to mean 0, deviation 1."""
  with open(os.path.join(folder, "titanictrain.csv"), newline="") as f:
    rows = list(csv.DictReader(f))
  ages = [float(r["Age"]) for r in rows if r["Age"]]
  mean_age = sum(ages) / len(ages)
  columns = [
      [float(r["Pclass"]) for r in rows],
      [1.0 if r["Sex"] == "female" else 0.0 for r in rows],
      [float(r["Age"]) if r["Age"] else mean_age for r in rows],
      [float(r["SibSp"]) for r in rows],
      [float(r["Parch"]) for r in rows],
      [float(r["Fare"]) for r in rows],
      [float("SCQ".index(r["Embarked"] or "S")) for r in rows],
  ]
  x = np.array(columns).T
  x = (x - x.mean(axis=0)) / x.std(axis=0)
  return x.astype(np.float32), np.array([[float(r["Survived"])] for r in rows], np.float32)


def train(sizes, last_activation, loss, x, y, epochs, **fit):
  model = keras.Sequential([keras.Input((sizes[0],))])
  for units in sizes[1:-1]:
    model.add(keras.layers.Dense(units, activation="relu"))
  model.add(keras.layers.Dense(sizes[-1], activation=last_activation))
  model.set_weights(weights(sizes))
  model.compile(optimizer="adam", loss=loss)
  return model.fit(x, y, epochs=epochs, batch_size=32, shuffle=False, verbose=0, **fit).history


def emit(name, values):
  print(f"inline constexpr double {name}[] = {{")
  for i in range(0, len(values), 4):
    print("    " + " ".join(f"{v:.9g}," for v in values[i:i + 4]))
  print("};")


def main():
  folder = sys.argv[1]
  x, y = read_wages(folder)
  wages = train([9, 10, 5, 1], None, "mean_squared_error", x, y, 10)
  x, y = read_titanic(folder)
  titanic = train([7, 100, 100, 1], "sigmoid", "binary_crossentropy", x, y, 100, validation_split=0.1)
  print("#ifndef DAGRAD_TESTS_KERAS_PARITY_GOLDEN_H_")
  print("#define DAGRAD_TESTS_KERAS_PARITY_GOLDEN_H_\n")
  print(f"// Made by make_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras_parity {\n")
  emit("kWagesLoss", wages["loss"])
  emit("kTitanicLoss", titanic["loss"])
  emit("kTitanicValLoss", titanic["val_loss"])
  print("\n}  // namespace dagrad::keras_parity\n")
  print("#endif  // DAGRAD_TESTS_KERAS_PARITY_GOLDEN_H_")


if __name__ == "__main__":
  main()
