"""The exercise of examples/basketball.cc in Keras: python basketball.py FILE.csv [MODEL.keras]"""
import sys

import keras
import pandas as pd


def train(x, y):
  keras.utils.set_random_seed(0)
  model = keras.Sequential(name="basketball")
  model.add(keras.Input((10,)))
  model.add(keras.layers.BatchNormalization(center=False, scale=False))
  for _ in range(3):
    model.add(keras.layers.Dense(100, activation="relu"))
  model.add(keras.layers.Dense(2, activation="softmax"))
  model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
  model.fit(x, keras.utils.to_categorical(y), epochs=15, verbose=2, validation_split=0.3,
            callbacks=[keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)])
  return model


def main():
  table = pd.read_csv(sys.argv[1])
  y = (table["shot_result"] == "made").to_numpy(dtype="int64")
  x = table.drop(columns="shot_result")
  x = x.fillna(x.mean()).to_numpy(dtype="float32")
  if len(sys.argv) > 2:
    model = keras.models.load_model(sys.argv[2])
  else:
    model = train(x, y)
    model.save("basketball.keras")
  model.summary()
  p = model.predict(x)
  for i in range(5):
    print(f"shot {i + 1} is made with probability {p[i, 1]:.9g}")
  print(f"Accuracy: {(p.argmax(axis=1) == y).mean():.4f}")


if __name__ == "__main__":
  main()
