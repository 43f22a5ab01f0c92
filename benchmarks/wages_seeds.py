"""Trains Keras's wages net and benchmarks/wages_seeds from the same start; see benchmarks/wages_seeds."""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import pandas as pd

TRAINED = 0.7  # of the rows, as the exercise's validation_split of 0.3 leaves them


def make_model(inputs, seed):
  keras.utils.set_random_seed(seed)
  layers = keras.layers
  model = keras.Sequential([keras.Input((inputs,)), layers.Dense(10, activation="relu"),
                            layers.Dense(5, activation="relu"), layers.Dense(1)])
  model.compile(optimizer="adam", loss="mean_squared_error")
  return model


def train(model, x, y, orders):
  for order in orders:
    loss = model.fit(x[order], y[order], verbose=0, shuffle=False).history["loss"][-1]
  return loss


def run_dagrad(program, folder, arrays):
  path = pathlib.Path(folder) / "start.npz"
  np.savez(path, **arrays)
  done = subprocess.run([program, path], capture_output=True, text=True)
  if done.returncode != 0:
    sys.exit(f"{program}: {done.stderr}")
  return float(done.stdout)


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument("csv")
  parser.add_argument("--bin", required=True)
  parser.add_argument("--seeds", type=int, default=20)
  parser.add_argument("--epochs", type=int, default=10)
  options = parser.parse_args()
  table = pd.read_csv(options.csv)
  y = table[["wage_per_hour"]].to_numpy(dtype="float32")
  x = table.drop(columns="wage_per_hour").to_numpy(dtype="float32")
  rows = int(len(x) * TRAINED)
  ours, keras_s = [], []
  with tempfile.TemporaryDirectory() as folder:
    for seed in range(1, options.seeds + 1):
      model = make_model(x.shape[1], seed)
      rng = np.random.default_rng(seed)
      orders = np.stack([rng.permutation(rows) for _ in range(options.epochs)])
      weights = {f"w{i}": w for i, w in enumerate(model.get_weights())}
      ours.append(run_dagrad(options.bin, folder, {"x": x, "y": y, "orders": orders} | weights))
      keras_s.append(train(model, x, y, orders))
      print(f"seed {seed:3}: dagrad {ours[-1]:9.4f}, Keras {keras_s[-1]:9.4f}", flush=True)
  worst = max(abs(a - b) / b for a, b in zip(ours, keras_s))
  medians = statistics.median(ours), statistics.median(keras_s)
  print(f"median: dagrad {medians[0]:.4f}, Keras {medians[1]:.4f}: {100 * (medians[0] / medians[1] - 1):+.3f} %; "
        f"largest difference of a seed {100 * worst:.4f} %")
  if abs(medians[0] / medians[1] - 1) > 0.03:
    sys.exit("the medians differ by more than 3 %")


if __name__ == "__main__":
  main()
