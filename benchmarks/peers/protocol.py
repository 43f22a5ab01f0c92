"""What every system speaks: one JSON object a line on stdin, one a line on stdout.

{"do": "load", "model": NAME, "batch": N, "rate": Adam's or null, "folder": DIR}  -> {"version": TEXT}
    DIR has the inputs x0.npy, x1.npy, ..., the target y.npy (of a model that is trained), the weights' names in
    weights.json and their values in w0.npy, w1.npy, ...: names, order and layout are those of dagrad's Keras layers
{"do": "first"}   a forward pass, its result to DIR/SYSTEM_forward.npy
{"do": "losses"}  three training steps, their losses to DIR/SYSTEM_losses.npy
{"do": "time", "what": "forward"|"step", "seconds": S}  -> {"seconds": per call, "calls": n}
{"do": "memory", "what": ...}  -> {"peak": resident bytes of the process during two more calls,
                                   "idle": its bytes before the load}
"""

import json
import os
import sys
import time

import numpy as np


def read_folder(folder):
  """Inputs, target (or None), and weights by name."""
  load = lambda name: np.load(os.path.join(folder, name + ".npy"))
  exists = lambda name: os.path.exists(os.path.join(folder, name + ".npy"))
  inputs = []
  while exists(f"x{len(inputs)}"):
    inputs.append(load(f"x{len(inputs)}"))
  with open(os.path.join(folder, "weights.json")) as f:
    names = json.load(f)
  return inputs, load("y") if exists("y") else None, {name: load(f"w{i}") for i, name in enumerate(names)}


def resident(field):
  with open("/proc/self/status") as f:
    return next(int(line.split()[1]) * 1024 for line in f if line.startswith(field + ":"))


class Peer:
  """A subclass gives name, version(), build(model, inputs, target, weights), forward(), step() and sync()."""

  name = "?"

  def build(self, model, inputs, target, weights):
    raise NotImplementedError

  def sync(self, last):
    """Waits until the last call has ended."""

  def as_numpy(self, result):
    return np.asarray(result)

  def losses(self):
    return [float(self.step()) for _ in range(3)]

  def repeat(self, what, seconds):
    call = self.forward if what == "forward" else self.step
    calls = 0
    at_once = 1
    start = time.perf_counter()
    while True:
      for _ in range(at_once):
        last = call()
      self.sync(last)
      calls += at_once
      elapsed = time.perf_counter() - start
      if elapsed >= seconds:
        return {"seconds": elapsed / calls, "calls": calls}
      at_once = 1 if elapsed * 4 > seconds else min(calls + 1, 8)

  def memory(self, what):
    with open("/proc/self/clear_refs", "w") as f:
      f.write("5")  # the peak is that of what follows
    call = self.forward if what == "forward" else self.step
    for _ in range(2):
      self.sync(call())
    return {"peak": resident("VmHWM"), "idle": self.idle}

  def answer(self, order):
    do = order["do"]
    if do == "load":
      self.folder = order["folder"]
      self.rate = order["rate"]
      self.build(order["model"], *read_folder(self.folder))
      return {"version": self.version()}
    if do == "time":
      return self.repeat(order["what"], order["seconds"])
    if do == "memory":
      return self.memory(order["what"])
    path = os.path.join(self.folder, f"{self.name}_{'forward' if do == 'first' else do}.npy")
    np.save(path, self.as_numpy(self.forward()) if do == "first" else np.array(self.losses()))
    return {}

  def serve(self):
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints goes to stderr
    self.idle = resident("VmRSS")
    for line in sys.stdin:
      out.write(json.dumps(self.answer(json.loads(line))) + "\n")
      out.flush()
