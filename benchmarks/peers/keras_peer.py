"""Keras 3 on TensorFlow: predict and train steps as tf.functions, as Keras compiles them.

keras_peer.py xla lets XLA compile them, which is what jit_compile="auto", Keras's own default, means
for models whose layers all support it.
"""

import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import protocol  # pylint: disable=wrong-import-position
import tensorflow as tf  # pylint: disable=wrong-import-position

tf.config.threading.set_intra_op_parallelism_threads(2)
tf.config.threading.set_inter_op_parallelism_threads(2)

import keras  # pylint: disable=wrong-import-position
import keras_models  # pylint: disable=wrong-import-position


class KerasPeer(protocol.Peer):

  def __init__(self, xla):
    self.xla = xla
    self.name = "keras_xla" if xla else "keras_tensorflow"

  def version(self):
    return f"Keras {keras.__version__} on TensorFlow {tf.__version__}{' with XLA' if self.xla else ''}"

  def build(self, model, inputs, target, weights):
    self.model = keras_models.make(model, weights, self.rate)
    tensors = [tf.constant(x) for x in inputs]
    self.inputs = tensors[0] if len(tensors) == 1 else tensors
    self.target = None if target is None else tf.constant(target)
    self.infer = tf.function(lambda x: self.model(x, training=False), jit_compile=self.xla)
    # What fit() runs for a batch, without its loop.
    self.one_batch = tf.function(lambda x, y: self.model.train_step((x, y)), jit_compile=self.xla)

  def forward(self):
    return self.infer(self.inputs)

  def step(self):
    return self.one_batch(self.inputs, self.target)["loss"]

  def losses(self):
    # train_step's loss is the mean since the start, so that is set anew for each step.
    found = []
    for _ in range(3):
      self.model.reset_metrics()
      found.append(float(self.step()))
    return found

  def sync(self, last):
    last.numpy()


if __name__ == "__main__":
  KerasPeer("xla" in sys.argv[1:]).serve()
