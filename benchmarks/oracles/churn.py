"""The exercise of examples/churn.cc in Keras: python churn.py Churn_Modelling.csv"""
import pickle
import sys

import keras
import matplotlib.pyplot as plt
import pandas as pd
from sklearn import compose, metrics, model_selection, pipeline, preprocessing

NUMBERS = ["CreditScore", "Age", "Tenure", "Balance", "NumOfProducts", "HasCrCard", "IsActiveMember", "EstimatedSalary"]
CATEGORIES = ["Geography", "Gender"]


def train(x, y, epochs):
  keras.utils.set_random_seed(0)
  model = keras.Sequential(name="churn")
  model.add(keras.Input((x.shape[1],)))
  model.add(keras.layers.Dense(6, activation="relu"))
  model.add(keras.layers.Dense(6, activation="relu"))
  model.add(keras.layers.Dense(1, activation="sigmoid"))
  model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
  model.fit(x, y, epochs=epochs, verbose=0, class_weight={0: 1, 1: 2})
  return model


def main():
  table = pd.read_csv(sys.argv[1])
  x, y = table[NUMBERS + CATEGORIES], table["Exited"].to_numpy()
  x_train, x_test, y_train, y_test = model_selection.train_test_split(x, y, test_size=0.2, stratify=y)
  encode = pipeline.make_pipeline(
      compose.ColumnTransformer([("numbers", "passthrough", NUMBERS),
                                 ("categories", preprocessing.OneHotEncoder(sparse_output=False), CATEGORIES)]),
      preprocessing.StandardScaler())
  x_train = encode.fit_transform(x_train)
  x_test = encode.transform(x_test)

  folds = model_selection.StratifiedKFold(5, shuffle=True, random_state=0)
  for k, (fit, rest) in enumerate(folds.split(x_train, y_train)):
    model = train(x_train[fit], y_train[fit], 11)
    accuracy = model.evaluate(x_train[rest], y_train[rest], verbose=0)[1]
    print(f"fold {k + 1}: accuracy {accuracy:.4f}")

  model = train(x_train, y_train, 30)
  model.save("churn.keras")
  with open("churn.pickle", "wb") as file:
    pickle.dump(encode, file)
  scores = model.predict(x_test)[:, 0]
  predicted = scores > 0.5
  metrics.ConfusionMatrixDisplay.from_predictions(y_test, predicted, display_labels=["stays", "leaves"])
  plt.savefig("churn_confusion.svg")
  print(metrics.classification_report(y_test, predicted))
  print(f"Area under the ROC curve: {metrics.roc_auc_score(y_test, scores):.4f}")

  saved = keras.models.load_model("churn.keras")
  with open("churn.pickle", "rb") as file:
    encode = pickle.load(file)
  customer = pd.DataFrame([[600, 40, 3, 60000, 2, 1, 1, 50000, "France", "Male"]], columns=NUMBERS + CATEGORIES)
  leaves = saved.predict(encode.transform(customer))[0, 0]
  print(f"A customer from France, 40 years old, leaves with probability {leaves:.3f}")


if __name__ == "__main__":
  main()
