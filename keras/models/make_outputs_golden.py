"""Prints outputs_golden.h: what Keras logs and trains where outputs have losses, metrics and sample weights of their own.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=jax python make_outputs_golden.py > outputs_golden.h
"""

import keras
import numpy as np
from keras import layers

X = np.arange(10.0).reshape(5, 2) / 10
A, B = X, 1 - X
YA = np.array([0, 1, 2, 0, 1.0])
YB = 2 * YA[::-1]
W = np.array([1, 2, 3, 4, 5.0])
V = np.array([0, 1, 0, 2, 1.0])
TOKENS = np.array([[1, 2, 0, 0], [3, 4, 1, 0]])
CLASSES = np.array([[0, 1, -1, -1], [2, -1, 1, 0]])
STEP_WEIGHTS = np.array([[1, 2, 3, 4], [0.5, 1, 2, 5]])


def sgd():
  return keras.optimizers.SGD(0.1)


def two(**options):
  """Outputs "a" and "b" of inputs A and B, each x0 + x1 at first."""
  a, b = keras.Input((2,)), keras.Input((2,))
  y = [layers.Dense(1, kernel_initializer="ones", name=n)(x) for n, x in (("a", a), ("b", b))]
  model = keras.Model([a, b], y)
  model.compile(optimizer=sgd(), **options)
  return model


def shared(**options):
  """The same of one layer "s"."""
  a, b = keras.Input((2,)), keras.Input((2,))
  s = layers.Dense(1, kernel_initializer="ones", name="s")
  model = keras.Model([a, b], [s(a), s(b)])
  model.compile(optimizer=sgd(), **options)
  return model


def words(**options):
  """Three classes of each word; 0 is masked, class -1 ignored."""
  model = keras.Sequential([keras.Input((4,), dtype="int32"), layers.Embedding(5, 2, mask_zero=True),
                            layers.Dense(3, activation="softmax")])
  model.set_weights([(np.arange(10) / 5 - 1).reshape(5, 2), (np.arange(6) / 4 - 0.5).reshape(2, 3), np.zeros(3)])
  model.compile(optimizer=sgd(), loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=-1), **options)
  return model


def steps(**options):
  """One number of each of five steps, x0 + x1 at first."""
  model = keras.Sequential([keras.Input((5, 2)), layers.Dense(1, kernel_initializer="ones")])
  model.compile(optimizer=sgd(), loss="mse", **options)
  return model


def vector(**options):
  """An output [batch], x0 + x1 at first."""
  x = keras.Input((2,))
  model = keras.Model(x, layers.Reshape(())(layers.Dense(1, kernel_initializer="ones")(x)))
  model.compile(optimizer=sgd(), **options)
  return model


def show(name, model, x, y, epochs=2, **options):
  logs = model.evaluate(x, y, verbose=0, return_dict=True, **options)
  model.fit(x, y, epochs=epochs, shuffle=False, verbose=0, **options)
  entries = ", ".join(f'{{"{k}", {float(v):.8g}}}' for k, v in sorted(logs.items()))
  weights = ", ".join(f"{v:.8g}" for w in model.get_weights() for v in np.ravel(w))
  print(f'    {{"{name}", {{{{{entries}}},\n     {{{weights}}}}}}},')


def cases():
  x, y = [A, B], [YA, YB]
  show("metrics of each", two(loss="mse", metrics=[["mae"], ["mse", "mae"]]), x, y)
  show("metrics of one", two(loss="mse", metrics=[None, ["mae"]], weighted_metrics=[["mae"], []]), x, y,
       sample_weight=[W, V])
  show("metrics by name", two(loss="mse", metrics={"b": ["mae"]}, weighted_metrics={"b": ["mse"], "a": ["mae", "mse"]}),
       x, y, sample_weight=[W, V])
  show("losses by name", two(loss={"b": "mae", "a": "mse"}, loss_weights={"a": 0.5, "b": 2.0}), x, y)
  show("no second loss", two(loss=["mse", None], loss_weights=[0.5, 3.0], metrics=[["mae"], ["mae"]]), x, y)
  show("no first loss", two(loss={"a": None, "b": "mse"}), x, y)
  show("weights of each", two(loss="mse", weighted_metrics=[["mae"], ["mae"]]), x, y, sample_weight=[W, V])
  show("weights of all", two(loss="mse", weighted_metrics=[["mae"], ["mae"]]), x, y, sample_weight=W)
  show("weights of steps", steps(weighted_metrics=["mae"]), np.stack([A, B]), np.stack([YA, YB])[..., None],
       sample_weight=np.stack([W, V]))
  show("one layer", shared(loss=["mse", "mae"], metrics=[["mae", "mse"], ["mae"]], weighted_metrics=[["mae"], ["mae"]]),
       x, y)
  show("one layer by name", shared(loss={"s": "mse"}, metrics={"s": ["mae"]}), x, y)
  show("vector", vector(loss="mse", metrics=["mae"]), A, YA)
  show("masked", words(), TOKENS, CLASSES)
  show("masked, weights of steps", words(weighted_metrics=["accuracy"]), TOKENS, CLASSES, sample_weight=STEP_WEIGHTS)
  show("masked, weights", words(), TOKENS, CLASSES, sample_weight=np.array([[1.0], [0.5]]))


def main():
  print("#ifndef DAGRAD_KERAS_MODELS_OUTPUTS_GOLDEN_H_\n#define DAGRAD_KERAS_MODELS_OUTPUTS_GOLDEN_H_\n")
  print("#include <map>\n#include <string>\n#include <vector>\n")
  print(f"// Made by make_outputs_golden.py with Keras {keras.__version__}.\n// clang-format off")
  print("namespace dagrad::keras {\n")
  print("struct OutputsGolden {\n  std::map<std::string, double> evaluated;\n"
        "  std::vector<double> trained;  // all weights after two epochs\n};\n")
  print("inline const std::map<std::string, OutputsGolden> kOutputsGoldens = {")
  cases()
  print("};\n\n}  // namespace dagrad::keras\n// clang-format on\n\n#endif  // DAGRAD_KERAS_MODELS_OUTPUTS_GOLDEN_H_")


if __name__ == "__main__":
  main()
