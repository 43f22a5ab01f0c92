"""The exercise of examples/fashion_mnist.cc in Keras: python fashion_mnist.py [folder [epochs]]"""
import sys
import time

import keras
import matplotlib.pyplot as plt
import numpy as np

from images import read_images

layers = keras.layers


def make_model():
  keras.utils.set_random_seed(1)
  model = keras.Sequential(name="fashion_mnist")
  model.add(keras.Input((28, 28, 1)))
  model.add(layers.Conv2D(32, 3, padding="same", activation="relu"))
  model.add(layers.MaxPooling2D(2))
  model.add(layers.Conv2D(64, 3, padding="same", activation="relu"))
  model.add(layers.MaxPooling2D(2))
  model.add(layers.Flatten())
  model.add(layers.Dropout(0.3))
  model.add(layers.Dense(128, activation="relu"))
  model.add(layers.Dense(10, activation="softmax"))
  return model


def draw(file, images, columns):
  for i, image in enumerate(images):
    plt.subplot((len(images) + columns - 1) // columns, columns, i + 1)
    plt.imshow(image, cmap="gray", vmin=images.min(), vmax=images.max())
    plt.axis("off")
  plt.savefig(file)


def main():
  folder = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/datasets/fashion-mnist"
  epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 10
  train, test = read_images(folder, "train"), read_images(folder, "t10k")
  model = make_model()
  rate = keras.optimizers.schedules.CosineDecay(0.0015, epochs * (60000 // 64 + 1))
  model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
  model.summary()
  start = time.time()
  model.fit(*train, batch_size=64, epochs=epochs)
  print(f"Time per epoch: {(time.time() - start) / epochs:.1f} s")
  loss, accuracy = model.evaluate(*test, batch_size=256)
  print(f"Test accuracy: {100 * accuracy:.2f} %, test loss: {loss:.4f}")
  draw("fashion_mnist_images.svg", test[0][:9, ..., 0], 3)
  draw("fashion_mnist_filters.svg", np.moveaxis(model.get_weights()[0][:, :, 0], -1, 0), 6)
  model.save("fashion_mnist.keras")
  loaded = keras.models.load_model("fashion_mnist.keras")
  same = np.array_equal(model.predict(test[0], batch_size=256), loaded.predict(test[0], batch_size=256))
  print(f"Reloaded, it predicts {'the same' if same else 'other'} bits")


if __name__ == "__main__":
  main()
