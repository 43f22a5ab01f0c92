"""Prints golden.json: derivatives of PyTorch and JAX at kinks and other special points.

Run in an environment with torch 2.13.0 and jax (that of `tools/setup --oracles`, and `pip install jax`):
  python make_kinks_golden.py > golden.json

Everything is float64. Of a case f with the inputs x_0, x_1, ..., the weights are w = 1 + (index along y's last axis), or 1
for an elementwise f, of which every element is a point of its own. Then
  first[i]     = the gradient of sum(w * f(x)) with respect to x_i,
  second[i][j] = the gradient of sum(u * first[i]) with respect to x_j, u being as w for x_i.
"""

import json
import math
import sys

import jax
import numpy as np
import torch

from kink_cases import CASES

jax.config.update("jax_enable_x64", True)


def weights(shape, elementwise):
  if elementwise or not shape:
    return np.ones(shape)
  return np.broadcast_to(1.0 + np.arange(shape[-1]), shape).copy()


def with_torch(f, xs, elementwise):
  xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in xs]

  def grad(y):
    w = torch.tensor(weights(tuple(y.shape), elementwise))
    grads = torch.autograd.grad(y, xs, w, create_graph=True, allow_unused=True) if y.requires_grad else [None] * len(xs)
    return [torch.zeros_like(x) if g is None else g for g, x in zip(grads, xs)]

  y = f(*xs)
  first = grad(y)
  return [v.detach().numpy(force=True) for v in first], [[v.detach().numpy(force=True) for v in grad(g)] for g in first]


def with_jax(f, xs, elementwise):
  xs = [jax.numpy.asarray(x, dtype=jax.numpy.float64) for x in xs]

  def grad_of(g):

    def grads(*at):
      y, vjp = jax.vjp(g, *at)
      return vjp(jax.numpy.asarray(weights(y.shape, elementwise)))

    return grads

  first = grad_of(f)
  second = [grad_of(lambda *at, i=i: first(*at)[i]) for i in range(len(xs))]
  return [np.asarray(v) for v in first(*xs)], [[np.asarray(v) for v in s(*xs)] for s in second]


def plain(values):
  """Numbers as JSON has them; what it has not, and -0, as text."""

  def one(v):
    v = float(v)
    if math.isnan(v):
      return "nan"
    if math.isinf(v):
      return "inf" if v > 0 else "-inf"
    if v == 0:
      return 0 if math.copysign(1, v) > 0 else "-0"
    return int(v) if v == int(v) and abs(v) < 1e6 else v

  return [one(v) for v in np.asarray(values, np.float64).ravel()]


def main():
  print("{")
  print(f'"versions": {json.dumps({"torch": torch.__version__, "jax": jax.__version__})},')
  print('"cases": [')
  for n, case in enumerate(CASES):
    xs = [np.asarray(x, np.float64) for x in case.inputs]
    entry = {
        "name": case.name,
        "elementwise": case.elementwise,
        "inputs": [{"dims": list(x.shape), "values": plain(x)} for x in xs],
    }
    for key, run, f in (("torch", with_torch, case.torch), ("jax", with_jax, case.jax)):
      if f is None:
        continue
      first, second = run(f, xs, case.elementwise)
      entry[key] = {"first": [plain(v) for v in first], "second": [[plain(v) for v in row] for row in second]}
    print(json.dumps(entry, separators=(",", ":")) + ("," if n + 1 < len(CASES) else ""))
  print("]}")


if __name__ == "__main__":
  np.seterr(all="ignore")
  sys.exit(main())
