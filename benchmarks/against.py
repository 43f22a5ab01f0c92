"""The comparison that benchmarks/against starts; see there."""

import argparse
import json
import os
import statistics
import sys
import tempfile

from harness import measure
from harness import systems
from harness.workloads import add_workloads_option
from harness.workloads import WORKLOADS

PATIENCE = 150  # seconds for an answer


def parse_options():
  parser = argparse.ArgumentParser(description="Compares two builds of dagrad; started by benchmarks/against.")
  parser.add_argument("--before", required=True)
  parser.add_argument("--bin", required=True)
  parser.add_argument("--seconds", type=float, default=0.3, help="of each sample (0.3)")
  parser.add_argument("--rounds", type=int, default=15, help="samples of each of the two (15)")
  parser.add_argument("--json", help="file to write the figures to")
  add_workloads_option(parser)
  return parser.parse_args()


class Side:
  """One build's worker with a workload, in a folder of its own."""

  def __init__(self, name, binaries, workload, folder):
    self.folder = os.path.join(folder, name)
    os.mkdir(self.folder)
    self.rate = workload.rate if workload.train else None
    self.weights = systems.save_graph(binaries, workload.model, self.rate, self.folder)
    measure.make_data(workload, self.weights, self.folder)
    self.worker = systems.System(name, [os.path.join(binaries, "worker")], PATIENCE)

  def load(self, workload):
    self.worker.ask(do="load", model=workload.model, batch=workload.batch, rate=self.rate, folder=self.folder)

  def results(self, order, what):
    self.worker.ask(do=order)
    return measure.results(self.folder, "dagrad", what)

  def time(self, what, seconds):
    return self.worker.ask(do="time", what=what, seconds=seconds)["seconds"]


def measure_both(sides, what, options):
  """The seconds of each side, one number a round."""
  samples = [[], []]
  for side in sides:
    side.time(what, options.seconds / 2)  # to warm it
  for round in range(options.rounds):
    for i in ((0, 1), (1, 0))[round % 2]:
      samples[i].append(sides[i].time(what, options.seconds))
  return samples


def measure_workload(workload, options):
  with tempfile.TemporaryDirectory() as folder:
    sides = []
    try:
      for name, binaries in (("before", options.before), ("now", options.bin)):
        sides.append(Side(name, binaries, workload, folder))
      if sides[0].weights != sides[1].weights:
        raise RuntimeError("the two models have different weights")
      rows = {}
      for side in sides:
        side.load(workload)
      if workload.inference:
        measure.check_forward(workload, "now", *[s.results("first", "forward") for s in sides])
        rows["forward"] = measure_both(sides, "forward", options)
      if workload.train:
        measure.check_losses(workload, "now", *[s.results("losses", "losses") for s in sides])
        rows["step"] = measure_both(sides, "step", options)
      return rows
    finally:
      for side in sides:
        side.worker.close()


def print_row(name, what, samples):
  medians = [statistics.median(s) for s in samples]
  rounds = statistics.median(before / now for before, now in zip(*samples))
  print(f"  {name:18}{what:9}{medians[0] * 1e3:>12.4f}{medians[1] * 1e3:>12.4f}{rounds:>10.3f}"
        f"{min(samples[0]) / min(samples[1]):>10.3f}", flush=True)


def main():
  options = parse_options()
  print(f"  {'':27}{'before, ms':>12}{'now, ms':>12}{'rounds':>10}{'smallest':>10}")
  figures, failed = {}, False
  for name in options.only:
    try:
      figures[name] = measure_workload(WORKLOADS[name], options)
    except RuntimeError as error:
      print(f"  {name}: {error}")
      failed = True
      continue
    for what, samples in figures[name].items():
      print_row(name, what, samples)
    if options.json:
      with open(options.json, "w") as f:
        json.dump(figures, f, indent=2)
  sys.exit(1 if failed else 0)


if __name__ == "__main__":
  main()
