"""The exercise of examples/augmentation.cc in Keras: python augmentation.py [folder [epochs [images]]]"""
import sys

import keras

from images import read_images

layers = keras.layers


def make_model(augmented):
  keras.utils.set_random_seed(1)
  model = keras.Sequential(name="augmented" if augmented else "plain")
  model.add(keras.Input((28, 28, 1)))
  if augmented:
    model.add(layers.RandomFlip("horizontal"))
    model.add(layers.RandomRotation(0.02, fill_mode="constant"))
    model.add(layers.RandomTranslation(0.06, 0.06, fill_mode="constant"))
    model.add(layers.RandomZoom(0.08, fill_mode="constant"))
  model.add(layers.Conv2D(32, 3, padding="same", activation="relu"))
  model.add(layers.MaxPooling2D(2))
  model.add(layers.Conv2D(64, 3, padding="same", activation="relu"))
  model.add(layers.MaxPooling2D(2))
  model.add(layers.Flatten())
  model.add(layers.Dense(64, activation="relu"))
  model.add(layers.Dense(10, activation="softmax"))
  return model


def main():
  folder = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/datasets/fashion-mnist"
  epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 40
  count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
  train, test = read_images(folder, "train", count), read_images(folder, "t10k", 2000)
  for augmented in (False, True):
    model = make_model(augmented)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*train, batch_size=32, epochs=epochs, verbose=0)
    seen = model.evaluate(*train, verbose=0)[1]
    other = model.evaluate(*test, verbose=0)[1]
    print(f"{model.name}: accuracy {seen:.3f} on the training images, {other:.3f} on others")


main()
