"""Writes DIR/model.onnx from PyTorch's model: export_onnx.py MODEL DIR, where DIR is as protocol.py says."""

import os
import sys
import warnings

import protocol
import torch
import torch_models
from torch import nn


class WithLast(nn.Module):

  def __init__(self, model, last):
    super().__init__()
    self.model = model
    self.last = last

  def forward(self, *x):
    return self.last(self.model(*x))


def main():
  name, folder = sys.argv[1:]
  inputs, _, weights = protocol.read_folder(folder)
  model = WithLast(torch_models.make(name, weights), torch_models.last_and_loss(name)[0]).eval()
  tensors = [x.contiguous() for x in torch_models.to_torch(inputs)]
  warnings.simplefilter("ignore")
  torch.onnx.export(model, tuple(tensors), os.path.join(folder, "model.onnx"), opset_version=17, dynamo=False,
                    input_names=[f"x{i}" for i in range(len(inputs))])


if __name__ == "__main__":
  main()
