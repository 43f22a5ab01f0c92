"""What benchmarks/onnx_models starts; see there."""

import argparse
import glob
import json
import logging
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
import onnx_modules  # pylint: disable=wrong-import-position

TOLERANCE = 1e-4  # |y - expected| <= TOLERANCE * (1 + |expected|)
TRAINED = {"resnet18": 0.003, "gpt2_block": 0.05}  # learning rates
STEPS = 20


def export(folder):
  """Both of torch's exporters: (name, file, feeds, constants)."""
  for name, (module, inputs, varying) in onnx_modules.modules().items():
    module.eval()
    feeds = {k: x.numpy() for k, x in zip(varying, inputs)}
    for kind in ("script", "dynamo"):
      path = os.path.join(folder, f"{name}_{kind}.onnx")
      if kind == "dynamo":
        any_size = {}
        shapes = tuple({a: any_size.setdefault(s, torch.export.Dim.DYNAMIC) for a, s in axes.items()}
                       for axes in varying.values())
        torch.onnx.export(module, inputs, path, input_names=list(varying), dynamic_shapes=shapes, dynamo=True,
                          external_data=False, verbose=False,
                          custom_translation_table=onnx_modules.TRANSLATIONS)
      else:
        torch.onnx.export(module, inputs, path, input_names=list(varying), dynamic_axes=varying, dynamo=False,
                          opset_version=17)
      yield f"{name}_{kind}", path, feeds, {}, False


def shipped(folder):
  """Models of packages whose wheels were unpacked below `folder`."""
  rng = np.random.default_rng(0)
  normal = lambda *dims: (0.1 * rng.standard_normal(dims)).astype(np.float32)
  silero = lambda samples: {"input": normal(2, samples), "state": normal(2, 2, 128)}
  rate = lambda hertz: {"sr": np.array(hertz, np.int64)}
  known = [
      ("model.onnx", {"bytes": rng.integers(0, 257, (3, 2048)).astype(np.int32)}, {}),
      ("ch_PP-OCRv4_det_infer.onnx", {"x": normal(1, 3, 320, 320)}, {}),
      ("ch_PP-OCRv4_rec_infer.onnx", {"x": normal(2, 3, 48, 320)}, {}),
      ("ch_ppocr_mobile_v2.0_cls_infer.onnx", {"x": normal(3, 3, 48, 192)}, {}),
      ("silero_vad.onnx", silero(576), rate(16000)),
      ("silero_vad.onnx", silero(288), rate(8000)),
      ("silero_vad_16k_op15.onnx", silero(576), rate(16000)),
      ("silero_vad_half.onnx", silero(576), {}),
      ("silero_vad_op18_ifless.onnx", silero(576), rate(16000)),
      ("silero_vad_16k_sequence.onnx", {"input": normal(5, 576), "h": normal(1, 1, 128), "c": normal(1, 1, 128)}, {}),
      ("silero_vad_openvino_16k.onnx", {"input": normal(1, 576), "state": normal(2, 1, 128)}, {}),
  ]
  for file, feeds, constants in known:
    found = glob.glob(os.path.join(folder, "**", file), recursive=True)
    if not found:
      print(f"{file}: not below {folder}, left out")
      continue
    size = str(list(constants.values())[0]) if constants else ""
    yield f"{file[:-5]}{'_' if size else ''}{size}", found[0], feeds, constants, True


def write(folder, feeds):
  paths = {}
  for name, value in feeds.items():
    paths[name] = os.path.join(folder, f"{len(os.listdir(folder))}.npy")
    np.save(paths[name], value)
  return paths


def call(command):
  done = subprocess.run(command, capture_output=True, text=True, check=False)
  return done.stdout, done.stderr.strip()


def runtime_session(path, threads):
  options = ort.SessionOptions()
  options.intra_op_num_threads = threads
  options.log_severity_level = 3
  return ort.InferenceSession(path, options)


def compare(options, name, path, feeds, constants, is_static):
  """Largest difference of outputs, and the ratio of times of a run: above 1, dagrad is faster."""
  session = runtime_session(path, options.threads)
  wanted = {i.name for i in session.get_inputs()}
  everything = {k: v for k, v in {**feeds, **constants}.items() if k in wanted}
  expected = session.run(None, everything)
  with tempfile.TemporaryDirectory() as folder:
    given = [f"{k}={p}" for k, p in write(folder, {k: v for k, v in feeds.items() if k in wanted}).items()]
    given += [f"{k}:={p}" for k, p in write(folder, {k: v for k, v in constants.items() if k in wanted}).items()]
    given += ["--static"] if is_static else []
    y = os.path.join(folder, "y")
    os.mkdir(y)
    _, error = call([options.bin, "outputs", "0", path, *given, f"--to={y}"])
    if error:
      return {"name": name, "error": error}
    worst = 0.0
    for i, e in enumerate(expected):
      got = np.load(os.path.join(y, f"{i}.npy"))
      if got.shape != np.shape(e):
        return {"name": name, "error": f"output {i} is {got.shape}, not {np.shape(e)}"}
      if got.size:
        worst = max(worst, float(np.max(np.abs(got - e) / (1 + np.abs(e)))))
    ours, theirs = [], []
    for _ in range(options.rounds):
      ours.append(float(call([options.bin, "time", str(options.seconds), path, *given])[0]))
      times, end = [], time.perf_counter() + options.seconds
      while time.perf_counter() < end or len(times) < 5:
        begin = time.perf_counter()
        session.run(None, everything)
        times.append(1e3 * (time.perf_counter() - begin))
      theirs.append(float(np.median(times)))
  return {"name": name, "difference": worst, "ours_ms": min(ours), "runtime_ms": min(theirs),
          "ratio": min(theirs) / min(ours)}


def train(options, name, path):
  """The largest relative difference of the losses of 20 steps, dagrad's from PyTorch's."""
  module, inputs, varying = onnx_modules.modules()[name]
  if name == "resnet18":  # with batch statistics; as it infers, its normalizations are folded into convolutions
    # Of few images the losses are chaotic: PyTorch's in float32 and float64 differ by 1e-2 then.
    inputs = (torch.randn(8, 3, 96, 96),)
    module.train()
    torch.onnx.export(module, inputs, path, input_names=list(varying), dynamic_axes=varying, dynamo=False,
                      opset_version=17, training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False)
  feeds = {k: x.numpy() for k, x in zip(varying, inputs)}
  first = lambda y: y if torch.is_tensor(y) else y[0]
  target = torch.zeros_like(first(module(*inputs)).detach())
  optimizer = torch.optim.SGD(module.parameters(), TRAINED[name])
  losses = []
  for _ in range(STEPS):
    optimizer.zero_grad()
    loss = ((first(module(*inputs)) - target)**2).mean()
    loss.backward()
    optimizer.step()
    losses.append(float(loss.detach()))
  with tempfile.TemporaryDirectory() as folder:
    given = [f"{k}={p}" for k, p in write(folder, feeds).items()]
    at = os.path.join(folder, "target.npy")
    np.save(at, target.numpy())
    out, error = call([options.bin, "train", str(STEPS), str(TRAINED[name]), at, path, *given])
  if error:
    return {"name": name, "error": error}
  ours = [float(x) for x in out.split()]
  return {"name": name, "first": losses[0], "last": losses[-1],
          "difference": max(abs(a - b) / abs(b) for a, b in zip(ours, losses)) if len(ours) == STEPS else 1}


def main():
  parser = argparse.ArgumentParser(description="Models of ONNX beside ONNX Runtime; started by benchmarks/onnx_models.")
  parser.add_argument("--bin", required=True)
  parser.add_argument("--shipped", help="folder below which wheels with models were unpacked")
  parser.add_argument("--seconds", type=float, default=1.0)
  parser.add_argument("--rounds", type=int, default=3)
  parser.add_argument("--threads", type=int, default=os.cpu_count())
  parser.add_argument("--only", default="", help="models whose names have this in them")
  parser.add_argument("--no-training", action="store_true")
  parser.add_argument("--json", help="file to write the figures to")
  options = parser.parse_args()
  os.environ["DAGRAD_NUM_THREADS"] = str(options.threads)
  warnings.filterwarnings("ignore")
  logging.disable(logging.WARNING)
  rows, trained, failed = [], [], False
  with tempfile.TemporaryDirectory() as folder:
    models = list(export(folder)) + (list(shipped(options.shipped)) if options.shipped else [])
    print(f"{'model':40} {'difference':>10} {'ours ms':>9} {'ORT ms':>9} {'ratio':>6}")
    for model in models:
      if options.only not in model[0]:
        continue
      row = compare(options, *model)
      rows.append(row)
      if "error" in row:
        failed = True
        print(f"{row['name']:40} {row['error']}")
        continue
      failed = failed or not row["difference"] <= TOLERANCE
      print(f"{row['name']:40} {row['difference']:10.1e} {row['ours_ms']:9.3f} {row['runtime_ms']:9.3f} {row['ratio']:6.2f}",
            flush=True)
    for name in () if options.no_training else TRAINED:
      row = train(options, name, os.path.join(folder, f"{name}_script.onnx"))
      trained.append(row)
      failed = failed or not row.get("difference", 1) <= 1e-3
      print(f"trained {row}")
  if options.json:
    with open(options.json, "w", encoding="utf-8") as file:
      json.dump({"models": rows, "trained": trained}, file, indent=1)
  return 1 if failed else 0


if __name__ == "__main__":
  sys.exit(main())
