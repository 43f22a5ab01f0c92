"""The numbers that golden cases compute with; golden_case.cc and pattern.h have the same in C++."""

import numpy as np


def pattern(shape, scale=1.0, step=0.7, shift=0.0):
  return (scale * np.sin(step * np.arange(np.prod(shape)) + shift)).reshape(shape).astype(np.float32)


def tensor_of_case(item, shift):
  """A shape, or an object with "shape", "values" or "scale", "step" and "shift", and "dtype"."""
  if isinstance(item, list):
    return pattern(item, shift=shift)
  shape = item["shape"]
  if "values" in item:
    values = np.array([float(v) for v in item["values"]]).reshape(shape)
  else:
    values = pattern(shape, item.get("scale", 1.0), item.get("step", 0.7), item.get("shift", shift))
  return values.astype(item.get("dtype", "float32"))
