"""The exercise of examples/sequences.cc in Keras: python sequences.py [epochs]"""
import sys

import keras
import matplotlib.pyplot as plt
import numpy as np

STEPS, TRAINING, WINDOW = 2000, 1600, 24


def make_series():
  t = np.arange(STEPS)
  noise = np.random.default_rng(1).normal(size=STEPS)
  waves = np.sin(t / 24 * 2 * np.pi) + 0.5 * np.sin(t / 168 * 2 * np.pi)
  return (waves + 0.1 * noise).astype("float32")[:, None]


def pieces(series, first, count):
  return series[first:first + WINDOW * count].reshape(count, WINDOW, 1)


class Anew(keras.callbacks.Callback):
  def on_epoch_begin(self, epoch, logs=None):
    self.model.layers[0].reset_state()


def stateful(epochs, series):
  trained = TRAINING // WINDOW + 1
  tested = (STEPS - 1) // WINDOW - trained
  model = keras.Sequential(name="stateful")
  model.add(keras.Input(batch_shape=(1, WINDOW, 1)))
  model.add(keras.layers.LSTM(24, return_sequences=True, stateful=True))
  model.add(keras.layers.Dense(1))
  model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
  x, y = pieces(series, 0, trained), pieces(series, 1, trained)
  model.fit(x, y, batch_size=1, epochs=epochs, verbose=0, shuffle=False, callbacks=[Anew()])
  model.layers[0].reset_state()
  model.predict(x, batch_size=1, verbose=0)  # up to the test's begin
  p = model.predict(pieces(series, WINDOW * trained, tested), batch_size=1, verbose=0)
  error = np.mean((p - pieces(series, WINDOW * trained + 1, tested))**2)
  print(f"stateful LSTM: MSE {error:.4f}")
  return p.ravel()[TRAINING + WINDOW - WINDOW * trained - 1:]


def main(epochs=20):
  series = make_series()
  before, following = series[:-WINDOW], series[WINDOW:]
  test = keras.utils.timeseries_dataset_from_array(before, following, WINDOW, batch_size=STEPS, start_index=TRAINING)
  windows, targets = next(iter(test))
  last = series[TRAINING + WINDOW - 1:-1]
  print(f"no change: MSE {np.mean((series[TRAINING + WINDOW:] - last)**2):.4f}")
  plt.plot(series[TRAINING + WINDOW:], label="true")
  for name, layer in [("SimpleRNN", keras.layers.SimpleRNN(24)), ("LSTM", keras.layers.LSTM(24)), ("GRU", keras.layers.GRU(24))]:
    model = keras.Sequential([keras.Input((WINDOW, 1)), layer, keras.layers.Dense(1)], name=name)
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    training = keras.utils.timeseries_dataset_from_array(
        before, following, WINDOW, batch_size=64, shuffle=True, end_index=TRAINING)
    model.fit(training, epochs=epochs, verbose=0)
    print(f"{name}: MSE {model.evaluate(windows, targets, verbose=0):.4f}")
    plt.plot(model.predict(windows, verbose=0), label=name)
  plt.plot(stateful(epochs, series), label="stateful LSTM")
  plt.legend()
  plt.savefig("sequences.svg")


if __name__ == "__main__":
  main(*map(int, sys.argv[1:]))
