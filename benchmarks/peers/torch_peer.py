"""PyTorch, eager, or with the argument "compiled" through torch.compile."""

import sys

import protocol
import torch
import torch_models


class TorchPeer(protocol.Peer):

  def __init__(self, compiled):
    self.name = "torch_compiled" if compiled else "torch_eager"
    self.compile = (lambda f: torch.compile(f, dynamic=False)) if compiled else (lambda f: f)
    self.optimizer = None
    torch.set_num_threads(2)

  def version(self):
    return f"PyTorch {torch.__version__} {self.name.split('_')[1]}"

  def build(self, model, inputs, target, weights):
    self.model = torch_models.make(model, weights).eval()
    self.inputs = torch_models.to_torch(inputs)
    self.target = None if target is None else torch.from_numpy(target)
    self.last, self.loss = torch_models.last_and_loss(model)
    self.infer = self.compile(lambda *x: self.last(self.model(*x)))
    self.train = self.compile(lambda y, *x: self.loss(self.model(*x), y))

  def forward(self):
    with torch.inference_mode():
      return self.infer(*self.inputs)

  def step(self):
    if self.optimizer is None:
      self.model.train()
      trained = [p for p in self.model.parameters() if p.requires_grad]
      self.optimizer = torch.optim.Adam(trained, lr=self.rate, eps=1e-8, fused=True)
    self.optimizer.zero_grad(set_to_none=True)
    loss = self.train(self.target, *self.inputs)
    loss.backward()
    self.optimizer.step()
    return loss.detach()


if __name__ == "__main__":
  TorchPeer("compiled" in sys.argv[1:]).serve()
