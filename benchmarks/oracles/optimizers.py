"""The exercise of examples/optimizers.cc in Keras: python optimizers.py"""
import keras
import matplotlib.pyplot as plt
import numpy as np


def losses(x, y, optimizer, batch_size):
  keras.utils.set_random_seed(0)
  model = keras.Sequential(name="sine")
  model.add(keras.Input((1,)))
  model.add(keras.layers.Dense(32, activation="tanh"))
  model.add(keras.layers.Dense(1))
  model.compile(optimizer=optimizer, loss="mse")
  return model.fit(x, y, batch_size=batch_size, epochs=60, verbose=0).history["loss"]


def draw(title, file, runs):
  plt.figure()
  for name, values in runs:
    print(f"{name}: loss {values[-1]:.6f}")
    plt.semilogy(values, label=name)
  plt.title(title)
  plt.xlabel("epoch")
  plt.ylabel("loss")
  plt.legend()
  plt.savefig(file)


def main():
  x = (np.arange(256, dtype="float32") / 128 - 1)[:, None]
  y = np.sin(3 * x)
  o = keras.optimizers
  optimizers = [("SGD", o.SGD(0.01)), ("momentum", o.SGD(0.01, momentum=0.9)), ("Adagrad", o.Adagrad(0.01)),
                ("RMSprop", o.RMSprop(0.01)), ("Adam", o.Adam(0.01))]
  draw("Optimizers", "optimizers.svg", [(name, losses(x, y, made, 32)) for name, made in optimizers])
  sizes = [("batch", 256), ("mini-batch", 32), ("stochastic", 1)]
  draw("Batches of SGD", "batches.svg", [(name, losses(x, y, o.SGD(0.01), size)) for name, size in sizes])


if __name__ == "__main__":
  main()
