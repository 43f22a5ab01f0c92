"""Runs benchmarks/titanic_fit and its peers by turns; see benchmarks/fit."""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

PEER = str(pathlib.Path(__file__).parent / "peers" / "titanic_fit.py")


def run(command):
  done = subprocess.run(command, capture_output=True, text=True)
  if done.returncode != 0:
    sys.exit(f"{' '.join(command)}: {done.stderr[-2000:]}")
  return json.loads(done.stdout.splitlines()[-1])


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument("csv")
  parser.add_argument("--bin", required=True)
  parser.add_argument("--rounds", type=int, default=5)
  parser.add_argument("--epochs", type=int, default=100)
  parser.add_argument("--json")
  options = parser.parse_args()
  tail = [options.csv, str(options.epochs)]
  commands = {"dagrad": [options.bin, *tail]} | {
      name: [sys.executable, PEER, name, *tail] for name in ("keras", "torch")}
  results = {name: [] for name in commands}
  for _ in range(options.rounds):
    for name, command in commands.items():
      results[name].append(run(command))
  median = {name: {key: statistics.median(r[key] for r in rows) for key in ("seconds", "cpu")}
            for name, rows in results.items()}
  print(f"{'system':8} {'seconds':>9} {'ratio':>7} {'cpu s':>9} {'ratio':>7} {'loss':>8} {'val. accuracy':>14}")
  for name, rows in results.items():
    times = " ".join(f"{median[name][key]:9.4f} {median[name][key] / median['dagrad'][key]:7.1f}"
                     for key in ("seconds", "cpu"))
    print(f"{name:8} {times} {rows[-1]['loss']:8.4f} {rows[-1]['accuracy']:14.4f}")
  share = statistics.median(r["data"] / r["seconds"] for r in results["dagrad"])
  print(f"share of dagrad's time in data: {100 * share:.1f} %")
  if options.json:
    pathlib.Path(options.json).write_text(json.dumps(results) + "\n")


if __name__ == "__main__":
  main()
