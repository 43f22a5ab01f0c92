"""The models as functions of JAX: f(weights by name, training, inputs...) gives logits and the moved statistics."""

import jax
import jax.numpy as jnp
from jax import lax


def dense(w, name, x):
  return x @ w[f"{name}/kernel"] + w[f"{name}/bias"]


def conv(w, name, x, stride=1, padding="SAME", groups=1):
  kernel = w[f"{name}/kernel"]
  if groups > 1:
    kernel = kernel.reshape(*kernel.shape[:2], 1, groups)
  y = lax.conv_general_dilated(x, kernel, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"),
                               feature_group_count=groups)
  bias = w.get(f"{name}/bias")
  return y if bias is None else y + bias


def max_pool(x, size, stride, padding="VALID"):
  if padding != "VALID":
    padding = ((0, 0), (padding, padding), (padding, padding), (0, 0))
  return lax.reduce_window(x, -jnp.inf, lax.max, (1, size, size, 1), (1, stride, stride, 1), padding)


def perceptron(prefix, layers):

  def logits(w, training, x):
    for i in range(1, layers + 1):
      x = dense(w, f"{prefix}{i}", x)
      if i < layers:
        x = jax.nn.relu(x)
    return x, {}

  return logits


def cnn(w, training, x):
  x = max_pool(jax.nn.relu(conv(w, "conv1", x)), 2, 2)
  x = max_pool(jax.nn.relu(conv(w, "conv2", x)), 2, 2)
  x = x.reshape(x.shape[0], -1)
  return dense(w, "dense2", jax.nn.relu(dense(w, "dense1", x))), {}


def imdb(w, training, ids):
  x = w["embedding/embeddings"][ids]
  x = lax.conv_general_dilated(x, w["conv1/kernel"], (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))
  x = jnp.max(jax.nn.relu(x + w["conv1/bias"]), axis=1)
  return dense(w, "dense2", jax.nn.relu(dense(w, "dense1", x))), {}


def conv_bn(w, moved, training, name, x, stride=1, groups=1):
  half = w[f"{name}_conv/kernel"].shape[0] // 2
  x = conv(w, f"{name}_conv", x, stride, ((half, half), (half, half)), groups)
  bn = f"{name}_bn"
  mean, variance = w[f"{bn}/moving_mean"], w[f"{bn}/moving_variance"]
  if training:
    old = (mean, variance)
    mean = jnp.mean(x, (0, 1, 2))
    variance = jnp.mean(jnp.square(x - mean), (0, 1, 2))
    moved[f"{bn}/moving_mean"] = 0.99 * old[0] + 0.01 * mean
    moved[f"{bn}/moving_variance"] = 0.99 * old[1] + 0.01 * variance
  return (x - mean) * (lax.rsqrt(variance + 1e-3) * w[f"{bn}/gamma"]) + w[f"{bn}/beta"]


def resnet(blocks, convolutions, stem_stride, pool):

  def logits(w, training, x):
    moved = {}
    x = jax.nn.relu(conv_bn(w, moved, training, "stem", x, stem_stride))
    if pool:
      x = max_pool(x, 3, 2, 1)
    for stage, count in enumerate(blocks):
      for i in range(count):
        name = f"stage{stage + 1}_block{i + 1}"
        stride = 2 if stage and not i else 1
        y = x
        for c in convolutions:
          first_3x3 = c == ("b" if len(convolutions) == 3 else "a")
          y = conv_bn(w, moved, training, f"{name}_{c}", y, stride if first_3x3 else 1)
          if c != convolutions[-1]:
            y = jax.nn.relu(y)
        if f"{name}_shortcut_conv/kernel" in w:
          x = conv_bn(w, moved, training, f"{name}_shortcut", x, stride)
        x = jax.nn.relu(x + y)
    return dense(w, "classes", jnp.mean(x, (1, 2))), moved

  return logits


def mobilenet(w, training, x):
  moved = {}
  x = jax.nn.relu6(conv_bn(w, moved, training, "stem", x, 2))
  block = 0
  for count, stride in [(1, 1), (2, 2), (3, 2), (4, 2), (3, 1), (3, 2), (1, 1)]:
    for i in range(count):
      block += 1
      name = f"block{block}"
      y = x
      if f"{name}_expand_conv/kernel" in w:
        y = jax.nn.relu6(conv_bn(w, moved, training, f"{name}_expand", y))
      y = jax.nn.relu6(conv_bn(w, moved, training, f"{name}_depthwise", y, 1 if i else stride, groups=y.shape[3]))
      y = conv_bn(w, moved, training, f"{name}_project", y)
      x = x + y if i else y
  x = jax.nn.relu6(conv_bn(w, moved, training, "last", x))
  return dense(w, "classes", jnp.mean(x, (1, 2))), moved


def lstm(w, training, x):
  # The products of all inputs at once, then step by step.
  gates = jnp.moveaxis(x @ w["lstm/kernel"] + w["lstm/bias"], 1, 0)

  def step(carry, g):
    h, c = carry
    i, f, z, o = jnp.split(g + h @ w["lstm/recurrent_kernel"], 4, axis=1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(z)
    return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

  zero = jnp.zeros((x.shape[0], 256), x.dtype)
  (h, _), _ = lax.scan(step, (zero, zero), gates)
  return dense(w, "classes", h), {}


def layer_norm(w, name, x):
  mean = jnp.mean(x, -1, keepdims=True)
  variance = jnp.mean(jnp.square(x - mean), -1, keepdims=True)
  return (x - mean) * lax.rsqrt(variance + 1e-5) * w[f"{name}/gamma"] + w[f"{name}/beta"]


def attention(w, name, x, causal):
  def project(what):
    kernel = w[f"{name}/{what}/kernel"]
    return (x @ kernel.reshape(kernel.shape[0], -1) + w[f"{name}/{what}/bias"].reshape(-1)).reshape(*x.shape[:2], 12, 64)
  y = jax.nn.dot_product_attention(project("query"), project("key"), project("value"), is_causal=causal)
  kernel = w[f"{name}/attention_output/kernel"]
  return y.reshape(x.shape) @ kernel.reshape(-1, kernel.shape[-1]) + w[f"{name}/attention_output/bias"]


def encoder(w, training, x):
  for i in range(1, 5):
    x = layer_norm(w, f"layer{i}_norm1", x + attention(w, f"layer{i}_attention", x, False))
    y = jax.nn.gelu(dense(w, f"layer{i}_dense1", x), approximate=False)
    x = layer_norm(w, f"layer{i}_norm2", x + dense(w, f"layer{i}_dense2", y))
  return dense(w, "classes", jnp.mean(x, 1)), {}


def gpt2(w, training, ids):
  x = w["tokens/embeddings"][ids] + w["positions/embeddings"][:ids.shape[1]]
  for i in range(1, 13):
    x = x + attention(w, f"layer{i}_attention", layer_norm(w, f"layer{i}_norm1", x), True)
    y = jax.nn.gelu(dense(w, f"layer{i}_dense1", layer_norm(w, f"layer{i}_norm2", x)), approximate=True)
    x = x + dense(w, f"layer{i}_dense2", y)
  return layer_norm(w, "final_norm", x[:, -1]) @ w["tokens/embeddings"].T, {}


def recommender(w, training, features, *ids):
  x = jax.nn.relu(perceptron("bottom_dense", 2)(w, training, features)[0])
  found = [w[f"table{i + 1}/embeddings"][ids[i][:, 0]] for i in range(8)]
  return perceptron("top_dense", 3)(w, training, jnp.concatenate([x, *found], 1))


MODELS = {
    "titanic": perceptron("dense", 3),
    "wages": perceptron("dense", 3),
    "mlp": perceptron("dense", 3),
    "cnn": cnn,
    "imdb": imdb,
    "resnet18": resnet([2, 2, 2, 2], "ab", 1, pool=False),
    "resnet50": resnet([3, 4, 6, 3], "abc", 2, pool=True),
    "mobilenet": mobilenet,
    "lstm": lstm,
    "encoder": encoder,
    "gpt2": gpt2,
    "recommender": recommender,
}


def binary_loss(z, y):
  return jnp.mean(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z))))


def class_loss(z, y):
  return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1))


BINARY = (jax.nn.sigmoid, binary_loss)
LAST_AND_LOSS = {
    "titanic": BINARY,
    "imdb": BINARY,
    "recommender": BINARY,
    "wages": (lambda z: z, lambda z, y: jnp.mean((z - y)**2)),
    "gpt2": (lambda z: z, None),
}


def last_and_loss(model):
  return LAST_AND_LOSS.get(model, (jax.nn.softmax, class_loss))
