"""The exercise of examples/titanic.cc in Keras: python titanic.py titanictrain.csv"""
import sys

import keras
import matplotlib.pyplot as plt
import pandas as pd
from sklearn import metrics, model_selection, preprocessing

layers = keras.layers


def plain(units):
  keras.utils.set_random_seed(1)
  model = keras.Sequential(name="plain")
  model.add(keras.Input((7,)))
  model.add(layers.Dense(units, activation="relu"))
  model.add(layers.Dense(units, activation="relu"))
  model.add(layers.Dense(1, activation="sigmoid"))
  return model


def regularized():
  keras.utils.set_random_seed(1)
  model = keras.Sequential(name="regularized")
  model.add(keras.Input((7,)))
  for units in (64, 32):
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.BatchNormalization())
    model.add(layers.Dropout(0.3))
  model.add(layers.Dense(1, activation="sigmoid"))
  return model


def train(model, data, epochs):
  x_train, x_test, y_train, y_test = data
  model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy", "auc"])
  return model.fit(x_train, y_train, epochs=epochs, verbose=0, validation_data=(x_test, y_test)).history


def read(path):
  table = pd.read_csv(path)
  x = table[["Pclass", "Sex", "Age", "SibSp", "Parch", "Fare", "Embarked"]].copy()
  x["Sex"] = x["Sex"].map({"male": 0, "female": 1})
  x["Age"] = x["Age"].fillna(x["Age"].mean())
  x["Embarked"] = x["Embarked"].fillna("S").map({"S": 0, "C": 1, "Q": 2})
  return x, table["Survived"]


def main():
  x, y = read(sys.argv[1])
  plt.matshow(x.corr(), cmap="RdBu_r", vmin=-1, vmax=1)
  plt.xticks(range(7), x.columns)
  plt.yticks(range(7), x.columns)
  plt.savefig("titanic_correlation.svg")
  print(x.corr())

  x_train, x_test, y_train, y_test = model_selection.train_test_split(x, y, test_size=0.2, random_state=1, stratify=y)
  scaler = preprocessing.StandardScaler().fit(x_train)
  data = scaler.transform(x_train), scaler.transform(x_test), y_train, y_test

  widths = [2, 8, 32, 100]
  histories = [train(plain(units), data, 51) for units in widths]
  plt.figure()
  for key in ("accuracy", "val_accuracy"):
    plt.plot(widths, [h[key][-1] for h in histories], label=key)
  plt.xlabel("units")
  plt.legend()
  plt.savefig("titanic_validation.svg")

  first = train(plain(100), data, 100)
  model = regularized()
  second = train(model, data, 100)
  model.summary()
  plt.figure()
  plt.plot(second["loss"], label="training")
  plt.plot(second["val_loss"], label="validation")
  plt.legend()
  plt.savefig("titanic_history.svg")
  print(f"Best validation accuracy: model 1 {max(first['val_accuracy']):.4f}, model 2 {max(second['val_accuracy']):.4f}")

  scores = model.predict(data[1])[:, 0]
  predicted = scores > 0.5
  names = ["died", "survived"]
  metrics.ConfusionMatrixDisplay.from_predictions(y_test, predicted, display_labels=names)
  plt.savefig("titanic_confusion.svg")
  print(metrics.classification_report(y_test, predicted, target_names=names))
  metrics.RocCurveDisplay.from_predictions(y_test, scores)
  plt.savefig("titanic_roc.svg")
  model.save("titanic.keras")


if __name__ == "__main__":
  main()
