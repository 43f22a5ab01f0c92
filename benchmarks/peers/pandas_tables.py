"""What tables.cc does, by pandas: the same features of the same file, and the same figures."""

import json
import resource
import sys
import time

import numpy as np
import pandas as pd


def peak():
  return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main():
  begin = time.perf_counter()
  table = pd.read_csv(sys.argv[1])
  read = time.perf_counter() - begin
  read_peak = peak()
  begin = time.perf_counter()
  means = table.mean(numeric_only=True)
  fit = time.perf_counter() - begin
  begin = time.perf_counter()
  x = pd.get_dummies(table.fillna(means), dtype=np.float32).to_numpy(dtype=np.float32)
  transform = time.perf_counter() - begin
  print(json.dumps({"read": read, "fit": fit, "transform": transform, "read_peak": read_peak, "peak": peak(),
                    "sum": float(x.sum(dtype=np.float64))}))


if __name__ == "__main__":
  main()
