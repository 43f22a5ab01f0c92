"""The exercise of examples/wages.cc in Keras: python wages.py hourly_wages.csv"""
import sys

import keras
import matplotlib.pyplot as plt
import pandas as pd


def make_model(units, inputs, seed):
  keras.utils.set_random_seed(seed)
  model = keras.Sequential(name="wages")
  model.add(keras.Input((inputs,)))
  for n in units:
    model.add(keras.layers.Dense(n, activation="relu"))
  model.add(keras.layers.Dense(1))
  return model


def main():
  table = pd.read_csv(sys.argv[1])
  y = table["wage_per_hour"].to_numpy(dtype="float32")
  x = table.drop(columns="wage_per_hour").to_numpy(dtype="float32")
  for name, units in (("wider", [50, 50]), ("deeper", [10, 10, 10, 5]), ("9-10-5-1", [10, 5])):
    model = make_model(units, x.shape[1], 1)
    model.compile(optimizer="adam", loss="mean_squared_error", metrics=["mae"])
    history = model.fit(x, y, epochs=100, verbose=0, validation_split=0.3, callbacks=[
        keras.callbacks.EarlyStopping(patience=5),
        keras.callbacks.ModelCheckpoint("wages.keras", save_best_only=True)]).history
    print(f"{name}: {len(history['loss'])} epochs, training MSE {history['loss'][-1]:.3f}, "
          f"validation MSE {history['val_loss'][-1]:.3f}")
    plt.plot(history["val_loss"], label=name)
  plt.title("Validation loss")
  plt.xlabel("epoch")
  plt.ylabel("MSE")
  plt.legend()
  plt.savefig("wages.svg")

  best = keras.models.load_model("wages.keras")
  best.summary()
  for wage, predicted in zip(y[:2], best.predict(x[:2])):
    print(f"wage {wage:.2f}, predicted {predicted[0]:.2f}")


if __name__ == "__main__":
  main()
