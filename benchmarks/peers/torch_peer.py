"""PyTorch, eager, or with the argument "compiled" through torch.compile."""

import sys

import protocol
import torch
from torch import nn


class Cnn(nn.Module):
  """In PyTorch's own channels-last memory format."""

  def __init__(self):
    super().__init__()
    self.conv1 = nn.Conv2d(1, 32, 3, padding="same")
    self.conv2 = nn.Conv2d(32, 64, 3, padding="same")
    self.dense1 = nn.Linear(64 * 7 * 7, 128)
    self.dense2 = nn.Linear(128, 10)

  def forward(self, x):
    x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
    x = nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2)
    x = x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)
    return self.dense2(torch.relu(self.dense1(x)))


def dense(*sizes):
  layers = []
  for fan_in, fan_out in zip(sizes, sizes[1:]):
    layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
  return nn.Sequential(*layers[:-1])


class TorchPeer(protocol.Peer):

  def __init__(self, compiled):
    self.compiled = compiled
    self.name = "torch_compiled" if compiled else "torch_eager"
    torch.set_num_threads(2)

  def version(self):
    return f"PyTorch {torch.__version__}" + (" compiled" if self.compiled else " eager")

  def build(self, workload):
    self.model = {
        "cnn": Cnn,
        "cnn128": Cnn,
        "mlp": lambda: dense(784, 512, 512, 10),
        "titanic": lambda: dense(7, 100, 100, 1),
        "wages": lambda: dense(9, 10, 5, 1),
    }[workload]()
    with torch.no_grad():
      for p, w in zip(self.model.parameters(), self.weights):
        w = torch.from_numpy(w)
        p.copy_(w.permute(3, 2, 0, 1) if w.dim() == 4 else w.T if w.dim() == 2 else w)
    self.input = torch.from_numpy(self.x)
    self.target = torch.from_numpy(self.y)
    if workload.startswith("cnn"):
      self.model = self.model.to(memory_format=torch.channels_last)
      self.input = self.input.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    self.last, self.loss = {
        "titanic": (torch.sigmoid, nn.BCEWithLogitsLoss()),
        "wages": (lambda z: z, nn.MSELoss()),
    }.get(workload, (lambda z: torch.softmax(z, -1), nn.CrossEntropyLoss()))
    self.optimizer = torch.optim.Adam(self.model.parameters(), eps=1e-8, fused=True)
    self.infer = torch.compile(self.model, dynamic=False) if self.compiled else self.model
    self.train = torch.compile(lambda x, y: self.loss(self.model(x), y), dynamic=False) if self.compiled else (
        lambda x, y: self.loss(self.model(x), y))

  def forward(self):
    with torch.inference_mode():
      return self.last(self.infer(self.input))

  def step(self):
    self.optimizer.zero_grad(set_to_none=True)
    loss = self.train(self.input, self.target)
    loss.backward()
    self.optimizer.step()
    return loss.detach()


if __name__ == "__main__":
  TorchPeer("compiled" in sys.argv[1:]).serve()
