"""What benchmarks/oracles/opinfo starts; see there."""

import argparse
import collections
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils import _pytree as pytree

VALUE_TOLERANCE = 1e-9
GRADIENT_TOLERANCE = 1e-7
# Of samples with a number that is no tensor: the exporter keeps some of these as float32.
TOLERANCE_OF_SCALARS = 1e-6

# Names of ops, or the beginning of them, whose results may differ, each with its reason.
REASONS = {
    # What the exporter writes is not what the op does, or no valid ONNX.
    "deg2rad": "the exporter keeps π/180 as float32",
    "rad2deg": "the exporter keeps 180/π as float32",
    "log10": "the exporter keeps ln 10 as float32",
    "log2": "the exporter keeps ln 2 as float32",
    "sinc": "the exporter keeps π as float32",
    "nn.functional.leaky_relu": "attributes of ONNX are float32",
    "nn.functional.celu": "attributes of ONNX are float32",
    "nn.functional.hardsigmoid": "attributes of ONNX are float32",
    "nn.functional.interpolate": "the exporter keeps weights as float32",
    "nn.functional.avg_pool": "the exporter drops divisor_override",
    "nn.functional.cross_entropy": "the exporter takes probabilities for class numbers",
    "nn.functional.linear_cross_entropy": "the exporter takes probabilities for class numbers, scores without classes",
    "nn.functional.cosine_similarity": "the exporter reduces a scalar over an axis",
    "nn.functional.embedding": "the exporter drops padding_idx, without a gradient, and max_norm, which writes to the weights",
    "nn.functional.embedding_bag": "the exporter computes in float32",
    "norm": "the exporter keeps 1 / ord as float32",
    "linalg.vector_norm": "the exporter keeps 1 / ord as float32",
    "linalg.norm": "the exporter keeps 1 / ord as float32, drops keepdim of a whole norm; the gradient at 0: docs/kinks.md",
    "scatter_reduce:mean": "the exporter writes no reduction",
    "nn.functional.poisson_nll_loss": "the exporter keeps 2π as float32",
    "nn.functional.pairwise_distance": "the exporter keeps 1 / p and eps as float32",
    "nn.functional.pixel_unshuffle": "the exporter writes a shape for no elements that ONNX refuses",
    "linalg.matrix_power": "the exporter drops the batch of a power of 0",
    "special.ndtr": "the exporter keeps √½ as float32",
    "special.log_ndtr": "the exporter takes Erf from 1, where digits cancel",
    "special.erfcx": "the exporter takes Erf from 1, where digits cancel",
    "masked.var": "the exporter divides floats by integers",
    "masked.std": "the exporter divides floats by integers",
    "topk": "the exporter takes the axis of a scalar",
    "native_group_norm": "-1 in a shape of no elements, which ONNX leaves open",
    "nn.functional.group_norm": "-1 in a shape of no elements, which ONNX leaves open",
    "nn.functional.unfold": "-1 in a shape of no elements, which ONNX leaves open",
    "nn.functional.pad:replicate_negative": "the exporter crops to nothing before it repeats",
    "linspace": "the exporter gives another rank",
    "gather": "the exporter gathers of a scalar by a vector",
    "empty_like": "memory that is not set",
    "new_empty": "memory that is not set",
    # Where ONNX, or PyTorch itself, differs from PyTorch.
    "masked.prod": "by an element that is NaN, PyTorch gives NaN, and not the product of the others",
    "masked.norm": "where the least element is NaN, PyTorch gives 0",
    "__rpow__": "the exponent's gradient at a negative base: docs/kinks.md",
    "nn.functional.max_unpool": "of a place that is written twice, PyTorch gives the gradient to both values, not to that which stays",
    "native_layer_norm": "PyTorch gives no gradient through mean and deviation, and takes a negative epsilon",
    "nn.functional.upsample_bilinear": "with scales and align_corners ONNX divides by scale times size, not rounded",
    "torch.ops.aten._safe_softmax": "the gradient of a row of -inf alone: NaN, as of softmax",
}


class Applied(torch.nn.Module):
  """`op` of a sample, as a function of the tensors in it."""

  def __init__(self, op, sample):
    super().__init__()
    self.op = op
    leaves, self.spec = pytree.tree_flatten((sample.input, sample.args, sample.kwargs))
    self.places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, torch.Tensor)]
    self.leaves = [None if i in self.places else leaf for i, leaf in enumerate(leaves)]
    self.tensors = [leaves[i].detach().clone() for i in self.places]
    self.has_scalar = any(isinstance(leaf, float) and leaf != float(np.float32(leaf)) for leaf in leaves)

  def forward(self, *tensors):
    leaves = list(self.leaves)
    for place, tensor in zip(self.places, tensors):
      leaves[place] = tensor
    first, args, kwargs = pytree.tree_unflatten(leaves, self.spec)
    result = pytree.tree_leaves(self.op(first, *args, **kwargs))
    return tuple(y for y in result if isinstance(y, torch.Tensor))


def expected(module, seed):
  """Outputs, cotangents and gradients of PyTorch."""
  floating = [t.is_floating_point() for t in module.tensors]
  xs = [t.clone().requires_grad_(f) for t, f in zip(module.tensors, floating)]
  ys = module(*[x * 1 if f else x for x, f in zip(xs, floating)])
  generator = torch.Generator().manual_seed(seed)
  cotangents = [torch.rand(y.shape, generator=generator, dtype=torch.float64).to(y.dtype) + 0.5
                for y in ys if y.is_floating_point()]
  pairs = [(y, c) for y, c in zip([y for y in ys if y.is_floating_point()], cotangents) if y.requires_grad]
  wanted = [x for x, f in zip(xs, floating) if f]
  grads = [None] * len(wanted)
  if pairs and wanted:
    grads = torch.autograd.grad([y for y, _ in pairs], wanted, [c for _, c in pairs], allow_unused=True)
  grads = iter(torch.zeros_like(x) if g is None else g for x, g in zip(wanted, grads))
  by_input = {i: next(grads) for i, f in enumerate(floating) if f}
  return [y.detach() for y in ys], cotangents, by_input


def distance(found, wanted):
  """The largest |found - wanted| / (1 + |wanted|); infinite where shapes or special values differ."""
  if found.shape != wanted.shape:
    return float("inf")
  if wanted.dtype.kind != "f":
    return 0.0 if np.array_equal(found, wanted) else float("inf")
  with np.errstate(all="ignore"):
    d = np.abs(found - wanted) / (1 + np.abs(wanted))
  d = np.where((found == wanted) | (np.isnan(found) & np.isnan(wanted)), 0, d)
  return float(np.nan_to_num(d, nan=np.inf).max(initial=0))


def compare(binary, module, folder, seed):
  """(outcome, text): exported, imported and equal, or how far it came."""
  try:
    ys, cotangents, grads = expected(module, seed)
  except Exception as error:
    return "no gradient in PyTorch", str(error)
  everything = list(module.tensors) + ys
  if not ys or not module.tensors or any(t.is_complex() or t.dtype == torch.bfloat16 for t in everything):
    return "complex, or nothing to compare", ""
  names = [f"x{i}" for i in range(len(module.tensors))]
  path = os.path.join(folder, "model.onnx")
  try:
    torch.onnx.export(module, tuple(module.tensors), path, input_names=names, dynamo=True, external_data=False,
                      verbose=False, opset_version=20)
  except Exception as error:
    return "not exported", str(error)[:200]
  feeds = []
  for name, tensor in zip(names, module.tensors):
    np.save(os.path.join(folder, name + ".npy"), tensor.numpy())
    feeds.append(f"{name}={folder}/{name}.npy")
  for i, c in enumerate(cotangents):
    np.save(os.path.join(folder, f"cotangent_{i}.npy"), c.numpy())
  run = subprocess.run([binary, "gradients", "0", path, *feeds, f"--to={folder}"], capture_output=True, text=True)
  if run.returncode != 0:
    message = run.stderr.strip()
    is_refused = "UNIMPLEMENTED" in message or "must be known when the model is imported" in message
    return ("no counterpart" if is_refused else "error" if run.returncode > 0 else "died"), message[:600]
  rounding = TOLERANCE_OF_SCALARS if module.has_scalar else 0
  for i, y in enumerate(ys):
    d = distance(np.load(os.path.join(folder, f"{i}.npy")), y.numpy(force=True))
    if d > max(VALUE_TOLERANCE, rounding):
      return "value differs", f"output {i} by {d:.2e}"
  for i, g in grads.items():
    file = os.path.join(folder, f"gradient_x{i}.npy")
    if not os.path.exists(file):  # an input that the exporter dropped
      d = float(np.abs(g.numpy(force=True)).max(initial=0))
    else:
      d = distance(np.load(file), g.numpy(force=True))
    if d > max(GRADIENT_TOLERANCE, rounding):
      return "gradient differs", f"of input {i} by {d:.2e}"
  return "equal", ""


def reason(name):
  return next((r for prefix, r in REASONS.items() if name.startswith(prefix)), None)


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--bin", required=True)
  parser.add_argument("--only", default="", help="a regular expression of names")
  parser.add_argument("--samples", type=int, default=6, help="of each op at most")
  parser.add_argument("--skip", type=int, default=0, help="so many ops, to go on where a run has ended")
  parser.add_argument("--json")
  parser.add_argument("--verbose", action="store_true", help="every sample that is not equal")
  args = parser.parse_args()
  logging.disable(logging.WARNING)
  warnings.filterwarnings("ignore")
  totals, rows, unexplained = collections.Counter(), [], []
  for op in op_db[args.skip:]:
    name = op.name + (":" + op.variant_test_name if op.variant_test_name else "")
    if not re.search(args.only, name) or torch.float64 not in op.dtypes:
      continue
    torch.manual_seed(1)
    try:
      samples = list(op.sample_inputs("cpu", torch.float64, requires_grad=False))
    except Exception as error:
      print(f"{name}: no samples: {error}")
      continue
    chosen = samples[::max(1, len(samples) // args.samples)][:args.samples]
    counts = collections.Counter()
    for k, sample in enumerate(chosen):
      with tempfile.TemporaryDirectory() as folder:
        outcome, text = compare(args.bin, Applied(op.op, sample), folder, k)
      counts[outcome] += 1
      if outcome in ("value differs", "gradient differs", "error", "died"):
        why = reason(name)
        if why is None:
          unexplained.append(name)
        print(f"{name}, sample {k}: {outcome}: {text}{' [' + why + ']' if why else ''}", flush=True)
      elif args.verbose and outcome != "equal":
        print(f"{name}, sample {k}: {outcome}: {text}", flush=True)
    totals.update(counts)
    rows.append({"op": name, **counts})
  with_counterpart = [r for r in rows if any(k in r for k in ("equal", "value differs", "gradient differs"))]
  print(f"{len(rows)} ops, {len(with_counterpart)} with a counterpart; samples: "
        + ", ".join(f"{k} {n}" for k, n in totals.most_common()))
  print(f"{len(unexplained)} samples of {len(set(unexplained))} ops differ without a reason")
  if args.json:
    with open(args.json, "w", encoding="utf-8") as file:
      json.dump(rows, file, indent=1)
  return 1 if unexplained else 0


if __name__ == "__main__":
  sys.exit(main())
