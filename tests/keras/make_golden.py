"""Fills in what Keras gives for golden cases.

Run in the environment that `tools/setup --oracles` makes, from the folder of this file:
  python make_golden.py golden/layers/Dense.json …   writes "expected" into every case of these files
  python make_golden.py                              the same of all files
  python make_golden.py --classes                    writes golden/keras_classes.json, the names of Keras's classes, and
                                                     golden/keras_names.json, the strings that stand for them

README.md says what stands in a case.
"""

import importlib
import inspect
import json
import os
import pathlib
import sys
import textwrap

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position
from keras.src.utils.naming import to_snake_case  # pylint: disable=wrong-import-position

import golden_callbacks  # pylint: disable=wrong-import-position
import golden_layers  # pylint: disable=wrong-import-position
import golden_losses  # pylint: disable=wrong-import-position
import golden_models  # pylint: disable=wrong-import-position
import golden_rules  # pylint: disable=wrong-import-position

GOLDEN = pathlib.Path(__file__).parent / "golden"
KINDS = {
    "callbacks": golden_callbacks.expected,
    "layers": golden_layers.expected,
    "losses": golden_losses.expected_loss,
    "metrics": golden_losses.expected_metric,
    "models": golden_models.expected,
    "optimizers": golden_rules.optimizer,
    "schedules": golden_rules.schedule,
    "regularizers": golden_rules.regularizer,
    "constraints": golden_rules.constraint,
    "initializers": golden_rules.initializer,
    "activations": golden_rules.activation,
}
WIDTH = 118


def names_of(module):
  """The classes of a module, each by one name, the shortest of the class's own and its aliases."""
  classes = {}
  for name in dir(module):
    value = getattr(module, name)
    if inspect.isclass(value) and value is not keras.InputSpec:
      classes.setdefault(value, []).append(name)
  return sorted(c.__name__ if c.__name__ in names else names[0] for c, names in classes.items())


def write_classes():
  kinds = {kind: names_of(getattr(keras, kind))
           for kind in ("layers", "losses", "metrics", "optimizers", "callbacks", "regularizers", "constraints", "initializers")}
  kinds["schedules"] = names_of(keras.optimizers.schedules)
  kinds["activations"] = [name for name in dir(keras.activations) if not name.startswith("_")]
  (GOLDEN / "keras_classes.json").write_text(text_of({"version": keras.__version__, **kinds}) + "\n")


def strings_of(kind):
  """What keras.<kind>.get takes for each class: its own names, and those of its function."""
  module = importlib.import_module(f"keras.src.{kind}")
  classes = {to_snake_case(c.__name__): c.__name__ for c in module.ALL_OBJECTS if inspect.isclass(c)}
  strings = {}
  for string, value in module.ALL_OBJECTS_DICT.items():
    name = value.__name__
    strings.setdefault(name if inspect.isclass(value) else classes.get(name, name), set()).add(string)
    if kind == "optimizers":  # whatever the case
      strings[name] |= {name, name.upper()}
  return {name: sorted(strings[name]) for name in sorted(strings)}


def keys_of_history(metrics):
  """Those that fit gives for metrics by their strings."""
  model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax")])
  model.compile("sgd", "categorical_crossentropy", metrics=metrics)
  return sorted(model.fit(np.ones((3, 2)), np.eye(3), verbose=0).history)


def write_names():
  names = {kind: strings_of(kind) for kind in ("losses", "metrics", "optimizers", "regularizers", "constraints", "initializers",
                                               "activations")}
  metrics = ["MSE", "mse", "mean_squared_error", "MeanSquaredError", "MAPE", "BCE", "LogCoshError", "log_cosh_error", "AUC",
             "KLDivergence", "acc", "accuracy", "Accuracy", "ACC"]
  history = {"metrics": metrics, "keys": keys_of_history(metrics)}
  (GOLDEN / "keras_names.json").write_text(text_of({"version": keras.__version__, **names, "history": history}) + "\n")


def plain(value):
  """What json writes, with floats of as many digits as float32 has, and those that are not finite as texts."""
  if isinstance(value, dict):
    return {key: plain(item) for key, item in value.items()}
  if isinstance(value, (list, tuple)):
    return [plain(item) for item in value]
  if isinstance(value, (np.ndarray, np.generic)):
    return [plain(item) for item in value.ravel().tolist()]
  if isinstance(value, float):
    if not np.isfinite(value):
      return str(value)
    return 0.0 if value == 0 else float(f"{value:.8g}")
  return value


def text_of(value, indent=0, column=0):
  """JSON: what fits in the line behind `column` in one, long lists of numbers in lines that are full."""
  flat = json.dumps(value)
  if max(column, indent) + len(flat) <= WIDTH or not isinstance(value, (dict, list)):
    return flat
  pad, end = "\n" + " " * (indent + 1), "\n" + " " * indent
  if isinstance(value, dict):
    heads = [json.dumps(key) + ": " for key in value]
    items = [head + text_of(item, indent + 1, indent + 1 + len(head)) for head, item in zip(heads, value.values())]
    return "{" + pad + ("," + pad).join(items) + end + "}"
  if any(isinstance(item, (dict, list)) for item in value):
    return "[" + pad + ("," + pad).join(text_of(item, indent + 1) for item in value) + end + "]"
  return "[" + pad + pad.join(textwrap.wrap(flat[1:-1], WIDTH - indent - 1)) + end + "]"


def fill(path):
  kind, name = path.parent.name, path.stem
  golden = json.loads(path.read_text())
  for case in golden["cases"]:
    case.pop("expected", None)
    case["expected"] = plain(KINDS[kind](name, case))
  path.write_text(text_of({"keras": keras.__version__, "cases": golden["cases"]}) + "\n")


def main():
  if sys.argv[1:] == ["--classes"]:
    write_classes()
    write_names()
    return
  paths = [pathlib.Path(p).resolve() for p in sys.argv[1:]] or sorted(GOLDEN.glob("*/*.json"))
  for path in paths:
    try:
      fill(path)
    except Exception as error:
      raise SystemExit(f"{path}: {error!r}") from error


if __name__ == "__main__":
  main()
