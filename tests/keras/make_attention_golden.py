"""Prints attention_golden.h: results of Keras 3's MultiHeadAttention, and its weights after one step of training.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=torch python make_attention_golden.py > attention_golden.h

Element i of an input is sin(0.7 i); of weight w, counted from 0, 0.5 sin(0.3 i + w + 1). Then one step of SGD with rate 1
on the mean of the squared results.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

L = keras.layers
BATCH, SHAPE = 2, (6, 4)


def cross(x):
  return L.MultiHeadAttention(2, 3)(x, L.MaxPooling1D(2)(x), key=L.AveragePooling1D(2)(x))


CASES = [
    ("Self", lambda x: L.MultiHeadAttention(2, 3)(x, x)),
    ("Causal", lambda x: L.MultiHeadAttention(3, 2, value_dim=5, output_shape=7)(x, x, use_causal_mask=True)),
    ("Cross", cross),
    ("NoBias", lambda x: L.MultiHeadAttention(1, 4, use_bias=False)(x, L.MaxPooling1D(3)(x))),
]


def pattern(shape, scale, step, shift):
  values = scale * np.sin(step * np.arange(np.prod(shape)) + shift)
  return values.reshape(shape).astype(np.float32)


def emit(name, values):
  values = np.asarray(values).ravel()
  print(f"inline constexpr double {name}[] = {{")
  for i in range(0, len(values), 6):
    print("    " + " ".join(f"{v:.8g}," for v in values[i:i + 6]))
  print("};")


def main():
  print("#ifndef DAGRAD_TESTS_KERAS_ATTENTION_GOLDEN_H_")
  print("#define DAGRAD_TESTS_KERAS_ATTENTION_GOLDEN_H_\n")
  print(f"// Made by make_attention_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras_parity {\n")
  x = pattern((BATCH,) + SHAPE, 1, 0.7, 0)
  for name, call in CASES:
    inputs = keras.Input(SHAPE)
    model = keras.Model(inputs, call(inputs))
    model.set_weights([pattern(w.shape, 0.5, 0.3, i + 1) for i, w in enumerate(model.get_weights())])
    y = model.predict(x, verbose=0)
    emit(f"k{name}Result", y)
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss="mean_squared_error")
    model.fit(x, np.zeros_like(y), batch_size=BATCH, verbose=0)
    emit(f"k{name}Trained", np.concatenate([w.ravel() for w in model.get_weights()]))
  print("\n}  // namespace dagrad::keras_parity\n")
  print("#endif  // DAGRAD_TESTS_KERAS_ATTENTION_GOLDEN_H_")


if __name__ == "__main__":
  main()
