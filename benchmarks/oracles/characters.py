"""The exercise of examples/characters.cc in Keras: python characters.py [words [count [epochs [temperature]]]]"""
import re
import sys

import keras
import numpy as np

STEPS, BEGIN = 12, 27  # 0 ends a word and follows it, 1 to 26 are a to z


def read_words(path, count):
  with open(path) as file:
    words = [w for w in file.read().split("\n") if re.fullmatch("[a-z]{4,11}", w)]
  count = min(count, len(words))
  return [words[i * len(words) // count] for i in range(count)]


def sequences(words):
  letters = [[ord(c) - ord("a") + 1 for c in word] for word in words]
  pad = lambda rows: keras.utils.pad_sequences(rows, maxlen=STEPS, padding="post")
  return pad([[BEGIN] + row for row in letters]), pad(letters)


def make_up_words(model, temperature, count=20):
  random = np.random.default_rng(1)
  x = np.zeros((count, STEPS), "int32")
  x[:, 0] = BEGIN
  words, ended = [""] * count, np.zeros(count, bool)
  for t in range(STEPS):
    p = model.predict(x, verbose=0)[:, t, :BEGIN] ** (1 / temperature)
    for i in range(count):
      drawn = random.choice(BEGIN, p=p[i] / p[i].sum())
      ended[i] |= drawn == 0
      if ended[i]:
        continue
      words[i] += chr(ord("a") + drawn - 1)
      if t + 1 < STEPS:
        x[i, t + 1] = drawn
  print("Made up:", *words)


def main():
  arguments = sys.argv[1:] + ["/usr/share/dict/american-english", "20000", "8", "0.7"][len(sys.argv) - 1:]
  x, y = sequences(read_words(arguments[0], int(arguments[1])))
  keras.utils.set_random_seed(1)
  model = keras.Sequential(name="characters")
  model.add(keras.layers.Embedding(28, 32, mask_zero=True))
  model.add(keras.layers.GRU(128, return_sequences=True))
  model.add(keras.layers.Dense(28, activation="softmax"))
  model.compile(optimizer=keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy")
  history = model.fit(x, y, batch_size=128, epochs=int(arguments[2]), verbose=2).history
  print(f"loss {history['loss'][-1]:.3f}, of guesses {np.log(27):.3f}")
  make_up_words(model, float(arguments[3]))


main()
