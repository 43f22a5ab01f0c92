"""The comparison that benchmarks/run starts; see there."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import numpy as np

FOLDER = os.path.dirname(os.path.abspath(__file__))
WORKLOADS = {
    "cnn": {"title": "CNN, batch 64", "x": (64, 28, 28, 1), "classes": 10,
            "w": [(3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (3136, 128), (128,), (128, 10), (10,)]},
    "cnn128": {"title": "CNN, batch 128", "x": (128, 28, 28, 1), "classes": 10,
               "w": [(3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (3136, 128), (128,), (128, 10), (10,)]},
    "mlp": {"title": "MLP 784-512-512-10, batch 128", "x": (128, 784), "classes": 10,
            "w": [(784, 512), (512,), (512, 512), (512,), (512, 10), (10,)]},
    "titanic": {"title": "Titanic MLP 7-100-100-1, batch 32", "x": (32, 7), "classes": 0,
                "w": [(7, 100), (100,), (100, 100), (100,), (100, 1), (1,)]},
    "wages": {"title": "Wages MLP 9-10-5-1, batch 32", "x": (32, 9), "classes": 0,
              "w": [(9, 10), (10,), (10, 5), (5,), (5, 1), (1,)]},
}
PYTHON_PEERS = {
    "torch_eager": ["torch_peer.py"],
    "torch_compiled": ["torch_peer.py", "compiled"],
    "keras_tensorflow": ["keras_peer.py"],
    "jax": ["jax_peer.py"],
}


class Worker:
  """A system in a process of its own."""

  def __init__(self, name, command, environment=None):
    self.name = name
    self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    text=True, env={**os.environ, **(environment or {})})

  def ask(self, **order):
    self.process.stdin.write(json.dumps(order) + "\n")
    self.process.stdin.flush()
    answer = self.process.stdout.readline()
    if not answer:
      self.process.kill()
      raise RuntimeError(f"{self.name} ended: {self.process.communicate()[1][-2000:]}")
    return json.loads(answer)

  def close(self):
    self.process.stdin.close()
    self.process.wait()


def make_data(workload, folder):
  spec = WORKLOADS[workload]
  rng = np.random.default_rng(7)
  np.save(os.path.join(folder, "x.npy"), rng.standard_normal(spec["x"], dtype=np.float32))
  if spec["classes"]:
    y = rng.integers(0, spec["classes"], spec["x"][0])
  else:
    y = rng.integers(0, 2, (spec["x"][0], 1)).astype(np.float32)
  np.save(os.path.join(folder, "y.npy"), y)
  for i, shape in enumerate(spec["w"]):
    fan_in = int(np.prod(shape[:-1])) or 1
    w = rng.standard_normal(shape, dtype=np.float32) / np.sqrt(fan_in) if len(shape) > 1 else np.zeros(shape, np.float32)
    np.save(os.path.join(folder, f"w{i}.npy"), w.astype(np.float32))


def compare_results(folder, names):
  """All compute the same from the same weights: probabilities within 1e-4, losses of 3 steps within 1e-3 of each other."""
  def read(name, what):
    return np.load(os.path.join(folder, f"{name}_{what}.npy")).astype(np.float64)
  for name in names:
    forward = np.abs(read(name, "forward") - read("dagrad", "forward")).max()
    losses = np.abs(read(name, "losses") / read("dagrad", "losses") - 1).max()
    if not (forward < 1e-4 and losses < 1e-3):
      raise RuntimeError(f"{name} computes something else: probabilities differ by {forward:.2g}, losses by {losses:.2g}")


def run_workload(workload, options, workers):
  with tempfile.TemporaryDirectory() as folder:
    make_data(workload, folder)
    versions = {w.name: w.ask(do="load", workload=workload, folder=folder).get("version") for w in workers}
    checked = [w for w in workers if w.name != "onednn_bare"]
    for w in checked:
      w.ask(do="check")
    compare_results(folder, [w.name for w in checked])
    times = {}
    for what in ("forward", "step"):
      for w in workers:  # warm
        w.ask(do="time", what=what, seconds=options.seconds / 2)
      samples = {w.name: [] for w in workers}
      for _ in range(options.rounds):
        for w in workers:
          samples[w.name].append(w.ask(do="time", what=what, seconds=options.seconds)["seconds"])
      times[what] = {name: statistics.median(s) for name, s in samples.items()}
  return versions, times


def print_table(title, times, names):
  print(f"\n{title}")
  print(f"  {'':24}{'forward':>12}{'':>9}{'training step':>16}")
  for name in names:
    cells = []
    for what in ("forward", "step"):
      seconds = times[what][name]
      ratio = "" if name == "dagrad" else f"{seconds / times[what]['dagrad']:.2f}x"
      cells.append(f"{seconds * 1e6:10.1f}us {ratio:>8}")
    print(f"  {name:24}{cells[0]}    {cells[1]}")


def main():
  parser = argparse.ArgumentParser(description="Compares dagrad with its peers; started by benchmarks/run.")
  parser.add_argument("--bin", required=True)
  parser.add_argument("--seconds", type=float, default=0.5, help="of each sample (0.5)")
  parser.add_argument("--rounds", type=int, default=7, help="samples of each system (7)")
  parser.add_argument("--json", help="file to write the figures to")
  parser.add_argument("--only", default=",".join(WORKLOADS), help="workloads")
  parser.add_argument("--peers", default=",".join(PYTHON_PEERS) + ",onednn_bare", help="systems beside dagrad")
  options = parser.parse_args()
  two_threads = {"DAGRAD_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
  workers = [Worker("dagrad", [os.path.join(options.bin, "worker")], two_threads)]
  for name in options.peers.split(","):
    if name == "onednn_bare":
      workers.append(Worker(name, [os.path.join(options.bin, "onednn_bare")], two_threads))
    elif name in PYTHON_PEERS:
      script, *arguments = PYTHON_PEERS[name]
      workers.append(Worker(name, [sys.executable, os.path.join(FOLDER, "peers", script), *arguments], two_threads))
    else:
      parser.error(f"unknown peer {name}; known: {', '.join(PYTHON_PEERS)}, onednn_bare")
  result = {"versions": {}, "workloads": {}}
  for workload in options.only.split(","):
    if workload not in WORKLOADS:
      parser.error(f"unknown workload {workload}; known: {', '.join(WORKLOADS)}")
    versions, times = run_workload(workload, options, workers)
    result["versions"].update(versions)
    result["workloads"][workload] = times
    print_table(WORKLOADS[workload]["title"], times, [w.name for w in workers])
    sys.stdout.flush()
  for w in workers:
    w.close()
  print("\nMedians of", options.rounds, "interleaved samples; the ratio is the peer's time over dagrad's. Versions:")
  for name, version in result["versions"].items():
    print(f"  {name:24}{version}")
  if options.json:
    with open(options.json, "w") as f:
      json.dump(result, f, indent=2)


if __name__ == "__main__":
  main()
