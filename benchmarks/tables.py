"""What benchmarks/tables starts; see there."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import numpy as np

MB = 1e6
STEPS = ["read", "fit", "transform", "features"]


def write_numbers(path, rows, rng):
  """20 columns of numbers with six decimals, the last with missing ones."""
  with open(path, "w") as f:
    f.write(",".join(f"c{i}" for i in range(20)) + "\n")
    for begin in range(0, rows, 10000):
      values = rng.normal(size=(min(10000, rows - begin), 20))
      for row in values:
        fields = [f"{v:.6f}" for v in row]
        if row[0] > 1:
          fields[-1] = ""
        f.write(",".join(fields) + "\n")


def write_passengers(path, rows, rng):
  """Like Titanic's table: names in quotes, categories, ages that are missing."""
  with open(path, "w") as f:
    f.write("id,class,age,fare,sex,port\n")
    for i in range(rows):
      age = "" if rng.random() < 0.2 else f"{rng.integers(1, 160) / 2:g}"
      f.write(f"{i},{rng.integers(1, 4)},{age},{rng.random() * 500:.4f},{rng.choice(['male', 'female'])},"
              f"\"{rng.choice(['Southampton', 'Cherbourg', 'Queenstown'])}\"\n")


TABLES = {"numbers": (write_numbers, 1200000), "passengers": (write_passengers, 1000000)}


def parse_options():
  parser = argparse.ArgumentParser(description="Compares the reading of tables; started by benchmarks/tables.")
  parser.add_argument("--bin", required=True)
  parser.add_argument("--rounds", type=int, default=5, help="of each system, interleaved (5)")
  parser.add_argument("--scale", type=float, default=1, help="of the tables' rows (1)")
  parser.add_argument("--json", help="file to write all figures to")
  return parser.parse_args()


def measure(command):
  done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
  if done.returncode != 0:
    sys.exit(f"{' '.join(command)}: exit code {done.returncode}")
  figures = json.loads(done.stdout)
  return {**figures, "features": figures["fit"] + figures["transform"]}


def compare(options, path):
  systems = {"dagrad": [options.bin, path],
             "pandas": [sys.executable, os.path.join(os.path.dirname(__file__), "peers", "pandas_tables.py"), path]}
  rounds = {name: [] for name in systems}
  for _ in range(options.rounds):
    for name, command in systems.items():
      rounds[name].append(measure(command))
  medians = {name: {key: statistics.median(r[key] for r in all_rounds) for key in all_rounds[0]}
             for name, all_rounds in rounds.items()}
  ours, theirs = medians["dagrad"]["sum"], medians["pandas"]["sum"]
  if abs(ours - theirs) > 1e-6 * abs(theirs):
    sys.exit(f"the features differ: their sum is {ours} here, {theirs} by pandas")
  return medians


def print_table(name, size, medians):
  print(f"{name}, {size / MB:.0f} MB", flush=True)
  print(f"  {'':<8}" + "".join(f"{step + ' ms':>14}" for step in STEPS) + f"{'read peak MB':>14}{'peak MB':>10}")
  for system, m in medians.items():
    print(f"  {system:<8}" + "".join(f"{m[step] * 1000:>14.1f}" for step in STEPS)
          + f"{m['read_peak'] / MB:>14.0f}{m['peak'] / MB:>10.0f}")
  ours, theirs = medians["dagrad"], medians["pandas"]
  print(f"  {'ratio':<8}" + "".join(f"{theirs[step] / ours[step]:>13.2f}x" for step in STEPS)
        + f"{theirs['read_peak'] / ours['read_peak']:>13.2f}x{theirs['peak'] / ours['peak']:>9.2f}x", flush=True)


def main():
  options = parse_options()
  results = {}
  with tempfile.TemporaryDirectory() as directory:
    for name, (write, rows) in TABLES.items():
      path = os.path.join(directory, name + ".csv")
      write(path, max(1, int(rows * options.scale)), np.random.default_rng(0))
      results[name] = compare(options, path)
      print_table(name, os.path.getsize(path), results[name])
      os.remove(path)
  if options.json:
    with open(options.json, "w") as f:
      json.dump(results, f, indent=2)


if __name__ == "__main__":
  main()
