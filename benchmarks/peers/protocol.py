"""What every peer speaks: one JSON object a line on stdin, one a line on stdout.

{"do": "load", "workload": NAME, "folder": DIR}  reads DIR/{x,y}.npy and DIR/w0.npy, w1.npy, ... in the order of the layers
{"do": "check"}                                  writes DIR/NAME_forward.npy, and after 3 training steps from the given
                                                 weights DIR/NAME_losses.npy
{"do": "time", "what": "forward"|"step", "seconds": S}  -> {"seconds": per call, "calls": n}
"""

import json
import os
import sys
import time

import numpy as np


class Peer:
  """A subclass gives name, version(), build(workload, weights), forward(x), step(x, y) and sync()."""

  name = "?"

  def read(self, folder):
    self.folder = folder
    self.x = np.load(os.path.join(folder, "x.npy"))
    self.y = np.load(os.path.join(folder, "y.npy"))
    self.weights = []
    while os.path.exists(path := os.path.join(folder, f"w{len(self.weights)}.npy")):
      self.weights.append(np.load(path))

  def check(self):
    np.save(os.path.join(self.folder, f"{self.name}_forward.npy"), np.asarray(self.forward()))
    losses = [float(self.step()) for _ in range(3)]
    np.save(os.path.join(self.folder, f"{self.name}_losses.npy"), np.array(losses))

  def time(self, what, seconds):
    call = self.forward if what == "forward" else self.step
    calls = 0
    start = time.perf_counter()
    end = start + seconds
    while True:
      for _ in range(4):
        last = call()
      self.sync(last)
      calls += 4
      now = time.perf_counter()
      if now >= end:
        return {"seconds": (now - start) / calls, "calls": calls}

  def sync(self, last):
    """Waits until the last call has ended."""

  def serve(self):
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints goes to stderr
    for line in sys.stdin:
      order = json.loads(line)
      if order["do"] == "load":
        self.read(order["folder"])
        self.build(order["workload"])
        answer = {"version": self.version()}
      elif order["do"] == "check":
        self.check()
        answer = {}
      else:
        answer = self.time(order["what"], order["seconds"])
      out.write(json.dumps(answer) + "\n")
      out.flush()
