"""The exercise of examples/property_prices.cc in Keras: python property_prices.py sales.csv [epochs]"""
import sys

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn import compose, model_selection, pipeline, preprocessing


def main():
  table = pd.read_csv(sys.argv[1])
  epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 40
  print(table.head(), table.describe(), table.groupby("city").mean(numeric_only=True), sep="\n")
  correlations = table.corr(numeric_only=True)
  plt.matshow(correlations, cmap="RdBu_r", vmin=-1, vmax=1)
  plt.xticks(range(len(correlations)), correlations.columns)
  plt.yticks(range(len(correlations)), correlations.columns)
  plt.savefig("property_correlation.svg")

  table["lift"] = table["lift"].fillna("no")
  train, test = model_selection.train_test_split(table, test_size=0.25)
  y, y_test = train[["price"]], test["price"].to_numpy()
  scale = preprocessing.StandardScaler().fit(y)
  encode = pipeline.make_pipeline(
      compose.ColumnTransformer([("categories", preprocessing.OneHotEncoder(sparse_output=False), ["city", "type", "lift"]),
                                 ("numbers", "passthrough", ["area", "rooms", "floor", "year", "distance"])]),
      preprocessing.StandardScaler())
  x = encode.fit_transform(train)

  keras.utils.set_random_seed(1)
  model = keras.Sequential(name="prices")
  model.add(keras.layers.Dense(64, activation="relu"))
  model.add(keras.layers.Dense(32, activation="relu"))
  model.add(keras.layers.Dense(1))
  model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
  history = model.fit(x, scale.transform(y), epochs=epochs, verbose=0, validation_split=0.2).history
  plt.figure()
  plt.plot(history["loss"], label="training")
  plt.plot(history["val_loss"], label="validation")
  plt.legend()
  plt.savefig("property_history.svg")

  predicted = scale.inverse_transform(model.predict(encode.transform(test)))[:, 0]
  off = np.mean(np.abs(predicted / y_test - 1))
  print(f"Mean error on sales not seen: {100 * off:.1f} %")
  for i in range(3):
    print(f"price {y_test[i]:.0f}, predicted {predicted[i]:.0f}")


main()
