"""Prints layer_golden.h: results of Keras 3's layers, and their weights after one step of training.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=torch python make_layer_golden.py > layer_golden.h

Element i of an input is sin(0.7 i); of weight w, counted from 0, 0.5 sin(0.3 i + w + 1). Then one step of SGD with rate 1
on the mean of the squared results.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

L = keras.layers
CASES = [
    ("Conv1DValid", (9, 3), L.Conv1D(4, 3, strides=2, activation="tanh")),
    ("Conv1DSame", (9, 4), L.Conv1D(4, 3, padding="same", dilation_rate=2, groups=2)),
    ("Conv1DCausal", (8, 3), L.Conv1D(2, 3, padding="causal", dilation_rate=2)),
    ("DepthwiseSame", (7, 6, 3), L.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2)),
    ("DepthwiseValid", (7, 6, 4), L.DepthwiseConv2D((3, 2), use_bias=False, dilation_rate=2)),
    ("Separable", (6, 6, 3), L.SeparableConv2D(4, 3, padding="same", depth_multiplier=2)),
    ("MaxPooling1D", (9, 3), L.MaxPooling1D(3, strides=2, padding="same")),
    ("AveragePooling1D", (9, 3), L.AveragePooling1D(2)),
    ("GlobalMaxPooling1D", (5, 3), L.GlobalMaxPooling1D()),
    ("GlobalAveragePooling1D", (5, 3), L.GlobalAveragePooling1D(keepdims=True)),
    ("GlobalMaxPooling2D", (4, 5, 3), L.GlobalMaxPooling2D(keepdims=True)),
    ("ZeroPadding2D", (2, 3, 2), L.ZeroPadding2D(((0, 1), (2, 1)))),
    ("ReluBounded", (12,), L.ReLU(max_value=0.5)),
    ("ReluSloped", (12,), L.ReLU(negative_slope=0.25)),
    ("ReluThreshold", (12,), L.ReLU(max_value=0.75, negative_slope=0.5, threshold=0.25)),
    ("Softmax", (3, 4), L.Softmax(axis=1)),
    ("Lstm", (5, 3), L.LSTM(4)),
    ("LstmSequences", (5, 3), L.LSTM(2, return_sequences=True)),
    ("Gru", (5, 3), L.GRU(4)),
    ("GruBackwardsSequences", (5, 3), L.GRU(2, go_backwards=True, return_sequences=True)),
    ("GruWithoutBias", (5, 3), L.GRU(2, use_bias=False)),
    ("LstmBackwards", (5, 3), L.LSTM(2, go_backwards=True, use_bias=False)),
    ("LstmBackwardsSequences", (5, 3), L.LSTM(2, go_backwards=True, return_sequences=True)),
]
BATCH = 2


def pattern(shape, scale, step, shift):
  values = scale * np.sin(step * np.arange(np.prod(shape)) + shift)
  return values.reshape(shape).astype(np.float32)


def emit(name, values):
  values = np.asarray(values).ravel()
  print(f"inline constexpr double {name}[] = {{")
  for i in range(0, len(values), 6):
    print("    " + " ".join(f"{v:.8g}," for v in values[i:i + 6]))
  print("};")


def run(name, x, inputs, layer):
  model = keras.Model(inputs, layer(inputs))
  weights = [pattern(w.shape, 0.5, 0.3, i + 1) for i, w in enumerate(model.get_weights())]
  model.set_weights(weights)
  y = model.predict(x, verbose=0)
  emit(f"k{name}Result", y)
  if not weights:
    return
  model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss="mean_squared_error")
  model.fit(x, np.zeros_like(y), batch_size=BATCH, verbose=0)
  emit(f"k{name}Trained", np.concatenate([w.ravel() for w in model.get_weights()]))


def run_shared():
  """A layer that is called twice: both calls update what it keeps, in turn."""
  inputs = keras.Input((3,))
  layer = L.BatchNormalization(momentum=0.75)
  model = keras.Model(inputs, layer(L.Activation("tanh")(layer(inputs))))
  model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss="mean_squared_error")
  x = pattern((6, 3), 1, 0.7, 0)
  model.fit(x, pattern((6, 3), 1, 0.3, 0), batch_size=3, shuffle=False, verbose=0)
  emit("kSharedBatchNormalizationTrained", np.concatenate([w.ravel() for w in model.get_weights()]))


def main():
  print("#ifndef DAGRAD_TESTS_KERAS_LAYER_GOLDEN_H_")
  print("#define DAGRAD_TESTS_KERAS_LAYER_GOLDEN_H_\n")
  print(f"// Made by make_layer_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras_parity {\n")
  for name, shape, layer in CASES:
    run(name, pattern((BATCH,) + shape, 1, 0.7, 0), keras.Input(shape), layer)
  indices = np.array([[0, 3, 3], [5, 1, 0]])
  run("Embedding", indices, keras.Input((3,), dtype="int32"), L.Embedding(6, 2))
  run_shared()
  print("\n}  // namespace dagrad::keras_parity\n")
  print("#endif  // DAGRAD_TESTS_KERAS_LAYER_GOLDEN_H_")


if __name__ == "__main__":
  main()
