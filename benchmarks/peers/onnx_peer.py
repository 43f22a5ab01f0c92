"""ONNX Runtime on the model that export_onnx.py wrote: inference only."""

import os

import numpy as np
import onnxruntime
import protocol


def channels_first(x):
  return np.ascontiguousarray(np.moveaxis(x, -1, 1)) if x.ndim == 4 else x


class OnnxPeer(protocol.Peer):
  name = "onnxruntime"

  def version(self):
    return f"ONNX Runtime {onnxruntime.__version__}"

  def build(self, model, inputs, target, weights):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.inter_op_num_threads = 1
    self.session = onnxruntime.InferenceSession(os.path.join(self.folder, "model.onnx"), options,
                                                providers=["CPUExecutionProvider"])
    names = {i.name for i in self.session.get_inputs()}
    self.feeds = {f"x{i}": channels_first(x) for i, x in enumerate(inputs) if f"x{i}" in names}

  def forward(self):
    return self.session.run(None, self.feeds)[0]


if __name__ == "__main__":
  OnnxPeer().serve()
