"""Prints initial_golden.h: from what Keras 3's layers draw the first value of each weight.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=torch python make_initial_golden.py > initial_golden.h
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position
from keras.src.initializers import random_initializers  # pylint: disable=wrong-import-position

L = keras.layers
# name, shapes of the inputs without the batch, layer; the layers of the test, and in its order.
CASES = [
    ("Dense", [(40,)], L.Dense(60)),
    ("Dense of steps", [(5, 40)], L.Dense(60, kernel_initializer="he_normal")),
    ("Conv1D", [(9, 12)], L.Conv1D(30, 4)),
    ("Conv1D in groups", [(9, 12)], L.Conv1D(30, 4, groups=3, kernel_initializer="he_uniform")),
    ("Conv2D", [(9, 9, 6)], L.Conv2D(20, (3, 5))),
    ("Conv2D in groups", [(9, 9, 12)], L.Conv2D(20, (3, 5), groups=2, kernel_initializer="lecun_normal")),
    ("DepthwiseConv2D", [(9, 9, 30)], L.DepthwiseConv2D(5, depth_multiplier=2)),
    ("SeparableConv2D", [(9, 9, 30)], L.SeparableConv2D(25, 5, depth_multiplier=2)),
    ("Embedding", [(4,)], L.Embedding(50, 20)),
    ("BatchNormalization", [(7,)], L.BatchNormalization()),
    ("LayerNormalization", [(7,)], L.LayerNormalization()),
    ("RMSNormalization", [(7,)], L.RMSNormalization()),
    ("GroupNormalization", [(6,)], L.GroupNormalization(groups=2)),
    ("PReLU", [(7,)], L.PReLU()),
    ("LSTM", [(5, 20)], L.LSTM(15)),
    ("GRU", [(5, 20)], L.GRU(15)),
    ("SimpleRNN", [(5, 30)], L.SimpleRNN(20)),
    ("SimpleRNNCell", [(5, 30)], L.RNN(L.SimpleRNNCell(20))),
    ("LSTMCell", [(5, 20)], L.RNN(L.LSTMCell(15))),
    ("GRUCell", [(5, 20)], L.RNN(L.GRUCell(15))),
    ("Conv1DTranspose", [(9, 12)], L.Conv1DTranspose(30, 4)),
    ("Conv2DTranspose", [(9, 9, 6)], L.Conv2DTranspose(20, (3, 5))),
    ("Conv3D", [(4, 4, 4, 6)], L.Conv3D(20, 2)),
    ("DepthwiseConv1D", [(9, 60)], L.DepthwiseConv1D(5, depth_multiplier=2)),
    ("SeparableConv1D", [(9, 60)], L.SeparableConv1D(25, 5, depth_multiplier=2)),
    ("EinsumDense", [(9, 20)], L.EinsumDense("abc,cde->abde", output_shape=(None, 6, 7), bias_axes="de")),
    ("EinsumDense of two axes", [(9, 20)], L.EinsumDense("abc,bcd->ad", output_shape=(6,))),
    ("Normalization", [(7,)], L.Normalization()),
    ("Attention", [(4, 5)], L.Attention(use_scale=True, score_mode="concat")),
    ("AdditiveAttention", [(4, 500)], L.AdditiveAttention()),
    ("MultiHeadAttention", [(6, 96)], L.MultiHeadAttention(8, 24)),
    ("MultiHeadAttention he_normal", [(6, 48)], L.MultiHeadAttention(4, 10, value_dim=30, kernel_initializer="he_normal")),
    ("MultiHeadAttention lecun_uniform", [(6, 48)],
     L.MultiHeadAttention(4, 10, output_shape=20, kernel_initializer="lecun_uniform")),
    ("MultiHeadAttention orthogonal", [(6, 48)], L.MultiHeadAttention(4, 10, kernel_initializer="orthogonal")),
]


def distribution(initializer, shape):
  """Kind, least and greatest value, standard deviation."""
  if isinstance(initializer, random_initializers.VarianceScaling):
    fans = random_initializers.compute_fans(shape, initializer.input_axes, initializer.output_axes)
    fan = {"fan_in": fans[0], "fan_out": fans[1], "fan_avg": sum(fans) / 2}[initializer.mode]
    stddev = np.sqrt(initializer.scale / max(1.0, fan))
    if initializer.distribution == "uniform":
      return "uniform", -stddev * np.sqrt(3), stddev * np.sqrt(3), stddev
    assert initializer.distribution == "truncated_normal"
    bound = 2 * stddev / 0.87962566103423978
    return "truncated_normal", -bound, bound, stddev
  if isinstance(initializer, random_initializers.RandomUniform):
    low, high = initializer.minval, initializer.maxval
    return "uniform", low, high, (high - low) / np.sqrt(12)
  if isinstance(initializer, random_initializers.Orthogonal):
    return "orthogonal", -initializer.gain, initializer.gain, 0
  values = keras.ops.convert_to_numpy(initializer(shape, "float32"))
  return "known", values.min(), values.max(), values.std()


def weights(shapes, layer):
  """The layer's weights in Keras's order, as they are drawn."""
  drawn = {}
  add_weight = keras.layers.Layer.add_weight

  def record(self, shape=None, initializer=None, **kwargs):
    variable = add_weight(self, shape=shape, initializer=initializer, **kwargs)
    initializer = initializer or ("glorot_uniform" if kwargs.get("dtype", "float32") not in ("int", "int64") else "zeros")
    drawn[id(variable)] = distribution(keras.initializers.get(initializer), variable.shape)
    return variable

  keras.layers.Layer.add_weight = record
  try:
    inputs = [keras.Input(shape) for shape in shapes]
    arguments = inputs * 2 if isinstance(layer, L.MultiHeadAttention) else inputs
    if isinstance(layer, L.Attention):  # and AdditiveAttention
      arguments = [inputs * 2]
    model = keras.Model(inputs, layer(*arguments))
  finally:
    keras.layers.Layer.add_weight = add_weight
  return [(tuple(w.shape), *drawn[id(w)]) for w in model.weights if id(w) in drawn]


def main():
  print("#ifndef DAGRAD_TESTS_KERAS_INITIAL_GOLDEN_H_")
  print("#define DAGRAD_TESTS_KERAS_INITIAL_GOLDEN_H_\n")
  print("#include <cstdint>\n#include <string>\n#include <vector>\n")
  print(f"// Made by make_initial_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras_parity {\n")
  print("struct InitialGolden {\n  std::string layer;  // as in the test\n  std::vector<int64_t> dims;\n"
        "  std::string distribution;  // uniform, truncated_normal, orthogonal or known\n  double least;\n"
        "  double greatest;\n  double stddev;\n};\n")
  print("// In the order of the layers' weights.")
  print("inline const std::vector<InitialGolden> kInitialGolden = {")
  for name, shapes, layer in CASES:
    for dims, kind, least, greatest, stddev in weights(shapes, layer):
      numbers = ", ".join(f"{v:.9g}" for v in (least, greatest, stddev))
      print(f'    {{"{name}", {{{", ".join(map(str, dims))}}}, "{kind}", {numbers}}},')
  print("};\n")
  print("}  // namespace dagrad::keras_parity\n")
  print("#endif  // DAGRAD_TESTS_KERAS_INITIAL_GOLDEN_H_")


if __name__ == "__main__":
  main()
