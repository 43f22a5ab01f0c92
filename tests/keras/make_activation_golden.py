"""Prints activation_golden.h: results of Keras 3's activations behind a Dense, and its weights after one step of training.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=torch python make_activation_golden.py > activation_golden.h

All activations that a name alone makes. Element i of the input [2, 6], counted from 0, is 3 sin(0.7 i); of weight w of the
Dense, counted from 0, 0.5 sin(0.3 i + w + 1). The step is one of SGD with rate 1 on the mean of the squared results.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

# Not activations; threshold has options without defaults; sparsemax of Keras 3.15 is 0 or not of sum 1 where more than one
# element is in the support.
OTHERS = ("deserialize", "get", "serialize", "sparsemax", "threshold")


def pattern(shape, scale, step, shift):
  values = scale * np.sin(step * np.arange(np.prod(shape)) + shift)
  return values.reshape(shape).astype(np.float32)


def numbers(values):
  values = np.concatenate([np.asarray(v).ravel() for v in values])
  return "{" + ", ".join(f"{v:.8g}" for v in values) + "}"


def main():
  print("#ifndef DAGRAD_TESTS_KERAS_ACTIVATION_GOLDEN_H_")
  print("#define DAGRAD_TESTS_KERAS_ACTIVATION_GOLDEN_H_\n")
  print("#include <string>\n#include <vector>\n")
  print(f"// Made by make_activation_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras_parity {\n")
  print("struct ActivationGolden {\n  std::string name;\n  std::vector<double> result, trained;\n};\n")
  print("inline const std::vector<ActivationGolden> kActivationGolden = {")
  for name in sorted(n for n in dir(keras.activations) if not n.startswith("_") and n not in OTHERS):
    x = pattern((2, 6), 3, 0.7, 0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(6), keras.layers.Activation(name)])
    model.set_weights([pattern(w.shape, 0.5, 0.3, i + 1) for i, w in enumerate(model.get_weights())])
    y = model.predict(x, verbose=0)
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss="mean_squared_error")
    model.fit(x, np.zeros_like(y), batch_size=2, verbose=0)
    print(f'    {{"{name}", {numbers([y])}, {numbers(model.get_weights())}}},')
  print("};\n\n}  // namespace dagrad::keras_parity\n")
  print("#endif  // DAGRAD_TESTS_KERAS_ACTIVATION_GOLDEN_H_")


if __name__ == "__main__":
  main()
