"""What the training of a whole model of Keras gives for a golden case: the loss of each epoch, and the last predictions.

model_parity_test.cc has the same models, weights and data. Layer "l<j>" begins with weight k = 0.4 sin(0.3 i + j + k + 1),
gammas with 1 more; what BatchNormalization measures begins with Keras's values. Twelve examples in batches of 4, in order.
"""

import keras
import numpy as np

from golden_patterns import pattern

L = keras.layers
ROWS = 12
QUARTER_TURN = np.pi / 2


def named(i):
  return {"name": f"l{i}"}


def numbers(*shape, shift=0.0):
  return pattern((ROWS, *shape), 1.0, 0.7, shift)


def indices(*shape, below):
  count = ROWS * int(np.prod(shape))
  return ((np.arange(count) * 7 + 3 * (np.arange(count) // 5)) % below).reshape(ROWS, *shape).astype("int32")


def classes(count):
  return (np.arange(ROWS) * 5 % count).astype("int32")


def values(*shape):
  return pattern((ROWS, *shape), 1.0, 1.3, QUARTER_TURN)


def faster():
  return keras.optimizers.SGD(0.3, momentum=0.9)


def mlp():
  x = keras.Input((5,))
  y = L.Dense(8, activation="relu", **named(0))(x)
  y = L.BatchNormalization(**named(1))(y)
  y = L.Dense(6, activation="tanh", **named(2))(y)
  y = L.BatchNormalization(momentum=0.9, **named(3))(y)
  y = L.Dense(3, activation="softmax", **named(4))(y)
  return keras.Model(x, y), numbers(5), classes(3), {"loss": "sparse_categorical_crossentropy", "optimizer": keras.optimizers.Adam(0.01)}


def cnn():
  x = keras.Input((8, 8, 2))
  y = L.Conv2D(4, 3, padding="same", activation="relu", **named(0))(x)
  y = L.MaxPooling2D()(y)
  y = L.Conv2D(3, 3, activation="relu", **named(1))(y)
  y = L.Dense(3, activation="softmax", **named(2))(L.Flatten()(y))
  return keras.Model(x, y), numbers(8, 8, 2), classes(3), {"loss": "sparse_categorical_crossentropy"}


def masked_bidirectional_lstm():
  x = keras.Input((6,), dtype="int32")
  y = L.Embedding(10, 4, mask_zero=True, **named(0))(x)
  y = L.Bidirectional(L.LSTM(3), **named(1))(y)
  y = L.Dense(1, activation="sigmoid", **named(2))(y)
  data = indices(6, below=9) + 1
  for row in range(ROWS):
    data[row, 6 - row % 4:] = 0  # padding
  return keras.Model(x, y), data, (classes(2) * 1.0).reshape(ROWS, 1), {"loss": "binary_crossentropy", "optimizer": faster()}


def attention():
  x = keras.Input((5, 6))
  y = L.MultiHeadAttention(2, 3, **named(0))(x, x)
  y = L.Dense(1, **named(1))(L.GlobalAveragePooling1D()(y))
  return keras.Model(x, y), numbers(5, 6), values(1), {"loss": "mean_squared_error"}


def embedding_gru():
  x = keras.Input((7,), dtype="int32")
  y = L.Embedding(12, 4, **named(0))(x)
  y = L.GRU(5, return_sequences=True, **named(1))(y)
  y = L.GRU(3, **named(2))(y)
  y = L.Dense(2, activation="softmax", **named(3))(y)
  return keras.Model(x, y), indices(7, below=12), classes(2), {"loss": "sparse_categorical_crossentropy", "optimizer": faster()}


def two_inputs_two_outputs():
  a, b = keras.Input((4,)), keras.Input((3,))
  u = L.Dense(5, activation="tanh", **named(0))(a)
  v = L.Dense(4, activation="relu", **named(1))(b)
  y = L.Dense(6, activation="elu", **named(2))(L.Concatenate()([u, v]))
  outputs = [L.Dense(1, **named(3))(y), L.Dense(3, activation="softmax", **named(4))(y)]
  losses = ["mean_squared_error", "sparse_categorical_crossentropy"]
  return (keras.Model([a, b], outputs), [numbers(4), numbers(3, shift=0.5)], [values(1), classes(3)],
          {"loss": losses, "loss_weights": [1.0, 0.5]})


def residual_layer_normalization():
  x = keras.Input((6,))
  y = x
  for i in range(2):
    h = L.LayerNormalization(**named(3 * i))(y)
    h = L.Dense(8, activation="gelu", **named(3 * i + 1))(h)
    y = L.Add()([y, L.Dense(6, **named(3 * i + 2))(h)])
  y = L.Dense(1, **named(6))(y)
  return keras.Model(x, y), numbers(6), values(1), {"loss": "mean_squared_error"}


def depthwise_conv():
  x = keras.Input((8, 8, 3))
  y = L.DepthwiseConv2D(3, depth_multiplier=2, padding="same", **named(0))(x)
  y = L.ReLU()(L.BatchNormalization(**named(1))(y))
  y = L.Conv2D(4, 1, **named(2))(y)
  y = L.Dense(2, activation="softmax", **named(3))(L.GlobalAveragePooling2D()(y))
  return keras.Model(x, y), numbers(8, 8, 3), classes(2), {"loss": "sparse_categorical_crossentropy", "optimizer": faster()}


def stateful():
  x = keras.Input(batch_shape=(4, 5, 3))
  y = L.LSTM(4, stateful=True, return_sequences=True, **named(0))(x)
  y = L.SimpleRNN(4, stateful=True, return_sequences=True, **named(1))(y)
  y = L.Bidirectional(L.GRU(3, stateful=True), **named(2))(y)
  y = L.Dense(1, **named(3))(y)
  return keras.Model(x, y), numbers(5, 3), values(1), {"loss": "mean_squared_error"}


MODELS = {f.__name__: f for f in (mlp, cnn, masked_bidirectional_lstm, attention, embedding_gru, two_inputs_two_outputs,
                                  residual_layer_normalization, depthwise_conv, stateful)}


def first_weight(j, k, weight):
  if "moving" in weight.name:
    return weight.numpy()
  return pattern(weight.shape, 0.4, 0.3, j + k + 1) + np.float32(weight.name == "gamma")


def expected(name, case):
  model, x, y, training = MODELS[name]()
  for layer in model.layers:
    if layer.weights:
      j = int(layer.name[1:])
      layer.set_weights([first_weight(j, k, w) for k, w in enumerate(layer.weights)])
  model.compile(**{"optimizer": keras.optimizers.SGD(0.05, momentum=0.9), **training})
  history = model.fit(x, y, batch_size=4, epochs=case["epochs"], shuffle=False, verbose=0).history
  fixed = isinstance(x, np.ndarray) and model.input_shape[0]
  predictions = model.predict(x, batch_size=fixed or 32, verbose=0)
  return {"loss": history["loss"], "predictions": [p[:4] for p in (predictions if isinstance(predictions, list) else [predictions])]}
