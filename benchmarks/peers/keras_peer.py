"""Keras 3 on TensorFlow: predict and train steps as tf.functions, as Keras compiles them."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import protocol  # pylint: disable=wrong-import-position
import tensorflow as tf  # pylint: disable=wrong-import-position

tf.config.threading.set_intra_op_parallelism_threads(2)
tf.config.threading.set_inter_op_parallelism_threads(2)

import keras  # pylint: disable=wrong-import-position
from keras import layers  # pylint: disable=wrong-import-position


def model_of(workload):
  if workload.startswith("cnn"):
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])
  if workload == "mlp":
    return keras.Sequential([
        keras.Input((784,)),
        layers.Dense(512, activation="relu"),
        layers.Dense(512, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])
  if workload == "wages":
    return keras.Sequential([
        keras.Input((9,)),
        layers.Dense(10, activation="relu"),
        layers.Dense(5, activation="relu"),
        layers.Dense(1),
    ])
  return keras.Sequential([
      keras.Input((7,)),
      layers.Dense(100, activation="relu"),
      layers.Dense(100, activation="relu"),
      layers.Dense(1, activation="sigmoid"),
  ])


class KerasPeer(protocol.Peer):
  name = "keras_tensorflow"

  def version(self):
    return f"Keras {keras.__version__} on TensorFlow {tf.__version__}"

  def build(self, workload):
    self.model = model_of(workload)
    self.model.set_weights(self.weights)
    loss = {"titanic": "binary_crossentropy", "wages": "mse"}.get(workload, "sparse_categorical_crossentropy")
    self.model.compile(optimizer=keras.optimizers.Adam(epsilon=1e-8), loss=loss)
    self.input = tf.constant(self.x)
    self.target = tf.constant(self.y)
    self.infer = tf.function(lambda x: self.model(x, training=False))
    # What fit() runs for a batch, without its loop.
    self.one_batch = tf.function(lambda x, y: self.model.train_step((x, y)))

  def forward(self):
    return self.infer(self.input)

  def step(self):
    return self.one_batch(self.input, self.target)["loss"]

  def check(self):
    # train_step's loss is the mean since the start, so it is started anew for each step.
    step = self.step
    def fresh():
      self.model.reset_metrics()
      return step()
    self.step = fresh
    super().check()
    self.step = step

  def sync(self, last):
    last.numpy()


if __name__ == "__main__":
  KerasPeer().serve()
