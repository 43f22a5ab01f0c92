"""Prints state_golden.h: what recurrent layers of Keras 3 give that return their states and start from others'.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=torch python make_state_golden.py > state_golden.h

An encoder of [2, 4, 3] gives its states to a decoder of [2, 5, 2], which gives all steps and its own states. Element i of
input k, counted from 0, is sin(0.7 i + k); of weight w, counted from 0, 0.5 sin(0.3 i + w + 1). Then one step of SGD with
rate 1 on the sum, over the results, of the means of their squares.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

L = keras.layers
UNITS, SHAPES = 3, ((4, 3), (5, 2))

CASES = [
    ("Lstm", L.LSTM, {}, {}),
    ("LstmBackwards", L.LSTM, {"go_backwards": True}, {}),
    ("Gru", L.GRU, {}, {}),
    ("GruBackwards", L.GRU, {}, {"go_backwards": True}),
]


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
  print("#ifndef DAGRAD_TESTS_KERAS_STATE_GOLDEN_H_")
  print("#define DAGRAD_TESTS_KERAS_STATE_GOLDEN_H_\n")
  print(f"// Made by make_state_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras_parity {\n")
  x = [pattern((2,) + shape, 1, 0.7, k) for k, shape in enumerate(SHAPES)]
  for name, layer, encoder, decoder in CASES:
    inputs = [keras.Input(shape) for shape in SHAPES]
    _, *states = layer(UNITS, return_state=True, **encoder)(inputs[0])
    results = layer(UNITS, return_sequences=True, return_state=True, **decoder)(inputs[1], initial_state=states)
    model = keras.Model(inputs, results)
    model.set_weights([pattern(w.shape, 0.5, 0.3, i + 1) for i, w in enumerate(model.get_weights())])
    y = model.predict(x, verbose=0)
    emit(f"k{name}Results", y)
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss=["mean_squared_error"] * len(y))
    model.fit(x, [np.zeros_like(v) for v in y], batch_size=2, verbose=0)
    emit(f"k{name}Trained", model.get_weights())
  print("\n}  // namespace dagrad::keras_parity\n")
  print("#endif  // DAGRAD_TESTS_KERAS_STATE_GOLDEN_H_")


if __name__ == "__main__":
  main()
