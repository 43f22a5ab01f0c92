#!/usr/bin/env python3
"""Prints attention_golden.inc: attention and its derivatives from PyTorch in float64.

Usage: attention_golden.py | clang-format > attention_golden.inc
"""
import math

import numpy as np
import torch

BATCH, Q_LEN, KV_LEN, HEADS, KV_HEADS, HEAD_DIM, VALUE_DIM = 2, 3, 5, 4, 2, 2, 3
random = np.random.default_rng(7)


def draw(*shape):
    return torch.tensor(np.round(random.normal(0, 1, shape), 3), dtype=torch.float64)


def emit(name, values):
    values = ", ".join(repr(float(v)) for v in values.detach().numpy().ravel())
    print(f"inline constexpr double {name}[] = {{{values}}};")


def scores(q, k, mask, is_causal, scale):
    k = k.transpose(1, 2).repeat_interleave(HEADS // KV_HEADS, 1)
    s = scale * q.transpose(1, 2) @ k.transpose(-1, -2)
    if mask is not None:
        s = s + mask
    seen = torch.ones(Q_LEN, KV_LEN, dtype=torch.bool).tril()
    return s.masked_fill(~seen, -math.inf) if is_causal else s


def attention(q, k, v, mask=None, is_causal=False, scale=1 / math.sqrt(HEAD_DIM)):
    """y by PyTorch's own function, lse by its definition."""
    seen = torch.ones(Q_LEN, KV_LEN, dtype=torch.bool).tril() if is_causal else None
    if mask is not None:
        seen = mask if seen is None else mask.masked_fill(~seen, -math.inf)
    y = torch.nn.functional.scaled_dot_product_attention(
        q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), attn_mask=seen, scale=scale, enable_gqa=True)
    return y.transpose(1, 2), torch.logsumexp(scores(q, k, mask, is_causal, scale), -1)


q, k, v = draw(BATCH, Q_LEN, HEADS, HEAD_DIM), draw(BATCH, KV_LEN, KV_HEADS, HEAD_DIM), draw(BATCH, KV_LEN, KV_HEADS, VALUE_DIM)
bias = draw(HEADS, 1, KV_LEN)
dy, dlse, a = draw(BATCH, Q_LEN, HEADS, VALUE_DIM), draw(BATCH, HEADS, Q_LEN), draw(*k.shape)
print("// Printed by attention_golden.py: batch 2, 3 queries, 5 keys, 4 heads and 2 of keys, head_dim 2, value_dim 3.")
print("// Causal…: without mask. Biased…: with the mask Bias [4, 1, 5] and scale 0.7. Dq, Dk, Dv and DBias are the vjps")
print("// of Dy, Full… those of Dy and DLse; A… the vjps of A through Dk.")
print("#ifndef DAGRAD_OPS_ATTENTION_ATTENTION_GOLDEN_H_")
print("#define DAGRAD_OPS_ATTENTION_ATTENTION_GOLDEN_H_\n")
print("namespace dagrad::attention_golden {\n")
for name, value in [("Q", q), ("K", k), ("V", v), ("Bias", bias), ("Dy", dy), ("DLse", dlse), ("A", a)]:
    emit("k" + name, value)
for x in (q, k, v, bias, dy):
    x.requires_grad_()

for name, options in [("Causal", {"is_causal": True}), ("Biased", {"mask": bias, "scale": 0.7})]:
    y, lse = attention(q, k, v, **options)
    emit(f"k{name}Y", y)
    emit(f"k{name}Lse", lse)
    emit(f"k{name}Delta", (dy * y).sum(-1))
    inputs = {"Dq": q, "Dk": k, "Dv": v}
    if "mask" in options:
        inputs["DBias"] = bias
    first = torch.autograd.grad(y, list(inputs.values()), dy, create_graph=True)
    for key, value in zip(inputs, first):
        emit(f"k{name}{key}", value)
    full = torch.autograd.grad([y, lse], list(inputs.values()), [dy, dlse], retain_graph=True)
    for key, value in zip(inputs, full):
        emit(f"k{name}Full{key}", value)
    second = torch.autograd.grad(first[1], [q, k, v, dy], a)
    for key, value in zip(("Q", "K", "V", "Dy"), second):
        emit(f"k{name}A{key}", value)
print("\n}  // namespace dagrad::attention_golden\n")
print("#endif  // DAGRAD_OPS_ATTENTION_ATTENTION_GOLDEN_H_")
