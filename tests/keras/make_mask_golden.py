"""Prints mask_golden.h or mask_layer_golden.h: what models of Keras 3 give and learn whose sequences are padded.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=jax python make_mask_golden.py recurrent > mask_golden.h
  KERAS_BACKEND=jax python make_mask_golden.py layers > mask_layer_golden.h

Tokens are TOKENS, 0 being padding. Sequences [3, 6, 2] are sin(0.7 i + k) for element i of input k, counted from 0, and 0
where TOKENS are. Weight w, counted from 0, is 0.5 sin(0.3 i + w + 1). Then three steps of SGD with rate 0.5 on the mean
square of the results, whose losses follow, behind them the
mean absolute error before.
"""

import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

L = keras.layers
TOKENS = np.array([[1, 2, 3, 0, 0, 0], [4, 5, 6, 1, 2, 3], [0, 0, 2, 0, 1, 0]], np.int32)
WEIGHTS = np.array([[1], [2], [0.5]], np.float32).repeat(6, 1)
SEEN = (np.arange(36).reshape(1, 6, 6) % 5 != 0).repeat(3, 0)


def pattern(shape, scale, step, shift):
  values = scale * np.sin(step * np.arange(np.prod(shape)) + shift)
  return values.reshape(shape).astype(np.float32)


def sequence(k):
  return pattern((3, 6, 2), 1, 0.7, k) * (TOKENS != 0)[:, :, None]


def words(*layers):
  return keras.Sequential([keras.Input((6,), dtype="int32"), L.Embedding(7, 4, mask_zero=True), *layers])


def padded(*layers):
  return keras.Sequential([keras.Input((6, 2)), L.Masking(), *layers])


def attention(seen):
  tokens = keras.Input((6,), dtype="int32")
  inputs = [tokens]
  args = {"use_causal_mask": True}
  if seen:
    inputs.append(keras.Input((6, 6), dtype="bool"))
    args = {"attention_mask": inputs[1]}
  x = L.Embedding(7, 4, mask_zero=True)(tokens)
  y = L.MultiHeadAttention(2, 3)(x, x, **args)
  return keras.Model(inputs, L.Dense(2)(L.GlobalAveragePooling1D()(y)))


def merged():
  a, b = keras.Input((6, 2)), keras.Input((6, 2))
  x, y = L.Masking()(a), L.Masking(mask_value=0.5)(b)
  z = L.Concatenate()([L.Add()([x, y]), x])
  steps = L.Concatenate(axis=1)([z, L.Concatenate()([x, L.Dense(2)(b)])])
  return keras.Model([a, b], L.LSTM(2)(steps))


def decoder():
  a, tokens = keras.Input((6, 2)), keras.Input((6,), dtype="int32")
  _, h, c = L.LSTM(3, return_state=True)(L.Masking()(a))
  # Keras hands a mask on by itself only to calls of one tensor.
  results = L.LSTM(3, return_sequences=True, return_state=True)(
      L.Embedding(7, 4, mask_zero=True)(tokens), initial_state=[h, c], mask=keras.ops.not_equal(tokens, 0))
  return keras.Model([a, tokens], results)


def nested():
  within = keras.Sequential([keras.Input((6, 2)), L.Dense(3, activation="tanh"), L.GRU(3, return_sequences=True)])
  a = keras.Input((6, 2))
  return keras.Model(a, L.GRU(2)(within(L.Masking()(a))))


RECURRENT = [
    ("Lstm", words(L.LSTM(3), L.Dense(2)), "tokens", None),
    ("LstmSteps", words(L.LSTM(3, return_sequences=True), L.Dense(2)), "tokens", None),
    ("LstmStepsWeighted", words(L.LSTM(3, return_sequences=True), L.Dense(2)), "tokens", WEIGHTS),
    ("LstmZeroBackwards", words(L.LSTM(3, return_sequences=True, zero_output_for_mask=True, go_backwards=True),
                                L.Dropout(0.0), L.Activation("tanh")), "tokens", None),
    ("Gru", padded(L.GRU(3), L.Dense(2)), "a", None),
    ("GruZero", padded(L.GRU(3, zero_output_for_mask=True), L.Dense(2)), "a", None),
    ("GruBackwards", padded(L.LayerNormalization(), L.GRU(3, go_backwards=True), L.Dense(2)), "a", None),
    ("Bidirectional", padded(L.Bidirectional(L.LSTM(2, return_sequences=True)), L.GRU(3), L.Dense(2)), "a", None),
    ("BidirectionalLast", padded(L.Bidirectional(L.GRU(2), merge_mode="sum")), "a", None),
]
LAYERS = [
    ("TimeDistributed", padded(L.TimeDistributed(L.Dense(3, activation="relu")), L.ReLU(), L.LSTM(2)), "a", None),
    ("BatchNormalization", padded(L.BatchNormalization(epsilon=2.0), L.Dense(2)), "a", None),
    ("Attention", attention(False), "tokens", None),
    ("AttentionSeen", attention(True), "tokens,seen", None),
    ("Merged", merged(), "a,b", None),
    ("Decoder", decoder(), "a,tokens", None),
    ("Nested", nested(), "a", None),
]


def emit(name, values):
  values = np.concatenate([np.asarray(v).ravel() for v in values])
  print(f"inline constexpr double {name}[] = {{")
  for i in range(0, len(values), 6):
    print("    " + " ".join(f"{v:.8g}," for v in values[i:i + 6]))
  print("};")


def main():
  kind = sys.argv[1]
  guard = f"DAGRAD_TESTS_KERAS_{'MASK' if kind == 'recurrent' else 'MASK_LAYER'}_GOLDEN_H_"
  print(f"#ifndef {guard}\n#define {guard}\n")
  print(f"// Made by make_mask_golden.py {kind} with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras_parity {\n")
  data = {"tokens": TOKENS, "a": sequence(0), "b": sequence(1), "seen": SEEN}
  for name, model, inputs, weights in {"recurrent": RECURRENT, "layers": LAYERS}[kind]:
    x = [data[k] for k in inputs.split(",")]
    model.set_weights([pattern(w.shape, 0.5, 0.3, i + 1) for i, w in enumerate(model.get_weights())])
    y = model.predict(x, verbose=0)
    one = not isinstance(y, (list, tuple))
    emit(f"k{name}Results", [y] if one else y)
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.5),
                  loss="mean_squared_error" if one else ["mean_squared_error"] * len(y),
                  metrics=["mae"] if one else None)
    targets = np.zeros_like(y) if one else [np.zeros_like(v) for v in y]
    # A step on JAX shows metrics without the mask, which does not come out of the gradient's trace; an evaluation with it.
    evaluated = model.evaluate(x, targets, batch_size=3, verbose=0, return_dict=True)
    history = model.fit(x, targets, batch_size=3, epochs=3, verbose=0, sample_weight=weights)
    emit(f"k{name}Losses", [history.history["loss"]] + ([evaluated["mae"]] if one else []))
    emit(f"k{name}Trained", model.get_weights())
  print("\n}  // namespace dagrad::keras_parity\n")
  print(f"#endif  // {guard}")


if __name__ == "__main__":
  main()
