"""The exercise of examples/segmentation.cc in Keras: python segmentation.py [folder [epochs [images]]]"""
import sys

import keras
import numpy as np

from images import read_images

layers = keras.layers
CLASSES = ["background", "clothes", "shoes", "bag"]
CLASS_OF = np.array([1, 1, 1, 1, 1, 2, 1, 2, 3, 2])


def masks(pixels, labels):
  return np.where(pixels[..., 0] > 0.1, CLASS_OF[labels][:, None, None], 0).astype("int32")


def make_model():
  keras.utils.set_random_seed(1)
  model = keras.Sequential(name="segmentation")
  model.add(keras.Input((28, 28, 1)))
  model.add(layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"))
  model.add(layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"))
  model.add(layers.Conv2D(64, 7, padding="same", activation="relu"))
  model.add(layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu"))
  model.add(layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu"))
  model.add(layers.Conv2D(4, 3, padding="same", activation="softmax"))
  return model


def print_scores(truth, p):
  said = np.argmax(p, axis=-1)
  scores = []
  for k, name in enumerate(CLASSES):
    both = np.sum((said == k) & (truth == k))
    scores.append(both / np.sum((said == k) | (truth == k)))
    print(f"IoU of {name}: {scores[-1]:.3f}")
  print(f"Mean IoU on images not seen: {np.mean(scores):.3f}")


def main():
  folder = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/datasets/fashion-mnist"
  epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
  count = int(sys.argv[3]) if len(sys.argv) > 3 else 10000
  train, test = read_images(folder, "train", count), read_images(folder, "t10k", 1000)
  model = make_model()
  model.summary()
  model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
  model.fit(train[0], masks(*train), batch_size=32, epochs=epochs)
  print_scores(masks(*test), model.predict(test[0]))


main()
