"""The functions of make_kinks_golden.py, as PyTorch and JAX have them, and the points at which they are differentiated.

Names are those of kink_cases.cc.
"""

import dataclasses
import itertools
import math
from typing import Callable, Optional

import jax
import jax.numpy as jnp
import torch
import torch.nn.functional as F

INF, NAN, DENORMAL = math.inf, math.nan, 1e-310


@dataclasses.dataclass
class Case:
  name: str
  torch: Callable
  jax: Optional[Callable]  # None where JAX has no such function
  inputs: list
  elementwise: bool = False


# Of every elementwise function of one value; some have more.
POINTS = [0.0, -0.0, DENORMAL, -DENORMAL, 0.5, 1, -1, 2, INF, -INF, NAN]


def unary(name, of_torch, of_jax, *more):
  return Case(name, of_torch, of_jax, [POINTS + list(more)], True)


UNARY = [
    unary("Abs", torch.abs, jnp.abs),
    unary("Neg", torch.neg, jnp.negative),
    unary("Identity", lambda x: x + 0, lambda x: x),
    unary("Square", torch.square, jnp.square),
    unary("Relu", F.relu, jax.nn.relu),
    unary("Relu6", F.relu6, jax.nn.relu6, 6, 7),
    unary("Exp", torch.exp, jnp.exp, 710, -746),
    unary("Expm1", torch.expm1, jnp.expm1, 710, -746),
    unary("Log", torch.log, jnp.log),
    unary("Log1p", torch.log1p, jnp.log1p),
    unary("Sqrt", torch.sqrt, jnp.sqrt),
    unary("Rsqrt", torch.rsqrt, jax.lax.rsqrt),
    unary("Reciprocal", torch.reciprocal, jnp.reciprocal),
    unary("Sin", torch.sin, jnp.sin),
    unary("Cos", torch.cos, jnp.cos),
    unary("Tan", torch.tan, jnp.tan),
    unary("Asin", torch.asin, jnp.arcsin),
    unary("Acos", torch.acos, jnp.arccos),
    unary("Atan", torch.atan, jnp.arctan),
    unary("Sinh", torch.sinh, jnp.sinh, 711),
    unary("Cosh", torch.cosh, jnp.cosh, 711),
    unary("Tanh", torch.tanh, jnp.tanh, 20, -20),
    unary("Asinh", torch.asinh, jnp.arcsinh, 1e200),
    unary("Acosh", torch.acosh, jnp.arccosh, 1e200),
    unary("Atanh", torch.atanh, jnp.arctanh),
    unary("Sigmoid", torch.sigmoid, jax.nn.sigmoid, 40, -800),
    unary("Softplus", F.softplus, jax.nn.softplus, 40, -800, 800),
    unary("Erf", torch.erf, jax.scipy.special.erf, 30),
    unary("LeakyRelu", lambda x: F.leaky_relu(x, 0.2), lambda x: jax.nn.leaky_relu(x, 0.2)),
    unary("Elu", F.elu, jax.nn.elu, -800),
    unary("EluOf2", lambda x: F.elu(x, 2.0), lambda x: jax.nn.elu(x, 2.0), -800),
    unary("Gelu", F.gelu, lambda x: jax.nn.gelu(x, approximate=False), 40, -40),
    unary("GeluTanh", lambda x: F.gelu(x, approximate="tanh"), lambda x: jax.nn.gelu(x, approximate=True), 40, -40),
    unary("Silu", F.silu, jax.nn.silu, 800, -800),
    unary("Mish", F.mish, jax.nn.mish, 800, -800),
    unary("Selu", F.selu, jax.nn.selu, -800),
    unary("Softsign", F.softsign, jax.nn.soft_sign),
    # torch's own has 1/6 in float32.
    unary("HardSigmoid", lambda x: F.relu6(x + 3) / 6, jax.nn.hard_sigmoid, 3, -3, 4, -4),
    unary("HardSilu", F.hardswish, jax.nn.hard_swish, 3, -3, 4, -4),
    unary("HardTanh", F.hardtanh, jax.nn.hard_tanh),
    unary("LogSigmoid", F.logsigmoid, jax.nn.log_sigmoid, 800, -800),
    unary("TanhShrink", F.tanhshrink, lambda x: x - jnp.tanh(x)),
    unary("Clip", lambda x: torch.clamp(x, -1, 0.5), lambda x: jnp.clip(x, -1, 0.5)),
    unary("Cast", lambda x: x.to(torch.float64) + 0, lambda x: x.astype(jnp.float64)),
    unary("Dropout", lambda x: F.dropout(x, 0.0), lambda x: x * 1),
]

NUMBERS = [0.0, -0.0, DENORMAL, 1, -1, 2, INF, -INF, NAN]


def binary(name, of_torch, of_jax, first=None, second=None):
  pairs = list(itertools.product(first or NUMBERS, second or NUMBERS))
  return Case(name, of_torch, of_jax, [[a for a, _ in pairs], [b for _, b in pairs]], True)


def torch_select(condition):
  return lambda a, b: torch.where(torch.tensor(condition), a, b)


SELECTED = [True, False] * 5 + [True]
LOGITS = [0.0, -0.0, 40, -40, 800, -800, INF, -INF, NAN]

BINARY = [
    binary("Add", torch.add, jnp.add),
    binary("Sub", torch.sub, jnp.subtract),
    binary("Mul", torch.mul, jnp.multiply),
    binary("Div", torch.div, jnp.divide),
    binary("FloorMod", torch.remainder, jnp.mod),
    binary("Maximum", torch.maximum, jnp.maximum),
    binary("Minimum", torch.minimum, jnp.minimum),
    binary("Pow", torch.pow, jnp.power),
    binary("SigmoidCrossEntropy", lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none"),
           lambda x, y: jax.nn.softplus(x) - x * y, LOGITS, [0, 0.25, 1]),
    Case("Select", torch_select(SELECTED), lambda a, b: jnp.where(jnp.array(SELECTED), a, b), [POINTS, POINTS[::-1]],
         True),
]

ROWS = [[1, 1, 0], [0, 0, 2], [0, -0.0, 0], [0, 2, 3], [INF, 1, -INF], [INF, INF, 0], [NAN, 1, 0], [NAN, NAN, 0],
        [DENORMAL, 0, 1]]
SCORES = [[0, 0, 0], [1, 2, 3], [INF, 0, 1], [-INF, 0, 1], [-INF, -INF, 0], [-INF, -INF, -INF], [NAN, 0, 1],
          [800, -800, 0], [DENORMAL, 0, 0]]


def log_softmax_loss(of_log_softmax, axis):
  return lambda x, y: -(y * of_log_softmax(x, axis)).sum(-1)


def layer_norm(x, gamma, beta, mean, sqrt):
  m = mean(x)
  v = mean((x - m) * (x - m))
  return (x - m) / sqrt(v + 1e-3) * gamma + beta


def torch_layer_norm(x, g, b):
  return F.layer_norm(x, (x.shape[-1],), g, b, 1e-3)


def jax_layer_norm(x, g, b):
  return layer_norm(x, g, b, lambda v: v.mean(-1, keepdims=True), jnp.sqrt)


def jax_batch_norm(x, g, b):
  return layer_norm(x, g, b, lambda v: v.mean(0, keepdims=True), jnp.sqrt)


def torch_batch_norm(x, g, b):
  return F.batch_norm(x, None, None, g, b, training=True, eps=1e-3)


def normalizations():
  gamma, beta = [1.0, 2, -1], [0.0, 1, 0]
  for name, rows in (("Constant", [[2, 2, 2], [0, 0, 0]]), ("Denormal", [[DENORMAL, 0, -DENORMAL], [1, 2, 3]]),
                     ("Infinite", [[INF, 0, 1], [1, 2, 3]]), ("Nan", [[NAN, 0, 1], [1, 2, 3]])):
    yield Case(f"LayerNorm{name}", torch_layer_norm, jax_layer_norm, [rows, gamma, beta])
    columns = [list(c) for c in zip(*rows)]
    yield Case(f"BatchNorm{name}", torch_batch_norm, jax_batch_norm, [columns, gamma[:2], beta[:2]])


# Images [1, height, width, 1].
def image(rows):
  return [[[[v] for v in row] for row in rows]]


def kernel(rows):
  return [[[[v]] for v in row] for row in rows]


def channels_first(x):
  return x.permute(0, 3, 1, 2)


def channels_last(x):
  return x.permute(0, 2, 3, 1)


def torch_conv(x, k):
  return channels_last(F.conv2d(channels_first(x), k.permute(3, 2, 0, 1)))


def jax_conv(x, k):
  return jax.lax.conv_general_dilated(x, k, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def torch_fused_conv(x, k, b):
  return F.relu(torch_conv(x, k) + b)


def jax_fused_conv(x, k, b):
  return jax.nn.relu(jax_conv(x, k) + b)


def jax_pool(x, start, combine):
  return jax.lax.reduce_window(x, start, combine, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def torch_pool_gather(x, u):
  places = F.max_pool2d(channels_first(x), 2, return_indices=True)[1]
  return channels_last(channels_first(u).flatten(2).gather(2, places.flatten(2)).reshape(places.shape))


def jax_max_pool(x):
  return jax_pool(x, -INF, jax.lax.max)


def jax_pool_gather(x, u):
  return jax.jvp(jax_max_pool, (x,), (u,))[1]


IMAGES = [("Ties", [[1, 1, 0, 0], [1, 1, 0, -0.0]]), ("Infinite", [[INF, 0, -INF, -INF], [1, 2, -INF, -INF]]),
          ("Nan", [[NAN, 0, 1, NAN], [1, 2, 3, NAN]])]


def images():
  for name, rows in IMAGES:
    x = image(rows)
    yield Case(f"MaxPool2D{name}", lambda x: channels_last(F.max_pool2d(channels_first(x), 2)),
               jax_max_pool, [x])
    yield Case(f"AvgPool2D{name}", lambda x: channels_last(F.avg_pool2d(channels_first(x), 2)),
               lambda x: jax_pool(x, 0.0, jax.lax.add) / 4, [x])
    # Cells of two by two pixels, with samples at these; the others' weights of 0 are terms of the maximum.
    yield Case(f"RoiAlign{name}", lambda x: channels_last(F.avg_pool2d(channels_first(x), 2)),
               lambda x: jax_pool(x, 0.0, jax.lax.add) / 4, [x])
    if name != "Nan":  # which clamp does not pass on
      yield Case(f"RoiAlignMax{name}", lambda x: channels_last(F.max_pool2d(channels_first(x), 2)).clamp(min=0),
                 lambda x: jnp.maximum(jax_max_pool(x), 0), [x])
    yield Case(f"Conv2D{name}", torch_conv, jax_conv, [x, kernel([[0, 1], [2, 0]])])
    yield Case(f"FusedConv2D{name}", torch_fused_conv, jax_fused_conv, [x, kernel([[0, 1], [2, -3]]), [0.0]])


def attention(q, k, v, softmax):
  """[batch, length, heads, head_dim] each, one head."""
  q, k, v = (t[:, :, 0, :] for t in (q, k, v))
  scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
  return (softmax(scores) @ v)[:, :, None, :]


def torch_attention(q, k, v):
  return attention(q, k, v, lambda s: torch.softmax(s, -1))


def jax_attention(q, k, v):
  return attention(q, k, v, lambda s: jax.nn.softmax(s, -1))


MASK = [[0.0, -INF], [0.0, 0.0]]


def torch_masked_attention(q, k, v):
  return attention(q, k, v, lambda s: torch.softmax(s + torch.tensor(MASK, dtype=torch.float64), -1))


def jax_masked_attention(q, k, v):
  return attention(q, k, v, lambda s: jax.nn.softmax(s + jnp.array(MASK), -1))


def heads(rows):
  return [[[row] for row in rows]]


def attentions():
  for name, q in (("Zeros", [[0, 0], [0, 0]]), ("Large", [[1e3, 0], [0, -1e3]]), ("Infinite", [[INF, 0], [1, 0]])):
    inputs = [heads(q), heads([[1, 0], [0.5, 2]]), heads([[1, 2], [3, 4]])]
    yield Case(f"Attention{name}", torch_attention, jax_attention, inputs)
    yield Case(f"MaskedAttention{name}", torch_masked_attention, jax_masked_attention, inputs)


# One step of a recurrent layer of one unit: x [1, 1, 1], w, u, b, h, c; the gates' order as Keras's.
def lstm(x, w, u, b, h, c, sigmoid, tanh):
  z = x[:, 0, :] @ w + h @ u + b
  i, f, g, o = (z[:, k:k + 1] for k in range(4))
  c = sigmoid(f) * c + sigmoid(i) * tanh(g)
  return (sigmoid(o) * tanh(c))[:, None, :]


def gru(x, w, u, b, h, sigmoid, tanh):
  zx = x[:, 0, :] @ w + b[0]
  zh = h @ u + b[1]
  z, r = sigmoid(zx[:, :1] + zh[:, :1]), sigmoid(zx[:, 1:2] + zh[:, 1:2])
  candidate = tanh(zx[:, 2:] + r * zh[:, 2:])
  return (z * h + (1 - z) * candidate)[:, None, :]


def recurrent():
  for name, x in (("Zeros", 0.0), ("Saturated", 1e4), ("Infinite", INF), ("Nan", NAN)):
    weights = [[[[x]]], [[1.0, -1, 1, 0.5]], [[0.5, 1, -1, 1]], [0.0, 1, 0, 0], [[0.0]], [[0.0]]]
    yield Case(f"Lstm{name}", lambda *a: lstm(*a, torch.sigmoid, torch.tanh), lambda *a: lstm(*a, jax.nn.sigmoid, jnp.tanh),
               weights)
    weights = [[[[x]]], [[1.0, -1, 1]], [[0.5, 1, -1]], [[0.0, 1, 0], [0, 0, 0]], [[0.0]]]
    yield Case(f"Gru{name}", lambda *a: gru(*a, torch.sigmoid, torch.tanh), lambda *a: gru(*a, jax.nn.sigmoid, jnp.tanh),
               weights)


LABELS = [0, 1, 2, 0, 1, 2, 0, 1, 2]
ONE_HOT = [[1, 0, 0], [0, 1, 0], [0, 0.5, 0.5], [0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0.25, 0.25, 0.5]]
MATRIX = [[0.0, INF], [NAN, 1]]
LINE = [[0.0, INF, NAN, DENORMAL, -1]]


def torch_scatter(x, y):
  return x.index_add(0, torch.tensor([1, 1, 0]), y)


def jax_scatter(x, y):
  return x.at[jnp.array([1, 1, 0])].add(y)


TENSORS = [
    Case("ReduceSum", lambda x: x.sum(-1), lambda x: x.sum(-1), [ROWS]),
    Case("CumSum", lambda x: x.cumsum(-1), lambda x: jnp.cumsum(x, -1), [ROWS]),
    Case("ReduceMean", lambda x: x.mean(-1), lambda x: x.mean(-1), [ROWS]),
    Case("ReduceProd", lambda x: x.prod(-1), lambda x: x.prod(-1), [ROWS]),
    Case("ReduceMax", lambda x: x.amax(-1), lambda x: x.max(-1), [ROWS]),
    Case("ReduceMin", lambda x: x.amin(-1), lambda x: x.min(-1), [ROWS]),
    Case("Softmax", lambda x: torch.softmax(x, -1), lambda x: jax.nn.softmax(x, -1), [SCORES]),
    Case("LogSoftmax", lambda x: torch.log_softmax(x, -1), lambda x: jax.nn.log_softmax(x, -1), [SCORES]),
    Case("SoftmaxCrossEntropy", lambda x, y: F.cross_entropy(x, y, reduction="none"),
         log_softmax_loss(jax.nn.log_softmax, -1), [SCORES, ONE_HOT]),
    Case("SparseSoftmaxCrossEntropy", lambda x: F.cross_entropy(x, torch.tensor(LABELS), reduction="none"),
         lambda x: -jnp.take_along_axis(jax.nn.log_softmax(x, -1), jnp.array(LABELS)[:, None], -1)[:, 0], [SCORES]),
    *normalizations(),
    *images(),
    *attentions(),
    *recurrent(),
    Case("SparseMatMul", lambda x: torch.stack([2 * x[0] - x[4], x[1] / 2, x[2] + x[3]]),
         lambda x: jnp.stack([2 * x[0] - x[4], x[1] / 2, x[2] + x[3]]), LINE),
    Case("MatMul", torch.matmul, jnp.matmul, [MATRIX, [[1.0, 0], [2, -1]]]),
    Case("Norm", lambda x: torch.linalg.vector_norm(x, dim=-1), lambda x: jnp.linalg.norm(x, axis=-1),
         [[[0.0, 0], [3, 4], [0, -1], [INF, 0], [NAN, 1]]]),
    Case("BroadcastTo", lambda x: x.expand(2, 5) + 0, lambda x: jnp.broadcast_to(x, (2, 5)), LINE),
    Case("Concat", lambda a, b: torch.cat([a, b], -1), lambda a, b: jnp.concatenate([a, b], -1), [LINE[0], [NAN, INF]]),
    Case("Gather", lambda x: x[torch.tensor([4, 1, 1])], lambda x: x[jnp.array([4, 1, 1])], LINE),
    Case("SliceUpdate", lambda x, u: torch.slice_scatter(x, u, 0, 1, 3),
         lambda x, u: jax.lax.dynamic_update_slice(x, u, (1,)), LINE + [[2.0, INF]]),
    Case("ScatterAdd", torch_scatter, jax_scatter, [[0.0, INF, NAN], [1.0, INF, NAN]]),
    Case("Pad", lambda x: F.pad(x, (1, 2)), lambda x: jnp.pad(x, (1, 2)), LINE),
    Case("PadReflect", lambda x: F.pad(x[None], (1, 2), mode="reflect")[0], lambda x: jnp.pad(x, (1, 2), mode="reflect"),
         LINE),
    Case("MaxPool2DGather", torch_pool_gather, jax_pool_gather,
         [image(IMAGES[0][1]), image([[0.0, INF, NAN, 1], [2, 3, 4, -INF]])]),
    Case("Slice", lambda x: x[1:4:2] + 0, lambda x: x[1:4:2], LINE),
    Case("Reshape", lambda x: x.reshape(4), lambda x: x.reshape(4), [MATRIX]),
    Case("Transpose", lambda x: x.T + 0, lambda x: x.T, [MATRIX]),
]

CASES = UNARY + BINARY + TENSORS
