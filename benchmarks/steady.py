"""What benchmarks/steady starts; see there."""

import argparse
import json
import os
import subprocess
import sys

from harness import systems
from harness.workloads import add_workloads_option
from harness.workloads import WORKLOADS

MIB = 1 << 20
WARM_RUNS = 10  # as in steady_state.cc


def parse_options():
  parser = argparse.ArgumentParser(description="Checks long runs of all models; started by benchmarks/steady.")
  parser.add_argument("--bin", required=True)
  parser.add_argument("--seconds", type=float, default=20, help="of each function's runs over many sizes (20)")
  add_workloads_option(parser)
  parser.add_argument("--json", help="file to write all figures to")
  return parser.parse_args()


def measure(options, workload, function):
  command = [options.bin, workload.model, str(workload.batch), str(options.seconds), function]
  done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False,
                        env={**os.environ, **systems.TWO_THREADS})
  if done.returncode != 0:
    sys.exit(f"{' '.join(command)}: exit code {done.returncode}")
  return json.loads(done.stdout)


def faults(r):
  found = []
  if r["allocations"] > 0:
    found.append("allocates")
  if r["allocated"] > 1.02 * r["planned"]:
    found.append("takes more than planned")
  if r["growth"] > 16 * MIB:
    found.append("grows")
  return found


def print_row(title, function, r):
  print(f"{title:<47}{function:<9}{r['allocations'] / WARM_RUNS:>6g}{r['onednn_allocations'] / WARM_RUNS:>8g}"
        f"{r['planned'] / MIB:>10.2f}{r['allocated'] / r['planned'] - 1:>8.2%}{r['runs']:>7}{r['sizes']:>6}"
        f"{r['growth'] / MIB:>8.2f}  {', '.join(faults(r))}", flush=True)


def main():
  options = parse_options()
  print(f"{'':<56}{'allocations':>14}{'planned':>10}{'':>8}{'':>7}{'':>6}{'growth':>8}")
  print(f"{'':<56}{'ours':>6}{'oneDNN':>8}{'MiB':>10}{'over':>8}{'runs':>7}{'sizes':>6}{'MiB':>8}")
  results = {}
  for name in options.only:
    workload = WORKLOADS[name]
    wanted = [("predict", "forward")] * workload.inference + [("train", "step")] * workload.train
    for function, title in wanted:
      results[f"{name}/{function}"] = r = measure(options, workload, function)
      print_row(workload.title, title, r)
  if options.json:
    with open(options.json, "w") as f:
      json.dump(results, f, indent=2)
  sys.exit(1 if any(faults(r) for r in results.values()) else 0)


if __name__ == "__main__":
  main()
