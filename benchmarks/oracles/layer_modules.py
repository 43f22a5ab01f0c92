"""PyTorch modules of one or a few layers that are not among the models of benchmarks/run, for benchmarks/layers."""

import torch
from torch import nn
import torch.nn.functional as F


class Of(nn.Module):
  """A function of its input, which has one weight if it is to be trained."""

  def __init__(self, function, weight=None):
    super().__init__()
    self.function = function
    self.weight = None if weight is None else nn.Parameter(0.1 * torch.randn(*weight))

  def forward(self, x):
    return self.function(x) if self.weight is None else self.function(x, self.weight)


class First(nn.Module):
  """What a recurrent network gives for each step."""

  def __init__(self, network):
    super().__init__()
    self.network = network

  def forward(self, x):
    return self.network(x)[0]


class CausalAttention(nn.Module):

  def __init__(self, d, heads):
    super().__init__()
    self.heads = heads
    self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)

  def forward(self, x):
    batch, time, d = x.shape
    q, k, v = (z.view(batch, time, self.heads, d // self.heads).transpose(1, 2) for z in self.qkv(x).split(d, -1))
    future = torch.full((time, time), float("-inf")).triu(1)
    y = (q @ k.transpose(-1, -2) * (d // self.heads)**-0.5 + future).softmax(-1) @ v
    return self.out(y.transpose(1, 2).reshape(batch, time, d))


class UNet(nn.Module):

  def __init__(self):
    super().__init__()
    two = lambda i, o: nn.Sequential(nn.Conv2d(i, o, 3, 1, 1), nn.ReLU(), nn.Conv2d(o, o, 3, 1, 1), nn.ReLU())
    self.down1, self.down2, self.bottom = two(3, 16), two(16, 32), two(32, 64)
    self.up2, self.up1 = nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)
    self.dec2, self.dec1, self.head = two(64, 32), two(32, 16), nn.Conv2d(16, 2, 1)

  def forward(self, x):
    a = self.down1(x)
    b = self.down2(F.max_pool2d(a, 2))
    c = self.bottom(F.max_pool2d(b, 2))
    b = self.dec2(torch.cat([self.up2(c), b], 1))
    return self.head(self.dec1(torch.cat([self.up1(b), a], 1)))


def separable(i, o):
  return nn.Sequential(nn.Conv2d(i, i, 3, 1, 1, groups=i), nn.Conv2d(i, o, 1))


def modules():
  """name: (module, dims of its input). Inputs are normal; those of embeddings numbers below 20000."""
  seq = nn.Sequential
  c = {
      "dense_512": (nn.Linear(512, 512), (64, 512)),
      "dense_row": (nn.Linear(1024, 1024), (1, 1024)),
      "conv1d_text": (seq(nn.Conv1d(128, 128, 5, 1, 2), nn.ReLU()), (32, 128, 200)),
      "conv1d_audio": (nn.Conv1d(1, 64, 80, 16), (8, 1, 16000)),
      "conv1d_dilated": (nn.Conv1d(64, 64, 3, 1, 8, dilation=8), (8, 64, 1000)),
      "conv2d_5x5": (nn.Conv2d(32, 32, 5, 1, 2), (8, 32, 56, 56)),
      "conv2d_stride2": (nn.Conv2d(32, 64, 3, 2, 1), (8, 32, 56, 56)),
      "conv2d_dilated": (nn.Conv2d(32, 32, 3, 1, 4, dilation=4), (8, 32, 56, 56)),
      "conv2d_grouped": (nn.Conv2d(64, 64, 3, 1, 1, groups=8), (8, 64, 56, 56)),
      "conv2d_depthwise": (nn.Conv2d(64, 64, 3, 1, 1, groups=64), (8, 64, 56, 56)),
      "conv2d_depthwise7": (nn.Conv2d(96, 96, 7, 1, 3, groups=96), (4, 96, 56, 56)),
      "conv2d_odd_channels": (nn.Conv2d(13, 17, 3, 1, 1), (8, 13, 56, 56)),
      "separable": (separable(64, 64), (8, 64, 56, 56)),
      "conv3d": (nn.Conv3d(8, 16, 3, 1, 1), (2, 8, 16, 32, 32)),
      "conv_transpose": (nn.ConvTranspose2d(64, 32, 2, 2), (8, 64, 28, 28)),
      "conv_transpose4": (nn.ConvTranspose2d(64, 32, 4, 2, 1), (8, 64, 28, 28)),
      "batch_norm": (nn.BatchNorm2d(64), (16, 64, 56, 56)),
      "group_norm": (nn.GroupNorm(8, 64), (16, 64, 56, 56)),
      "instance_norm": (nn.InstanceNorm2d(64, affine=True), (16, 64, 56, 56)),
      "layer_norm": (nn.LayerNorm(512), (32, 128, 512)),
      "rms_norm": (Of(lambda x, w: x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt() * w, (512,)), (32, 128, 512)),
      "max_pool3": (nn.MaxPool2d(3, 2, 1), (16, 64, 56, 56)),
      "average_pool3": (nn.AvgPool2d(3, 2, 1), (16, 64, 56, 56)),
      "global_pool": (nn.AdaptiveAvgPool2d(1), (16, 256, 28, 28)),
      "upsample_nearest": (nn.Upsample(scale_factor=2), (8, 64, 28, 28)),
      "upsample_bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), (8, 64, 28, 28)),
      "gelu": (nn.GELU(), (64, 128, 512)),
      "silu": (nn.SiLU(), (64, 128, 512)),
      "softmax_last": (nn.Softmax(-1), (64, 128, 512)),
      "softmax_middle": (nn.Softmax(1), (64, 128, 512)),
      "log_softmax_50k": (nn.LogSoftmax(-1), (64, 50000)),
      "embedding": (nn.Embedding(20000, 128), (64, 200)),
      "embedding_mean": (seq(nn.Embedding(20000, 64), Of(lambda x: x.mean(1)), nn.Linear(64, 16)), (256, 100)),
      "lstm": (First(nn.LSTM(128, 128, batch_first=True)), (32, 100, 128)),
      "lstm_bidirectional": (First(nn.LSTM(64, 64, bidirectional=True, batch_first=True)), (32, 100, 64)),
      "lstm_row": (First(nn.LSTM(128, 128, batch_first=True)), (1, 100, 128)),
      "gru": (First(nn.GRU(128, 128, batch_first=True)), (32, 100, 128)),
      "rnn": (First(nn.RNN(128, 128, batch_first=True)), (32, 100, 128)),
      "causal_attention": (CausalAttention(256, 8), (8, 128, 256)),
      "small_products": (Of(lambda x, w: x @ w, (512, 16, 16)), (512, 16, 16)),
      "outer_product": (Of(lambda x, w: x[:, :, None] * w[None, None, :], (512,)), (64, 256)),
      "transpose_0213": (Of(lambda x: x.permute(0, 2, 1, 3).contiguous() * 1.5), (32, 128, 8, 64)),
      "transpose_201": (Of(lambda x: x.permute(2, 0, 1).contiguous() * 1.5), (64, 128, 256)),
      "concat_middle": (Of(lambda x: torch.cat([x, x * 2, x], 1)), (32, 64, 1024)),
      "slice_middle": (Of(lambda x: x[:, 10:50, ::2] + 1.0), (64, 64, 1024)),
      "pad": (Of(lambda x: F.pad(x, (1, 1, 1, 1)) * 2.0), (16, 64, 56, 56)),
      "sum_first": (Of(lambda x: x.sum(0)), (512, 4096)),
      "sum_middle": (Of(lambda x: x.sum(1)), (64, 128, 512)),
      "std_last": (Of(lambda x: x.std(-1)), (64, 128, 512)),
      "argmax": (Of(lambda x: x.argmax(-1)), (512, 4096)),
      "top_k": (Of(lambda x: x.topk(5, -1)[0]), (512, 4096)),
      "cumsum": (Of(lambda x: x.cumsum(1)), (512, 4096)),
      "gather_rows": (Of(lambda x: x[torch.arange(0, 4096, 3)]), (4096, 256)),
      "where_clip": (Of(lambda x: torch.where(x > 0, x.clamp(max=3), 0.1 * x)), (64, 128, 512)),
      "mlp_deep": (seq(*[m for _ in range(12) for m in (nn.Linear(64, 64), nn.Tanh())]), (32, 64)),
      "autoencoder": (seq(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, 128), nn.ReLU(),
                          nn.Linear(128, 784), nn.Sigmoid()), (128, 784)),
      "unet": (UNet(), (2, 3, 96, 96)),
      "batch_norm_1d": (seq(nn.Linear(64, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, 10)), (256, 64)),
  }
  return c
