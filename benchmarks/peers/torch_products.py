"""PyTorch's time of single convolutions and matrix products, as kernel_times describes them."""

import time

import torch

torch.set_num_threads(2)


def matrix_product(s):
  a = torch.rand(s["items"], *((s["k"], s["m"]) if s["transpose_a"] else (s["m"], s["k"])))
  b = torch.rand(s["items"], *((s["n"], s["k"]) if s["transpose_b"] else (s["k"], s["n"])))
  if s["items"] == 1:
    a, b = a[0], b[0]
  if s["transpose_a"]:
    a = a.transpose(-1, -2)
  if s["transpose_b"]:
    b = b.transpose(-1, -2)
  return lambda: torch.matmul(a, b)


def convolution(s):
  batch, height, width, channels = s["x"]
  filter_height, filter_width, filters = s["filter"]
  out = s["y"]
  last = lambda t: t.contiguous(memory_format=torch.channels_last)
  # Uneven padding is done before, outside of the time.
  extents = [(size - 1) * d + 1 for size, d in zip((filter_height, filter_width), s["dilations"])]
  ends = [max(0, (o - 1) * stride + extent - n - pad)
          for o, stride, extent, n, pad in zip(out, s["strides"], extents, (height, width), s["pad"])]
  even = ends == s["pad"] or [max(e, p) for e, p in zip(ends, s["pad"])] == s["pad"]
  pad = s["pad"] if even else [0, 0]
  extra = [0, 0] if even else [p + e for p, e in zip(s["pad"], ends)]
  x = last(torch.rand(batch, channels, height + extra[0], width + extra[1]))
  w = last(torch.rand(filters, channels // s["groups"], filter_height, filter_width))
  arguments = (s["strides"], pad, s["dilations"])
  if s["kind"] == 0:
    return lambda: torch.conv2d(x, w, None, *arguments, s["groups"])
  y = torch.conv2d(x, w, None, *arguments, s["groups"])
  dy = last(torch.rand_like(y))
  mask = [s["kind"] == 1, s["kind"] == 2, False]
  return lambda: torch.ops.aten.convolution_backward(dy, x, w, None, *arguments, False, [0, 0], s["groups"], mask)


def time_product(sizes, seconds):
  """Seconds of a call, the first one not counted."""
  call = convolution(sizes) if "kind" in sizes else matrix_product(sizes)
  with torch.inference_mode():
    call()
    start = time.perf_counter()
    calls = 0
    while (elapsed := time.perf_counter() - start) < seconds or calls < 2:
      call()
      calls += 1
  return elapsed / calls
