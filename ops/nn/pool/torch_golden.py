"""Computes pool2d_torch_golden.inc: what PyTorch gives for a few poolings.

    python3 ops/nn/pool/torch_golden.py > ops/nn/pool/pool2d_torch_golden.inc

Made with torch 2.13.0 (CPU), in float64. Every array is filled by the formula
of values(), which pool2d_test.cc repeats.
"""

import torch

# name, x (NHWC), options in C++, pool, strides, padding (height, width; the same on both sides)
CASES = [
    ("two_by_two", (2, 4, 6, 2), "{}", (2, 2), (2, 2), (0, 0)),
    ("overlapping", (1, 5, 6, 2), "{.pool_size = {3, 2}, .strides = {1, 2}}", (3, 2), (1, 2), (0, 0)),
    ("padded", (1, 6, 5, 2),
     '{.pool_size = {3, 3}, .strides = {2, 2}, .padding = "explicit", .explicit_padding = {1, 1, 1, 1}}',
     (3, 3), (2, 2), (1, 1)),
    ("same", (1, 5, 5, 1), '{.pool_size = {3, 3}, .strides = {1, 1}, .padding = "same"}', (3, 3),
     (1, 1), (1, 1)),
]


def values(shape, salt):
    n = 1
    for d in shape:
        n *= d
    flat = [((i * 7919 + salt * 104729) % 2001 - 1000) / 1000.0 for i in range(n)]
    return torch.tensor(flat, dtype=torch.float64).reshape(shape)


def braces(name, numbers):
    lines = ["     {  // " + name]
    for i in range(0, len(numbers), 4):
        lines.append("      " + " ".join(repr(v) + "," for v in numbers[i:i + 4]))
    return "\n".join(lines + ["     }"])


def flat(t):
    return t.contiguous().reshape(-1).tolist()


def pooled(x, kind, pool, strides, padding):
    nchw = x.permute(0, 3, 1, 2)
    if kind == "max":
        y = torch.nn.functional.max_pool2d(nchw, pool, strides, padding)
    else:
        y = torch.nn.functional.avg_pool2d(nchw, pool, strides, padding, count_include_pad=False)
    return y.permute(0, 2, 3, 1)


for name, x_shape, options, pool, strides, padding in CASES:
    parts = []
    for kind in ("max", "avg"):
        x = values(x_shape, 1).requires_grad_()
        y = pooled(x, kind, pool, strides, padding)
        y.backward(values(tuple(y.shape), 3))
        parts += [braces(kind, flat(y)), braces(kind + " dx", flat(x.grad))]
    dims = ["{" + ", ".join(map(str, s)) + "}" for s in (x_shape, y.shape)]
    print('    {"%s",\n     %s,\n     %s,' % (name, ",\n     ".join(dims), options))
    print(",\n".join(parts) + "},")
