"""The systems that are compared, each in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TWO_THREADS = {"DAGRAD_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
PYTHON_PEERS = {
    "torch_eager": ["torch_peer.py"],
    "torch_compiled": ["torch_peer.py", "compiled"],
    "keras_tensorflow": ["keras_peer.py"],
    "keras_xla": ["keras_peer.py", "xla"],
    "jax": ["jax_peer.py"],
    "onnxruntime": ["onnx_peer.py"],
    "openvino": ["openvino_peer.py"],
}
# These have no training; they run the model that PyTorch exports.
INFERENCE_ONLY = ("onnxruntime", "openvino")
PEERS = [*PYTHON_PEERS, "onednn_bare"]


def commands(binaries):
  """How every system is started."""
  found = {"dagrad": [os.path.join(binaries, "worker")],
           "onednn_bare": [os.path.join(binaries, "bare", "onednn_bare")]}
  for name, (script, *arguments) in PYTHON_PEERS.items():
    found[name] = [sys.executable, os.path.join(FOLDER, "peers", script), *arguments]
  return found


def save_graph(binaries, model, rate, folder):
  """Writes folder/graph.pb, which dagrad's worker reads; gives the weights: [{"name", "shape"}, ...]."""
  command = [os.path.join(binaries, "worker"), "--save", model, os.path.join(folder, "graph.pb")]
  done = subprocess.run(command + ([str(rate)] if rate else []), capture_output=True, text=True)
  if done.returncode != 0:
    raise RuntimeError(f"worker --save ended: {done.stderr[-2000:]}")
  return json.loads(done.stdout)


def export_onnx(model, folder):
  """Writes folder/model.onnx from PyTorch's model and folder's weights."""
  script = os.path.join(FOLDER, "peers", "export_onnx.py")
  done = subprocess.run([sys.executable, script, model, folder], capture_output=True, text=True,
                        env={**os.environ, **TWO_THREADS})
  if done.returncode != 0:
    raise RuntimeError(f"export_onnx ended: {done.stderr[-2000:]}")


class TooSlow(RuntimeError):
  """No answer within the patience."""


class System:

  def __init__(self, name, command, patience):
    self.name = name
    self.patience = patience  # seconds for an answer
    self.started = time.perf_counter()
    self.complaints = tempfile.TemporaryFile(mode="w+")
    self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints,
                                    text=True, env={**os.environ, **TWO_THREADS}, start_new_session=True)

  def age(self):
    return time.perf_counter() - self.started

  def ask(self, **order):
    try:
      self.process.stdin.write(json.dumps(order) + "\n")
      self.process.stdin.flush()
    except BrokenPipeError:
      pass  # the reason is on stderr
    expired = threading.Event()

    def give_up():
      expired.set()
      self.kill()

    late = threading.Timer(self.patience, give_up)
    late.start()
    answer = self.process.stdout.readline()
    late.cancel()
    if not answer:
      self.kill()
      if expired.is_set():
        raise TooSlow(f"no answer to \"{order['do']}\" in {self.patience:.0f} s")
      self.complaints.seek(0)
      raise RuntimeError(f"{self.name} ended: {self.complaints.read()[-2000:]}")
    return json.loads(answer)

  def kill(self):
    """With the compilers that it may have started."""
    if self.process.poll() is None:
      os.killpg(self.process.pid, signal.SIGKILL)
    self.process.wait()

  def close(self):
    if self.process.poll() is None:
      self.process.stdin.close()
      try:
        self.process.wait(10)
      except subprocess.TimeoutExpired:
        self.kill()
