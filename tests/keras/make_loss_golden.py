"""Prints loss_golden.h: models of Keras 3 whose layers add losses of their own.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=torch python make_loss_golden.py > loss_golden.h

The data [4, 3] is sin(0.7 i) for element i; weight w, counted from 0, is 0.5 sin(0.3 i + w + 1). Loss and mean absolute
error of an evaluation, then the losses of three steps of SGD with rate 0.5 on the mean square of the results, and the
weights after them.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

L = keras.layers


def pattern(shape, scale, step, shift):
  values = scale * np.sin(step * np.arange(np.prod(shape)) + shift)
  return values.reshape(shape).astype(np.float32)


def plain():
  return keras.Sequential([keras.Input((3,)), L.Dense(4), L.ActivityRegularization(l1=0.1, l2=0.2), L.Dense(2)])


def shared():
  x = keras.Input((3,))
  dense, regularized = L.Dense(3, activation="tanh"), L.ActivityRegularization(l2=0.3)
  return keras.Model(x, L.Dense(2)(regularized(dense(regularized(dense(x))))))


def nested():
  x = keras.Input((3,))
  within = keras.Sequential([keras.Input((3,)), L.Dense(3), L.ActivityRegularization(l1=0.2)])
  outer = keras.Sequential([keras.Input((3,)), within, L.Dense(3)])
  return keras.Model(x, [outer(x), L.Dense(2)(within(x))])


CASES = [("Plain", plain()), ("Shared", shared()), ("Nested", nested())]


def emit(name, values):
  values = np.concatenate([np.asarray(v).ravel() for v in values])
  print(f"inline constexpr double {name}[] = {{")
  for i in range(0, len(values), 6):
    print("    " + " ".join(f"{v:.8g}," for v in values[i:i + 6]))
  print("};")


def main():
  print("#ifndef DAGRAD_TESTS_KERAS_LOSS_GOLDEN_H_")
  print("#define DAGRAD_TESTS_KERAS_LOSS_GOLDEN_H_\n")
  print(f"// Made by make_loss_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras_parity {\n")
  x = pattern((4, 3), 1, 0.7, 0)
  for name, model in CASES:
    model.set_weights([pattern(w.shape, 0.5, 0.3, i + 1) for i, w in enumerate(model.get_weights())])
    y = model.predict(x, verbose=0)
    one = not isinstance(y, (list, tuple))
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.5),
                  loss="mean_squared_error" if one else ["mean_squared_error"] * len(y))
    targets = np.zeros_like(y) if one else [np.zeros_like(v) for v in y]
    emit(f"k{name}Evaluated", [model.evaluate(x, targets, verbose=0, return_dict=True)["loss"]])
    history = model.fit(x, targets, batch_size=4, epochs=3, verbose=0)
    emit(f"k{name}Losses", [history.history["loss"]])
    emit(f"k{name}Trained", model.get_weights())
  print("\n}  // namespace dagrad::keras_parity\n")
  print("#endif  // DAGRAD_TESTS_KERAS_LOSS_GOLDEN_H_")


if __name__ == "__main__":
  main()
