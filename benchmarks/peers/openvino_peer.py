"""OpenVINO on the model that export_onnx.py wrote: inference only, all in float32."""

import os

import numpy as np
import openvino
import protocol


def channels_first(x):
  return np.ascontiguousarray(np.moveaxis(x, -1, 1)) if x.ndim == 4 else x


class OpenVinoPeer(protocol.Peer):
  name = "openvino"

  def version(self):
    return f"OpenVINO {openvino.get_version().split('-')[0]}"

  def build(self, model, inputs, target, weights):
    compiled = openvino.Core().compile_model(
        os.path.join(self.folder, "model.onnx"), "CPU",
        {"INFERENCE_NUM_THREADS": 2, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"})
    self.request = compiled.create_infer_request()
    for i, x in enumerate(inputs):
      self.request.set_tensor(f"x{i}", openvino.Tensor(channels_first(x)))

  def forward(self):
    self.request.infer()
    return self.request.get_output_tensor(0)

  def as_numpy(self, result):
    return result.data


if __name__ == "__main__":
  OpenVinoPeer().serve()
