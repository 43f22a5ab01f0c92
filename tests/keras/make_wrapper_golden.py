"""Prints wrapper_golden.h: results of layers of Keras 3 that hold others, and their weights after one step of training.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=torch python make_wrapper_golden.py > wrapper_golden.h

Element i of an input is sin(0.7 i); of weight w, counted from 0, 0.5 sin(0.3 i + w + 1). Then one step of SGD with rate 1
on the mean of the squared results.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

L = keras.layers
BATCH, SHAPE = 2, (6, 4)


def states(x):
  y, *rest = L.Bidirectional(L.LSTM(2, return_state=True))(x)
  more = L.Bidirectional(L.LSTM(2, return_sequences=True))(x, initial_state=rest)
  return L.Concatenate()([y, L.Flatten()(more)])


def twice(x):
  inner = keras.Sequential([L.Dense(5, activation="tanh"), L.Dense(4)])
  return inner(inner(x))


def deep(x):
  a = keras.Input(SHAPE)
  inner = keras.Model(a, L.Dense(4, activation="tanh")(a))
  b, c = keras.Input(SHAPE), keras.Input(SHAPE)
  middle = keras.Model([b, c], [inner(b), L.Dense(4)(inner(c))])
  y, z = middle([x, L.ReLU()(x)])
  return L.Concatenate()([y, z])


CASES = [
    ("Concat", L.Bidirectional(L.LSTM(3))),
    ("Sum", L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum")),
    ("Product", L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="mul")),
    ("Mean", L.Bidirectional(L.GRU(2), merge_mode="ave")),
    ("States", states),
    ("Steps", L.TimeDistributed(L.Dense(3, activation="tanh"))),
    ("StepsOfImages", lambda x: L.TimeDistributed(L.Conv1D(2, 2))(L.Reshape((3, 4, 2))(x))),
    ("Twice", twice),
    ("Deep", deep),
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
  print("#ifndef DAGRAD_TESTS_KERAS_WRAPPER_GOLDEN_H_")
  print("#define DAGRAD_TESTS_KERAS_WRAPPER_GOLDEN_H_\n")
  print(f"// Made by make_wrapper_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
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
  print("#endif  // DAGRAD_TESTS_KERAS_WRAPPER_GOLDEN_H_")


if __name__ == "__main__":
  main()
