"""The exercise of examples/languages.cc in Keras: python languages.py [/usr/share/dict | imdb]"""
import sys

import keras
import numpy as np
from sklearn import metrics, model_selection

layers = keras.layers
STEPS = 20
LANGUAGES = ["english", "french", "german", "spanish"]
FILES = ["american-english", "french", "ngerman", "spanish"]


def read_words(folder):
  language_of = {}
  for k, name in enumerate(FILES):
    with open(f"{folder}/{name}", encoding="utf-8") as file:
      for word in file.read().split("\n"):
        if len(word.encode()) < 4 or "'" in word:
          continue
        word = word.lower()
        language_of[word] = k if language_of.get(word, k) == k else -1
  return language_of


def pad(words):
  return keras.utils.pad_sequences([list(w.encode()) for w in words], maxlen=STEPS, padding="post")


def draw(language_of, count):
  rng = np.random.default_rng(1)
  words, labels = [], []
  for k in range(len(FILES)):
    mine = [w for w, language in language_of.items() if language == k]
    words += list(rng.permutation(mine)[:count])
    labels += [k] * min(count, len(mine))
  return pad(words), np.array(labels)


def convolutional(symbols, classes):
  model = keras.Sequential(name="convolutional")
  model.add(layers.Embedding(symbols, 24))
  model.add(layers.Conv1D(128, 4, padding="same", activation="relu"))
  model.add(layers.GlobalMaxPooling1D())
  model.add(layers.Dropout(0.2))
  model.add(layers.Dense(64, activation="relu"))
  model.add(layers.Dense(classes, activation="softmax"))
  return model


def recurrent(symbols, classes):
  model = keras.Sequential(name="recurrent")
  model.add(layers.Embedding(symbols, 24, mask_zero=True))
  model.add(layers.Bidirectional(layers.LSTM(48)))
  model.add(layers.Dropout(0.2))
  model.add(layers.Dense(classes, activation="softmax"))
  return model


def learn(model, x_train, x_test, y_train, y_test, names):
  model.compile(optimizer=keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
  model.fit(x_train, y_train, batch_size=128, epochs=6, verbose=2)
  predicted = model.predict(x_test, batch_size=256).argmax(axis=1)
  print(metrics.classification_report(y_test, predicted, target_names=names))
  print(f"{model.name}: accuracy on those not seen {(predicted == y_test).mean():.4f}")


def imdb():
  (x_train, y_train), (x_test, y_test) = keras.datasets.imdb.load_data(num_words=10000)
  x_train = keras.utils.pad_sequences(x_train, maxlen=200)
  x_test = keras.utils.pad_sequences(x_test, maxlen=200)
  for make in (convolutional, recurrent):
    learn(make(10000, 2), x_train, x_test, y_train, y_test, ["negative", "positive"])


def main():
  folder = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/dict"
  if folder == "imdb":
    imdb()
    return
  x, y = draw(read_words(folder), 25000)
  split = model_selection.train_test_split(x, y, test_size=0.2, stratify=y)
  for make in (convolutional, recurrent):
    model = make(256, 4)
    learn(model, *split, LANGUAGES)
    language = model.predict(pad(["schmetterling"])).argmax()
    print(f'"schmetterling" is {LANGUAGES[language]}')


if __name__ == "__main__":
  main()
