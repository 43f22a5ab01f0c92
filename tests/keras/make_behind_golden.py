"""Prints behind_golden.h: results of Keras 3's layers behind a Dense, and all weights after one step of training.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=torch python make_behind_golden.py > behind_golden.h

Element i of input k, counted from 0, is sin(0.7 i + k); of weight w, counted from 0, 0.5 sin(0.3 i + w + 1). Each input goes
through a Dense of as many units as it has channels: the step, of SGD with rate 1 on the mean of the squared results, thus
shows the gradients of layers without weights, too.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

L = keras.layers
CASES = [
    ("Identity", [(4,)], L.Identity()),
    ("LeakyReLU", [(6,)], L.LeakyReLU()),
    ("LeakyReLUSlope", [(6,)], L.LeakyReLU(negative_slope=0.1)),
    ("ELU", [(6,)], L.ELU()),
    ("ELUAlpha", [(6,)], L.ELU(alpha=0.5)),
    ("PReLU", [(3, 4)], L.PReLU()),
    ("PReLUShared", [(3, 4)], L.PReLU(shared_axes=[1])),
    ("Subtract", [(3, 4), (3, 4)], L.Subtract()),
    ("Average", [(5,), (5,), (5,)], L.Average()),
    ("Maximum", [(3, 4), (1, 4)], L.Maximum()),
    ("Minimum", [(5,), (5,), (5,)], L.Minimum()),
    ("AddBroadcast", [(3, 4), (1, 4)], L.Add()),
    ("Permute", [(2, 3, 4)], L.Permute((3, 1, 2))),
    ("RepeatVector", [(3,)], L.RepeatVector(4)),
    ("ZeroPadding1D", [(3, 2)], L.ZeroPadding1D((1, 2))),
    ("Cropping1D", [(5, 2)], L.Cropping1D((1, 2))),
    ("Cropping2D", [(4, 5, 2)], L.Cropping2D(((1, 0), (2, 1)))),
    ("UpSampling1D", [(3, 2)], L.UpSampling1D(3)),
    ("UpSampling2D", [(2, 3, 2)], L.UpSampling2D((2, 3))),
    ("UnitNormalization", [(3, 4)], L.UnitNormalization()),
    ("UnitNormalizationAxis", [(3, 4)], L.UnitNormalization(axis=1)),
    ("RMSNormalization", [(3, 4)], L.RMSNormalization()),
    ("RMSNormalizationEpsilon", [(3, 4)], L.RMSNormalization(epsilon=0.1)),
    ("GroupNormalization", [(2, 3, 6)], L.GroupNormalization(groups=3)),
    ("GroupNormalizationAxis", [(6, 3)], L.GroupNormalization(groups=2, axis=1, epsilon=0.1, center=False)),
    ("GroupNormalizationEach", [(3, 4)], L.GroupNormalization(groups=-1, scale=False)),
    ("SpatialDropout1D", [(3, 2)], L.SpatialDropout1D(0.5)),
    ("SpatialDropout2D", [(2, 3, 2)], L.SpatialDropout2D(0.5)),
    ("GaussianDropout", [(4,)], L.GaussianDropout(0.5)),
    ("GaussianNoise", [(4,)], L.GaussianNoise(0.5)),
    ("AlphaDropout", [(4,)], L.AlphaDropout(0.5)),
]
RANDOM = ("SpatialDropout2D", "GaussianDropout", "SpatialDropout1D", "GaussianNoise", "AlphaDropout")


def pattern(shape, scale, step, shift):
  values = scale * np.sin(step * np.arange(np.prod(shape)) + shift)
  return values.reshape(shape).astype(np.float32)


def emit(name, values):
  values = np.concatenate([np.asarray(v).ravel() for v in values])
  print(f"inline constexpr double {name}[] = {{")
  for i in range(0, len(values), 6):
    print("    " + " ".join(f"{v:.8g}," for v in values[i:i + 6]))
  print("};")


def main():
  print("#ifndef DAGRAD_TESTS_KERAS_BEHIND_GOLDEN_H_")
  print("#define DAGRAD_TESTS_KERAS_BEHIND_GOLDEN_H_\n")
  print(f"// Made by make_behind_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras_parity {\n")
  for name, shapes, layer in CASES:
    inputs = [keras.Input(shape) for shape in shapes]
    behind = [L.Dense(shape[-1])(i) for shape, i in zip(shapes, inputs)]
    model = keras.Model(inputs, layer(behind if len(behind) > 1 else behind[0]))
    model.set_weights([pattern(w.shape, 0.5, 0.3, i + 1) for i, w in enumerate(model.get_weights())])
    x = [pattern((2,) + shape, 1, 0.7, k) for k, shape in enumerate(shapes)]
    y = model.predict(x, verbose=0)
    emit(f"k{name}Result", [y])
    if name in RANDOM:
      continue
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss="mean_squared_error")
    model.fit(x, np.zeros_like(y), batch_size=2, verbose=0)
    emit(f"k{name}Trained", model.get_weights())
  print("\n}  // namespace dagrad::keras_parity\n")
  print("#endif  // DAGRAD_TESTS_KERAS_BEHIND_GOLDEN_H_")


if __name__ == "__main__":
  main()
