"""Runs one workload on all systems."""

import dataclasses
import json
import os
import statistics
import tempfile
import time
import zlib

import numpy as np

from harness import systems
from harness import workloads


# Seconds before each sample: threads of a peer may wait for work by spinning, some 40 ms after its
# last run, and take the processors of whoever is measured next.
PAUSE = 0.2


@dataclasses.dataclass
class Row:
  """What was measured of one system. Seconds and bytes; what does not apply is missing."""
  forward: float = None
  step: float = None
  peak_forward: int = None  # of the whole process, while it runs
  peak_step: int = None
  idle: int = None  # of the process, its libraries loaded
  arena_forward: int = None  # dagrad's planned
  arena_step: int = None
  first: float = None  # from the start of the process to the first forward result
  failure: str = None
  too_slow: bool = None


def make_data(workload, weights, folder):
  def rng(name):
    return np.random.default_rng([7, zlib.crc32(name.encode())])
  for i in range(len(workload.inputs)):
    np.save(os.path.join(folder, f"x{i}.npy"), workloads.make_input(workload, i, rng(f"x{i}")))
  if workload.train:
    np.save(os.path.join(folder, "y.npy"), workloads.make_target(workload, rng("y")))
  with open(os.path.join(folder, "weights.json"), "w") as f:
    json.dump([w["name"] for w in weights], f)
  for i, w in enumerate(weights):
    value = workloads.make_weight(w["name"], w["shape"], workload.gain, rng(w["name"]))
    np.save(os.path.join(folder, f"w{i}.npy"), value)


def results(folder, name, what):
  """What a system of that name has written: "forward" or "losses"."""
  return np.load(os.path.join(folder, f"{name}_{what}.npy")).astype(np.float64)


def check_forward(workload, name, ours, theirs):
  if ours.shape != theirs.shape:
    raise RuntimeError(f"{name} computes something else: shape {theirs.shape}, not {ours.shape}")
  difference = np.abs(ours - theirs).max() / np.ptp(ours)
  if not difference <= workload.forward_tolerance:
    raise RuntimeError(f"{name} computes something else: the forward results differ by {difference:.2g} of their spread")


def check_losses(workload, name, ours, theirs):
  difference = np.abs(theirs / ours - 1)
  if not (difference[0] <= workload.first_loss_tolerance and difference.max() <= workload.loss_tolerance):
    raise RuntimeError(f"{name} computes something else: three steps' losses differ by {difference}")


class Measurement:
  """One workload. A peer that fails is left out with its reason; dagrad's own failure ends the run."""

  def __init__(self, workload, names, options):
    self.workload = workload
    self.options = options
    self.rows = {name: Row() for name in names}
    self.versions = {}
    self.details = {}
    self.running = []

  def run(self):
    with tempfile.TemporaryDirectory() as folder:
      self.folder = folder
      try:
        self.measure()
      finally:
        for s in self.running:
          s.close()
    return self

  def measure(self):
    w = self.workload
    rate = w.rate if w.train else None
    make_data(w, systems.save_graph(self.options.bin, w.model, rate, self.folder), self.folder)
    if w.inference and any(n in self.rows for n in systems.INFERENCE_ONLY):
      systems.export_onnx(w.model, self.folder)
    for name in self.rows:
      if w.inference or name not in systems.INFERENCE_ONLY:
        self.start(name)
    if w.inference:
      self.time("forward")
    if w.train:
      self.each(lambda s: s.ask(do="losses"), self.checked())
      self.each(lambda s: self.check(check_losses, "losses", s.name), [s for s in self.checked() if s.name != "dagrad"])
      self.time("step")

  def checked(self):
    """The running systems that answer with numbers of the model, in training too where it is that."""
    return [s for s in self.running if s.name != "onednn_bare" and s.name not in systems.INFERENCE_ONLY]

  def check(self, of, what, name):
    of(self.workload, name, *[results(self.folder, n, what) for n in ("dagrad", name)])

  def start(self, name):
    s = systems.System(name, systems.commands(self.options.bin)[name], self.options.patience)
    self.running.append(s)

    def first(s):
      answer = s.ask(do="load", model=self.workload.model, batch=self.workload.batch, rate=self.workload.rate if self.workload.train else None,
                     folder=self.folder)
      self.versions[name] = answer["version"]
      if name == "onednn_bare":
        return
      s.ask(do="first")
      self.rows[name].first = s.age()
      self.check(check_forward, "forward", name)

    self.each(first, [s])

  def each(self, action, on):
    """The results by name. A peer whose action fails leaves the run."""
    results = {}
    for s in on:
      try:
        results[s.name] = action(s)
      except RuntimeError as error:
        if s.name == "dagrad":
          raise
        self.rows[s.name].failure = str(error)
        self.rows[s.name].too_slow = isinstance(error, systems.TooSlow)
        self.running.remove(s)
        s.kill()
    return results

  def time(self, what):
    able = [s for s in self.running if what == "forward" or s.name not in systems.INFERENCE_ONLY]
    seconds = self.options.seconds
    first = self.each(lambda s: s.ask(do="time", what=what, seconds=seconds / 2), able)  # to warm it
    longest = max(answer["seconds"] for answer in first.values())
    rounds = self.options.rounds if longest < seconds else min(self.options.rounds, 3)
    samples = {name: [] for name in first}
    for _ in range(rounds):
      for s in [s for s in able if s.name in samples and s in self.running]:
        time.sleep(PAUSE)
        answer = self.each(lambda s: s.ask(do="time", what=what, seconds=seconds), [s])
        for name, measured in answer.items():
          samples[name].append(measured["seconds"])
          self.details.setdefault(name, {})[what] = {k: v for k, v in measured.items() if k != "seconds"}
    for name, values in samples.items():
      if values:
        setattr(self.rows[name], what, statistics.median(values))
    self.memory(what, [s for s in able if s in self.running and s.name != "onednn_bare"])

  def memory(self, what, on):
    for name, answer in self.each(lambda s: s.ask(do="memory", what=what), on).items():
      row = self.rows[name]
      setattr(row, f"peak_{what}", answer["peak"])
      setattr(row, f"arena_{what}", answer.get("arena"))
      row.idle = answer["idle"]
