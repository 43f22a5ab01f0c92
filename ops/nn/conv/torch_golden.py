"""Computes conv2d_torch_golden.inc: what PyTorch gives for a few convolutions.

    python3 ops/nn/conv/torch_golden.py > ops/nn/conv/conv2d_torch_golden.inc

Made with torch 2.13.0 (CPU), in float64. Every array is filled by the formula
of values(), which conv2d_test.cc repeats.
"""

import torch

# name, x (NHWC), filter (HWIO), options in C++, strides, (top, bottom, left, right), dilations, groups
CASES = [
    ("plain", (2, 5, 4, 3), (3, 2, 3, 4), "{}", (1, 1), (0, 0, 0, 0), (1, 1), 1),
    ("same_strided", (1, 6, 5, 2), (3, 3, 2, 3),
     '{.strides = {2, 2}, .padding = "same"}', (2, 2), (0, 1, 1, 1), (1, 1), 1),
    ("dilated_groups", (1, 7, 6, 4), (2, 3, 2, 4),
     '{.padding = "explicit", .explicit_padding = {1, 0, 2, 1}, .dilations = {3, 2}, .groups = 2}',
     (1, 1), (1, 0, 2, 1), (3, 2), 2),
    ("depthwise", (2, 4, 4, 3), (3, 3, 1, 6), '{.padding = "same", .groups = 3}',
     (1, 1), (1, 1, 1, 1), (1, 1), 3),
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


for name, x_shape, f_shape, options, strides, pad, dilations, groups in CASES:
    x = values(x_shape, 1).requires_grad_()
    f = values(f_shape, 2).requires_grad_()
    top, bottom, left, right = pad
    padded = torch.nn.functional.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom))
    y = torch.nn.functional.conv2d(padded, f.permute(3, 2, 0, 1), None, strides, 0, dilations,
                                   groups).permute(0, 2, 3, 1)
    y.backward(values(tuple(y.shape), 3))
    dims = ["{" + ", ".join(map(str, s)) + "}" for s in (x_shape, f_shape, y.shape)]
    print('    {"%s",\n     %s,\n     %s,' % (name, ",\n     ".join(dims), options))
    print(",\n".join([braces("y", flat(y)), braces("dx", flat(x.grad)),
                      braces("dfilter", flat(f.grad))]) + "},")
