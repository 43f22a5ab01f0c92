"""What benchmarks/layers starts; see there."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import onnxruntime as ort
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "oracles"))
import layer_modules  # pylint: disable=wrong-import-position

TOLERANCE = 1e-4
PAUSE = 0.2  # seconds before a sample: the threads of the peer before it spin a while
RATE = 1e-4


def median_ms(seconds, run):
  time.sleep(PAUSE)
  for _ in range(3):
    run()
  times, end = [], time.perf_counter() + seconds
  while time.perf_counter() < end or len(times) < 5:
    begin = time.perf_counter()
    run()
    times.append(1e3 * (time.perf_counter() - begin))
  return float(np.median(times))


def input_of(name, dims):
  return torch.randint(0, 20000, dims) if name.startswith("embedding") else torch.randn(*dims)


def export(module, x, path, trains):
  mode = torch.onnx.TrainingMode.TRAINING if trains else torch.onnx.TrainingMode.EVAL
  torch.onnx.export(module, (x,), path, input_names=["x"], dynamo=False, opset_version=17, training=mode,
                    do_constant_folding=not trains)


class Case:
  """One module: its files, and how each system runs it."""

  def __init__(self, options, name, module, dims, folder):
    self.options, self.module, self.x = options, module, input_of(name, dims)
    self.has_weights = any(True for _ in module.parameters())
    at = lambda file: os.path.join(folder, file)
    self.model, self.step_model, self.x_file, self.target_file = at("m.onnx"), at("t.onnx"), at("x.npy"), at("t.npy")
    self.folder = folder
    module.eval()
    with torch.no_grad():
      self.expected = module(self.x).numpy()
    export(module, self.x, self.model, False)
    np.save(self.x_file, self.x.numpy())
    if self.has_weights:
      module.train()
      export(module, self.x, self.step_model, True)
      self.target = torch.zeros_like(module(self.x).detach())
      np.save(self.target_file, self.target.numpy())
    options_of_session = ort.SessionOptions()
    options_of_session.intra_op_num_threads = options.threads
    options_of_session.log_severity_level = 3
    self.session = ort.InferenceSession(self.model, options_of_session)

  def call(self, *arguments):
    done = subprocess.run([self.options.bin, *arguments, f"x={self.x_file}", "--static"], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
      raise RuntimeError(done.stderr.strip())
    return done.stdout

  def difference(self):
    self.call("outputs", "0", self.model, f"--to={self.folder}")
    got = np.load(os.path.join(self.folder, "0.npy"))
    if got.shape != self.expected.shape:
      raise RuntimeError(f"the output is {got.shape}, not {self.expected.shape}")
    return float(np.max(np.abs(got - self.expected) / (1 + np.abs(self.expected)), initial=0))

  def torch_forward(self):
    with torch.no_grad():
      self.module(self.x)

  def torch_step(self):
    self.optimizer.zero_grad()
    ((self.module(self.x) - self.target)**2).mean().backward()
    self.optimizer.step()

  def forward(self):
    seconds, feeds = self.options.seconds, {"x": self.x.numpy()}
    self.module.eval()
    time.sleep(PAUSE)
    return {"dagrad": float(self.call("time", str(seconds), self.model)),
            "torch": median_ms(seconds, self.torch_forward),
            "runtime": median_ms(seconds, lambda: self.session.run(None, feeds))}

  def step(self):
    seconds = self.options.seconds
    self.module.train()
    self.optimizer = torch.optim.SGD(self.module.parameters(), RATE)
    time.sleep(PAUSE)
    return {"dagrad": float(self.call("step", str(seconds), self.target_file, self.step_model)),
            "torch": median_ms(seconds, self.torch_step)}


def best(samples):
  times = {system: min(s[system] for s in samples) for system in samples[0]}
  peers = {system: t for system, t in times.items() if system != "dagrad"}
  return {"ms": times, "best_peer": min(peers, key=peers.get), "ratio": min(peers.values()) / times["dagrad"]}


def measure(options, name, module, dims):
  with tempfile.TemporaryDirectory() as folder:
    case = Case(options, name, module, dims, folder)
    row = {"name": name, "difference": case.difference()}
    row["forward"] = best([case.forward() for _ in range(options.rounds)])
    if case.has_weights:
      row["step"] = best([case.step() for _ in range(options.rounds)])
  return row


def text_of(times):
  if times is None:
    return ""
  ms = times["ms"]
  peers = " ".join(f"{ms[system]:9.3f}" if system in ms else f"{'':9}" for system in ("torch", "runtime"))
  return f"{ms['dagrad']:9.3f} {peers} {times['ratio']:6.2f}"


def main():
  parser = argparse.ArgumentParser(description="Single layers beside PyTorch; started by benchmarks/layers.")
  parser.add_argument("--bin", required=True)
  parser.add_argument("--seconds", type=float, default=0.5)
  parser.add_argument("--rounds", type=int, default=3)
  parser.add_argument("--threads", type=int, default=os.cpu_count())
  parser.add_argument("--only", default="", help="names, by commas")
  parser.add_argument("--json", help="file to write the figures to")
  options = parser.parse_args()
  os.environ["DAGRAD_NUM_THREADS"] = str(options.threads)
  torch.set_num_threads(options.threads)
  torch.manual_seed(0)
  warnings.filterwarnings("ignore")
  only = set(filter(None, options.only.split(",")))
  rows, failed = [], False
  head = f"{'dagrad':>9} {'torch':>9} {'ORT':>9} {'ratio':>6}"
  print(f"{'':20} {'':>8} | {'forward, ms':^36} | training step, ms\n{'':20} {'differs':>8} | {head} | {head}")
  for name, (module, dims) in layer_modules.modules().items():
    if only and name not in only:
      continue
    try:
      row = measure(options, name, module, dims)
    except RuntimeError as error:
      row = {"name": name, "error": str(error)}
    rows.append(row)
    failed = failed or not row.get("difference", 1) <= TOLERANCE
    if "error" in row:
      print(f"{name:20} {row['error']}")
    else:
      print(f"{name:20} {row['difference']:8.1e} | {text_of(row['forward'])} | {text_of(row.get('step'))}", flush=True)
  if options.json:
    with open(options.json, "w", encoding="utf-8") as file:
      json.dump(rows, file, indent=1)
  return 1 if failed else 0


if __name__ == "__main__":
  sys.exit(main())
