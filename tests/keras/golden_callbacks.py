"""What a training of Keras with a callback gives for a golden case.

Dense(1) with weight i, element k 0.5 sin(0.3 k + i + 1); x [6, 4] is scale_of_data · sin(0.7 i), y [6, 1] cos(1.3 i); to
validate with sin(0.9 i + 0.4) and cos(0.8 i). SGD with rate 0.2 and momentum 0.9, which overshoots; batches of 3 in order.
"""

import csv
import glob
import os
import tempfile

import keras
import numpy as np
import tensorflow as tf

from golden_patterns import pattern

C = keras.callbacks
OF_THE_RUN = ("epochs", "scale_of_data", "rate_of_optimizer", "broken_off", "ema_momentum")


class StopsBelow(C.Callback):
  """A callback of a program's own, as golden_callback.cc has it."""

  def __init__(self, loss):
    super().__init__()
    self.loss = loss

  def on_epoch_end(self, epoch, logs=None):
    if logs["loss"] < self.loss:
      self.model.stop_training = True


class BreaksOff(C.Callback):

  def __init__(self, at):
    super().__init__()
    self.at = at

  def on_epoch_begin(self, epoch, logs=None):
    if epoch == self.at:
      raise InterruptedError


def counting(calls):
  def count(i):
    def function(*_, **__):
      calls[i] += 1
    return function

  return C.LambdaCallback(on_epoch_begin=count(0), on_epoch_end=count(1), on_train_begin=count(2), on_train_end=count(3),
                          on_train_batch_begin=count(4), on_train_batch_end=count(5))


def make(name, config, folder, calls):
  config = {key: value for key, value in config.items() if key not in OF_THE_RUN}
  if name in ("History", "ProgbarLogger"):
    return []
  if name == "ModelCheckpoint":
    return [C.ModelCheckpoint(folder + config.pop("filepath") + ".keras", **config)]
  if name == "LearningRateScheduler":
    every = config["every"]
    return [C.LearningRateScheduler(lambda epoch, lr: lr * 0.5 if epoch % every == every - 1 else lr)]
  if name == "CSVLogger":
    return [C.CSVLogger(folder + "log.csv", **config)]
  if name == "BackupAndRestore":
    return [C.BackupAndRestore(folder + "backup")]
  if name == "TensorBoard":
    return [C.TensorBoard(folder + "logs", write_graph=False, **config)]
  if name == "Callback":
    return [StopsBelow(**config)]
  if name == "CallbackList":
    return [C.ReduceLROnPlateau(patience=1), C.EarlyStopping(patience=5)]
  if name == "LambdaCallback":
    return [counting(calls)]
  return [getattr(C, name)(**config)]


def train(config, callbacks):
  inputs = keras.Input((4,))
  model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
  model.set_weights([pattern(w.shape, 0.5, 0.3, i + 1) for i, w in enumerate(model.get_weights())])
  rate = config.get("rate_of_optimizer", 0.2)
  averages = {"use_ema": True, "ema_momentum": config["ema_momentum"]} if "ema_momentum" in config else {}
  model.compile(optimizer=keras.optimizers.SGD(rate, momentum=0.9, **averages), loss="mse", metrics=["mae"])
  x = pattern((6, 4), config.get("scale_of_data", 1.0), 0.7, 0)
  y = pattern((6, 1), 1, 1.3, np.pi / 2)
  validation = (pattern((6, 4), 1, 0.9, 0.4), pattern((6, 1), 1, 0.8, np.pi / 2))
  history = model.fit(x, y, batch_size=3, epochs=config.get("epochs", 14), shuffle=False, verbose=0,
                      validation_data=validation, callbacks=callbacks).history
  return history, model.get_weights()


def events_of(folder):
  """Of each tag the steps, and the values: numbers, or the rows of a histogram."""
  steps, values = {}, {}
  for path in sorted(glob.glob(folder + "/*")):
    for event in tf.compat.v1.train.summary_iterator(path):
      for value in event.summary.value:
        steps.setdefault(value.tag, []).append(event.step)
        values.setdefault(value.tag, []).extend(tf.make_ndarray(value.tensor).ravel().tolist())
  return {tag: {"steps": steps[tag], "values": values[tag]} for tag in sorted(steps)}


def expected(class_name, case):
  config = case.get("config", {})
  calls = [0] * 6
  with tempfile.TemporaryDirectory() as folder:
    folder += "/"
    if "broken_off" in config:
      try:
        train(config, make(class_name, config, folder, calls) + [BreaksOff(config["broken_off"])])
      except InterruptedError:
        pass
    history, weights = train(config, make(class_name, config, folder, calls))
    results = {"history": {key: [float(v) for v in values] for key, values in history.items()}, "weights": weights}
    if class_name == "ModelCheckpoint":
      results["files"] = sorted(name.removesuffix(".keras") for name in os.listdir(folder))
    if class_name == "TensorBoard":
      results["events"] = {part: events_of(folder + "logs/" + part) for part in ("train", "validation")}
    if class_name == "CSVLogger":
      with open(folder + "log.csv", encoding="utf-8") as file:
        results["table"] = [row for row in csv.reader(file, delimiter=config.get("separator", ","))]
  if class_name == "LambdaCallback":
    results["calls"] = calls
  return results
